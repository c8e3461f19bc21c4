"""The house: layers without a room left out, no circle of imports, short files, folders that can be overlooked."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pyspice_models"
PLACES = ("pyspice_models", "scripts", "tests")
MOST_LINES, MOST_FILES = 300, 15


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, directly or by way of others; every module stands in one circle at most."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for other in graph.get(todo.pop(), set()) - seen:
                seen.add(other)
                todo.append(other)
        reach[start] = seen
    found = {
        frozenset({one} | {other for other in reach[one] if one in reach.get(other, set())})
        for one in graph
        if one in reach[one]
    }
    return sorted(sorted(circle) for circle in found)


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []


def test_no_modules_import_each_other() -> None:
    """Imports for types alone count too: what needs each other to be understood belongs together."""
    graph = grimp.build_graph("pyspice_models", cache_dir=None)
    direct = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert len(direct) > 200
    assert not circles(direct)


def test_every_room_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    ordered = [room for layer in layers for room in re.findall(r"pyspice_models\.(\w+)", layer)]
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    rooms |= {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert sorted(ordered) == sorted(rooms)


def _python_files() -> list[Path]:
    """Those that end in .py, and scripts that say in their first line that they are Python."""
    found = []
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix == ".py" or (
                path.is_file() and not path.suffix and path.read_bytes()[:40].startswith(b"#!/usr/bin/env python")
            ):
                found.append(path)
    return found


def test_no_file_is_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _python_files()}
    assert len(lengths) > 300
    long = {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES}
    assert not long, f"one idea a file, and no more than {MOST_LINES} lines"


def test_no_folder_is_full() -> None:
    folders: dict[str, int] = {}
    for path in _python_files():
        if path.suffix == ".py":
            folder = str(path.parent.relative_to(ROOT))
            folders[folder] = folders.get(folder, 0) + 1
    full = {folder: files for folder, files in folders.items() if files > MOST_FILES}
    assert not full, f"no more than {MOST_FILES} files beside each other"


def test_the_picture_of_the_house_is_true() -> None:
    """After a change that is meant: .venv/bin/python scripts/draw_house"""
    drawn = runpy.run_path(str(ROOT / "scripts" / "draw_house"), run_name="draw_house")
    assert (ROOT / "docs" / "pictures" / "house.svg").read_text(encoding="utf-8") == drawn["drawn"]()


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_contributing_says_what_every_room_holds(folder: str) -> None:
    assert f"`{folder}/`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

"""The house: layers without a room left out, no circle of imports, short files, folders that can be overlooked."""

from __future__ import annotations

import ast
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
    """After a change that is meant: scripts/draw_house"""
    drawn = runpy.run_path(str(ROOT / "scripts" / "draw_house"), run_name="draw_house")
    assert (ROOT / "docs" / "pictures" / "house.svg").read_text(encoding="utf-8") == drawn["drawn"]()


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_contributing_says_what_every_room_holds(folder: str) -> None:
    assert f"`{folder}/`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


COMMAND_FILES = sorted((PACKAGE / "cli").rglob("*.py"))


def _shaped_here(tree: ast.Module) -> list[int]:
    """Lines that give `json.dumps` something else than what a function of another room gave, whole and unchanged."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    values = {
        target.id: node.value
        for node in ast.walk(tree) if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    changed = {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    }
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "json.dumps":
            given = node.args[0]
            name = given.id if isinstance(given, ast.Name) else ""
            made = values.get(name, given)
            whole = isinstance(made, ast.Call) and getattr(made.func, "id", "") not in own
            if not whole or name in changed:
                wrong.append(node.lineno)
    return wrong


def test_json_that_a_command_shapes_is_noticed() -> None:
    for code in (
        "json.dumps({'a': 1})", "def _dict(x): ...\njson.dumps(_dict(x))", "a = as_data(x) | {'b': 1}\njson.dumps(a)",
        "a = as_data(x)\na['b'] = 1\njson.dumps(a)",
    ):  # fmt: skip
        assert _shaped_here(ast.parse(code)), code
    for code in ("json.dumps(as_data(x))", "a = as_data(x)\njson.dumps(a, indent=1)", "json.dumps(x.as_dict())"):
        assert not _shaped_here(ast.parse(code)), code


@pytest.mark.parametrize("path", COMMAND_FILES, ids=lambda path: path.stem)
def test_commands_shape_no_json(path: Path) -> None:
    """What is printed belongs to the room that holds the data: Python gets the same."""
    assert not _shaped_here(ast.parse(path.read_text(encoding="utf-8")))

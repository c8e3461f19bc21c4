"""The habits that a machine can check: lint, format, types, the direction of imports, exact pins."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=lambda command: " ".join(command),
)
def test_checker_has_no_complaint(command: list[str]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} complains:\n{done.stdout}\n{done.stderr}"


def _plain(name: str) -> str:
    """A distribution's name as package tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_asked_for_is_pinned_exactly() -> None:
    lines = [
        line.partition("#")[0].strip()
        for line in (ROOT / "scripts" / "requirements.txt").read_text().splitlines()
        if line.partition("#")[0].strip()
    ]
    pins = {}
    for line in lines:
        match = re.fullmatch(r"([\w.-]+)==([\w.]+)( ; .*)?", line)
        assert match, f"not an exact pin: {line}"
        pins[_plain(match[1])] = match[2]

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in chain(project["dependencies"], *project["optional-dependencies"].values()):
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        assert _plain(name) in pins, f"{name} is in pyproject.toml, but not in scripts/requirements.txt"


def test_requirements_name_no_package_index() -> None:
    text = (ROOT / "scripts" / "requirements.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text, re.MULTILINE), "options such as an index address belong to the machine's pip"


# ---- tests that can fail


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            yield node


TESTS = sorted(Path(__file__).parents[1].rglob("test_*.py"))
SHARED = [path for path in Path(__file__).parents[1].glob("*/*.py") if not path.name.startswith("test_")]
_SAYS_NOTHING = {
    "KeyboardInterrupt", "IndexError", "ProcessLookupError", "ZeroDivisionError", "FrozenInstanceError", "SystemExit",
}  # fmt: skip
"""Errors of Python's own, whose text is not ours."""


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_closeness_names_its_absolute_tolerance(path: Path) -> None:
    """pytest.approx grants 1e-12 if nothing is said: beside picojoules and picoamperes everything is close."""
    for call in _calls(ast.parse(path.read_text()), "approx"):
        named = {keyword.arg for keyword in call.keywords}
        assert named & {"abs", None}, f"{path.name}:{call.lineno}: approx without abs="


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_a_refusal_is_known_by_its_words(path: Path) -> None:
    """Any mistake in the test itself would raise the same class; `match=`, or a name for the error and what it says."""
    tree = ast.parse(path.read_text())
    kept = {item.context_expr for node in ast.walk(tree) if isinstance(node, ast.With) for item in node.items
            if item.optional_vars is not None}  # fmt: skip
    for call in _calls(tree, "raises"):
        kind = ast.unparse(call.args[0]).rpartition(".")[2]
        told = any(keyword.arg == "match" for keyword in call.keywords) or call in kept
        assert told or kind in _SAYS_NOTHING, f"{path.name}:{call.lineno}: raises({kind}) without match="


def _functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


_SHARED = {name: function for path in SHARED for name, function in _functions(path).items()}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_test_asserts_something(path: Path) -> None:
    """Itself, or in a function of its module, or of one that tests share, that it calls."""
    own = _functions(path)
    functions = _SHARED | own

    def asserts(function: ast.FunctionDef, seen: frozenset[str] = frozenset()) -> bool:
        for node in ast.walk(function):
            if isinstance(node, ast.Assert):
                return True
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in {"raises", "fail"} or name.startswith("assert_"):
                    return True
                if name in functions and name not in seen and asserts(functions[name], seen | {name}):
                    return True
        return False

    silent = [name for name, function in own.items() if name.startswith("test_") and not asserts(function)]
    assert not silent, f"{path.name}: {', '.join(silent)}"


# ---- tests that go in by the door


_OF_NAMED_TUPLES = {"_fields", "_replace", "_asdict", "_make"}
"""Public by Python's own word; the underscore keeps them apart from a tuple's fields."""


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in _OF_NAMED_TUPLES


def _at_the_back_door(tree: ast.Module) -> list[str]:
    """Where a module imports, patches or names something that our own code keeps to itself: an underscore says so."""
    ours, found = set(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"pyspice_models", "fuzzing"}:
            ours |= {alias.asname or alias.name for alias in node.names}
            found += [f"{node.lineno}: imports {a.name}" for a in node.names if _is_private(a.name)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ours:
            found += [f"{node.lineno}: uses {ast.unparse(node)}"] if _is_private(node.attr) else []
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr"):
            continue
        match node.args:
            case [ast.Name(id=owner), ast.Constant(value=str(name)), *_] if owner in ours and _is_private(name):
                found.append(f"{node.lineno}: patches {owner}.{name}")
            case [ast.Constant(value=str(path)), _] if path.startswith("pyspice_models."):
                if any(map(_is_private, path.split("."))):
                    found.append(f"{node.lineno}: patches {path}")
    return found


@pytest.mark.parametrize(
    ("code", "doors"),
    [
        ("from pyspice_models.files import _put", 1),
        ("from pyspice_models import files\nm.setattr(files, '_LIMIT', 1)", 1),
        ("from pyspice_models import files\nfiles._put()", 1),
        ("m.setattr('pyspice_models.files._LIMIT', 1)", 1),
        ("from pyspice_models import files, __version__\nm.setattr(files, 'LIMIT', 1)\nself._x\nother._y", 0),
        ("m.setattr('os._exit', 1)", 0),
        ("from pyspice_models.stimulus.timeline import Pulse\nPulse._fields", 0),
    ],
)
def test_a_back_door_is_noticed(code: str, doors: int) -> None:
    assert len(_at_the_back_door(ast.parse(code))) == doors


@pytest.mark.parametrize("path", [*TESTS, *SHARED], ids=lambda path: path.stem)
def test_tests_patch_and_use_nothing_private(path: Path) -> None:
    """What a test has to reach is public; else the code may not change its inside without its tests."""
    assert not _at_the_back_door(ast.parse(path.read_text()))

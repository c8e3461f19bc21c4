"""Which tests run which line, and how long they take: recorded once, and again where a file has changed."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from mutation.copy import Copy, is_compiled
from mutation.rooms import PACKAGE
from mutation.sample import Mutant, runs_at_import

_LIMIT = 3600.0  # [s] for the tests of one file, with coverage

_OF_DECLARATIONS = "tests/trust/test_would_notice_defaults.py::"


class Covering:
    """Lines and durations of tests.

    Attributes:
        seconds: of every test that may be used, by its node id.
        verified: tests that passed on exactly these sources.
    """

    def __init__(self, root: Path, kept: Path, files: Sequence[str]) -> None:
        """Take over what was recorded of `files` and is still true."""
        self.root, self.path, self.files = root, kept / "covering.json", files
        self.known: dict[str, Any] = json.loads(self.path.read_text()) if self.path.is_file() else {}
        package = sorted((root / PACKAGE).rglob("*.py"))
        self.sources = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in package}
        self.hashes = {name: _hash(text) for name, text in self.sources.items()}
        self.tree = _hash("".join(self.hashes.values()))

    def stale(self) -> list[str]:
        """Test files of which nothing true is known."""
        return [file for file in self.files if not self._holds(file)]

    def _holds(self, file: str) -> bool:
        entry = self.known.get(file)
        return (
            entry is not None
            and entry["text"] == self._own(file)
            and all(self.hashes.get(name) == known for name, known in entry["package"].items())
        )

    def _own(self, file: str) -> str:
        """Hash of a test file with what it may import beside it."""
        tests = self.root / "tests"
        helpers = sorted(path for path in tests.rglob("*.py") if not path.name.startswith("test_"))
        return _hash("".join(path.read_text(encoding="utf-8") for path in [*helpers, self.root / file]))

    def record(self, copy: Copy, file: str) -> str:
        """Run the tests of one file with coverage; gives what went wrong, "" if nothing."""
        into = copy.scratch / "covering.json"
        into.unlink(missing_ok=True)
        order = {"record": str(copy.folder / PACKAGE), "into": str(into)}
        status = copy.pytest(order, [file], _LIMIT)
        if not into.is_file():
            return f"{file} could not be recorded (exit status {status}):\n{copy.log[-2000:]}"
        tests = json.loads(into.read_text())
        files = {name for test in tests.values() for name in test["lines"]}
        self.known[file] = {
            "text": self._own(file), "package": {name: self.hashes[name] for name in files}, "tree": self.tree,
            "tests": tests,
        }  # fmt: skip
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.known), encoding="utf-8")
        partial.replace(self.path)
        red = [name for name, test in tests.items() if not test["passed"]]
        return f"these fail without any mutant and are left out: {', '.join(red)}" if red else ""

    def ready(self) -> None:
        """Make the tables that questions are answered from."""
        self.seconds: dict[str, float] = {}
        self.verified: set[str] = set()
        self.by_line: dict[tuple[str, int], set[str]] = {}
        self.by_file: dict[str, set[str]] = {}
        for file in self.files:
            entry = self.known.get(file, {"tests": {}, "tree": ""})
            for name, test in entry["tests"].items():
                if not (test["passed"] and test["ran"]):
                    continue
                self.seconds[name] = test["seconds"]
                if entry["tree"] == self.tree:
                    self.verified.add(name)
                for covered, lines in test["lines"].items():
                    self.by_file.setdefault(covered, set()).add(name)
                    for line in lines:
                        self.by_line.setdefault((covered, line), set()).add(name)

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that may notice a mutant, the fastest first."""
        source = self.sources[mutant.file]
        if runs_at_import(source, mutant.line):
            found = self.by_file.get(mutant.file, set()) | self._naming(mutant, source)
            # these look at the declarations of all modules, and run none of their lines
            found |= {name for name in self.seconds if name.startswith(_OF_DECLARATIONS)}
        elif is_compiled(source) and (callers := self._callers(mutant, source)):
            found = callers | self._at(mutant.file, mutant.line)
        else:
            found = self._at(mutant.file, mutant.line)
        return sorted(found, key=lambda name: (self.seconds[name], name))

    def _at(self, file: str, line: int) -> set[str]:
        """Tests of a line; of a statement over several lines coverage counts the first."""
        if found := self.by_line.get((file, line)):
            return found
        statement = _around(ast.parse(self.sources[file]), line, lambda node: isinstance(node, ast.stmt))
        return self.by_line.get((file, statement.lineno), set()) if statement else set()  # type: ignore[attr-defined]

    def _naming(self, mutant: Mutant, source: str) -> set[str]:
        """Tests whose file names what the line belongs to: what runs at import is seen by no single test."""
        tree = ast.parse(source)
        outer = next(
            (n for n in tree.body if n.lineno <= mutant.line <= (n.end_lineno or 0)), None
        )  # fmt: skip
        names = {Path(mutant.file).stem}
        if isinstance(outer, ast.ClassDef):
            names.add(outer.name)
        elif isinstance(outer, (ast.Assign, ast.AnnAssign)):
            names |= {node.id for node in ast.walk(outer) if isinstance(node, ast.Name)}
        found: set[str] = set()
        for file in self.files:
            text = (self.root / file).read_text(encoding="utf-8")
            if any(name in text for name in names if len(name) > 3):
                found |= {name for name in self.seconds if name.startswith(f"{file}::")}
        return found

    def _callers(self, mutant: Mutant, source: str) -> set[str]:
        """Tests of the lines that call a compiled function, or one that calls it: what it runs itself is not seen."""
        names = {_function(source, mutant.line)}
        todo = set(names)
        found: set[str] = set()
        while todo:
            wanted = todo.pop()
            for file, text in self.sources.items():
                if wanted not in text:
                    continue
                for node in ast.walk(ast.parse(text)):
                    named = getattr(node, "attr", getattr(node, "id", None))
                    if named != wanted or not isinstance(node, (ast.Attribute, ast.Name)):
                        continue
                    found |= self._at(file, node.lineno)
                    outer = _function(text, node.lineno)
                    if file == mutant.file and outer and outer not in names:
                        names.add(outer)
                        todo.add(outer)
        return found


def _function(source: str, line: int) -> str:
    node = _around(ast.parse(source), line, lambda node: isinstance(node, ast.FunctionDef))
    return node.name if isinstance(node, ast.FunctionDef) else ""


def _around(tree: ast.AST, line: int, fits: Callable[[ast.AST], bool]) -> ast.AST | None:
    """The innermost node of a kind around a line."""
    inside = [
        node for node in ast.walk(tree)
        if fits(node) and node.lineno <= line <= (node.end_lineno or 0)  # type: ignore[attr-defined]
    ]  # fmt: skip
    return max(inside, key=lambda node: node.lineno, default=None)  # type: ignore[attr-defined]


def test_files(root: Path, chosen: Iterable[str]) -> list[str]:
    """Those that are named, or all."""
    return list(chosen) or sorted(path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""A copy of the checkout in which one mutant at a time is tested; the checkout itself is never changed."""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from mutation.process import run

_PREFIX = "ag2s-mutate-"
_COMPILES = ("njit", "@compiled", "formulas, for numbers or arrays")  # marks of files that numba compiles from


@contextmanager
def session() -> Iterator[Path]:
    """A temporary folder for the copies; those that a killed run left go first."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", old.name)
        if owner and old.stat().st_uid == os.getuid() and not psutil.pid_exists(int(owner[1])):
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Copy:
    """One copy, for one job.

    Attributes:
        folder: where it lies.
        kept: folder for what outlasts this session.
    """

    def __init__(self, root: Path, folder: Path, kept: Path) -> None:
        """Copy what git knows or would add, as it stands now."""
        self.folder, self.kept = folder, kept
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, capture_output=True, check=True
        ).stdout.decode()
        for name in filter(None, listed.split("\0")):
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)
        compileall.compile_dir(folder / "pyspice_models", quiet=2)
        self.scratch = folder.with_name(folder.name + "-tmp")
        self.scratch.mkdir()

    @contextmanager
    def mutated(self, file: str, text: str) -> Iterator[None]:
        """With another text in one file."""
        path = self.folder / file
        original = path.read_bytes()
        try:
            path.write_text(text, encoding="utf-8")
            self._forget(path)
            yield
        finally:
            path.write_bytes(original)
            self._forget(path)

    @staticmethod
    def _forget(path: Path) -> None:
        """Python takes its compiled file for the source where second and size agree."""
        for old in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            old.unlink()

    def pytest(self, order: dict[str, Any], files: Sequence[str], limit: float, *, fresh: bool = False) -> int | None:
        """Run the test files with our plugin; gives the exit status, None when the limit [s] has passed.

        Args:
            order: for the plugin.
            files: of tests, relative to the checkout.
            limit: after which all processes are ended.
            fresh: with an empty cache of compiled loops: numba looks at one file for each function, not at those it
                calls.
        """
        wish = self.scratch / "order.json"
        wish.write_text(json.dumps(order), encoding="utf-8")
        compiled = self.scratch / "numba" if fresh else self.folder.parent / "numba"
        temporary = self.scratch / "t"
        temporary.mkdir(exist_ok=True)
        environment = os.environ | {
            "AG2S_MUTATION": str(wish),
            "PYTHONPATH": f"{self.folder}{os.pathsep}{self.folder / 'tests'}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_CACHE_DIR": str(compiled),
            "XDG_CACHE_HOME": str(self.folder.parent / "cache"),
            "TMPDIR": str(temporary),
        }
        arguments = [
            "-q", "-p", "mutation.plugin", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=ci",
            "--tb=line", *([] if "record" in order else ["-x"]), *files,
        ]  # fmt: skip
        try:
            return run(arguments, self.folder, environment, self.scratch / "log", limit)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            if fresh:
                shutil.rmtree(compiled, ignore_errors=True)

    @property
    def log(self) -> str:
        """What the last run said."""
        return (self.scratch / "log").read_text(encoding="utf-8", errors="replace")


def is_compiled(text: str) -> bool:
    """Whether numba makes machine code of this file's functions."""
    return any(mark in text for mark in _COMPILES)

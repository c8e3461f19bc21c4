"""Defaults and ranges: each number stands a second time in a golden file, so that none moves unseen."""

from __future__ import annotations

import runpy
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "golden"
_WRITER = runpy.run_path(str(GOLDEN / "write_declarations.py"), run_name="write_declarations")


def test_every_default_and_range_is_the_one_written_down() -> None:
    """After a change that is meant: .venv/bin/python tests/golden/write_declarations.py"""
    text = _WRITER["text"]()
    assert text.splitlines() == (GOLDEN / "declarations.txt").read_text(encoding="utf-8").splitlines()


def test_every_default_of_a_function_is_the_one_written_down() -> None:
    found = _WRITER["signatures"]()
    assert found.splitlines() == (GOLDEN / "signatures.txt").read_text(encoding="utf-8").splitlines()

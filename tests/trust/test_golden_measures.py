"""Numbers of small studies are those of the versions before, as closely as a stated error says."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from stated_error import UNCOMPARED, floors

from pyspice_models.study import run_study

GOLDEN = Path(__file__).parents[1] / "golden"
_WRITER = runpy.run_path(str(GOLDEN / "write_measures.py"), run_name="write_measures")
_RECORDED = json.loads((GOLDEN / "measures.json").read_text(encoding="utf-8"))
_ERROR = 1e-3
"""A fifth of what is promised of any number: simulators of other versions differ in their last digits."""


@pytest.mark.parametrize("name", _WRITER["studies"]())
def test_measures_are_those_that_were_written_down(name: str) -> None:
    """After a change that is meant: .venv/bin/python -P tests/golden/write_measures.py, and a line in CHANGELOG.md."""
    outcome = run_study(_WRITER["studies"]()[name])
    found, recorded = _WRITER["measures"](outcome), _RECORDED[name]
    assert {key: one["unit"] for key, one in found.items()} == {key: one["unit"] for key, one in recorded.items()}
    least = floors(outcome)
    for key, one in recorded.items():
        if not key.startswith(UNCOMPARED):
            assert found[key]["value"] == pytest.approx(one["value"], rel=_ERROR, abs=_ERROR * least[key]), key


def test_every_recorded_study_is_run() -> None:
    assert list(_RECORDED) == list(_WRITER["studies"]())

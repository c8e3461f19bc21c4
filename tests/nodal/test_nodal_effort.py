"""The nodal engine takes the steps and the iterations it took when they were last recorded."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden"
_WRITER = runpy.run_path(str(GOLDEN / "write_effort.py"), run_name="write_effort")
_RECORDED = json.loads((GOLDEN / "nodal_effort.json").read_text())


@pytest.mark.parametrize("name", _RECORDED["transients"])
def test_a_transient_takes_the_recorded_steps(name: str) -> None:
    """After a change that is meant: .venv/bin/python -P tests/golden/write_effort.py"""
    found, recorded = _WRITER["transient"](name), _RECORDED["transients"][name]
    assert {**found, "times": None} == {**recorded, "times": None}
    assert found["times"] == pytest.approx(recorded["times"], rel=1e-6, abs=0)


def test_matrices_take_the_recorded_iterations() -> None:
    assert _WRITER["matrices"]() == _RECORDED["matrices"]


def test_every_kind_of_small_crossbar_is_recorded() -> None:
    assert list(_WRITER["crossbars"]()) == list(_RECORDED["transients"])

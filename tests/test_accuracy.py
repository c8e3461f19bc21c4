"""Default step and tolerances against a run ten times tighter: what Accuracy promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.bench import Read, Write
from pyspice_models.deck import Accuracy
from pyspice_models.params import Selector, ThresholdParams, TransistorParams
from pyspice_models.study import Study, load_study, run_study

COMPARED = ("energy_per_switch", "energy_selected_cell", "energy_drivers", "recovery_time", "read_current")


def _largest_difference(study: Study, factor: float) -> float:
    plain, tight = (run_study(s).measures for s in (study, replace(study, accuracy=Accuracy().tighter(factor))))
    assert abs(tight["energy_imbalance"].value) <= 1e-3
    return max(abs(plain[name].value / tight[name].value - 1) for name in COMPARED)


def test_defaults_are_within_half_a_percent_of_a_run_ten_times_tighter() -> None:
    crossbar = Crossbar(6, 6, per_cell={"w0": pattern("random", (6, 6), seed=9)})
    program = [Write(2, 3), Read(2, 3), Write(4, 1, voltage=-0.3), Read(4, 1, scheme="floating")]
    assert _largest_difference(Study("accuracy", crossbar, program), 10) < 5e-3


@pytest.mark.parametrize(
    ("selector", "write", "read"),
    [(TransistorParams(), 0.3, 0.005), (ThresholdParams(), 0.5, 0.25)],
    ids=["1T1R", "1S1R"],
)
def test_defaults_for_selectors_are_within_half_a_percent_too(selector: Selector, write: float, read: float) -> None:
    crossbar = Crossbar(4, 4, per_cell={"w0": pattern("random", (4, 4), seed=9)}, selector=selector)
    program = [Write(2, 3, voltage=write), Read(2, 3, voltage=read), Write(1, 1, voltage=-write)]
    assert _largest_difference(Study("accuracy", crossbar, program), 10) < 5e-3


@pytest.mark.slow
def test_defaults_are_within_half_a_percent_at_32_by_32(studies) -> None:
    assert _largest_difference(load_study(studies / "write_read_32.toml"), 4) < 5e-3


@pytest.mark.slow
def test_64_by_64_keeps_its_books(studies) -> None:
    size = ["array.rows=64", "array.cols=64"]
    measures = run_study(load_study(studies / "write_read_32.toml", size)).measures
    assert abs(measures["energy_imbalance"].value) < 1e-3
    assert measures["write_success"].value == 1

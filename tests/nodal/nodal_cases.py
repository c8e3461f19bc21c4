"""What the tests of nodal share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.points import Points
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Step, schedule
from pyspice_models.study import Outcome, Study, run_study

ENERGIES = ("energy_per_switch", "energy_selected_cell", "energy_half_selected", "energy_drivers", "energy_dissipated")


def _both(study: Study) -> tuple[Outcome, Outcome]:
    return run_study(study), run_study(replace(study, engine="nodal"))


def _compare(study: Study) -> None:
    _agree(*_both(study))


def _agree(spice: Outcome, nodal: Outcome) -> None:
    """Energies, currents and final states within 0.5 %; energies behind selectors, which may be next to nothing, or
    within 1e-4 of all."""
    least = 1e-4 * spice.measures["energy_dissipated"].value if spice.study.crossbar.selector else 0.0
    for name in set(ENERGIES) & set(spice.measures):
        assert nodal.measures[name].value == pytest.approx(spice.measures[name].value, rel=5e-3, abs=least), name
    if "read_current" in spice.measures:
        assert nodal.measures["read_current"].value == pytest.approx(
            spice.measures["read_current"].value, rel=5e-3, abs=0
        )
    for state in spice.dataset.attrs["states"].split():
        ends = [outcome.dataset[state].isel(time=-1).values for outcome in (spice, nodal)]
        assert np.nanmax(np.abs(ends[0] - ends[1])) < 5e-3
    assert abs(nodal.measures["energy_imbalance"].value) < 1e-3


def run_points(run: Transient, *, marks: bool = False) -> Points:
    """Everything that a run keeps."""
    blocks: list[Points] = []
    run.run(np.inf, None, lambda points: blocks.append(points.picked(list(range(len(points))))), marks=marks)
    every, count = blocks[0].empty(sum(len(block) for block in blocks)), 0
    for block in blocks:
        every.put(count, block, range(len(block)))
        count += len(block)
    return every


def points_of(crossbar: Crossbar, program: Sequence[Step], accuracy: Accuracy | None = None) -> Points:
    """Of a program from rest."""
    return run_points(Transient(crossbar, schedule(crossbar, program), accuracy or Accuracy()))

"""Arrays with selectors in the nodal engine: against ngspice, and against their own books."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.faults import Faults
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.measure import energy_split
from pyspice_models.stimulus import Read, Step, Write
from pyspice_models.study import Outcome, Study, run_study


def _bar(selector: Any, **more: Any) -> Crossbar:
    shape = (2, 3)
    cells = {"w0": pattern("random", shape, seed=3, low=0.2)}
    return Crossbar(*shape, per_cell=cells, selector=selector, **more)


def _agree(spice: Outcome, nodal: Outcome, *, energies: float, states: float) -> None:
    """Energies of each kind of element in each window within a share of what the window moves, states at the end."""
    one, two = spice.dataset, nodal.dataset
    for window in nodal.study.schedule().windows:
        there, here = (energy_split(data, window.start, window.stop) for data in (one, two))
        for name in ("selectors", "lines", "drivers", "source"):
            known = getattr(there, name)
            assert getattr(here, name) == pytest.approx(known, rel=energies, abs=1e-4 * there.moved), name
        assert here.cells.values == pytest.approx(there.cells.values, rel=energies, abs=1e-4 * there.moved)
        assert abs(here.imbalance) < 1e-3
    for state in ("w", "x", *(["s_selector"] if "s_selector" in two else [])):
        assert two[state].values[-1] == pytest.approx(one[state].values[-1], rel=0, abs=states), state
    assert set(one.variables) <= set(two.variables)


PROGRAM: list[Step] = [Write(1, 1, width=0.3e-6), Read(1, 1, width=1e-6)]


@pytest.mark.parametrize(
    ("selector", "program", "more"),
    [
        (ThresholdParams(), [Write(1, 1, voltage=0.5, width=0.3e-6)], {"faults": Faults(stuck_on=((1, 0),))}),
        (SWITCHING, [Write(1, 1, voltage=0.35, width=0.3e-6)], {}),
        (TransistorParams(swing=0.08), [Write(1, 1, scheme="grounded", width=0.3e-6)], {}),
    ],
    ids=["1S1R", "memory", "1T1R"],
)
def test_small_arrays_agree_with_ngspice(selector: Any, program: list[Step], more: dict[str, Any]) -> None:
    study = Study("small", _bar(selector, **more), program, accuracy=Accuracy().tighter(3))
    _agree(run_study(study), run_study(replace(study, engine="nodal")), energies=3e-3, states=1e-4)

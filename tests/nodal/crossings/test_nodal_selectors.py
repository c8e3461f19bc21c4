"""Arrays with selectors in the nodal engine: against ngspice, and against their own books."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from agreement import agree_by_window

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.measure import supply
from pyspice_models.stimulus import Read, Step, Write
from pyspice_models.study import Outcome, Study, run_study

SHAPE = (2, 3)
CELLS = {"w0": pattern("random", SHAPE, seed=3, low=0.2)}


def _agree(spice: Outcome, nodal: Outcome, error: float) -> None:
    """Energies, states and voltages between cells and selectors; and the supply of each window."""
    agree_by_window(spice, nodal, error)
    for window in nodal.study.schedule().windows:
        there, here = (supply(outcome.dataset, window).energy for outcome in (spice, nodal))
        assert here == pytest.approx(there, rel=2 * error, abs=0)


CASES: dict[str, tuple[Any, list[Step], dict[str, Any]]] = {
    "1S1R": (
        ThresholdParams(), [Write(1, 1, voltage=0.5, width=0.2e-6), Read(1, 1, voltage=0.25, duration=0.3e-6)],
        {"faults": Faults(stuck_on=((1, 0),))},
    ),
    "memory": (SWITCHING, [Write(1, 1, voltage=0.35, width=0.3e-6)], {}),
    "1T1R": (
        TransistorParams(swing=0.08),
        [Write(1, 1, scheme="grounded", width=0.2e-6), Read(1, 1, scheme="grounded", duration=0.5e-6)], {},
    ),
    "1T1R on rails": (
        TransistorParams(), [Write(1, 1, scheme="grounded", width=0.2e-6), Read(1, 1, scheme="floating")],
        {"driver": DriverParams(kind="rail")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_small_arrays_agree_with_ngspice(name: str) -> None:
    selector, program, more = CASES[name]
    bar = Crossbar(*SHAPE, per_cell=CELLS, selector=selector, **more)
    study = Study("small", bar, program, accuracy=Accuracy().tighter(3))
    _agree(run_study(study), run_study(replace(study, engine="nodal")), 3e-3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_random_arrays_agree_with_ngspice(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = (int(random.integers(1, 6)), int(random.integers(1, 6)))
    at = {"row": int(random.integers(shape[0])), "col": int(random.integers(shape[1]))}
    volts = float(random.uniform(0.25, 0.38))
    remembering = random.random() < 0.5
    selectors = [
        ThresholdParams(g_on=10 ** random.uniform(-5, -3), c_sel=10 ** random.uniform(-16, -14.5)),
        replace(SWITCHING, t_delay=10 ** random.uniform(-8.5, -7)),
        TransistorParams(width=10 ** random.uniform(-6.5, -5), c_gate=10 ** random.uniform(-15.5, -14.5)),
        TransistorParams(swing=random.uniform(0.06, 0.1), r_gate_line=100.0, vto=random.uniform(0.2, 0.5)),
    ]
    selector: Any = selectors[seed % 4]
    scheme = "grounded" if isinstance(selector, TransistorParams) else "V/2"
    cells = {"w0": pattern("random", shape, seed=seed, low=0.2)}
    program: list[Step] = [
        Write(**at, voltage=volts if remembering else -volts, width=0.3e-6, scheme=scheme),
        Read(**at, voltage=volts, duration=1e-6),
    ]
    study = Study(
        "random", Crossbar(*shape, per_cell=cells, selector=selector), program, accuracy=Accuracy().tighter(3)
    )
    _agree(run_study(study), run_study(replace(study, engine="nodal")), 3e-3)

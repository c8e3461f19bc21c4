"""A cell that forgets, in the twin: by the law, and as the package's own solver has it."""

import numpy as np
import pytest

from pyspice_models import Crossbar, Study, Wait, Write, run_study
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.aging.laws import relaxed
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.lab.aged_twin import simulate_aged

LAW = AgingParams(relax_share=0.2, relax_spread=0.0, retain_spread=0.0, wear_cycles=0.0)
TIMES = [0.0, 1e-8, 1e-5, 1.001e-5, 100.00001]
VOLTS = [0.0, 0.3, 0.3, 0.0, 0.0]


def test_the_twin_forgets_by_the_laws():
    cell = CellParams()
    aged, usual = simulate_aged(cell, LAW, TIMES, VOLTS), simulate(cell, TIMES[:4], VOLTS[:4])
    assert (np.diff(aged.time) > 0).all()
    assert aged.time[-1] == pytest.approx(100.00001, rel=1e-6, abs=0)
    written = usual.w[-1]
    left = np.exp(-((100.0 / 1e6) ** 0.5))
    back = 0.2 * float(relaxed(LAW, 100.0)) * (written - cell.w0)
    assert aged.w[-1] == pytest.approx((written - back) * left, rel=1e-3, abs=0)
    assert aged.loss[-1] == pytest.approx(simulate(cell, TIMES, VOLTS).loss[-1], rel=1e-3, abs=0)


def test_without_anything_that_acts_it_is_the_twin():
    still = AgingParams(relax_share=0.0, retain_time=0.0, wear_cycles=0.0)
    aged, usual = (run.w[-1] for run in (simulate_aged(CellParams(), still, TIMES, VOLTS),
                                         simulate(CellParams(), TIMES, VOLTS)))  # fmt: skip
    assert aged == pytest.approx(usual, abs=1e-5)


def test_twin_and_solver_agree():
    bar = Crossbar(1, 1)
    edge = bar.driver.t_edge
    times, volts = [0.0], [0.0]
    for _ in range(1):
        times += [edge, 10e-6, 10e-6 + edge, 1.0]
        volts += [0.3, 0.3, 0.0, 0.0]
    study = Study("t", bar, [Write(0, 0, width=10e-6, scheme="grounded"), Wait(1.0)], engine="nodal", aging=LAW)
    found = run_study(study).dataset["w"].values[-1, 0, 0]
    assert simulate_aged(bar.cell, LAW, times, volts).w[-1] == pytest.approx(found, abs=2e-3)

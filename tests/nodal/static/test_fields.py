"""Fields of all ends at once: those that the static solver finds one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.static.fields import LineValues, fields
from pyspice_models.engine.nodal.static.solver import StaticSolver

SHAPES = [(3, 5), (7, 4), (1, 4), (4, 1)]
SEGMENTS = [(2.0, 3.0), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0), (1e-3, 1e-3), (1e5, 1e5)]


def _cells(shape: tuple[int, int]) -> np.ndarray:
    return np.asarray(10 ** np.random.default_rng(1).uniform(-6, -3, shape))


@pytest.mark.parametrize("segments", SEGMENTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_static_solver_finds_the_same(shape: tuple[int, int], segments: tuple[float, float]) -> None:
    word, bit = segments
    wire = WireParams()
    wire = wire.replace(r_segment_word=word) if word else wire.replace(resistivity_wl=0.0)
    wire = wire.replace(r_segment_bit=bit) if bit else wire.replace(resistivity_bl=0.0)
    bar = Crossbar(*shape, wire=wire, driver=DriverParams(r_driver=90.0, r_sense=40.0, r_contact=10.0))
    assert (bar.r_word, bar.r_bit) == segments
    g = _cells(shape)
    found, solver = fields(g, LineValues(word, bit, 100.0, 50.0)), StaticSolver.init(bar, g)
    assert found is not None
    for line in range(sum(shape)):
        volts = np.eye(sum(shape))[line]
        one = solver.compute(volts[: shape[0]], volts[shape[0] :])
        assert found.words[:, :, line] == pytest.approx(one.word, rel=1e-9, abs=1e-13)
        assert found.bits[:, :, line] == pytest.approx(one.bit, rel=1e-9, abs=1e-13)
        if word >= 1:
            assert found.word_currents()[:, :, line] == pytest.approx(one.word_segments, rel=1e-9, abs=1e-13)
        if bit >= 1:
            assert found.bit_currents()[:, :, line] == pytest.approx(one.bit_segments, rel=1e-9, abs=1e-13)


def test_cells_that_the_lines_do_not_hold_are_no_array() -> None:
    g = _cells((4, 5))
    g[2, 3] = -1e-7
    assert fields(g, LineValues(2.0, 3.0, 100.0, 50.0)) is not None
    g[2, 3] = -1.0
    assert fields(g, LineValues(2.0, 3.0, 100.0, 50.0)) is None
    assert fields(g, LineValues(0.0, 3.0, 100.0, 50.0)) is None

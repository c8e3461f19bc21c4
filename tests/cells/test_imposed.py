"""States of cells on an ideal source: two integrators, one answer."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.cells.ag2s.imposed import states_after
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate_many
from pyspice_models.stimulus import Timeline, Waveform


@pytest.mark.parametrize(
    ("voltage", "width", "pulses"), [(0.3, 1e-6, 1), (-0.3, 1e-6, 3), (0.15, 2e-4, 1), (0.8, 1e-5, 2), (-1.5, 1e-6, 1)]
)
def test_the_states_are_those_of_the_twin(voltage: float, width: float, pulses: int) -> None:
    rng = np.random.default_rng(0)
    drive, timeline = Waveform(), Timeline()
    for _ in range(pulses):
        drive.pulse(timeline.pulse(width, 1e-8), voltage)
        timeline.rest(9e-8)
    own = {"w0": rng.random(5), "x0": rng.random(5) / 2, "area": 25e-12 * (0.5 + rng.random(5))}
    twin = simulate_many(CellParams(), own, drive.times, drive.values, temperature=320.0, tolerance=1e-6)
    w, x = states_after(CellParams(), own, drive.times, drive.values, temperature=320.0)
    np.testing.assert_allclose(w, [run.w[-1] - run.w[0] for run in twin], rtol=0, atol=3e-6)
    np.testing.assert_allclose(x, [run.x[-1] - run.x[0] for run in twin], rtol=0, atol=3e-6)


def test_corners_that_differ_by_a_rounding_alone_change_nothing() -> None:
    """Pulses without a gap: 0.1 + 0.2 is not 0.3."""
    t = np.array([0.0, 1e-8, 1e-6, 1.01e-6])
    after = np.nextafter(1.01e-6, 1.0)
    v = np.array([0.0, 0.3, 0.3, 0.0])
    own = {"w0": np.array([0.9]), "x0": np.array([0.0])}
    one = states_after(CellParams(), own, t, v)
    two = states_after(CellParams(), own, np.r_[t, after, 2 * after], np.r_[v, 0.0, 0.0])
    assert two[0] == pytest.approx(one[0], rel=1e-6, abs=0)

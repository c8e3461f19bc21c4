"""States of cells on an ideal source: two integrators, one answer."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.bench import Waveform
from pyspice_models.device import simulate_many
from pyspice_models.device.imposed import states_after
from pyspice_models.params import CellParams


@pytest.mark.parametrize(
    ("voltage", "width", "pulses"), [(0.3, 1e-6, 1), (-0.3, 1e-6, 3), (0.15, 2e-4, 1), (0.8, 1e-5, 2), (-1.5, 1e-6, 1)]
)
def test_the_states_are_those_of_the_twin(voltage: float, width: float, pulses: int) -> None:
    rng = np.random.default_rng(0)
    drive = Waveform()
    for pulse in range(pulses):
        drive.pulse(pulse * (width + 1e-7), width, 1e-8, voltage)
    own = {"w0": rng.random(5), "x0": rng.random(5) / 2, "area": 25e-12 * (0.5 + rng.random(5))}
    twin = simulate_many(CellParams(), own, drive.times, drive.values, temperature=320.0, tolerance=1e-6)
    w, x = states_after(CellParams(), own, drive.times, drive.values, temperature=320.0)
    np.testing.assert_allclose(w, [run.w[-1] - run.w[0] for run in twin], rtol=0, atol=3e-6)
    np.testing.assert_allclose(x, [run.x[-1] - run.x[0] for run in twin], rtol=0, atol=3e-6)

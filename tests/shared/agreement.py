"""How near the result of one engine is to that of another."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.measure import energy_split
from pyspice_models.study import Outcome


def agree_by_window(spice: Outcome, nodal: Outcome, error: float, states: float = 1e-4) -> None:
    """Energies of each kind of element in each window, within a share of it or a tenth of that of what sources move;
    states and voltages when the window is settled."""
    one, two = spice.dataset, nodal.dataset
    assert set(one.variables) <= set(two.variables)
    for window in nodal.study.schedule().windows:
        there, here = (energy_split(data, window.start, window.stop) for data in (one, two))
        near = 0.1 * error * there.moved
        for name in ("selectors", "lines", "drivers", "source"):
            assert getattr(here, name) == pytest.approx(getattr(there, name), rel=error, abs=near), name
        assert here.cells.values == pytest.approx(there.cells.values, rel=error, abs=near)
        assert abs(here.imbalance) < 1e-3
        every = one.attrs["states"].split()
        names = [*every, *(name for name in ("v_mid", "s_selector", "v_gate", "v_gate_terminal") if name in two)]
        then = [data[names].interp(time=window.settled) for data in (one, two)]
        for name in names:
            assert then[1][name].values == pytest.approx(then[0][name].values, rel=0, abs=states), name
        if "i_mid" in one:
            ends = [data["i_mid"].interp(time=window.settled).values for data in (one, two)]
            assert ends[1] == pytest.approx(ends[0], rel=error, abs=1e-3 * np.abs(ends[0]).max())

"""The map of a pulse against the cell's own simulation, and the parts that a table adds to it."""

from __future__ import annotations

import numpy as np
import pytest
from tiles_cases import array

from pyspice_models import Crossbar
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate_many
from pyspice_models.errors import RequestError
from pyspice_models.program.held import held
from pyspice_models.program.learning.tiles import difference
from pyspice_models.program.learning.tiles import response as maps
from pyspice_models.program.learning.tiles.branch import branch_of
from pyspice_models.program.learning.tiles.conduction import Conduction
from pyspice_models.program.learning.tiles.response import corners, response_of

EDGE = 10e-9  # of the default driver [s]


@pytest.mark.parametrize("volt", [0.3, -0.3, 0.15, -0.15, 0.1, -0.1, 0.283, -0.291])
def test_a_pulse_moves_states_as_the_twin_does(volt: float) -> None:
    """Two integrators: the map is made by one, and held against the other."""
    response = response_of(CellParams(), 300.0, 0.3, 1e-6, EDGE)
    places = np.random.default_rng(3)
    w, x = places.random(40), places.random(40)
    times, volts = corners(volt, 1e-6, EDGE)
    runs = simulate_many(CellParams(), {"w0": w, "x0": x}, times, volts)
    mapped = response.change(np.full(40, volt), {"w": w, "x": x})
    equations = Equations(CellParams())
    for name, start in (("w", w), ("x", x)):
        true = held(equations, np.array([getattr(run, name)[-1] for run in runs])) - start
        assert np.abs(mapped[name] - true).max() < 1e-4, name  # asked: 1e-3
    assert response.error < 1e-4


@pytest.mark.parametrize(("voltage", "width"), [(0.8, 1e-6), (0.3, 100e-6)])
def test_pulses_that_fill_the_window_have_a_map_too(voltage: float, width: float) -> None:
    assert response_of(CellParams(), 300.0, voltage, width, EDGE).error < 5e-4


def test_a_map_that_misses_too_much_is_refined_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "VOLTAGES", 3)
    assert response_of(CellParams(), 301.0, 0.3, 1e-6, EDGE).changes.shape[1] == 1025
    monkeypatch.setattr(maps, "FINER", (1,))
    with pytest.raises(RequestError, match=r"misses the cell's own simulation .* smaller or shorter pulses"):
        response_of(CellParams(), 302.0, 0.3, 1e-6, EDGE)


def test_the_same_pulses_have_one_map_for_all_arrays() -> None:
    one = response_of(CellParams(), 300.0, 0.3, 1e-6, EDGE)
    assert response_of(CellParams(), 300.0, 0.3, 1e-6, EDGE, needed=0.2) is one
    assert response_of(CellParams(), 300.0, 0.2, 1e-6, EDGE, needed=0.3) is not one


def test_nothing_moves_below_the_quiet_voltage_and_what_moves_moves_above() -> None:
    response = response_of(CellParams(), 300.0, 0.3, 1e-6, EDGE)
    states = {"w": np.linspace(0, 1, 11), "x": np.linspace(0, 1, 11)}
    assert 0.01 < response.quiet < 0.05
    for sign in (1, -1):
        small = response.change(np.full(11, sign * response.quiet), states)
        assert max(np.abs(part).max() for part in small.values()) < 1e-7
        large = response.change(np.full(11, sign * 0.3), states)
        assert np.abs(large["w"]).max() > 0.06


def test_a_pulse_that_is_all_edge_is_refused() -> None:
    with pytest.raises(RequestError, match=r"driver\.t_edge"):
        response_of(CellParams(), 300.0, 0.3, EDGE, EDGE)


def test_what_is_shown_goes_back_to_what_is_held() -> None:
    equations, states = Equations(CellParams()), np.array([0.0, 1e-5, 1e-3, 0.27, 0.999, 1.0])
    assert float(equations.clip(0.0)) > 4e-5, "shown inside its bound"
    assert np.abs(held(equations, equations.clip(states)) - states).max() < 1e-9
    assert held(equations, np.array([0.0, 1.0])).tolist() == [0.0, 1.0]


def test_the_slow_branch_is_that_of_the_twin() -> None:
    """Voltage and loss of the ionic branch over two pulses of different height, the second from the first's charge."""
    bar, volts = Crossbar(1, 1), (0.3, -0.15)
    a, b, lost_v, lost_vq, lost_q, mean_v, mean_q, capacitance = branch_of(bar, 1e-6)[:, 0]
    q, lost, charges = 0.0, 0.0, 0.0
    for v in volts:
        lost += lost_v * v * v + lost_vq * v * q + lost_q * q * q
        charges += (mean_v * v + mean_q * q) * 1e-6
        q = a * v + b * q
    edge = bar.driver.t_edge
    times = [0, edge, 1e-6, 1e-6 + edge, 1e-6 + 2 * edge, 2e-6 + edge, 2e-6 + 2 * edge]
    # the twin without conduction: what it loses is the branch's
    silent = {"g_int_min": [1e-15], "g_int_max": [1.0001e-15], "g_fil_min": [1e-15], "g_fil_max": [1.0001e-15]}
    (run,) = simulate_many(
        CellParams(), silent, times, [0, volts[0], volts[0], 0, volts[1], volts[1], 0], tolerance=1e-8
    )
    assert q == pytest.approx(run.v_ion[-1], rel=1e-4, abs=0)
    assert lost == pytest.approx(run.loss[-1], rel=1e-3, abs=0)
    assert charges == pytest.approx(capacitance * q, rel=1e-9, abs=0), "what flows is what is stored"


@pytest.mark.parametrize(
    ("varied", "top", "most"), [(False, 1.0, 1e-3), (True, 0.05, 0.01)], ids=["alike", "different"]
)
def test_what_cells_conduct(varied: bool, top: float, most: float) -> None:
    """The gaps of cells differ and their bridges do not: exact for x = 0 and 1, and nearly so while x is small."""
    bar, places = array((12, 9), varied=varied), np.random.default_rng(1)
    conduction = Conduction.of(bar, 0.3)
    for volt in (0.005, 0.1, -0.15, 0.3):
        states = np.stack([places.random(bar.shape), top * places.random(bar.shape)])
        found = conduction.at(np.full(108, volt), states.reshape(2, -1)).reshape(bar.shape)
        assert np.abs(found / bar.conductance(volt, *states) - 1).max() < most


def test_conduction_is_straight_up_to_some_voltage() -> None:
    bar = Crossbar(1, 1)
    straight = Conduction.of(bar, 0.3).straight
    assert 0.01 < straight < 0.05
    near, there, beyond = (float(bar.conductance(v, 0.5, 0.0)[0, 0]) for v in (0.0, straight, 2 * straight))
    assert there / near - 1 < 1e-3 < beyond / near - 1


def test_cells_that_differ_are_looked_up_where_the_nominal_one_is_as_fast() -> None:
    bar = array((20, 20), varied=True)
    needed = difference.needed_reach(bar, 0.3)
    assert 0.3 < needed < 0.45
    response = response_of(bar.cell, 300.0, 0.3, 1e-6, EDGE, needed=needed)
    shifts = difference.shifts_of(bar, 0.3, 1e-6, response.reach)
    assert np.abs(shifts).max() > 5e-3, "volts, or nothing differs"
    assert difference.error_of(bar, response, shifts) < 2e-4  # asked: 1e-3
    # without the shifts they would be far off
    assert difference.error_of(bar, response, np.zeros_like(shifts)) > 5e-3
    alike = array((20, 20))
    assert difference.shifts_of(alike, 0.3, 1e-6, 0.3).shape[-1] == 1
    assert difference.error_of(alike, response, shifts) == 0.0

"""The tile by a table: against the circuit, and what must hold of any array."""

from __future__ import annotations

import numpy as np
import pytest
from tiles_cases import array, one_cell, shares, some_pulses

from pyspice_models import Crossbar
from pyspice_models.array import Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate_many
from pyspice_models.errors import SimulationError
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
from pyspice_models.program.learning.tiles.response import corners
from pyspice_models.program.learning.tiles.table_tile import TableTile


def _held_against(bar: Crossbar, pulses: Pulses, rms: float, worst: float, energy: float = 0.02) -> None:
    table, circuit = TableTile(bar), CircuitTile(bar)
    told, true = table.update(pulses), circuit.update(pulses)
    for name, before in zip(("w", "x"), bar.initial_states, strict=True):
        found = shares(table.states[name], circuit.states[name], before)
        assert found[0] < rms, f"r.m.s. of {name}"
        assert found[1] < worst, f"worst of {name}"
    assert told.energy == pytest.approx(true.energy, rel=energy, abs=0)
    for part in ("cells", "half_selected"):
        assert getattr(told, part) == pytest.approx(getattr(true, part), rel=energy, abs=0), part
    for part in ("lines", "drivers"):
        assert getattr(told, part) == pytest.approx(getattr(true, part), rel=0.15, abs=0), part
    assert told.time == pytest.approx(true.time, rel=1e-9, abs=0)
    assert (told.pulses == true.pulses).all()


@pytest.mark.parametrize("varied", [False, True])
@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_an_update_is_that_of_the_circuit(varied: bool, scheme: str) -> None:
    bar = array((24, 12), varied=varied)
    _held_against(bar, some_pulses(bar.shape, 3, scheme=scheme), 0.005, 0.02)


@pytest.mark.slow
@pytest.mark.parametrize("varied", [False, True])
@pytest.mark.parametrize(("shape", "rms", "worst"), [((64, 32), 0.005, 0.02), ((128, 64), 0.01, 0.04)])
def test_an_update_of_a_large_array_is_that_of_the_circuit(
    shape: tuple[int, int], rms: float, worst: float, varied: bool
) -> None:
    _held_against(array(shape, varied=varied), some_pulses(shape, 1), rms, worst)


def test_without_ir_drop_it_would_be_far_off() -> None:
    """The figures above are not met by chance: the lines take enough to be seen."""
    bar, pulses = array((64, 10)), some_pulses((64, 10), 1)
    table, circuit = TableTile(bar, ir_drop=False), CircuitTile(bar)
    table.update(pulses), circuit.update(pulses)
    assert shares(table.states["w"], circuit.states["w"], bar.initial_states[0])[0] > 0.01


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("voltage", [0.3, 0.15])
def test_energy_of_a_cell_alone_is_the_twins(sign: int, voltage: float) -> None:
    for w in (0.0, 0.27, 1.0):
        tile = TableTile(Crossbar(1, 1).at_level(w), ir_drop=False)
        spent = tile.update(one_cell(sign, voltage=voltage))
        times, volts = corners(sign * voltage, 1e-6, 10e-9)
        (run,) = simulate_many(CellParams(), {"w0": [w]}, times, volts)
        assert spent.energy == pytest.approx(run.loss[-1] + run.stored[-1], rel=0.005, abs=0)
        assert tile.states["w"][0, 0] == pytest.approx(run.w[-1], abs=1e-4)


@pytest.mark.parametrize("varied", [False, True])
def test_products_both_ways_are_those_of_the_operating_point(varied: bool) -> None:
    driver = DriverParams(r_driver=2e3, r_sense=500.0)
    bar = array((24, 12), varied=varied, driver=driver)
    table, circuit, places = TableTile(bar), CircuitTile(bar), np.random.default_rng(4)
    for volts, lines, way in ((5e-3, 24, "forward"), (5e-3, 12, "backward"), (0.1, 24, "forward")):
        inputs = volts * (2 * places.random((3, lines)) - 1)
        found, true = (getattr(tile, way)(inputs) for tile in (table, circuit))
        assert np.abs(found.currents - true.currents).max() < 2e-3 * np.abs(true.currents).max()
        assert found.energy == pytest.approx(true.energy, rel=2e-3, abs=0)
        assert found.time == true.time == pytest.approx(30e-6, rel=1e-9, abs=1e-12)
    bare = TableTile(array((24, 12)))
    assert bare.forward(np.ones(24) * 5e-3).currents.shape == (1, 12)


def test_products_backward_are_the_transpose_whatever_the_ends_are() -> None:
    """Reciprocity: what a volt on a word line sends into a bit line, a volt on that sends into the word line."""
    tile = TableTile(array((10, 7), driver=DriverParams(r_driver=3e4, r_sense=700.0)))
    forward = tile.forward(1e-3 * np.eye(10)).currents
    backward = tile.backward(1e-3 * np.eye(7)).currents
    assert np.abs(forward - backward.T).max() < 1e-5 * forward.max()


def test_lines_without_resistance_give_sums_of_conductances() -> None:
    bar = array((10, 7))
    tile = TableTile(bar, ir_drop=False)
    inputs = 5e-3 * np.random.default_rng(1).random((2, 10))
    ideal = np.stack([bar.current(row[:, None], *bar.initial_states).sum(axis=0) for row in inputs])
    assert np.abs(tile.forward(inputs).currents / ideal - 1).max() < 1e-4
    real = TableTile(bar).forward(inputs).currents
    assert (real < ideal).all()


def test_slots_may_come_in_one_update_or_in_several() -> None:
    bar, pulses = array((10, 7)), some_pulses((10, 7), 4)
    at_once, apart = (TableTile(bar, ir_drop=False) for _ in range(2))
    at_once.update(pulses)
    for n in range(4):
        one = slice(n, n + 1)
        apart.update(Pulses(pulses.word[one], pulses.bit[one], pulses.sign[one]))
    for name in ("w", "x"):
        assert np.abs(at_once.states[name] - apart.states[name]).max() < 1e-12
    assert (at_once.pulses == apart.pulses).all()
    assert at_once.pulses.sum() == (pulses.word[:, :, None] & pulses.bit[:, None, :]).sum()


def test_the_same_pulses_give_the_same_states_bit_for_bit() -> None:
    bar, pulses = array((10, 7), varied=True), some_pulses((10, 7), 3)
    one, two = TableTile(bar), TableTile(bar)
    assert one.update(pulses)[:5] == two.update(pulses)[:5]
    assert all((one.states[name] == two.states[name]).all() for name in ("w", "x"))


def test_what_was_read_before_changes_nothing_and_a_run_goes_on_from_its_states() -> None:
    bar = array((10, 7), varied=True)
    one, two = TableTile(bar), TableTile(bar)
    for volts in (5e-3, 0.25, 1.0):
        two.forward(np.full(10, volts))
    for n in range(3):
        again = TableTile(bar)
        again.program(one.states)
        pulses = some_pulses((10, 7), 2, seed=n)
        told = [tile.update(pulses)[:5] for tile in (one, two, again)]
        assert told[0] == told[1] == told[2]
        read = [tile.forward(np.full(10, 5e-3)).currents for tile in (one, two, again)]
        assert (read[0] == read[1]).all()
        assert (read[0] == read[2]).all()
        for name, values in one.states.items():
            assert (values == two.states[name]).all()
            assert (values == again.states[name]).all()


def test_an_update_without_pulses_costs_nothing_but_time() -> None:
    tile = TableTile(array((3, 2)))
    before = tile.states
    none = Pulses(np.zeros((2, 3), bool), np.zeros((2, 2), bool), np.array([1, -1]))
    for pulses, slots in ((none, 2), (Pulses(np.zeros((0, 3), bool), np.zeros((0, 2), bool), np.zeros(0, int)), 0)):
        spent = tile.update(pulses)
        assert spent.energy == 0.0
        assert spent.time == pytest.approx(slots * 1.01e-6 + 15e-6, rel=1e-9, abs=1e-12)
    assert all((tile.states[name] == before[name]).all() for name in before)


def test_states_stay_in_the_window_and_energies_positive() -> None:
    bar = array((6, 5))
    tile, every = TableTile(bar), np.ones((40, 6), bool)
    for sign in (1, -1):
        spent = tile.update(Pulses(every, np.ones((40, 5), bool), np.full(40, sign)))
        assert all(part >= 0 for part in spent[:5])
        assert all(((values >= 0) & (values <= 1)).all() for values in tile.states.values())
        assert tile.states["w"].mean() == pytest.approx(1.0 if sign > 0 else 0.0, abs=0.01)


def test_a_broken_cell_stays_and_conducts_as_the_resistor_it_is() -> None:
    faults = Faults(stuck_on=((1, 2),), stuck_off=((3, 3),), g_on=1e-4, g_off=1e-9)
    bar, pulses = array((8, 6), faults=faults), some_pulses((8, 6), 2)
    _held_against(bar, pulses, 0.01, 0.04)
    tile = TableTile(bar)
    tile.update(pulses)
    for place in ((1, 2), (3, 3)):
        assert tile.states["w"][place] == bar.initial_states[0][place]
    found = tile.forward(5e-3 * np.eye(8)).currents
    assert found[1, 2] > 50 * found[2, 2]


def test_cells_beyond_a_bound_are_told_once_with_place_and_pulses() -> None:
    tile = TableTile(Crossbar(4, 3).at_level(0.3), bounds={"x": 0.005})
    word, bit = np.zeros((10, 4), bool), np.zeros((10, 3), bool)
    word[:, 2] = bit[:, 1] = True
    for _ in range(3):
        tile.update(Pulses(word, bit, np.ones(10, int)))
    (cell,) = tile.crossed
    assert (cell.row, cell.col, cell.state, cell.pulses) == (2, 1, "x", 10)
    assert 0.005 < cell.value < tile.states["x"][2, 1]
    assert "cell (2, 1): x = " in str(cell)
    assert "after 10 pulses" in str(cell)


def test_programmed_states_are_what_it_holds() -> None:
    tile = TableTile(Crossbar(4, 3).at_level(0.3))
    before = tile.forward(np.full(4, 5e-3)).currents
    tile.program({"w": 0.8})
    assert (tile.states["w"] == 0.8).all()
    assert (tile.states["x"] == 0.0).all()
    assert (tile.forward(np.full(4, 5e-3)).currents > 2 * before).all()
    tile.states["w"][:] = 0.0
    assert (tile.states["w"] == 0.8).all(), "a copy"


def test_lines_that_take_most_of_the_voltage_are_refused_and_states_are_kept() -> None:
    driver = DriverParams(r_driver=1e6, r_sense=1e6)
    tile = TableTile(array((40, 40), driver=driver))
    before = tile.states
    with pytest.raises(SimulationError, match="do not come to rest"):
        tile.update(some_pulses((40, 40), 1))
    assert all((tile.states[name] == before[name]).all() for name in before)

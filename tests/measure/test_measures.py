"""Measures against cases worked by hand, and the books of real runs."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from measures_cases import _run

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.measure import (
    by_selection,
    cell_current,
    current_margin,
    disturb,
    effective_voltage,
    energy_split,
    ir_drop,
    sense_current,
    sneak_share,
)
from pyspice_models.measure.energy import Energies
from pyspice_models.measure.integral import Span
from pyspice_models.result import windows
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.stimulus import Read, ReadAll, Window, Write


def _weights(time: np.ndarray, corners: list[float], start: float, stop: float) -> list[float]:
    left, right = trapezoids(time, np.array(corners))
    dataset = xr.Dataset({"weight_left": ("time", left), "weight_right": ("time", right)}, coords={"time": time})
    span = Span.of(dataset, start, stop)
    weights = np.zeros(len(time))
    weights[span.part] = span.weights
    return weights.tolist()


def test_weights_are_trapezoids_and_right_ends_after_corners() -> None:
    time = np.array([0.0, 1.0, 2.0, 4.0])
    assert _weights(time, [], 0, 4) == [0.5, 1.0, 1.5, 1.0]
    assert _weights(time, [1.0], 0, 4) == [0.5, 0.5, 2.0, 1.0]
    assert _weights(time, [], 1, 2) == [0, 0.5, 0.5, 0]
    assert sum(_weights(time, [0.0, 2.0], 0, 4)) == 4


def test_split_by_selection_adds_up() -> None:
    cells = xr.DataArray(np.arange(12.0).reshape(3, 4), dims=("row", "col"), coords={"row": range(3), "col": range(4)})
    window = Window("write", 0, 1, 1, 1, rows=(1,), cols=(2,))
    selected, half, unselected = by_selection(cells, window)
    assert selected == 6
    assert half == 4 + 5 + 7 + 2 + 10
    assert selected + half + unselected == cells.sum()


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_source_energy_is_dissipated_or_stored_within_a_thousandth(form: str) -> None:
    crossbar = Crossbar(3, 4, per_cell={"w0": pattern("random", (3, 4), seed=2)})
    program = [Write(1, 1), Read(1, 1, scheme="floating"), Write(2, 0, voltage=-0.3, scheme="V/3"), ReadAll()]
    outcome = _run(crossbar, program, form=form)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    split = energy_split(outcome.dataset, 0.0, float(outcome.dataset["time"][-1]))
    assert float(split.cells.min()) >= 0, "a passive cell never delivers energy"
    assert split.lines > 0
    assert split.drivers > 0
    parts = sum(outcome.measures[f"energy_{p}"].value for p in ("selected_cell", "half_selected", "unselected"))
    parts += outcome.measures["energy_lines"].value + outcome.measures["energy_drivers"].value
    assert parts == pytest.approx(outcome.measures["energy_per_switch"].value, rel=1e-12, abs=0)


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_energies_of_a_span_are_the_same_whether_the_whole_run_is_gone_through_or_the_span_alone(engine: str) -> None:
    crossbar = Crossbar(3, 4, per_cell={"w0": pattern("random", (3, 4), seed=2)})
    dataset = _run(crossbar, [Write(1, 1), Write(2, 0, voltage=-0.3), Read(1, 1)], engine=engine).dataset
    energies = Energies.of(dataset)
    for window in windows(dataset):
        one, alone = energies.between(window.start, window.stop), energy_split(dataset, window.start, window.stop)
        assert one.each.tobytes() == alone.each.tobytes()
        for name in ("selectors", "lines", "drivers", "source", "stored", "moved"):
            assert getattr(one, name) == getattr(alone, name)
        assert one.source != energies.whole.source


def test_a_lone_cell_reads_as_the_twin_says() -> None:
    """One cell on ideal lines: the sensed current is g v, less the drop on driver and sense resistor."""
    cell = CellParams(w0=0.6)
    ideal = WireParams(resistivity_wl=0.0, resistivity_bl=0.0)
    outcome = _run(Crossbar(1, 1, cell=cell, wire=ideal), [Read(0, 0, duration=30e-6)])
    window = windows(outcome.dataset, "read")[0]
    g = float(Equations(cell).conductance(5e-3, cell.w0, cell.x0))
    driver = DriverParams()
    wanted = 5e-3 / (1 / g + driver.r_driver + driver.r_sense)
    assert float(sense_current(outcome.dataset, window)[0]) == pytest.approx(wanted, rel=1e-4, abs=0)
    assert float(cell_current(outcome.dataset, window)[0]) == pytest.approx(wanted, rel=1e-4, abs=0)
    assert abs(float(sneak_share(outcome.dataset, window)[0])) < 1e-3


def test_sneak_current_of_two_by_two_is_three_cells_in_series() -> None:
    """Worked by hand: with the other lines floating, the sneak path runs through the three other cells in series."""
    w0 = np.array([[0.05, 0.95], [0.7, 0.4]])
    ideal = WireParams(resistivity_wl=0.0, resistivity_bl=0.0)
    driver = DriverParams(r_driver=1e-3, r_sense=1e-3, r_off=1e15, r_contact=0)
    crossbar = Crossbar(2, 2, per_cell={"w0": w0}, wire=ideal, driver=driver)
    outcome = _run(crossbar, [Read(0, 0, scheme="floating", duration=100e-6)])
    window = windows(outcome.dataset, "read")[0]
    eq = Equations(CellParams())
    # at a few millivolts every cell is a resistor to 1e-4: sinh(z)/z at z = 5 mV/0.3 V
    g = [[float(eq.conductance(2e-3, w, 0.0)) for w in row] for row in w0]
    own = 5e-3 * g[0][0]
    around = 5e-3 / (1 / g[0][1] + 1 / g[1][1] + 1 / g[1][0])
    assert float(sense_current(outcome.dataset, window)[0]) == pytest.approx(own + around, rel=1e-3, abs=0)
    assert float(sneak_share(outcome.dataset, window)[0]) == pytest.approx(around / (own + around), rel=1e-3, abs=0)


def test_grounding_the_other_lines_takes_the_sneak_current_away() -> None:
    crossbar = Crossbar(4, 4, per_cell={"w0": pattern("uniform", (4, 4), low=0.9)})
    outcome = _run(crossbar, [Read(1, 1, scheme="floating", duration=30e-6), Read(1, 1, duration=30e-6)])
    floating, grounded = windows(outcome.dataset, "read")
    assert float(sneak_share(outcome.dataset, floating)[0]) > 0.3
    assert abs(float(sneak_share(outcome.dataset, grounded)[0])) < 0.01


def test_a_transposed_array_gives_the_transposed_result() -> None:
    """Rows and columns swapped, polarity reversed: word lines and bit lines exchange their roles."""
    alike = WireParams(resistivity_wl=2e-8, resistivity_bl=2e-8)
    driver = DriverParams(r_driver=1e3, r_sense=1e3)
    w0 = pattern("random", (3, 5), seed=4)
    one = _run(Crossbar(3, 5, per_cell={"w0": w0}, wire=alike, driver=driver), [Write(1, 3, voltage=0.3)])
    # word lines start at column 0, bit lines end at the last row: flip both ways to keep the distances
    flipped = w0.T[::-1, ::-1]
    other = _run(Crossbar(5, 3, per_cell={"w0": flipped}, wire=alike, driver=driver), [Write(1, 1, voltage=0.3)])
    a, b = (windows(o.dataset)[0] for o in (one, other))
    across = effective_voltage(one.dataset, a).values
    transposed = effective_voltage(other.dataset, b).values
    assert across == pytest.approx(transposed.T[::-1, ::-1], abs=1e-7)


def test_ir_drop_grows_with_line_resistance_and_vanishes_without() -> None:
    def largest(resistivity: float) -> float:
        wire = WireParams(resistivity_wl=resistivity, resistivity_bl=resistivity)
        driver = DriverParams(r_driver=1e-3, r_sense=1e-3, r_contact=0)
        cells = {"w0": pattern("uniform", (6, 6), low=0.95)}
        outcome = _run(Crossbar(6, 6, per_cell=cells, wire=wire, driver=driver), [Write(5, 0)])
        return float(ir_drop(outcome.dataset, windows(outcome.dataset)[0]).max())

    small, large = largest(2e-6), largest(2e-5)
    assert largest(0.0) < 1e-9
    assert large == pytest.approx(10 * small, rel=0.05, abs=0)


def test_disturb_leaves_the_written_cell_out() -> None:
    crossbar = Crossbar(3, 3, per_cell={"w0": pattern("uniform", (3, 3), low=0.3)})
    outcome = _run(crossbar, [Write(1, 1)])
    window = windows(outcome.dataset)[0]
    disturbed = disturb(outcome.dataset, window)
    assert np.isnan(float(disturbed.sel(row=1, col=1)))
    half, rest = float(disturbed.sel(row=1, col=0)), float(disturbed.sel(row=0, col=0))
    assert 0 <= rest < half < 0.01
    assert outcome.measures["disturb_half_selected"].value == pytest.approx(
        float(disturbed.where((disturbed.row == 1) | (disturbed.col == 1)).max()), rel=1e-9, abs=0
    )


def test_read_margin_by_hand() -> None:
    crossbar = Crossbar(2, 2, per_cell={"w0": [[0.9, 0.1], [0.1, 0.9]]})
    outcome = _run(crossbar, [ReadAll(duration=30e-6)])
    reads = windows(outcome.dataset, "read")
    currents = np.array([sense_current(outcome.dataset, read).values for read in reads])
    ones, zeros = currents[[0, 1], [0, 1]], currents[[0, 1], [1, 0]]
    by_hand = (ones.min() - zeros.max()) / ones.min()
    assert current_margin(ones, zeros) == pytest.approx(by_hand, rel=1e-12, abs=0)
    assert outcome.measures["read_margin"].value == pytest.approx(by_hand, rel=1e-9, abs=0)
    assert "read_margin" not in outcome.missing


def test_a_one_is_told_by_conductance_and_not_by_a_state() -> None:
    """A cell with w = 0 and a filament carries the most of all: it is a one. A wide cell is one with a small w, too."""
    own = {"w0": [[0.0, 0.0, 0.9, 0.3]], "x0": [[0.9, 0.0, 0.0, 0.0]], "area": [[25e-12, 25e-12, 25e-12, 100e-12]]}
    outcome = _run(Crossbar(1, 4, per_cell=own), [ReadAll(duration=30e-6)])
    (window,) = windows(outcome.dataset, "read")
    current = sense_current(outcome.dataset, window).values
    assert current.argmax() == 0
    assert outcome.measures["read_margin"].value == pytest.approx(
        (current[[0, 2, 3]].min() - current[1]) / current[[0, 2, 3]].min(), rel=1e-9, abs=0
    )


def test_reads_of_different_voltage_or_scheme_are_not_pooled() -> None:
    crossbar = Crossbar(3, 3, per_cell={"w0": pattern("checkerboard", (3, 3))})
    reads = [Read(0, 0, duration=30e-6), Read(0, 1, duration=30e-6), Read(0, 0, voltage=0.02, duration=30e-6)]
    reads += [Read(0, 1, scheme="floating", duration=30e-6), Read(0, 0, scheme="floating", duration=30e-6)]
    found = _run(crossbar, reads, engine="nodal").measures
    ways = {}
    for name, part in (("grounded_5mV", reads[:2]), ("grounded_20mV", reads[2:3]), ("floating_5mV", reads[3:])):
        ways[name] = alone = _run(crossbar, part, engine="nodal").measures
        for measure in ("read_current", "own_current"):
            assert found[f"{measure}_{name}"].value == pytest.approx(alone[measure].value, rel=1e-3, abs=0)
            assert measure + "_" + name not in alone
    assert "read_margin_grounded_20mV" not in found
    assert (
        found["read_margin"].value == found["read_margin_floating_5mV"].value < found["read_margin_grounded_5mV"].value
    )
    assert "floating; the worst of 3 ways to read" in found["read_margin"].about
    assert found["read_current"].value == found["read_current_grounded_5mV"].value
    assert "5 mV, grounded; the first of 3" in found["read_current"].about

"""Measures of reads and writes: every term is seen by some test."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from would_notice_measures_cases import SHAPE, _dataset, _study, _then

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.measure import (
    by_selection,
    cell_current,
    current_margin,
    current_paths,
    disturb,
    disturb_by_selection,
    effective_voltage,
    ir_drop,
    measure_read,
    product_error,
    recovery_time,
    sense_current,
    sneak_share,
    state_change,
    voltage_margin,
)
from pyspice_models.stimulus import Window

WRITE = Window("write", 0.0, 2e-6, 1.8e-6, 1.9e-6, (1,), (0, 2), 0.3, "V/2", 2, 0.9e-6)
READ = Window("read", 2e-6, 6e-6, 5.5e-6, 5.6e-6, (1,), (0, 2), 5e-3, "grounded", 1, 3e-6)


# ---- reads


def test_a_read_is_looked_at_where_it_has_settled() -> None:
    dataset = _dataset()
    sensed = _then(dataset, "i_sense", 5.5e-6)[[0, 2]]
    power, word, bit = (_then(dataset, name, 5.5e-6)[1, [0, 2]] for name in ("p", "v_word", "v_bit"))
    found = sense_current(dataset, READ)
    assert found.values == pytest.approx(sensed, rel=1e-12, abs=0)
    assert found["col"].values.tolist() == [0, 2]
    own = power / (word - bit)
    assert cell_current(dataset, READ).values == pytest.approx(own, rel=1e-12, abs=0)
    assert sneak_share(dataset, READ).values == pytest.approx((sensed - own) / sensed, rel=1e-12, abs=0)
    selected = _dataset(mid=True)
    power, word, mid = (_then(selected, name, 5.5e-6)[1, [0, 2]] for name in ("p", "v_word", "v_mid"))
    assert cell_current(selected, READ).values == pytest.approx(power / (word - mid), rel=1e-12, abs=0)


def _readable(currents: list[list[float]], states: list[list[float]]) -> xr.Dataset:
    """Two reads, of row 0 and of row 1, whose settled currents and states are the given ones."""
    dataset = _dataset()
    dataset["i_sense"].values[5:7], dataset["i_sense"].values[7:] = currents[1], currents[0]
    dataset["w"].values[:] = np.array(states)[None]
    return dataset


def test_the_margin_is_of_the_smallest_one_and_the_largest_zero() -> None:
    """Over all reads, by the magnitude of the currents."""
    assert current_margin([5.0, 4.0, 3.5, 7.0], [2.0, 1.0]) == pytest.approx((3.5 - 2.0) / 3.5, rel=1e-12, abs=0)
    assert current_margin([2.0], [3.0, 0.0]) == -0.5
    assert math.isnan(current_margin([], [1.0]))
    assert math.isnan(current_margin([1.0], []))
    assert math.isnan(current_margin([0.0], [0.0]))
    assert voltage_margin([0.4, 0.3], [0.1, 0.2], -0.5) == pytest.approx(0.2, rel=1e-12, abs=0)


def test_figures_of_a_read_are_of_its_cells_where_it_has_settled() -> None:
    dataset, bar = _dataset(), _study().crossbar
    found = measure_read(bar, dataset, READ)
    states = [(_then(dataset, "w", 5.5e-6)[1, col], _then(dataset, "x", 5.5e-6)[1, col]) for col in (0, 2)]
    g = [
        float(Equations(bar.cell_at(1, col), 320.0).conductance(5e-3, *state))
        for col, state in zip((0, 2), states, strict=True)
    ]
    assert found.cols == (0, 2)
    assert found.conductance == pytest.approx(g, rel=1e-12, abs=0)
    assert found.nominal == pytest.approx([5e-3 * siemens for siemens in g], rel=1e-12, abs=0)
    assert found.sensed == pytest.approx(sense_current(dataset, READ).values, rel=1e-12, abs=0)
    assert found.through_cell == pytest.approx(cell_current(dataset, READ).values, rel=1e-12, abs=0)
    assert found.sneak == pytest.approx(found.sensed - found.through_cell, rel=1e-12, abs=0)
    assert found.droop == pytest.approx(1 - found.through_cell / found.nominal, rel=1e-12, abs=0)
    start = READ.start + bar.driver.t_edge / 2
    late = [max(recovery_time(dataset, WRITE, READ, col) + WRITE.pulse_end - start, 0) for col in (0, 2)]
    assert found.latency == pytest.approx(late, rel=1e-9, abs=0)


def test_recovery_ends_where_the_current_stays_within_the_band() -> None:
    """From the pulse's end at half height; the crossing of the band lies between two samples."""
    dataset = _dataset()
    column = dataset["i_sense"].values[:, 2]
    #           time 0    0.5  1    2    3    4.5   6    8    10
    column[:] = [9.0, 9.0, 9.0, 3.0, 1.2, 1.02, 1.0, 0.0, 0.0]
    final = 1.02 + (1.0 - 1.02) * (5.5 - 4.5) / 1.5
    away = [abs(value - final) - 0.05 * final for value in (1.2, 1.02)]
    crossing = 3e-6 + 1.5e-6 * away[0] / (away[0] - away[1])
    assert recovery_time(dataset, WRITE, READ, 2) == pytest.approx(crossing - 1.9e-6, rel=1e-12, abs=0)
    wide = [abs(value - final) - 0.5 * final for value in (3.0, 1.2)]
    crossing = 2e-6 + 1e-6 * wide[0] / (wide[0] - wide[1])
    assert recovery_time(dataset, WRITE, READ, 2, 0.5) == pytest.approx(crossing - 1.9e-6, rel=1e-12, abs=0)
    # a decay has a straight logarithm; an edge, which falls tenfold or through its end, is straight
    column[2:7] = [2.0, 1.4, 1.1, 1.0, 1.0]
    for within, low, high, here, behind in ((0.05, 3e-6, 4.5e-6, 0.1, 0.0), (0.2, 2e-6, 3e-6, 0.4, 0.1)):
        share = math.log(here / within) / math.log(here / behind) if behind else (here - within) / here
        crossing = low + share * (high - low)
        assert recovery_time(dataset, WRITE, READ, 2, within) == pytest.approx(crossing - 1.9e-6, rel=1e-9, abs=0)
    column[2:7] = [2.0, 1.4, 0.9, 1.0, 1.0]
    crossing = 2e-6 + (0.4 - 0.2) / (0.4 + 0.1) * 1e-6  # through the upper bound of the band, not the lower
    assert recovery_time(dataset, WRITE, READ, 2, 0.2) == pytest.approx(crossing - 1.9e-6, rel=1e-9, abs=0)
    column[3:] = 1.0
    assert recovery_time(dataset, WRITE, READ, 2) == pytest.approx(0.1e-6, rel=1e-9, abs=0)
    column[:] = -column
    assert recovery_time(dataset, WRITE, READ, 2) == pytest.approx(0.1e-6, rel=1e-9, abs=0)
    # on the band is within it
    column[:] = 1.0
    column[3] = 1.25
    assert recovery_time(dataset, WRITE, READ, 2, 0.25) == pytest.approx(0.1e-6, rel=1e-9, abs=0)
    # still away at the last sample before the value itself is taken
    column[4:6] = 2.0, 1.0
    assert recovery_time(dataset, WRITE, replace(READ, settled=3.7e-6), 2) == math.inf


def test_a_products_errors_are_over_the_largest_output() -> None:
    sensed = xr.DataArray([1.0, -2.0, 4.4], {"col": range(3)}, ("col",))
    rms, worst = product_error(sensed, np.array([1.2, -2.0, 4.0]))
    assert rms == pytest.approx(np.sqrt((0.05**2 + 0.1**2) / 3), rel=1e-12, abs=0)
    assert worst == pytest.approx(0.1, rel=1e-12, abs=0)
    assert product_error(sensed, np.array([1.0, -5.0, 0.0]))[1] == pytest.approx(4.4 / 5, rel=1e-12, abs=0)
    assert all(math.isnan(error) for error in product_error(sensed, np.zeros(3)))


def test_paths_add_up_from_the_far_ends() -> None:
    """A word line carries what its cells behind take, a bit line what its cells above give."""
    dataset = _dataset()
    paths = current_paths(dataset, READ)
    power, word, bit = (_then(dataset, name, READ.settled) for name in ("p", "v_word", "v_bit"))
    cells = power / (word - bit)
    assert paths["cells"].values == pytest.approx(cells, rel=1e-9, abs=0)
    assert paths["word"].values == pytest.approx(
        np.array([[row[col:].sum() for col in range(3)] for row in cells]), rel=1e-9, abs=0
    )
    assert paths["bit"].values == pytest.approx(
        np.array([[cells[: row + 1, col].sum() for col in range(3)] for row in range(2)]), rel=1e-9, abs=0
    )
    dataset["v_bit"].values[:, 0, 1] = dataset["v_word"].values[:, 0, 1]
    assert current_paths(dataset, READ)["cells"].values[0, 1] == 0.0
    for other in (_dataset(both_ends=1), dataset.assign(g_word_short=(("row", "col"), np.zeros(SHAPE)))):
        assert set(current_paths(other, READ)) == {"cells"}


# ---- writes


def test_a_change_is_from_the_windows_start_to_its_stop() -> None:
    dataset = _dataset()
    moved = {name: _then(dataset, name, 2e-6) - _then(dataset, name, 0.0) for name in ("w", "x")}
    assert state_change(dataset, WRITE) == pytest.approx(moved["w"][1, [0, 2]].mean(), rel=1e-12, abs=0)
    found = disturb(dataset, WRITE)
    larger = np.where(np.abs(moved["w"]) > np.abs(moved["x"]), np.abs(moved["w"]), np.abs(moved["x"]))
    larger[1, [0, 2]] = np.nan
    assert found.values == pytest.approx(larger, rel=1e-12, abs=0, nan_ok=True)
    assert (np.abs(moved["w"]) > np.abs(moved["x"])).any()
    assert (np.abs(moved["w"]) < np.abs(moved["x"])).any()


def test_disturb_is_told_apart_by_selection() -> None:
    values = np.array([[1.0, 7.0, 3.0, 9.0], [np.nan, 5.0, np.nan, 2.0], [4.0, 8.0, 6.0, 0.5]])
    disturbed = xr.DataArray(values, dims=("row", "col"))
    window = replace(WRITE, rows=(1,), cols=(0, 2))
    assert disturb_by_selection(disturbed, window) == (6.0, 9.0)
    half, rest = disturb_by_selection(disturbed, replace(window, rows=(0, 1, 2)))
    assert half == 9.0
    assert math.isnan(rest)


def test_cells_are_split_by_selection_without_counting_one_twice() -> None:
    cells = xr.DataArray(2.0 ** np.arange(12).reshape(3, 4), dims=("row", "col"))
    selected, half, rest = by_selection(cells, replace(WRITE, rows=(0, 2), cols=(1, 3)))
    assert selected == 2**1 + 2**3 + 2**9 + 2**11
    assert half == 2**0 + 2**2 + 2**8 + 2**10 + 2**5 + 2**7
    assert rest == 2**4 + 2**6


def test_voltages_are_those_at_the_end_of_the_last_pulse() -> None:
    dataset = _dataset()
    word, bit, source, sink = (
        _then(dataset, name, 1.8e-6) for name in ("v_word", "v_bit", "v_word_source", "v_bit_source")
    )
    assert effective_voltage(dataset, WRITE).values == pytest.approx(word - bit, rel=1e-9, abs=0)
    offered = np.abs(source[:, None] - sink[None, :])
    assert ir_drop(dataset, WRITE).values == pytest.approx(offered - np.abs(word - bit), rel=1e-9, abs=0)
    selected = _dataset(mid=True)
    across = _then(selected, "v_word", 1.8e-6) - _then(selected, "v_mid", 1.8e-6)
    assert effective_voltage(selected, WRITE).values == pytest.approx(across, rel=1e-9, abs=0)
    assert ir_drop(selected, WRITE).dims == ("row", "col")

"""Measures of whole arrays: droop, patterns, products, paths."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from measures_cases import _run

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.measure import (
    current_paths,
    sense_current,
    sneak_share,
    split_error,
)
from pyspice_models.result import load, save, windows
from pyspice_models.stimulus import Read, ReadAll, Vmm, Write, WritePattern
from pyspice_models.study.limits import Limits


def test_own_current_at_the_nominal_and_at_the_drooped_voltage() -> None:
    """One cell behind 1 Mohm: what is left of 5 mV is a divider of two resistors."""
    bar = Crossbar(1, 1, cell=CellParams(w0=0.6), driver=DriverParams(r_sense=1e6))
    found = _run(bar, [Read(0, 0, duration=100e-6)]).measures
    g = float(Equations(bar.cell).conductance(5e-3, 0.6, 0.0))
    series = 1e6 + bar.driver.r_driver + 2 * bar.driver.r_contact + bar.r_word + bar.r_bit
    assert found["own_current_nominal"].value == pytest.approx(5e-3 * g, rel=1e-4, abs=0)  # the read moves w a little
    assert found["own_current"].value == pytest.approx(5e-3 / (1 / g + series), rel=1e-3, abs=0)
    assert found["read_droop"].value == pytest.approx(1 - 1 / (1 + g * series), rel=2e-3, abs=0)


def test_sets_and_resets_are_not_pooled() -> None:
    program = [Write(0, (0, 1)), Write(1, 0, voltage=-0.3), Write(2, 2)]
    outcome = _run(Crossbar(3, 3, cell=CellParams(w0=0.4)), program, engine="nodal")
    dataset, found = outcome.dataset, outcome.measures
    first, reset, last = windows(dataset)
    moved = {
        number: (
            dataset["w"].sel(time=w.stop, method="nearest") - dataset["w"].sel(time=w.start, method="nearest")
        ).values
        for number, w in enumerate((first, reset, last))
    }
    sets = [moved[0][0, 0], moved[0][0, 1], moved[2][2, 2]]
    assert found["state_change_set"].value == pytest.approx(np.mean(sets), rel=1e-6, abs=0)
    assert found["state_change_reset"].value == pytest.approx(moved[1][1, 0], rel=1e-6, abs=0)
    assert found["state_change"].value == found["state_change_set"].value
    assert found["write_latency"].value == pytest.approx(1.01e-6, rel=1e-9, abs=0)


def test_a_target_is_reached_where_the_conductance_ends_within_its_tolerance() -> None:
    cell = CellParams(w0=0.4)
    low, high = (float(Equations(cell).conductance(5e-3, w, 0.0)) for w in (0.0, 1.0))
    bar = Crossbar(1, 1, cell=cell)
    free = _run(bar, [Write(0, 0)], engine="nodal")
    ended = float(Equations(cell).conductance(5e-3, free.dataset["w"][-1, 0, 0], free.dataset["x"][-1, 0, 0]))
    assert "target_reached" not in free.measures
    assert "g_target" in free.missing["target_reached"]
    for off, reached in ((0.04, 1.0), (-0.04, 1.0), (0.06, 0.0), (-0.06, 0.0)):
        found = _run(bar, [Write(0, 0, g_target=ended + off * (high - low))], engine="nodal").measures
        assert found["target_reached"].value == reached
        assert found["target_error"].value == pytest.approx(abs(off), rel=1e-3, abs=0)
    wide = replace(Limits(), target_within=0.07)
    outcome = _run(bar, [Write(0, 0, g_target=ended + 0.06 * (high - low))], engine="nodal", limits=wide)
    assert outcome.measures["target_reached"].value == 1.0


def test_a_pattern_is_reached_where_its_bits_are_right() -> None:
    """A pulse of 1 us moves w by 0.06: right cells stay right, wrong ones stay wrong; three of 10 us move them."""
    target = ((1, 0), (0, 1))
    states = {"w0": [[0.9, 0.1], [0.9, 0.1]]}
    once = _run(Crossbar(2, 2, per_cell=states), [WritePattern(target)], engine="nodal")
    assert once.measures["pattern_reached"].value == 0.5
    often = _run(Crossbar(2, 2, per_cell=states), [WritePattern(target, pulses=3, width=10e-6)], engine="nodal")
    assert often.measures["pattern_reached"].value == 1.0


def test_what_is_missing_says_which_step_it_needs() -> None:
    only = _run(Crossbar(2, 2, cell=CellParams(w0=0.9)), [ReadAll()], engine="nodal")
    missing = only.missing
    assert not set(missing) & set(only.measures)
    assert "write" in missing["energy_per_switch"]
    assert "needs a read of a zero at 5 mV, grounded (all 4 cells are ones" in missing["read_margin"]
    assert json.loads(only.as_json())["missing"] == dict(missing)
    write = _run(Crossbar(2, 2), [Write(0, 0)], engine="nodal")
    assert {"recovery_time", "read_current", "read_margin", "vmm_error"} <= set(write.missing)
    selected = _run(Crossbar(2, 2, selector=ThresholdParams()), [Write(0, 0, voltage=0.5)])
    assert "1S1R" in selected.missing["writes_as_lone_cell"]


def test_the_error_of_products_split_into_gain_offset_and_rest() -> None:
    ideal = np.array([1.0, 2.0, 4.0, 3.0])
    rest = np.array([0.3, -0.1, 0.1, -0.3])  # orthogonal to 1; its part along the ideal goes to the gain
    slope = rest @ (ideal - 2.5) / ((ideal - 2.5) @ (ideal - 2.5))
    split = split_error(0.9 * ideal + 0.2 + rest - slope * (ideal - 2.5), ideal)
    assert split.gain == pytest.approx(0.9, rel=1e-12, abs=0)
    assert split.offset == pytest.approx(0.2 / 4, rel=1e-12, abs=0)
    left = rest - slope * (ideal - 2.5)
    assert split.rest == pytest.approx(np.sqrt(np.mean(left**2)) / 4, rel=1e-12, abs=0)
    alike = split_error([0.9, 0.9], [1.0, 1.0])
    assert (alike.gain, alike.offset) == (pytest.approx(0.9, rel=1e-12, abs=0), 0.0)


def test_a_resistive_array_loses_its_products_by_gain_for_the_most_part() -> None:
    bar = Crossbar(4, 4, per_cell={"w0": pattern("random", (4, 4), seed=3)}, driver=DriverParams(r_sense=3e5))
    found = _run(bar, [Vmm(duration=60e-6), Vmm((1.0, 0.0, 0.5, 0.2), duration=60e-6)], engine="nodal").measures
    assert found["vmm_gain_error"].value < -0.05
    assert found["vmm_error_rest"].value < found["vmm_error"].value


def test_recovery_of_a_lone_cell_is_the_published_five_microseconds() -> None:
    """Note S1: settled about 5 us after the write. r_ion is calibrated to it on the twin; here ngspice is asked."""
    crossbar = Crossbar(1, 1, cell=CellParams(w0=0.27), driver=DriverParams(r_driver=1.0, r_sense=1.0))
    outcome = _run(crossbar, [Write(0, 0), Read(0, 0, duration=30e-6)])
    assert outcome.measures["recovery_time"].value == pytest.approx(5e-6, rel=0.05, abs=0)


def test_a_dataset_survives_the_disk(tmp_path) -> None:
    outcome = _run(Crossbar(2, 2), [Write(0, 0), Read(0, 0)])
    save(outcome.dataset, tmp_path / "result.nc")
    again = load(tmp_path / "result.nc")
    xr.testing.assert_identical(again, outcome.dataset)
    assert again["w"].attrs["units"] == "1"
    assert windows(again) == windows(outcome.dataset)
    assert not list(tmp_path.glob("*.partial"))


def test_the_sneak_path_of_a_two_by_two_array_runs_backwards_through_one_cell() -> None:
    """Three cells in series around the one that is read: word line 0 to bit line 1, back to word line 1, to bit 0."""
    states = {"w0": np.array([[0.0, 1.0], [1.0, 1.0]])}
    outcome = _run(Crossbar(2, 2, per_cell=states), [Read(0, 0, scheme="floating", duration=40e-6)])
    (window,) = windows(outcome.dataset, "read")
    paths = current_paths(outcome.dataset, window)
    cells = paths["cells"].values
    assert cells[0, 1] > 0 > cells[1, 1]
    assert cells[1, 0] == pytest.approx(cells[0, 1], rel=1e-3, abs=0)
    assert -cells[1, 1] == pytest.approx(cells[0, 1], rel=1e-3, abs=0)
    # the lines by Kirchhoff's law, and their ends as the simulator has them
    assert paths["word"][0].values == pytest.approx([cells[0].sum(), cells[0, 1]], rel=1e-12, abs=0)
    assert paths["bit"][:, 0].values == pytest.approx([cells[0, 0], cells[:, 0].sum()], rel=1e-12, abs=0)
    sensed = float(sense_current(outcome.dataset, window)[0])
    assert float(paths["bit"][1, 0]) == pytest.approx(sensed, rel=1e-3, abs=0)
    share = float(sneak_share(outcome.dataset, window)[0])
    assert cells[1, 0] / sensed == pytest.approx(share, rel=5e-3, abs=0)


def test_lines_with_two_drivers_tell_no_path_from_their_cells() -> None:
    both = Crossbar(2, 2, driver=DriverParams(both_ends=True))
    outcome = _run(both, [Read(0, 0)])
    paths = current_paths(outcome.dataset, windows(outcome.dataset, "read")[0])
    assert set(paths) == {"cells"}

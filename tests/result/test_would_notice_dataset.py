"""The dataset of a run from waves made by hand: every variable against its formula, 2 x 3, all lines different."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from would_notice_dataset_cases import CELLS, COLS, DRIVER, ENDS, PROGRAM, ROWS, SHAPE, WIRE, _bar, _waves, data  # noqa: F401

from pyspice_models.array import Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.result import to_dataset, windows
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.result.schema import VARIABLES, of_cell
from pyspice_models.stimulus import schedule

UNITS = {
    "1": ("w", "x"),
    "S": ("g_",),
    "V": ("v_",),
    "A": ("i_",),
    "W": ("p", "p_"),
    "J": ("es", "es_"),
    "F": ("c_",),
    "s": ("weight_",),
    "ohm": ("r_",),
}


def _check_units(data: xr.Dataset) -> None:
    """The unit of every variable by what its name begins with, and some words about it."""
    for name, held in data.data_vars.items():
        known = VARIABLES.get(str(name)) or of_cell(AG2S)[str(name)]
        assert (held.dims, held.attrs["units"], held.attrs["long_name"]) == (known.dims, known.unit, known.about)
        if "window" in held.dims:
            continue
        begin = UNITS[held.attrs["units"]]
        assert any(name == one or (one.endswith("_") and str(name).startswith(one)) for one in begin), name
        assert len(held.attrs["long_name"].split()) >= 2, name


def test_waves_take_their_places_and_sources_their_sign() -> None:
    bar = _bar()
    plan = schedule(bar, PROGRAM)
    waves = _waves(plan, CELLS | ENDS)
    data = to_dataset(bar, plan, waves)
    units = {"w": "1", "x": "1", "p": "W", "es": "J", "v_word": "V", "v_bit": "V"}
    for name, unit in units.items():
        assert data[name].dims == ("time", "row", "col")
        assert (data[name].values == waves.values[name]).all(), name
        assert data[name].attrs["units"] == unit
    for name, dim in (("v_word_terminal", "row"), ("v_bit_terminal", "col")):
        assert data[name].dims == ("time", dim)
        assert (data[name].values == waves.values[name]).all()
    # a simulator counts a source's current into it
    assert (data["i_word_source"].values == -waves.values["i_word_source"]).all()
    assert (data["i_bit_source"].values == -waves.values["i_bit_source"]).all()
    assert (data["i_sense"].values == waves.values["i_bit_source"]).all()
    assert (data["time"].values == waves.time).all()
    assert data["row"].values.tolist() == [0, 1]
    assert data["col"].values.tolist() == [0, 1, 2]
    # a dimension without a coordinate counts from 0 as well
    assert {name: places.attrs["long_name"] for name, places in data.coords.items()} == {
        "time": "time", "row": "word line", "col": "bit line",
    }  # fmt: skip


def test_sources_and_drivers_follow_the_program() -> None:
    """Switches are a mixture of on and off; word lines have drivers, bit lines sense resistors."""
    bar = _bar()
    plan = schedule(bar, PROGRAM)
    waves = _waves(plan, CELLS | ENDS)
    data = to_dataset(bar, plan, waves)
    read = plan.windows[1]
    sides = (("word", plan.word, plan.word_gate, 740.0), ("bit", plan.bit, plan.bit_gate, 1340.0))
    for side, sources, gates, r_on in sides:
        levels = np.array([source.at(waves.time) for source in sources]).T
        on = np.array([gate.at(waves.time) for gate in gates]).T
        assert (data[f"v_{side}_source"].values == levels).all()
        assert data[f"g_{side}_driver"].values == pytest.approx(on / r_on + (1 - on) * 1e-9, rel=1e-12, abs=0)
    floating = data.interp(time=read.settled)
    assert floating["g_word_driver"].values == pytest.approx([1 / 740, 1e-9], rel=1e-6, abs=0)
    assert floating["g_bit_driver"].values == pytest.approx([1e-9, 1 / 1340, 1e-9], rel=1e-6, abs=0)
    write = data.interp(time=plan.windows[0].settled)
    assert write["v_word_source"].values == pytest.approx([0.1, 0.3], rel=1e-6, abs=0)
    assert write["v_bit_source"].values == pytest.approx([0.2, 0.2, 0.0], rel=1e-6, abs=1e-12)
    left, right = trapezoids(waves.time, plan.corners[1:4])
    assert (data["weight_left"].values == left).all()
    assert (data["weight_right"].values == right).all()
    assert left.sum() + right.sum() == pytest.approx(plan.stop, rel=1e-12, abs=0)
    assert (left == 0).sum() == 3 + 1
    assert right[left == 0].tolist()[:3] == np.diff(waves.time)[np.searchsorted(waves.time, plan.corners[1:4])].tolist()


def test_the_attributes_are_those_of_the_crossbar() -> None:
    bar = _bar()
    plan = schedule(bar, PROGRAM)
    data = to_dataset(bar, plan, _waves(plan, CELLS | ENDS))
    expected = {
        "engine": "by hand", "engine_seconds": 1.5, "temperature": 340.0, "r_word": bar.r_word, "r_bit": bar.r_bit,
        "c_word": bar.c_word, "c_bit": bar.c_bit, "c_crossing": 7e-16, "c_word_coupling": bar.c_word_coupling,
        "c_bit_coupling": bar.c_bit_coupling, "sense": "resistor", "r_feedback": 2e5, "c_feedback": 3e-13,
        "both_ends": 0, "compliance": "none", "i_limit": 1e-4, "limit_bandwidth": 0.0, "limit_capacitance": 0.0,
        "kind": "1R", "c_gate": 0.0, "c_gate_line": 0.0, "r_gate_line": 0.0,
    }  # fmt: skip
    assert {name: data.attrs[name] for name in expected} == expected
    assert windows(data) == list(plan.windows)
    assert windows(data) == plan.windows
    assert windows(data, "read") == plan.windows[1:]
    assert windows(data, "vmm") == []
    both = _bar(driver=DriverParams(both_ends=True))
    assert to_dataset(both, plan, _waves(plan, CELLS | ENDS)).attrs["both_ends"] == 1


@pytest.mark.parametrize("ideal", ["word", "bit"])
def test_an_ideal_line_has_its_terminals_voltage_everywhere(ideal: str) -> None:
    bar = _bar(wire=WIRE.replace(**{"resistivity_wl" if ideal == "word" else "resistivity_bl": 0.0}))
    plan = schedule(bar, PROGRAM)
    waves = _waves(plan, {name: shape for name, shape in (CELLS | ENDS).items() if name != f"v_{ideal}"})
    data = to_dataset(bar, plan, waves)
    for row in range(ROWS):
        for col in range(COLS):
            terminal = waves.values[f"v_{ideal}_terminal"][:, row if ideal == "word" else col]
            assert (data[f"v_{ideal}"].values[:, row, col] == terminal).all()


NODES = dict.fromkeys(("change_w", "change_x", "v_ion_node", "v_word", "v_bit"), SHAPE)


@pytest.mark.parametrize("selector", [None, ThresholdParams(c_sel=3e-15, v_th=0.1), TransistorParams(c_gate=2e-15)])
def test_powers_and_energies_follow_from_nodes(selector: ThresholdParams | TransistorParams | None) -> None:
    """Cell by cell, with its own area, at the array's temperature; a selector takes its part of the voltage."""
    bar = _bar(selector=selector)
    plan = schedule(bar, PROGRAM)
    more = {"v_mid": SHAPE} if selector else {}
    if isinstance(selector, TransistorParams):
        more |= {"v_gate": SHAPE, "v_gate_terminal": (COLS,), "i_gate_source": (COLS,)}
    waves = _waves(plan, NODES | ENDS | more)
    values = waves.values
    data = to_dataset(bar, plan, waves)
    _check_units(data)
    for row in range(ROWS):
        for col in range(COLS):
            eq = Equations(bar.cell_at(row, col), 340.0)
            moved_w, moved_x, ion, word, bit = (values[name][:, row, col] for name in NODES)
            w, x = bar.values("w0")[row, col] + moved_w, bar.values("x0")[row, col] + moved_x
            low = values["v_mid"][:, row, col] if selector else bit
            v, charged = word - low, ion - low
            area = bar.cell_at(row, col).area / 25e-12
            g = eq.conductance(v, w, x)
            r_ion = 46.18e6 / area**0.5
            c_geo, c_ion = 8.8541878128e-12 * 7.77 * 25e-12 * area / 200e-9, 20e-15 * area
            own = {
                "w": eq.clip(w), "x": eq.clip(x), "p": v**2 * g + (v - charged) ** 2 / r_ion,
                "es": 0.5 * c_geo * v**2 + 0.5 * c_ion * charged**2,
            }  # fmt: skip
            for name, expected in own.items():
                assert data[name].values[:, row, col] == pytest.approx(expected, rel=1e-8, abs=0), name
            if isinstance(selector, ThresholdParams):
                across = low - bit
                size = np.sqrt(across**2 + (0.1 * 10e-3) ** 2)
                share = 0.5 * (1 + np.tanh(0.5 * (size - 0.1) / 10e-3))
                conductance = 1e-11 * (1e-4 / 1e-11) ** share
                power = data["p_selector"].values[:, row, col]
                assert power == pytest.approx(across**2 * conductance, rel=1e-9, abs=0)
                stored = data["es_selector"].values[:, row, col]
                assert stored == pytest.approx(0.5 * 3e-15 * across**2, rel=1e-9, abs=0)
            elif isinstance(selector, TransistorParams):
                gate = values["v_gate"][:, row, col]
                lower, drop = np.minimum(low, bit), np.abs(low - bit)
                over = np.maximum(gate - lower - 0.4, 0)
                linear = np.minimum(drop, over)
                current = 100e-6 * 2 * (1 + 0.05 * drop) * linear * (over - linear / 2) + 1e-12 * drop
                power = data["p_selector"].values[:, row, col]
                assert power == pytest.approx(drop * current, rel=1e-9, abs=0)
    assert data.attrs["kind"] == bar.kind
    if isinstance(selector, TransistorParams):
        assert (data["v_gate"].values == values["v_gate"]).all()
        assert (data["v_gate_terminal"].values == values["v_gate_terminal"]).all()
        assert (data["i_gate_source"].values == -values["i_gate_source"]).all()
        levels = np.array([gate.at(waves.time) for gate in plan.gate]).T
        assert (data["v_gate_source"].values == levels).all()
        assert [data.attrs[name] for name in ("c_gate", "c_gate_line", "r_gate_line")] == [2e-15, 2e-15, 10.0]


def test_what_a_simulator_says_of_a_selector_is_taken_as_it_is() -> None:
    bar = _bar(selector=ThresholdParams())
    plan = schedule(bar, PROGRAM)
    waves = _waves(plan, CELLS | ENDS | dict.fromkeys(("v_mid", "p_selector", "es_selector"), SHAPE))
    data = to_dataset(bar, plan, waves)
    for name in ("v_mid", "p_selector", "es_selector"):
        assert (data[name].values == waves.values[name]).all()


def test_an_amplifiers_output_tells_the_current() -> None:
    bar = _bar(driver=DRIVER.replace(sense="tia"))  # type: ignore[arg-type]
    plan = schedule(bar, PROGRAM)
    ends = {name: shape for name, shape in ENDS.items() if name != "i_bit_source"}
    waves = _waves(plan, CELLS | ends | dict.fromkeys(("v_bit_input", "v_bit_output", "i_bit_output"), (COLS,)))
    data = to_dataset(bar, plan, waves)
    reference = np.array([source.at(waves.time) for source in plan.bit]).T
    expected = (reference - waves.values["v_bit_output"]) / 2e5
    assert data["i_sense"].values == pytest.approx(expected, rel=1e-12, abs=0)
    assert (data["v_bit_input"].values == waves.values["v_bit_input"]).all()
    assert (data["v_bit_output"].values == waves.values["v_bit_output"]).all()
    assert (data["i_bit_output"].values == -waves.values["i_bit_output"]).all()
    assert "i_bit_source" not in data


def test_broken_lines_have_segments_of_their_own() -> None:
    faults = Faults(
        open_words=((0, 1),),
        open_bits=((1, 2),),
        shorted_words=((0, 2),),
        shorted_bits=((1, 0),),
        g_open=1e-13,
        r_short=25.0,
    )
    bar = _bar(faults=faults)
    plan = schedule(bar, PROGRAM)
    data = to_dataset(bar, plan, _waves(plan, CELLS | ENDS))
    w, b = bar.r_word, bar.r_bit
    assert data["r_word_segment"].values == pytest.approx(np.array([[w, 1e13, w], [w, w, w]]), rel=1e-12, abs=0)
    assert data["r_bit_segment"].values == pytest.approx(np.array([[b, b, b], [b, b, 1e13]]), rel=1e-12, abs=0)
    assert data["g_word_short"].values.tolist() == [[0, 0, 1 / 25], [0, 0, 0]]
    assert data["g_bit_short"].values.tolist() == [[0, 0, 0], [1 / 25, 0, 0]]
    assert "r_word_segment" not in to_dataset(_bar(), plan, _waves(plan, CELLS | ENDS))


def test_energies_that_an_engine_has_summed_are_kept() -> None:
    bar = _bar()
    plan = schedule(bar, PROGRAM)
    spent = {"spent_cells": SHAPE, "spent_lines": (), "spent_ends": (), "delivered": (), "moved": ()}
    waves = _waves(plan, CELLS | ENDS | spent)
    data = to_dataset(bar, plan, waves)
    for name, shape in spent.items():
        assert data[name].dims == ("time", *(("row", "col") if shape else ()))
        assert (data[name].values == waves.values[name]).all()
        assert data[name].attrs["units"] == "J"
    assert not set(spent) & set(to_dataset(bar, plan, _waves(plan, CELLS | ENDS)))

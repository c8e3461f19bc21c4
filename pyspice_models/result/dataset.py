"""Raw waves become a labelled dataset: dimensions row, col, time, and for every variable its unit and meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.equations import threshold_current, transistor_current
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine import Waves
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.stimulus import Schedule, Window

Variables = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]]
"""Dimensions, values and attributes by name, as xarray takes them."""

_LINES = {
    "v_word": ("V", "word line at the crossing"),
    "v_bit": ("V", "bit line at the crossing"),
}
_ENDS = {
    "v_word_terminal": ("row", "V", "word line where its driver meets it"),
    "v_bit_terminal": ("col", "V", "bit line where its sense circuit meets it"),
}


def to_dataset(crossbar: Crossbar, schedule: Schedule, waves: Waves) -> xr.Dataset:
    """The dataset of one run.

    Variables over (time, row, col): w, x, p, es, v_word, v_bit. Over (time, row): v_word_source, v_word_terminal,
    i_word_source, g_word_driver; over (time, col): v_bit_source, v_bit_terminal, g_bit_driver, i_sense, and
    i_bit_source, or with a transimpedance amplifier v_bit_input, v_bit_output, i_bit_output. Attributes: electrical
    values of lines and ends, temperature, engine, and the windows of the program.
    """
    over_cells, time = ("time", "row", "col"), waves.time
    data: Variables = {}
    for name, (unit, about) in _LINES.items():
        # a line without resistance is one node: its terminal
        values = waves.values.get(name)
        if values is None:
            terminal = waves.values[f"{name}_terminal"]
            spread = terminal[:, :, None] if name == "v_word" else terminal[:, None, :]
            values = np.broadcast_to(spread, (len(time), *crossbar.shape))
        data[name] = (over_cells, values, {"units": unit, "long_name": about})
    for name, (dim, unit, about) in _ENDS.items():
        data[name] = (("time", dim), waves.values[name], {"units": unit, "long_name": about})
    cells = _cells(crossbar, waves, data["v_word"][1], data["v_bit"][1])
    for name in crossbar.model.recorded:
        shown = crossbar.model.shown[name]
        data[name] = (over_cells, cells[name], {"units": shown.unit, "long_name": shown.about})
    driver = crossbar.driver
    for side, dim, lines, gates, r_on in (
        ("word", "row", schedule.word, schedule.word_gate, driver.r_driver + driver.r_contact),
        ("bit", "col", schedule.bit, schedule.bit_gate, driver.r_sense + driver.r_contact),
    ):
        levels = np.stack([wave.at(time) for wave in lines], axis=1)
        closed = np.stack([wave.at(time) for wave in gates], axis=1)
        if schedule.rails:  # one of a line's switches at most
            closed = np.sum([[w.at(time) for w in getattr(rail, side)] for rail in schedule.rails], axis=0).T
        data[f"v_{side}_source"] = (
            ("time", dim), levels, {"units": "V", "long_name": f"source behind the {side} line"},
        )  # fmt: skip
        data[f"g_{side}_driver"] = (
            ("time", dim), closed / r_on + (1 - closed) / driver.r_off,
            {"units": "S", "long_name": f"conductance between the {side} line and its source or amplifier"},
        )  # fmt: skip
    plates = crossbar.c_plates
    data["c_plates"] = (("row", "col"), plates, {"units": "F", "long_name": "capacitance of the cell's two electrodes"})
    data |= _broken_lines(crossbar) | _spent(waves) | _rails(schedule, waves)
    data |= _selectors(crossbar, schedule, waves, data["v_bit"][1])
    data |= _currents(waves, driver.sense, driver.r_feedback, data["v_bit_source"][1])
    gated = crossbar.selector if isinstance(crossbar.selector, TransistorParams) else None
    left, right = trapezoids(time, np.array(waves.breakpoints))
    about = "weight in an integral over time of the interval after a sample, at its"
    data["weight_left"] = (("time",), left, {"units": "s", "long_name": f"{about} left end"})
    data["weight_right"] = (("time",), right, {"units": "s", "long_name": f"{about} right end"})
    return xr.Dataset(
        data,
        coords={
            "time": ("time", time, {"units": "s", "long_name": "time"}),
            "row": ("row", np.arange(crossbar.rows), {"long_name": "word line"}),
            "col": ("col", np.arange(crossbar.cols), {"long_name": "bit line"}),
        },
        attrs={
            "engine": waves.engine,
            "engine_seconds": waves.seconds,
            "temperature": crossbar.temperature,
            "r_word": crossbar.r_word,
            "r_bit": crossbar.r_bit,
            "c_word": crossbar.c_word,
            "c_bit": crossbar.c_bit,
            "c_crossing": crossbar.wire.c_crossing,
            "c_word_coupling": crossbar.c_word_coupling,
            "c_bit_coupling": crossbar.c_bit_coupling,
            "sense": driver.sense,
            "r_feedback": driver.r_feedback,
            "c_feedback": driver.c_feedback,
            "v_amplifier": driver.v_amplifier,
            "p_amplifier": driver.p_amplifier,
            "both_ends": int(driver.both_ends),
            "compliance": driver.compliance,
            "i_limit": driver.i_limit,
            "limit_bandwidth": driver.limit_bandwidth,
            "limit_capacitance": driver.limit_capacitance,
            "kind": crossbar.kind,
            "c_gate": gated.c_gate if gated else 0.0,
            "c_gate_line": gated.c_gate_line if gated else 0.0,
            "r_gate_line": gated.r_gate_line if gated else 0.0,
            "windows": json.dumps([asdict(window) for window in schedule.windows]),
        },
    )


def _cells(crossbar: Crossbar, waves: Waves, v_word: np.ndarray, v_bit: np.ndarray) -> Mapping[str, np.ndarray]:
    """States, power and stored energy of the cells: as the simulator gives them, or from its nodes."""
    model, bottom = crossbar.model, v_bit if crossbar.selector is None else waves.values["v_mid"]
    found: Mapping[str, np.ndarray] = waves.values
    if model.from_nodes is not None and all(name in waves.values for name in model.node_voltages):
        found = model.from_nodes(crossbar.equations, v_word, bottom, waves.values)
    broken, across = crossbar.broken, v_word - bottom
    where = ~np.isnan(broken)
    if not where.any():
        return found
    resistor = {"p": broken * np.square(across), "es": 0.5 * crossbar.c_plates * np.square(across)}
    resistor |= {
        state.name: np.broadcast_to(initial, across.shape)
        for state, initial in zip(model.states, crossbar.initial_states, strict=True)
    }
    return {name: np.where(where, resistor[name], found[name]) for name in model.recorded}


_SPENT = {
    "spent_cells": (("time", "row", "col"), "energy lost in the cell since the start"),
    "spent_lines": (("time",), "energy lost in the lines since the start"),
    "spent_ends": (("time",), "energy lost in drivers and sense circuits since the start"),
    "delivered": (("time",), "energy that all sources have delivered since the start"),
    "moved": (("time",), "the same, every source without its sign"),
}


_DRAWN = {
    "drawn_word": (("time", "row"), "charge that the source of the word line gave since the start, on its rail"),
    "drawn_bit": (("time", "col"), "charge that the source of the bit line gave since the start, on its rail"),
}


def _spent(waves: Waves) -> Variables:
    """Energies and charges that an engine has summed itself, over all its steps."""
    return {
        name: (dims, waves.values[name], {"units": units, "long_name": about})
        for every, units in ((_SPENT, "J"), (_DRAWN, "C"))
        for name, (dims, about) in every.items()
        if name in waves.values
    }


def _rails(schedule: Schedule, waves: Waves) -> Variables:
    """What drivers of kind `rail` add: nothing for sources."""
    rails = schedule.rails[1:]
    if not rails:
        return {}
    data: Variables = {
        "v_rail": (("rail",), np.array([rail.voltage for rail in rails]), {"units": "V", "long_name": "supply"}),
        "gate_rail": (
            ("rail",), np.array([int(rail.for_gates) for rail in rails]),
            {"units": "1", "long_name": "1 for the supply of gate lines"},
        ),
    }  # fmt: skip
    if "i_rail" in waves.values:
        about = "current that the rail delivers"
        data["i_rail"] = (("time", "rail"), -waves.values["i_rail"], {"units": "A", "long_name": about})
    if "drawn_rail" in waves.values:
        about = "charge that the rail has delivered since the start"
        data["drawn_rail"] = (("time", "rail"), waves.values["drawn_rail"], {"units": "C", "long_name": about})
    return data


def _broken_lines(crossbar: Crossbar) -> Variables:
    """Resistances of segments and of shorts to the next line, shape (row, col); nothing for sound lines."""
    faults = crossbar.faults
    if not faults.on_lines:
        return {}
    shape, places = crossbar.shape, ("row", "col")
    segments = {
        "r_word_segment": [[crossbar.r_word_before(r, c) for c in range(shape[1])] for r in range(shape[0])],
        "r_bit_segment": [[crossbar.r_bit_after(r, c) for c in range(shape[1])] for r in range(shape[0])],
    }
    data: Variables = {
        name: (places, np.array(values), {"units": "ohm", "long_name": "resistance of the line's segment here"})
        for name, values in segments.items()
    }
    for name, shorted in (("g_word_short", faults.shorted_words), ("g_bit_short", faults.shorted_bits)):
        conductance = np.zeros(shape)
        for place in shorted:
            conductance[place] = 1 / faults.r_short
        data[name] = (places, conductance, {"units": "S", "long_name": "short to the next line"})
    return data


_SELECTORS = {
    "v_mid": ("V", "between cell and selector"),
    "v_gate": ("V", "gate line at the crossing"),
    "s_selector": ("1", "how far the selector is on"),
    "es_selector": ("J", "energy stored in the selector's capacitance"),
}


def _selectors(crossbar: Crossbar, schedule: Schedule, waves: Waves, v_bit: np.ndarray) -> Variables:
    """What selectors add: nothing for a crossbar without."""
    cells, by_col, values, selector = ("time", "row", "col"), ("time", "col"), waves.values, crossbar.selector
    data: Variables = {
        name: (cells, values[name], {"units": unit, "long_name": about})
        for name, (unit, about) in _SELECTORS.items()
        if name in values
    }
    dissipated = {"units": "W", "long_name": "power dissipated in the selector"}
    if isinstance(selector, TransistorParams):
        mid = values["v_mid"]
        current = transistor_current(selector, values["v_gate"], mid, v_bit, crossbar.temperature)
        data["p_selector"] = (cells, (mid - v_bit) * current, dissipated)
        levels = np.stack([wave.at(waves.time) for wave in schedule.gate], axis=1)
        data["v_gate_source"] = (by_col, levels, {"units": "V", "long_name": "source behind the gate line"})
        data["v_gate_terminal"] = (
            by_col, values["v_gate_terminal"], {"units": "V", "long_name": "gate line where its driver meets it"},
        )  # fmt: skip
        data["i_gate_source"] = (
            by_col, -values["i_gate_source"],
            {"units": "A", "long_name": "current that the source of the gate line delivers"},
        )  # fmt: skip
    elif "p_selector" in values:
        data["p_selector"] = (cells, values["p_selector"], dissipated)
    elif isinstance(selector, ThresholdParams):
        across = values["v_mid"] - v_bit
        stored = {"units": "J", "long_name": _SELECTORS["es_selector"][1]}
        on = values["s_selector"] if selector.remembers else None
        data["p_selector"] = (cells, across * threshold_current(selector, across, on), dissipated)
        data["es_selector"] = (cells, 0.5 * selector.c_sel * np.square(across), stored)
    return data


def _currents(
    waves: Waves, sense: str, r_feedback: float, reference: np.ndarray
) -> Variables:  # fmt: skip
    """Currents that sources deliver, and what the sense circuits show. SPICE counts a source's current as positive
    when it flows into the plus terminal; here it is positive when the source delivers it."""
    by_col = ("time", "col")
    data: Variables = {
        "i_word_source": (
            ("time", "row"), -waves.values["i_word_source"],
            {"units": "A", "long_name": "current that the source of the word line delivers"},
        )
    }  # fmt: skip
    sensed = {"units": "A", "long_name": "sense current: from the bit line into its sense circuit"}
    if sense == "tia":
        output = waves.values["v_bit_output"]
        data["v_bit_input"] = (by_col, waves.values["v_bit_input"], {"units": "V", "long_name": "amplifier's input"})
        data["v_bit_output"] = (by_col, output, {"units": "V", "long_name": "amplifier's output"})
        data["i_bit_output"] = (
            by_col, -waves.values["i_bit_output"],
            {"units": "A", "long_name": "current that the amplifier's output delivers"},
        )  # fmt: skip
        data["i_sense"] = (by_col, (reference - output) / r_feedback, sensed)
    else:
        delivered = -waves.values["i_bit_source"]
        data["i_bit_source"] = (
            by_col, delivered, {"units": "A", "long_name": "current that the source of the bit line delivers"},
        )  # fmt: skip
        data["i_sense"] = (by_col, -delivered, sensed)
    return data


def windows(dataset: xr.Dataset, kind: str = "") -> list[Window]:
    """The program's windows, all or of one kind."""
    every = [Window(**entry) for entry in json.loads(dataset.attrs["windows"])]
    return [window for window in every if kind in {"", window.kind}]

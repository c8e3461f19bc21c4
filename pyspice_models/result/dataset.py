"""Raw waves become a labelled dataset: dimensions row, col, time, and for every variable its unit and meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.array.instances.selectors import channel_of, threshold_of
from pyspice_models.cells.selectors.foreign import CONTACT
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.cells.selectors.law import channel_current, conductance, conducting
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.engine import Waves
from pyspice_models.result.cells import cell_currents, cell_entries
from pyspice_models.result.program import window_variables
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.result.schema import SUMS, VARIABLES, Entry
from pyspice_models.stimulus import Schedule, Waveform

Variables = dict[str, Entry]


def to_dataset(crossbar: Crossbar, schedule: Schedule, waves: Waves) -> xr.Dataset:
    """The dataset of one run.

    Variables over (time, row, col): the states of the cells (w and x of Ag2S), p, es, v_word, v_bit. Over (time, row):
    v_word_source, v_word_terminal, i_word_source, g_word_driver; over (time, col): v_bit_source, v_bit_terminal,
    g_bit_driver, i_sense, and i_bit_source, or with a transimpedance amplifier v_bit_input, v_bit_output, i_bit_output.
    Attributes: electrical values of lines and ends, temperature, engine, and the windows of the program.
    """
    time, values, driver = waves.time, waves.values, crossbar.driver
    found: dict[str, np.ndarray] = {}
    for name in ("v_word", "v_bit"):
        # a line without resistance is one node: its terminal
        terminal = values[f"{name}_terminal"]
        spread = terminal[:, :, None] if name == "v_word" else terminal[:, None, :]
        found[name] = values.get(name, np.broadcast_to(spread, (len(time), *crossbar.shape)))
    found |= {name: values[name] for name in ("v_word_terminal", "v_bit_terminal")}
    cells = cell_entries(crossbar, waves, found["v_word"], found["v_bit"])
    found |= _ends(crossbar, schedule, time)
    found["c_plates"] = crossbar.c_plates
    found |= {f"own_{name}": np.asarray(own) for name, own in crossbar.instances.items()}
    found |= _broken_lines(crossbar) | {name: values[name] for name in _SUMS if name in values}
    found |= _rails(schedule, waves)
    found |= _selectors(crossbar, schedule, waves, found["v_bit"])
    found |= _currents(waves, driver.sense, crossbar.each("r_feedback"), found["v_bit_source"])
    if schedule.samples:
        found["sample_time"] = np.array(schedule.samples)
    found["weight_left"], found["weight_right"] = trapezoids(time, np.array(waves.breakpoints))
    found |= cell_currents(crossbar, waves, found["v_word"], found.get("v_mid", found["v_bit"]))
    data: Variables = {name: VARIABLES[name].entry(held) for name, held in found.items()}
    data |= cells
    data |= window_variables(schedule.windows, crossbar.shape)
    gated = crossbar.selector if isinstance(crossbar.selector, Transistor) else None
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
            "cell": ", ".join(dict.fromkeys(one.model.name for one in crossbar.populations)),
            "states": " ".join(crossbar.states),
            "level": crossbar.level,
            "c_gate": gated.c_gate if isinstance(gated, TransistorParams) else 0.0,
            "c_gate_line": gated.c_gate_line if gated else 0.0,
            "r_gate_line": gated.r_gate_line if gated else 0.0,
        },
    )


_SUMS = tuple(name for name, variable in VARIABLES.items() if variable.given == SUMS and "rail" not in variable.dims)


def _ends(crossbar: Crossbar, schedule: Schedule, time: np.ndarray) -> dict[str, np.ndarray]:
    """What the schedule says of sources and of the switches in front of them."""
    driver, found = crossbar.driver, {}
    for side, lines, gates, r_on in (
        ("word", schedule.word, schedule.word_gate, crossbar.each("r_driver") + driver.r_contact),
        ("bit", schedule.bit, schedule.bit_gate, crossbar.each("r_sense") + driver.r_contact),
    ):
        found[f"v_{side}_source"] = _of_lines(lines, time)
        closed = _of_lines(gates, time)
        if schedule.rails:  # one of a line's switches at most
            closed = np.sum([[w.at(time) for w in getattr(rail, side)] for rail in schedule.rails], axis=0).T
        found[f"g_{side}_driver"] = closed / r_on + (1 - closed) / driver.r_off
    return found


def _of_lines(lines: Sequence[Waveform], time: np.ndarray) -> np.ndarray:
    """Values of the waves of lines, shape (time, line); lines that are driven alike share a wave."""
    apart = {id(wave): wave for wave in lines}
    values = {key: wave.at(time) for key, wave in apart.items()}
    return np.stack([values[id(wave)] for wave in lines], axis=1)


def _rails(schedule: Schedule, waves: Waves) -> dict[str, np.ndarray]:
    """What drivers of kind `rail` add: nothing for sources."""
    rails = schedule.rails[1:]
    if not rails:
        return {}
    found = {
        "v_rail": np.array([rail.voltage for rail in rails]),
        "gate_rail": np.array([int(rail.for_gates) for rail in rails]),
    }
    if "i_rail" in waves.values:
        found["i_rail"] = -waves.values["i_rail"]
    if "drawn_rail" in waves.values:
        found["drawn_rail"] = waves.values["drawn_rail"]
    return found


def _broken_lines(crossbar: Crossbar) -> dict[str, np.ndarray]:
    """Resistances of segments and of shorts to the next line, shape (row, col); nothing for sound lines alike."""
    faults = crossbar.faults
    if not crossbar.lines_differ:
        return {}
    rows, cols = (range(size) for size in crossbar.shape)
    found = {
        "r_word_segment": np.array([[crossbar.r_word_before(r, c) for c in cols] for r in rows]),
        "r_bit_segment": np.array([[crossbar.r_bit_after(r, c) for c in cols] for r in rows]),
    }
    if not faults.on_lines:
        return found
    for name, shorted in (("g_word_short", faults.shorted_words), ("g_bit_short", faults.shorted_bits)):
        found[name] = np.zeros(crossbar.shape)
        for place in shorted:
            found[name][place] = 1 / faults.r_short
    return found


def _selectors(
    crossbar: Crossbar, schedule: Schedule, waves: Waves, v_bit: np.ndarray
) -> dict[str, np.ndarray]:  # fmt: skip
    """What selectors add: nothing for a crossbar without."""
    values, selector = waves.values, crossbar.selector
    given = ("v_mid", "v_gate", "s_selector", "p_selector", "es_selector", "v_gate_terminal")
    found = {name: values[name] for name in given if name in values}
    if isinstance(selector, Transistor):
        mid, gate = values["v_mid"], values["v_gate"]
        if isinstance(selector, TransistorParams):
            current = channel_current(gate, mid, v_bit, channel_of(crossbar))
            found["p_selector"] = (mid - v_bit) * current
        else:
            ends = {"i_mid": (mid, "v_d"), "i_gate": (gate, "v_g"), "i_bottom": (v_bit, "v_s")}
            found |= {name: (before - values[behind]) / CONTACT for name, (before, behind) in ends.items()}
            found["p_selector"] = np.sum([before * found[name] for name, (before, _) in ends.items()], axis=0)
        found["v_gate_source"] = _of_lines(schedule.gate, waves.time)
        found["i_gate_source"] = -values["i_gate_source"]
    elif isinstance(selector, ForeignSelector):
        found["i_mid"] = (values["v_mid"] - values["v_d"]) / CONTACT
        found["p_selector"] = (values["v_mid"] - v_bit) * found["i_mid"]
    elif isinstance(selector, ThresholdParams) and "p_selector" not in values:
        across = values["v_mid"] - v_bit
        on = conducting(values["s_selector"]) if selector.remembers else 1.0
        found["p_selector"] = across * (conductance(across, on, threshold_of(crossbar)) * across)
        found["es_selector"] = 0.5 * selector.c_sel * np.square(across)
    return found


def _currents(
    waves: Waves, sense: str, r_feedback: np.ndarray, reference: np.ndarray
) -> dict[str, np.ndarray]:  # fmt: skip
    """Currents that sources deliver, and what the sense circuits show. SPICE counts a source's current as positive
    when it flows into the plus terminal; here it is positive when the source delivers it."""
    values = waves.values
    found = {"i_word_source": -values["i_word_source"]}
    if sense == "tia":
        found |= {name: values[name] for name in ("v_bit_input", "v_bit_output")}
        found["i_bit_output"] = -values["i_bit_output"]
        found["i_sense"] = (reference - values["v_bit_output"]) / r_feedback
    else:
        found["i_bit_source"] = -values["i_bit_source"]
        found["i_sense"] = values["i_bit_source"]
    return found

"""What a result says of every cell: states, power and stored energy, each cell by its own kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import LEVEL, Population
from pyspice_models.engine import Waves
from pyspice_models.result.schema import KIND, VARIABLES, Entry, of_cell


def cell_entries(
    crossbar: Crossbar, waves: Waves, v_word: np.ndarray, v_bit: np.ndarray
) -> dict[str, Entry]:  # fmt: skip
    """Variables of the cells; in an array of several kinds also which cell is of which, and each one's level."""
    cells = _cells(crossbar, waves, v_word, v_bit)
    found = {
        name: variable.entry(cells[name])
        for name, variable in of_cell(*(one.model for one in crossbar.populations)).items()
    }
    if not crossbar.kinds:
        return found
    numbers = np.zeros(crossbar.shape, dtype=np.int16)
    for number, one in enumerate(crossbar.populations):
        numbers[one.where] = number
    dims, values, attrs = VARIABLES[KIND].entry(numbers)
    names = " ".join(one.name for one in crossbar.populations)
    flags = {"flag_values": np.arange(len(crossbar.populations), dtype=np.int16), "flag_meanings": names}
    found[KIND] = dims, values, attrs | flags  # type: ignore[assignment]
    if crossbar.level == LEVEL:
        levels = np.full(v_word.shape, np.nan)
        for one in crossbar.populations:
            if one.states:
                levels[:, one.where] = cells[one.model.level][:, one.where]
        found[LEVEL] = VARIABLES[LEVEL].entry(levels)
    return found


def cell_currents(
    crossbar: Crossbar, waves: Waves, v_word: np.ndarray, bottom: np.ndarray
) -> dict[str, np.ndarray]:  # fmt: skip
    """Currents into cells of which the terminals alone are known, NaN at others; nothing where there are none such."""
    if not any(one.key("i_cell") in waves.values for one in crossbar.populations):
        return {}
    across = v_word - bottom
    found = np.full(across.shape, np.nan)
    for one in crossbar.populations:
        if one.key("i_cell") in waves.values:
            found[:, one.where] = waves.values[one.key("i_cell")][:, one.where]
    return {"i_cell": np.where(np.isnan(crossbar.broken), found, crossbar.broken * across)}


def _cells(crossbar: Crossbar, waves: Waves, v_word: np.ndarray, v_bit: np.ndarray) -> Mapping[str, np.ndarray]:
    """States, power and stored energy of the cells: as the simulator gives them, or from its nodes."""
    bottom = v_bit if crossbar.selector is None else waves.values["v_mid"]
    first = crossbar.populations[0]
    if first.whole:
        found = _of_kind(crossbar, first, waves.values, waves.time, v_word, bottom)
    else:
        gathered = {name: np.full(v_word.shape, np.nan) for name in (*crossbar.states, "p", "es")}
        for one in crossbar.populations:
            inside = {quantity: waves.values[one.key(quantity)] for quantity in _quantities(one, waves)}
            mine = {name: _own(one, values) for name, values in inside.items()}
            told = _of_kind(crossbar, one, mine, waves.time, _own(one, v_word), _own(one, bottom))
            for name in one.model.recorded:
                gathered[name][:, one.where] = told[name][:, 0, :]
        found = gathered
    broken = crossbar.broken
    where = ~np.isnan(broken)
    if not where.any():
        return found
    across = v_word[:, where] - bottom[:, where]
    resistor = {"p": broken[where] * np.square(across), "es": 0.5 * crossbar.c_plates[where] * np.square(across)}
    resistor |= {
        name: np.broadcast_to(initial[where], across.shape)
        for name, initial in zip(crossbar.states, crossbar.initial_states, strict=True)
    }
    names = [name for name in (*crossbar.states, "p", "es") if name in found and name in resistor]
    whole = {name: np.array(found[name]) for name in names}  # those of the engine stay as they are
    for name, values in whole.items():
        values[:, where] = resistor[name]
    return whole


def _quantities(one: Population, waves: Waves) -> list[str]:
    """Names of the raw waves of one kind of cells."""
    begin = one.key("")
    return [name[len(begin) :] for name in waves.values if name.startswith(begin)]


def _own(one: Population, values: np.ndarray) -> np.ndarray:
    """Of these cells alone, as if they were an array of one word line: shape (time, 1, cell)."""
    return values[:, one.where][:, None, :]


def _of_kind(
    crossbar: Crossbar, one: Population, values: Mapping[str, np.ndarray], time: np.ndarray, top: np.ndarray,
    bottom: np.ndarray,
) -> Mapping[str, np.ndarray]:  # fmt: skip
    """Of cells of one kind, from their own waves and the voltages of their terminals."""
    model = one.model
    if model.from_nodes is not None and all(name in values for name in model.node_voltages):
        equations = one.solved(crossbar.temperature, asked="what was asked")
        return model.from_nodes(equations, top, bottom, {**values, "time": time})
    return _from_terminals(one, values, top - bottom) if model.senses_current else values


def _from_terminals(one: Population, values: Mapping[str, np.ndarray], across: np.ndarray) -> Mapping[str, np.ndarray]:
    """The same of a cell of which the terminals alone are known: all that goes in counts as dissipated."""
    found = {"p": across * values["i_cell"], "es": np.zeros_like(across)}
    for state in one.model.states:
        zero, end = one.model.ends.get(state.name, (0.0, 1.0))
        found[state.name] = np.clip((values[state.name] - zero) / (end - zero), 0.0, 1.0)
    return found

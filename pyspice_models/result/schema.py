"""The schema of results: every variable once, with its dimensions, unit and meaning, and who gives it.

States and what else a cell shows come from its model; a crossbar without selectors, amplifiers, rails or broken lines
has fewer variables. Docs and tests are made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.cells.model import CellModel

Entry = tuple[tuple[str, ...], np.ndarray, dict[str, str]]
"""Dimensions, values and attributes, as xarray takes a variable."""

SIMULATOR, SCHEDULE, CROSSBAR = "the simulator", "the schedule", "the crossbar"
EQUATIONS, SUMS = "equations, from the simulator's nodes", "an engine that sums over all its steps"

_CELLS, _ROWS, _COLS, _PLACES = ("time", "row", "col"), ("time", "row"), ("time", "col"), ("row", "col")


@dataclass(frozen=True)
class Variable:
    """A variable of a result.

    Attributes:
        dims: its dimensions.
        unit: of its numbers, SI; "1" for none.
        about: what it is.
        given: by whom.
    """

    dims: tuple[str, ...]
    unit: str
    about: str
    given: str = SIMULATOR

    def entry(self, values: ArrayLike) -> Entry:
        """As xarray takes it."""
        return self.dims, np.asarray(values), {"units": self.unit, "long_name": self.about}


VARIABLES: Mapping[str, Variable] = MappingProxyType({
    # lines
    "v_word": Variable(_CELLS, "V", "word line at the crossing"),
    "v_bit": Variable(_CELLS, "V", "bit line at the crossing"),
    "v_word_terminal": Variable(_ROWS, "V", "word line where its driver meets it"),
    "v_bit_terminal": Variable(_COLS, "V", "bit line where its sense circuit meets it"),
    "i_cell": Variable(_CELLS, "A", "current into a cell of which the terminals alone are known"),
    # ends
    "v_word_source": Variable(_ROWS, "V", "source behind the word line", SCHEDULE),
    "v_bit_source": Variable(_COLS, "V", "source behind the bit line", SCHEDULE),
    "g_word_driver": Variable(_ROWS, "S", "conductance between the word line and its source or amplifier", SCHEDULE),
    "g_bit_driver": Variable(_COLS, "S", "conductance between the bit line and its source or amplifier", SCHEDULE),
    "i_word_source": Variable(_ROWS, "A", "current that the source of the word line delivers"),
    "i_bit_source": Variable(_COLS, "A", "current that the source of the bit line delivers"),
    "i_sense": Variable(_COLS, "A", "sense current: from the bit line into its sense circuit"),
    "v_bit_input": Variable(_COLS, "V", "amplifier's input"),
    "v_bit_output": Variable(_COLS, "V", "amplifier's output"),
    "i_bit_output": Variable(_COLS, "A", "current that the amplifier's output delivers"),
    # selectors
    "v_mid": Variable(_CELLS, "V", "between cell and selector"),
    "v_gate": Variable(_CELLS, "V", "gate line at the crossing"),
    "s_selector": Variable(_CELLS, "1", "how far the selector is on"),
    "p_selector": Variable(_CELLS, "W", "power dissipated in the selector; a foreign one stores some of it", EQUATIONS),
    "es_selector": Variable(_CELLS, "J", "energy stored in the selector's capacitance", EQUATIONS),
    "i_mid": Variable(_CELLS, "A", "current from the cell into a selector of the user's own"),
    "i_gate": Variable(_CELLS, "A", "current from the gate line into it"),
    "i_bottom": Variable(_CELLS, "A", "current from the bit line into it"),
    "v_gate_source": Variable(_COLS, "V", "source behind the gate line", SCHEDULE),
    "v_gate_terminal": Variable(_COLS, "V", "gate line where its driver meets it"),
    "i_gate_source": Variable(_COLS, "A", "current that the source of the gate line delivers"),
    # supplies
    "v_rail": Variable(("rail",), "V", "supply", SCHEDULE),
    "gate_rail": Variable(("rail",), "1", "1 for the supply of gate lines", SCHEDULE),
    "i_rail": Variable(("time", "rail"), "A", "current that the rail delivers"),
    "drawn_rail": Variable(("time", "rail"), "C", "charge that the rail has delivered since the start", SUMS),
    "drawn_word": Variable(_ROWS, "C", "charge that the word line's source gave since the start, on its rail", SUMS),
    "drawn_bit": Variable(_COLS, "C", "charge that the bit line's source gave since the start, on its rail", SUMS),
    # books of an engine that keeps them
    "spent_cells": Variable(_CELLS, "J", "energy lost in the cell since the start", SUMS),
    "spent_selectors": Variable(_CELLS, "J", "energy lost in the selector since the start", SUMS),
    "spent_lines": Variable(("time",), "J", "energy lost in the lines since the start", SUMS),
    "spent_ends": Variable(("time",), "J", "energy lost in drivers and sense circuits since the start", SUMS),
    "delivered": Variable(("time",), "J", "energy that all sources have delivered since the start", SUMS),
    "moved": Variable(("time",), "J", "the same, every source without its sign", SUMS),
    # the array
    "cell_kind": Variable(_PLACES, "1", "which kind of cell it is", CROSSBAR),
    "level": Variable(_CELLS, "1", "the state that writes set, of the cell's own kind"),
    "c_plates": Variable(_PLACES, "F", "capacitance of the cell's two electrodes", CROSSBAR),
    "r_word_segment": Variable(_PLACES, "ohm", "resistance of the line's segment here", CROSSBAR),
    "r_bit_segment": Variable(_PLACES, "ohm", "resistance of the line's segment here", CROSSBAR),
    "g_word_short": Variable(_PLACES, "S", "short to the next line", CROSSBAR),
    "g_bit_short": Variable(_PLACES, "S", "short to the next line", CROSSBAR),
    # what lines, ends and selectors have each for itself
    "own_word_width": Variable(("row",), "m", "width of the word line", CROSSBAR),
    "own_bit_width": Variable(("col",), "m", "width of the bit line", CROSSBAR),
    "own_r_driver": Variable(("row",), "ohm", "resistance of the word line's driver", CROSSBAR),
    "own_r_sense": Variable(("col",), "ohm", "resistance of the bit line's sense circuit", CROSSBAR),
    "own_r_feedback": Variable(("col",), "ohm", "feedback resistor of the bit line's amplifier", CROSSBAR),
    "own_vto": Variable(_PLACES, "V", "threshold voltage of the transistor", CROSSBAR),
    "own_kp": Variable(_PLACES, "A/V^2", "transconductance parameter of the transistor", CROSSBAR),
    "own_v_th": Variable(_PLACES, "V", "threshold voltage of the selector", CROSSBAR),
    "own_g_on": Variable(_PLACES, "S", "conductance of the selector when it is on", CROSSBAR),
    # time
    "weight_left": Variable(
        ("time",), "s", "weight in an integral over time of the interval after a sample, at its left end"
    ),
    "weight_right": Variable(
        ("time",), "s", "weight in an integral over time of the interval after a sample, at its right end"
    ),
    # the program
    "sample_time": Variable(("sample",), "s", "moment at which the program wants results", SCHEDULE),
    "window_kind": Variable(("window",), "1", "what is done", SCHEDULE),
    "window_scheme": Variable(("window",), "1", "bias scheme", SCHEDULE),
    "window_start": Variable(("window",), "s", "beginning; windows follow each other without gaps", SCHEDULE),
    "window_stop": Variable(("window",), "s", "end", SCHEDULE),
    "window_settled": Variable(("window",), "s", "late on the last plateau: currents are read there", SCHEDULE),
    "window_pulse_end": Variable(("window",), "s", "moment at which the last pulse has fallen to half", SCHEDULE),
    "window_voltage": Variable(("window",), "V", "of the pulses", SCHEDULE),
    "window_pulses": Variable(("window",), "1", "how many", SCHEDULE),
    "window_width": Variable(("window",), "s", "of one pulse at half height", SCHEDULE),
    "window_gap": Variable(("window",), "s", "rest after each pulse", SCHEDULE),
    "window_step": Variable(("window",), "1", "number of the step of the program", SCHEDULE),
    "window_row": Variable(("window", "row"), "1", "1 for the word lines that it is aimed at", SCHEDULE),
    "window_col": Variable(("window", "col"), "1", "1 for the bit lines that it is aimed at", SCHEDULE),
})  # fmt: skip


KIND = "cell_kind"
"""Name of the variable that says which cell is of which kind, in arrays of several."""


def of_cell(*models: CellModel) -> dict[str, Variable]:
    """What a result has of every cell, of all these kinds: states, power and stored energy."""
    names = dict.fromkeys(name for model in models for name in model.recorded)
    found = {}
    for name in (*(name for name in names if name not in _OF_ALL), *(name for name in _OF_ALL if name in names)):
        having = [model for model in models if name in model.recorded]
        given = SIMULATOR if all(model.from_nodes is None for model in having) else EQUATIONS
        about = "; ".join(dict.fromkeys(model.shown[name].about for model in having))
        found[name] = Variable(_CELLS, having[0].shown[name].unit, about, given)
    return found


_OF_ALL = ("p", "es")

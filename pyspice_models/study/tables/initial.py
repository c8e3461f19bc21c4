"""The `[array.initial]` table: what the crossbar holds at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.levels import levels_for
from pyspice_models.declare.quantity import ParameterSet, quantity, refuse_unknown, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.inputs.matrix import IMAGES, matrix_from_file
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.numeric import MAX_SEED
from pyspice_models.study.states import states_in
from pyspice_models.units import parse


@dataclass(frozen=True)
class PatternParams(ParameterSet):
    """What goes with the name of a pattern."""

    low: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source="choice of the user", about="state of the cells that are off"
    )
    high: float = quantity(
        0.95, "", low=0, high=1, tag="assumed", source="choice of the user", about="state of the cells that are on"
    )
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the pattern `random`")


_KEYS = {
    "pattern": {"pattern", "low", "high", "seed"},
    "file": {"file", "variable"},
    "conductance": {"conductance", "variable", "voltage"},
    "run": {"run"},
}
"""Ways to say it, each with the keys that go with it."""


def initial_states(table: object, crossbar: Crossbar, folder: Path) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Per-cell initial levels from a pattern, from a file of states, or from a file of conductances [S].

    Or all states from the folder of an earlier run, which ended with them. By kind of cells ("cell" is the common one)
    and parameter; in an array of several kinds, cells that have no state get none.

    Raises:
        RequestError: unknown key or pattern, a file that cannot be read, a wrong shape, a state outside [0, 1], or a
            conductance outside its cell's window.
    """
    if not isinstance(table, Mapping):
        raise RequestError("array.initial must be a table: write it as [array.initial]")
    for key in table:
        refuse_unknown(key, set().union(*_KEYS.values()), "array.initial")
    shape = crossbar.shape
    way = next((way for way in ("run", "file", "conductance") if way in table), "pattern")
    if others := set(table) - _KEYS[way]:
        raise RequestError(f"array.initial has {way} and {', '.join(sorted(others))}: give one or the other")
    variable = text_of(table["variable"], "array.initial.variable") if "variable" in table else ""
    if way != "pattern":
        place = folder / text_of(table[way], f"array.initial.{way}")
    if way == "run":
        return _of_run(crossbar, place)
    if way == "file":
        return _levels(crossbar, map_from_file(place, shape, variable=variable))
    if way == "conductance":
        voltage = parse(table.get("voltage", _READ), "V", name="array.initial.voltage")
        return _levels(crossbar, _from_conductances(crossbar, place, variable, voltage))
    if not table:
        return {}
    own = PatternParams.from_mapping({k: v for k, v in table.items() if k != "pattern"}, where="array.initial")
    name = text_of(table.get("pattern", "uniform"), "array.initial.pattern")
    return _levels(crossbar, pattern(name, shape, low=own.low, high=own.high, seed=own.seed))


def _levels(crossbar: Crossbar, levels: NDArray[np.float64]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Levels of all cells, as each kind is told its own."""
    having = [one for one in crossbar.populations if one.states] or crossbar.populations[:1]
    return {one.name: {one.model.level_parameter: levels} for one in having}


def _of_run(crossbar: Crossbar, place: Path) -> dict[str, dict[str, NDArray[np.float64]]]:
    found = states_in(place, crossbar.shape, *(one.model for one in crossbar.populations))
    for one in crossbar.populations if crossbar.kinds else ():
        for name in one.states:
            if np.isnan(found[name][one.where]).any():
                raise RequestError(
                    f"array.initial.run: {shown(place)} holds no {name} of some cells where the kind {one.name!r} "
                    "stands. Give the run of an array with the same kinds at the same places."
                )
    return {one.name: {state.initial: found[state.name] for state in one.model.states} for one in crossbar.populations}


_READ = 5e-3  # [V] the read voltage


def _from_conductances(crossbar: Crossbar, path: Path, variable: str, voltage: float) -> NDArray[np.float64]:
    """Levels at which the cells have these conductances at `voltage` [V]."""
    if path.suffix.lower() in IMAGES:
        raise RequestError(
            f"array.initial.conductance = {shown(path)} is an image, which has no unit: give it as array.initial.file; "
            "its grey is the share of the conductance window"
        )
    if not 0 < abs(voltage) <= 1:
        raise RequestError.for_value("array.initial.voltage", voltage, unit="V", allowed="-1 to 1, and not 0")
    siemens = matrix_from_file(path, crossbar.shape, unit="S", variable=variable)
    return levels_for(crossbar, siemens, voltage, name=shown(path))


def map_from_file(
    path: Path, shape: tuple[int, int], *, variable: str = "", yes_or_no: bool = False
) -> NDArray[np.float64]:
    """Numbers from 0 to 1 for every cell, see `matrix_from_file`.

    Raises:
        RequestError: as `matrix_from_file`, or a number outside [0, 1].
    """
    values = matrix_from_file(path, shape, variable=variable, yes_or_no=yes_or_no)
    if len(bad := np.argwhere(~((values >= 0) & (values <= 1)))):
        row, col = map(int, bad[0])
        raise RequestError.for_value(f"{shown(path)}[{row}, {col}]", float(values[row, col]), allowed=">= 0 and <= 1")
    return values

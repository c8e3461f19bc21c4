"""What a change of one cell parameter does to the published numbers, and what keeps them where they are.

The rows that calibrated parameters were solved for (lab/calibration.py) are measured anew on the twin, for the
study's own cell at its reference area and thickness. A changed cell that no longer gives them is none that was
published: the parameters behind them follow, each by one equation, and what cannot follow is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import scipy  # loads scipy.optimize where it is first used

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import Ag2sError
from pyspice_models.lab.calibration import IN_TURN, SOLVED
from pyspice_models.lab.measured import MEASURED, measured
from pyspice_models.lab.published import target

_MOST = 1e4
"""Factor up to which a parameter is looked for."""


@dataclass(frozen=True)
class Held:
    """A cell after the change of one parameter.

    Attributes:
        values: of the parameter and of those that followed it, by name.
        moved: published rows that are not where they were, by more than their tolerance: before and after.
    """

    values: Mapping[str, float]
    moved: Mapping[str, tuple[float, float]]


def changed_cell(cell: CellParams, name: str, value: float, *, follow: bool) -> Held:
    """The cell with one parameter changed, and with `follow` those changed that keep its published numbers.

    The row that the parameter itself is calibrated to is left to move: its reading is what is varied.

    Args:
        cell: of the study.
        name, value: the parameter, SI.
        follow: let the calibrated parameters follow.
    """
    base = cell.replace(area=cell.area_ref, thickness=cell.thickness_ref)
    before = _numbers(base)
    changed = base.replace(**{name: value})
    own = CellParams.quantities()[name].calibrated_to
    for row in _ORDER if follow else ():
        parameter = SOLVED[row]
        if row != own and parameter != name and _off(row, before[row], _number(row, changed)) > _EXACT:
            changed = _solved(changed, row, parameter, before[row], keep_minimum=name == "g_int_min")
    after = _numbers(changed)
    values = {key: new for key, new in changed.as_dict().items() if new != getattr(base, key)}
    moved = {row: (before[row], after[row]) for row in before if _off(row, before[row], after[row]) > 1}
    return Held(values, moved)


_ORDER = ("asymmetry", "sym_point_mid", *IN_TURN)
"""Rows that can be kept, as they follow each other."""

_EXACT = 0.25  # of a row's tolerance: closer is where it was


def _numbers(cell: CellParams) -> dict[str, float]:
    return {row: _number(row, cell) for row in MEASURED}


@lru_cache(maxsize=256)
def _number(row: str, cell: CellParams) -> float:
    """NaN where the experiment has no answer, as the threshold of a cell that does not set."""
    try:
        return measured(row, cell)
    except Ag2sError:
        return math.nan


def _off(row: str, before: float, after: float) -> float:
    """How far a row has moved, in tolerances; 0 if it could not be had before."""
    if not math.isfinite(before):
        return 0.0
    published = target(row)
    scale = abs(before) if published.criterion == "relative" else 1.0
    distance = abs(after - before) / (published.tolerance * scale)
    return distance if math.isfinite(distance) else math.inf


def _solved(cell: CellParams, row: str, parameter: str, wanted: float, *, keep_minimum: bool) -> CellParams:
    """The cell with the value of the parameter that brings a row back; unchanged if there is none within the range."""
    now = getattr(cell, parameter)

    def put(log_factor: float) -> CellParams:
        factor = math.exp(log_factor)
        if parameter == "g_int_max" and not keep_minimum:
            return cell.replace(g_int_max=now * factor, g_int_min=cell.g_int_min * factor)
        return cell.replace(**{parameter: now * factor})

    def miss(log_factor: float) -> float:
        return _number(row, put(log_factor)) - wanted

    try:
        low, high = _bracket(miss)
        return put(float(scipy.optimize.brentq(miss, low, high, xtol=2e-3)))
    except (ValueError, Ag2sError):  # no such value, or one that is out of the parameter's range
        return cell


def _bracket(miss: Callable[[float], float]) -> tuple[float, float]:
    """Two logarithms of factors between which a row passes its target.

    Raises:
        ValueError: there are none.
    """
    here = miss(0.0)
    for step in (0.1, 0.3, 1.0, 3.0, math.log(_MOST)):
        for end in (step, -step):
            there = miss(end)
            if math.isfinite(there) and math.isfinite(here) and here * there <= 0:
                return min(0.0, end), max(0.0, end)
    raise ValueError("no value of the parameter brings the row back")

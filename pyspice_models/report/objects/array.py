"""A crossbar: facts, and what its cells hold at the start."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.array.faults import CELL_FAULTS, LINE_FAULTS
from pyspice_models.array.kinds.in_words import held
from pyspice_models.errors import RequestError
from pyspice_models.report import maps
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card, squares
from pyspice_models.report.page.blocks import Block, Map, Table
from pyspice_models.units import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def card_of_crossbar(bar: Crossbar) -> Card:
    """Facts, and a map of the states that writes set."""
    blocks: list[Block] = []
    if (found := start_map(bar)) is not None:
        blocks.append(found)
    return Card(repr(bar).strip("<>"), [*blocks, Table("facts", "", ["what", "value"], facts(bar))])


def facts(bar: Crossbar) -> list[list[str]]:
    """What a crossbar is, a line each."""
    driver = bar.driver
    kinds = ", ".join(f"{one.count} {one.name} ({one.model.name})" for one in bar.populations)
    cells = f"{bar.rows * bar.cols} {bar.populations[0].model.name}" if not bar.kinds else kinds
    line = "a segment: word line {}, {}; bit line {}, {}".format(
        shown(bar.r_word, "ohm", 3), shown(bar.c_word, "F", 3), shown(bar.r_bit, "ohm", 3), shown(bar.c_bit, "F", 3)
    )
    ends = f"driver {shown(driver.r_driver, 'ohm')} ({driver.kind}), sense circuit {shown(driver.r_sense, 'ohm')}"
    sense = f" ({driver.sense})" + (f", limiter {driver.compliance}" if driver.compliance != "none" else "")
    differ = [name for one in bar.populations for name in one.per_cell]
    broken = {name.replace("_", " "): len(getattr(bar.faults, name)) for name in (*CELL_FAULTS, *LINE_FAULTS)}
    rows = {
        "size": f"{bar.rows} word lines x {bar.cols} bit lines, {bar.kind}",
        "cells": cells, "at the start": _start(bar),
        "lines": line, "ends": ends + sense,
        "selector": "" if bar.selector is None else type(bar.selector).__name__,
        "differs from cell to cell": ", ".join(dict.fromkeys(differ)),
        "each line, end or selector has its own": ", ".join(bar.instances),
        "faults": ", ".join(f"{count} {name}" for name, count in broken.items() if count),
        "temperature": shown(bar.temperature, "K"), "warning": bar.warning([bar.temperature]),
    }  # fmt: skip
    return [[name, text] for name, text in rows.items() if text]


def _start(bar: Crossbar) -> str:
    return held(bar.populations) or "cells without a declared state"


def _level(bar: Crossbar) -> np.ndarray | None:
    """The state that writes set, of each kind its own; None where no cell has one."""
    found = np.full(bar.shape, np.nan)
    for one in bar.populations:
        for state in one.model.states:
            if state.name == one.model.level:
                found[one.where] = one.values(state.initial).ravel()
    return found if np.isfinite(found).any() else None


def _name(bar: Crossbar) -> str:
    return bar.level or "level"


def start_map(bar: Crossbar) -> Map | None:
    """What the cells hold at the start, as squares."""
    level = _level(bar)
    return None if level is None else squares("start", f"state {_name(bar)} at the start", level, low=0.0, high=1.0)


def drawing_of_crossbar(bar: Crossbar, what: str) -> Drawing:
    """A map of what the cells hold, or of one of their parameters."""
    if what:
        unit = (
            next(one.cell.quantities()[what].unit for one in bar.populations if what in one.cell.quantities())
            if any(what in one.cell.quantities() for one in bar.populations)
            else ""
        )
        values, name = bar.values(what), what
    else:
        level = _level(bar)
        if level is None:
            raise RequestError("no cell of the array has a declared state: name a parameter with `what` to see it")
        values, name, unit = level, _name(bar), ""
    return Drawing([partial(_map, values=values, name=name, unit=unit)], title=repr(bar).strip("<>"), size=(4.2, 3.3))


def _map(ax: Axes, *, values: np.ndarray, name: str, unit: str) -> None:
    from matplotlib.colors import Normalize

    field = xr.DataArray(values, dims=("row", "col"), name=name)
    ends = (0.0, 1.0) if not unit and np.nanmin(values) >= 0 and np.nanmax(values) <= 1 else (None, None)
    maps.draw_map(ax, field, label=f"{name} ({unit})" if unit else name, norm=Normalize(*ends))

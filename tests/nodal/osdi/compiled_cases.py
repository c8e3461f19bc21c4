"""Cells that are compiled Verilog-A, on ideal lines, by steps that a test chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models import Crossbar, foreign_cell
from pyspice_models.engine.nodal.crossings import osdi as kernel
from pyspice_models.engine.nodal.osdi.objects import Osdi

Array = NDArray[np.float64]

_STAGE, _WEIGHT = 1 - np.sqrt(0.5), np.sqrt(0.5) / 2
GAP = Path(__file__).parents[3] / "scripts" / "studies" / "models" / "gap_cell.va"
HEAD = '`include "constants.vams"\n`include "disciplines.vams"\n'


def of_text(body: str, folder: Path, name: str = "mine", **table: Any) -> Any:
    """A cell of a module of this body between the terminals a and c."""
    path = folder / f"{name}.va"
    path.write_text(
        f"{HEAD}module {name}(a, c);\n  inout a, c;\n  electrical a, c;\n{body}\nendmodule\n", encoding="utf-8"
    )  # fmt: skip
    return foreign_cell(path, **table)


def cells_of(cell: Any, **more: Any) -> Osdi:
    """One word line of two such cells."""
    bar = Crossbar(1, 2, cell=cell, **more)
    return Osdi(bar, bar.populations)


def driven(cells: Osdi, times: Array, volts: Array) -> tuple[kernel.Held, Array, Array]:
    """The last moment, currents into the cells at the end of each step, and the energies lost in them.

    The steps are those of the transient, TR-BDF2, without control.
    """
    devices, shape = cells.devices, cells.crossbar.shape
    point, middle, end = (cells.at_rest() for _ in range(3))
    start, energies, none = cells.new_start(), np.zeros(shape), np.zeros((0, 0))
    flow, rest = (np.zeros(shape), np.zeros(shape)), (np.zeros(shape), np.zeros(shape))
    currents = []
    for step, before, after in zip(np.diff(times), volts[:-1], volts[1:], strict=True):
        stage, share = step * _STAGE, _WEIGHT / _STAGE
        at = (np.full(shape, before + 2 * _STAGE * (after - before)), np.zeros(shape))
        kernel.ahead(devices, 0, 1, stage, 1.0, point, 0.0, point, start, middle)
        kernel.follow(devices, 0, 1, stage, *at, start, middle, *flow, *rest)
        if np.isnan(flow[0]).any():  # where the transient tries a shorter step
            currents.append(-flow[0])
            break
        at = (np.full(shape, after), np.zeros(shape))
        kernel.beside(devices, none, middle, none)
        kernel.ahead(devices, 0, 1, stage, share, point, share, middle, start, end)
        kernel.follow(devices, 0, 1, stage, *at, start, end, *flow, *rest)
        if np.isnan(flow[0]).any():
            currents.append(-flow[0])
            break
        kernel.beside(devices, none, end, none)
        weight = step * _WEIGHT
        kernel.spend(devices, 0, 1, weight, point, weight, middle, stage, end, energies, none)
        point, end = end, point
        currents.append(-flow[0])
    return point, np.array(currents), energies

"""Closed loops: an array that is kept alive, what steps came to, what programming came to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from pyspice_models.errors import RequestError
from pyspice_models.program.applied import Applied
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.session import Session
from pyspice_models.report import maps
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card, squares
from pyspice_models.report.page.blocks import Axis, Block, Cell, Curve, Curves, Number, Paragraph, Table
from pyspice_models.report.write_verify import draw_errors, draw_held_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def card_of_session(session: Session) -> Card:
    """The level that each cell holds now, and energies since the start."""
    blocks: list[Block] = [Paragraph(repr(session.crossbar).strip("<>"), "note")]
    level = session.crossbar.level
    if level in session.states:
        blocks.append(squares("now", f"{level} now", session.states[level], low=0.0, high=1.0))
    energies = session.energies
    rows: list[list[Cell]] = [
        [name, Number(float(np.sum(value)), "J"), _ENERGIES[name]] for name, value in energies.items()
    ]
    blocks.append(Table("energies", "", ["energy since the start", "all together", "which"], rows))
    return Card(repr(session).strip("<>"), blocks)


_ENERGIES = {
    "cells": "dissipated in cells", "selectors": "dissipated in selectors", "lines": "dissipated in lines",
    "drivers": "dissipated in drivers and sense circuits", "delivered": "by all sources, less what they took back",
    "moved": "the same, every source in every step counted without its sign",
}  # fmt: skip


def drawing_of_session(session: Session, what: str) -> Drawing:
    """What the cells hold now."""
    level = session.crossbar.level
    if level not in session.states:
        raise RequestError("the cells of the array have no declared state to draw")
    values = xr.DataArray(session.states[level], dims=("row", "col"), name=level)
    return Drawing([partial(maps.draw_state_map, states=values)], title=repr(session).strip("<>"), size=(4.2, 3.3))


def card_of_applied(done: Applied) -> Card:
    """Energies by part, settled currents."""
    parts = {
        "cells": float(done.cells.sum()), "selectors": float(done.selectors.sum()), "lines": done.lines,
        "drivers": done.drivers, "delivered": done.delivered, "moved": done.moved,
    }  # fmt: skip
    rows: list[list[Cell]] = [[name, Number(value, "J"), _ENERGIES[name]] for name, value in parts.items()]
    blocks: list[Block] = [Table("energies", "", ["energy", "all together", "which"], rows)]
    currents: list[list[Cell]] = [
        [f"{n}", ", ".join(str(Number(float(value), "A", 3)) for value in np.ravel(one)[:12])]
        for n, one in enumerate(done.currents)
    ]
    if currents:
        blocks.append(Table("currents", "", ["read", "settled currents of its lines, the first twelve"], currents))
    return Card(repr(done).strip("<>"), blocks, "applied.currents")


def card_of_programmed(report: Programmed) -> Card:
    """How it converged, what is left, what it cost."""
    rounds = np.arange(len(report.errors), dtype=float)
    curves = [
        Curve("largest", rounds, np.array(report.errors), "both", 0),
        Curve("nine cells of ten are within", rounds, np.array(report.typical), "both", 5),
    ]
    top = 1.5 * report.tolerance
    rows: list[list[Cell]] = [
        ["largest read error", Number(report.errors[-1]), f"of the window; tolerance {report.tolerance:.3g}"],
        ["largest error held", Number(float(np.abs(report.held_error).max())), "no hardware knows it"],
        ["pulses", Number(float(report.pulses.sum()), "", 6), f"{report.pulses.max()} at most for one cell"],
        ["time", Number(report.time, "s"), "waits and reads included"],
        ["energy from sources", Number(report.energy_source, "J"), "which take back what lines give back"],
        ["energy from supplies", Number(report.energy_supply, "J"), "nothing taken back"],
    ]
    left = sorted({*report.missed, *report.wrong})
    why = [[f"({row}, {col})", report.why((row, col))] for row, col in left]
    blocks: list[Block] = [
        Curves(
            "errors",
            "error by round",
            Axis("round", ticks=tuple(rounds.tolist())),
            Axis("read error", "", "log"),
            curves,
        ),
        squares("held", "level held less the level asked for", report.held_error, colours="RdBu_r", low=-top, high=top),
        Table("programmed", "", ["what", "value", "which"], rows),
    ]
    if why:
        blocks.append(Table("missed", "Cells that are not at their level", ["cell", "why"], why, folded=True))
    return Card(repr(report).strip("<>"), blocks, "report.missed")


def drawing_of_programmed(report: Programmed, what: str) -> Drawing:
    """How it converged, and what is left; on one given axes the first alone."""

    def errors(ax: Axes) -> None:
        draw_errors(ax, report, report.tolerance)

    def held(ax: Axes) -> None:
        draw_held_error(ax, report)

    return Drawing([errors, held], cols=2, size=(3.6, 2.9), least=1)

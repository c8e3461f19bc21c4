"""From a program to the parameters that its cells have, and the moments from which on they have them.

A pulse that is aimed at a cell begins a draw of its kinetics, which holds until the next such pulse begins. A read or a
product takes the read noise of the cells that it drives at the moment at which currents are told, and the conductances
stay so until the next one: between two reads nothing asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.aging import Memory
from pyspice_models.array.fluctuation import FluctuationParams, ReadNoise, parameters_of_pulse
from pyspice_models.simulation import Change
from pyspice_models.stimulus import Schedule, Window
from pyspice_models.stimulus.phase import DRIVE, HALF_SELECT, SENSING
from pyspice_models.stimulus.timeline import nearest

Array = NDArray[np.float64]

_ALONE = ("grounded", "transposed", "")
"""Schemes of reads in which cells outside the rows that are read carry next to nothing; products drive all."""


@dataclass(frozen=True)
class Past:
    """What came before a run.

    Attributes:
        time: that has passed since the array was made [s].
        pulses: that were aimed at each cell by then, shape (rows, cols); None for none.
        memory: what cells that age owe to it, which is told of the run; None for cells that were made just now.
    """

    time: float = 0.0
    pulses: NDArray[np.int_] | None = None
    memory: Memory | None = None


START = Past()


class _Event(NamedTuple):
    """Something begins: a pulse aimed at cells, or a read of them, told `settled` seconds after the start."""

    time: float
    cells: NDArray[np.bool_]
    settled: float | None


def changed(
    params: FluctuationParams, crossbar: Crossbar, plan: Schedule, past: Past = START
) -> tuple[Crossbar, tuple[Change, ...]]:  # fmt: skip
    """The crossbar as it begins, and how it changes.

    Args:
        params: what fluctuates.
        crossbar: without fluctuation.
        plan: what is done to it.
        past: what was done before.

    Raises:
        RequestError: a draw leaves a parameter's range.
    """
    if not params.acts:
        return crossbar, ()
    now = _Cells(params, crossbar, past)
    begun, changes = now.crossbar(), list[Change]()
    for event in _events(params, crossbar, plan):
        now.take(event, past.time)
        if event.time == 0.0:
            begun = now.crossbar()
        elif changes and changes[-1].time == event.time:
            changes[-1] = Change(event.time, now.crossbar())
        else:
            changes.append(Change(event.time, now.crossbar()))
    return begun, tuple(changes)


class _Cells:
    """All cells at one moment of a run."""

    def __init__(self, params: FluctuationParams, crossbar: Crossbar, past: Past) -> None:
        self._params, self._crossbar, self._noise = params, crossbar, ReadNoise(params)
        self._had = np.zeros(crossbar.shape, dtype=int) if past.pulses is None else np.array(past.pulses, dtype=int)
        one = crossbar.populations[0]
        self._design = {**one.cell.as_dict(), **one.per_cell}
        self._off = np.zeros(crossbar.shape)
        self._kinetics: dict[str, Array] = {}
        if params.pulses and self._had.any():
            self._draw(self._had > 0, self._had - 1)

    def take(self, event: _Event, before: float) -> None:
        """Let something begin."""
        if event.settled is None:
            self._draw(event.cells, self._had)
            self._had = self._had + event.cells
            return
        row, col = np.nonzero(event.cells)
        self._off[row, col] = self._noise.shares(before + event.settled, row, col)

    def _draw(self, cells: NDArray[np.bool_], number: NDArray[np.int_]) -> None:
        drawn = parameters_of_pulse(self._crossbar.cell, self._design, self._params, np.maximum(number, 0))
        for name, values in drawn.items():
            known = self._kinetics.get(name, np.broadcast_to(np.asarray(self._design[name], dtype=float), cells.shape))
            self._kinetics[name] = np.where(cells, values, known)

    def crossbar(self) -> Crossbar:
        """With the parameters of this moment."""
        own = dict(self._kinetics)
        if self._params.noise:
            for name, power in self._crossbar.model.conduction.items():
                quiet = np.asarray(own.get(name, self._design[name]), dtype=float)
                own[name] = quiet * (1 + self._off) ** power
        return self._crossbar.with_parameters({self._crossbar.populations[0].name: own})


def _events(params: FluctuationParams, crossbar: Crossbar, plan: Schedule) -> Iterator[_Event]:
    starts = np.array([stretch.start for stretch in plan.stretches])
    for window in plan.windows:
        if not window.pulses:
            continue
        if window.kind in SENSING:
            if params.noise:
                yield _Event(window.start, _driven(window, crossbar), window.settled)
        elif params.pulses and window.kind not in (DRIVE, HALF_SELECT) and window.rows and window.cols:
            cells = np.zeros(crossbar.shape, dtype=bool)
            cells[np.ix_(window.rows, window.cols)] = True
            for moment in np.linspace(window.start, window.stop, window.pulses, endpoint=False):
                yield _Event(float(starts[nearest(starts, np.array([moment]))[0]]), cells, None)


def _driven(window: Window, crossbar: Crossbar) -> NDArray[np.bool_]:
    """Cells whose noise a read shows."""
    found = np.ones(crossbar.shape, dtype=bool)
    if window.kind == "read" and window.scheme in _ALONE:
        found[[row for row in range(crossbar.rows) if row not in window.rows]] = False
    return found

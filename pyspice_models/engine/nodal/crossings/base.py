"""What the transient asks of the devices at the crossings.

A kernel is a module of compiled functions with the names below and a class that lays out their arrays. The templates of
the transient are compiled anew for each kernel, see `assembly.py`, so that nothing is looked up while it runs. One
kernel has all crossings of an array, its places. Its arrays are of shape (place,); those of the lines are of shape
(row, col). It works on the rows first <= r < last; what belongs to no row, such as a layer of gate lines, is done with
those that begin at row 0.

    ahead(devices, first, last, stage, a, one, b, two, start, held)
        start <- states of `one` + stage * (a * rates of `one` + b * rates of `two`); held <- `two`, a stage's guess.
        The charge of an inner node is a state, and the conduction current into it its rate.
    prepare(devices, stage, gates, word, bit, start, held)
        Once in each of Newton's turns, before `follow`: gate lines, from what drives them, `gates` of `ends/base.py`.
    follow(devices, first, last, stage, word, bit, start, held, flow_word, flow_bit, rest_word, rest_bit)
        Solves the local unknowns for given voltages of the lines. flow: conduction currents out of the devices into the
        lines' crossings [A]; rest: the same less charge / stage, with the charges of `stored`.
    slopes(devices, first, last, stage, word, bit, held, branch)
        dI/dv > 0 between the lines over a stage, local unknowns eliminated, capacitances over the stage included [S].
    stored(devices, first, last, word, bit, held, on_word, on_bit)
        Charges of the crossing's devices on the nodes of its lines [C].
    error(devices, first, last, stage, a, point, b, middle, c, end, reltol, volt) -> float
        The largest a * rate + b * rate + c * rate of any state as a multiple of what is allowed: `volt` of a voltage,
        a share of `reltol` of a state; NaN if any is.
    spend(devices, first, last, a, point, b, middle, c, end, cells, selectors)
        Adds energies, power times these weights [J], shape (row, col); `selectors` is of shape (0, 0) without any.
    beside(devices, gates, held, powers)
        Once a stage is solved. Adds to `powers` those of gate lines: in segments, in drivers, delivered, moved [W], and
        the currents of their rails, see `ends/base.py`. `held` need not be whole before.
    keep(devices, first, last, held, planes)
        What is recorded of a moment, shape (plane, row, col).

A number that is none ends the step, and a shorter one is tried.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


class Places(NamedTuple):
    """Where a kernel stands, row by row.

    Attributes:
        first: number of the first place of each row, and behind the last row the number of all, shape (row + 1,).
        col: column of every place, shape (place,).
    """

    first: Indices
    col: Indices


def places_of(where: NDArray[np.bool_]) -> Places:
    """Places at which an array of shape (row, col) is True."""
    first = np.concatenate([[0], np.cumsum(where.sum(axis=1))]).astype(np.int64)
    return Places(first, np.ascontiguousarray(np.nonzero(where)[1], dtype=np.int64))


class Crossings(Protocol):
    """Devices of one kernel.

    Attributes:
        functions: the module; its `KERNEL` is a short name, for the names of what is compiled.
        devices: what does not change, a NamedTuple; its `renewed` says whether slopes change so much within a stage
            that each of Newton's turns wants them anew, its `largest` which correction of a line is taken whole [V].
        planes: how many `keep` fills.
        losses: whose energies `spend` adds: "cells", and "selectors" if there are any.
        shunts: capacitances from a word line's and a bit line's crossing to nodes beside both layers, such as gates:
            the lines' matrix has them to ground [F].
        shared: several threads may work on it, each in rows of its own, see `linear/team.py`.
    """

    functions: ModuleType
    planes: int
    losses: tuple[str, ...]
    shared: bool

    @property
    def devices(self) -> Any:
        """See above."""
        ...

    @property
    def shunts(self) -> tuple[float, float]:
        """See above."""
        ...

    def widen(self, widest: float) -> None:
        """Be ready for a larger voltage between any two sources than before [V]: `devices` may be others then."""
        ...

    def at_rest(self) -> Any:
        """Everything of a moment, uncharged, in the states of the start; new arrays."""
        ...

    def new_start(self) -> Any:
        """Arrays for what a stage starts from."""
        ...

    def waves(self, word: Array, bit: Array, planes: Array) -> dict[str, Array]:
        """What a result records of them.

        Args:
            word, bit: voltages of the lines, shape (time, row, col) [V].
            planes: what `keep` filled, shape (time, plane, row, col).
        """
        ...

    def states(self, held: Any) -> dict[str, Array]:
        """States of a moment as results show them, shape (place,), by name."""
        ...

    def complaint(self, when: str) -> str:
        """Which place was at fault where a step failed, and how; empty if that is not known. `when`: words for it."""
        ...

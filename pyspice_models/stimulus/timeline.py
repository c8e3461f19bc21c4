"""Moments of a program: added up without rounding, so that a moment is the same however it is reached.

A float has sixteen digits: beside a day of waiting they end at 15 ps. So durations count as the decimal numbers that
they are written as, and their sums are exact. Of every moment three things are kept: the float that stands for it in
netlists and waves; the exact distance to the moment before it, for a solver that counts time anew from each; and how
finely the time between both wants to be resolved.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SETTLED = 0.99  # of a plateau: past it some simulators' samples are a rounding inside the falling edge

# every float is a decimal number of finitely many digits, and these are enough for sums of any that are in range
_EXACT = Context(prec=500, traps=[Inexact])


@dataclass(frozen=True)
class Stretch:
    """The time between two moments that follow each other; all sources are straight in it.

    Attributes:
        start, stop: the floats that stand for both [s].
        length: distance of both, exact to the last digit of a float [s]. `stop - start` is rounded with the time that
            has passed since the program's start.
        width: of the pulse that it belongs to [s]; infinite at rest.
        bends: whether a source may bend at its start.
    """

    start: float
    stop: float
    length: float
    width: float
    bends: bool = True


class Pulse(NamedTuple):
    """The moments of a trapezoid [s].

    Attributes:
        start, top, end, fallen: its corners.
        settled: late on its plateau.
        rise, fall: middles of its edges; not a number where nobody asked for them.
    """

    start: float
    top: float
    settled: float
    end: float
    fallen: float
    rise: float = math.nan
    fall: float = math.nan


class Timeline:
    """Moments in order, from 0 s on.

    Attributes:
        stretches: between them.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.stretches: list[Stretch] = []
        self._exact = Decimal(0)
        self._float = 0.0

    @property
    def now(self) -> float:
        """The last moment [s]."""
        return self._float

    def pulse(self, width: float, edge: float, *, halves: bool = False) -> Pulse:
        """Append a trapezoid that is `width` wide at half height; with `halves` something bends in mid-edge too."""
        whole, slope = _decimal(width), _decimal(edge)
        plateau = _EXACT.subtract(whole, slope)
        most = _EXACT.multiply(plateau, _decimal(_SETTLED))
        half = _EXACT.multiply(slope, Decimal("0.5"))
        start = self.now
        rise = self._go(half, width) if halves else math.nan
        top = self._go(half if halves else slope, width)
        settled = self._go(most, width)
        end = self._go(_EXACT.subtract(plateau, most), width, bends=False)
        fall = self._go(half, width) if halves else math.nan
        fallen = self._go(half if halves else slope, width)
        return Pulse(start, top, settled, end, fallen, rise, fall)

    def rest(self, duration: float) -> float:
        """Append a time at rest, perhaps none; gives its end [s]."""
        return self._go(_decimal(duration), math.inf) if duration else self.now

    def trace(self, moments: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float64]:
        """Append moments, the first of them 0 and this one, with the width that each stretch between two belongs to.

        Gives the floats that stand for all of them [s].
        """
        found, before = [self.now], Decimal(0)
        for moment, width in zip(moments[1:].tolist(), widths.tolist(), strict=True):
            then = _decimal(moment)
            found.append(self._go(_EXACT.subtract(then, before), width))
            before = then
        return np.array(found)

    def ahead(self, share: float, width: float) -> float:
        """The moment that lies a share of `width` behind the last one; it is not appended [s]."""
        return float(_EXACT.add(self._exact, _EXACT.multiply(_decimal(share), _decimal(width))))

    def _go(self, duration: Decimal, width: float, *, bends: bool = True) -> float:
        begun = self._float
        self._exact = _EXACT.add(self._exact, duration)
        # what a float cannot tell apart stands one float apart: no two moments become one
        self._float = max(float(self._exact), math.nextafter(begun, math.inf))
        self.stretches.append(Stretch(begun, self._float, float(duration), width, bends))
        return self._float


def later(time: float, duration: float) -> float:
    """The float nearest to the sum of two times, both taken as the decimal numbers that they are written as [s]."""
    return float(_EXACT.add(_decimal(time), _decimal(duration)))


def between(before: float, after: float) -> float:
    """How long it is from one time to another, both taken as the decimal numbers that they are written as [s]."""
    return float(_EXACT.subtract(_decimal(after), _decimal(before)))


def lasting(parts: Iterable[tuple[float, int]]) -> float:
    """How long durations last together, each so many times; exact before it becomes a float [s]."""
    whole = Decimal(0)
    for duration, count in parts:
        whole = _EXACT.add(whole, _EXACT.multiply(_decimal(duration), Decimal(count)))
    return float(whole)


def plateau(width: float, edge: float) -> float:
    """From the top corner of a trapezoid that is `width` wide at half height to its settled moment [s]."""
    return float(_EXACT.multiply(_EXACT.subtract(_decimal(width), _decimal(edge)), _decimal(_SETTLED)))


def nearest(time: NDArray[np.float64], moments: ArrayLike) -> NDArray[np.intp]:
    """Index of the sample that is nearest to each of some moments, same shape.

    A simulator hits a moment but for rounding, and its next step is longer than that; so no tolerance is needed, which
    would have to know both.
    """
    wanted = np.asarray(moments, dtype=float)
    behind = np.searchsorted(time, wanted).clip(min(1, len(time) - 1), len(time) - 1)
    before = (behind - 1).clip(0)
    return np.where(wanted - time[before] <= time[behind] - wanted, before, behind)


def _decimal(seconds: float) -> Decimal:
    return Decimal(repr(float(seconds)))

"""Waves of a user's own laid out from the start of their step: all lines on one row of moments.

Lines rest at 0 V before and after. Whatever jumps, at the start and at the end too, takes an edge of the drivers, and
what a wave does within that edge is left out. Corners of different lines that are closer than a ten-thousandth of an
edge are one moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.stimulus.drive.waves import Corners, Noise, Wave
from pyspice_models.stimulus.timeline import between, later

Array = NDArray[np.float64]

CLOSEST = 1e-3
"""Of an edge: corners of one wave that are closer are refused."""

_SAME = 1e-4  # of an edge: corners of different lines that are closer are one moment
_FEW = 100  # stretches that are paced as pulses are; of more, so many together


@dataclass(frozen=True, eq=False)
class Trace:
    """What lines that are driven alike follow.

    Attributes:
        lines: their numbers.
        at: numbers of the moments at which the wave has a corner.
        volts: there [V].
    """

    lines: tuple[int, ...]
    at: NDArray[np.intp]
    volts: Array


@dataclass(frozen=True, eq=False)
class Traces:
    """The waves of all lines during one step.

    Attributes:
        moments: at which any of them has a corner, or is sampled; from 0 to the step's end [s].
        widths: of the pulse that each stretch between two moments counts as a part of [s].
        word, bit, gate: of the lines that leave 0 V.
        samples: numbers of the moments that results are wanted of.
        top: largest voltage, without its sign [V].
        settled: number of the moment at which the waves end, an edge before the last.
    """

    moments: Array
    widths: Array
    word: tuple[Trace, ...]
    bit: tuple[Trace, ...]
    gate: tuple[Trace, ...]
    samples: NDArray[np.intp]
    top: float
    settled: int

    @property
    def stretches(self) -> int:
        """Between moments."""
        return len(self.moments) - 1

    @property
    def finest(self) -> float:
        """The shortest of them [s]."""
        first = int(np.diff(self.moments).argmin())
        return between(float(self.moments[first]), float(self.moments[first + 1]))

    @property
    def sides(self) -> tuple[tuple[Trace, ...], ...]:
        """Of word, bit and gate lines."""
        return self.word, self.bit, self.gate


def traces_of(
    waves: Mapping[tuple[str, int], tuple[Wave, str]], duration: float, edge: float, samples: Array,
    gates: Sequence[int], v_gate: float,
) -> Traces:  # fmt: skip
    """Lay waves out.

    Args:
        waves: by side and number of the line, and what each is called in an error.
        duration: of the waves [s]; the step takes an edge more.
        edge: of the drivers [s].
        samples: moments that results are wanted of, from 0 to `duration` [s].
        gates: gate lines that are at `v_gate` [V] from the first edge to the last.

    Raises:
        RequestError: two corners, or two jumps, that are too close.
    """
    stop = later(duration, edge)
    groups: dict[tuple[str, Wave, int], list[int]] = {}
    names: dict[tuple[str, Wave, int], str] = {}
    for (side, line), (wave, name) in waves.items():
        draw = 2 * line + (side == "bit") if isinstance(wave, Noise) else 0
        groups.setdefault((side, wave, draw), []).append(line)
        names.setdefault((side, wave, draw), name)
    corners: list[tuple[str, tuple[int, ...], Corners]] = []
    known: dict[tuple[Wave, int], Corners] = {}
    for key, lines in groups.items():
        side, wave, draw = key
        if (wave, draw) not in known:
            try:
                known[wave, draw] = _edged(wave.corners(duration, draw), duration, stop, edge)
            except RequestError as error:
                raise RequestError(f"{names[key]}: {error}") from None
        if known[wave, draw][1].any():
            corners.append((side, tuple(lines), known[wave, draw]))
    if gates:
        opened = np.array([0.0, edge, duration, stop]), np.array([0.0, v_gate, v_gate, 0.0])
        corners.append(("gate", tuple(gates), opened))
    bent = np.concatenate([[0.0, duration, stop], *(times for _, _, (times, _) in corners)])
    moments = _merged(np.concatenate([bent, samples]), _SAME * edge)
    sides: dict[str, list[Trace]] = {"word": [], "bit": [], "gate": []}
    for side, alike, (times, volts) in corners:
        at = _nearest(moments, times)
        if (np.diff(at) <= 0).any():
            first = times[int((np.diff(at) <= 0).argmax())]
            raise RequestError(f"corners of several lines are too close at {first:g} s: {_TOO_CLOSE}")
        sides[side].append(Trace(alike, at, volts))
    top = max((float(np.abs(volts).max()) for side, _, (_, volts) in corners if side != "gate"), default=0.0)
    word, bit, gate = (tuple(traces) for traces in sides.values())
    return Traces(
        moments, _widths(moments, np.unique(_nearest(moments, bent))), word, bit, gate,
        np.unique(_nearest(moments, samples)), top, int(_nearest(moments, np.array([duration]))[0]),
    )  # fmt: skip


_TOO_CLOSE = (
    f"they must be a thousandth of driver.t_edge apart ({CLOSEST:g} t_edge). Leave some out, or give both the same "
    "time, which is a jump."
)


def _edged(wave: Corners, duration: float, stop: float, edge: float) -> Corners:
    """A wave from 0 V at 0 s to 0 V at `stop`, with edges in place of jumps."""
    times, volts = wave
    times = np.concatenate([[0.0], np.minimum(times, duration), [duration]])
    volts = np.concatenate([volts[:1], volts, volts[-1:]])
    # of corners at 0 s the last one counts: the line rests at 0 V before
    first = int(np.searchsorted(times, 0.0, "right")) - 1
    times, volts = times[first:], volts[first:]
    if len(times) > 1 and times[-1] == times[-2]:
        times, volts = times[:-1], volts[:-1]
    if volts[0] != 0:
        times, volts = np.array([0.0, *times]), np.array([0.0, *volts])
    times, volts = _without_jumps(times, volts, duration, edge)
    if volts[-1] != 0:
        times, volts = np.array([*times, stop]), np.array([*volts, 0.0])
    if (close := np.diff(times) < CLOSEST * edge).any():
        at = int(close.argmax())
        raise RequestError(f"its corners at {times[at]:.9g} and {times[at + 1]:.9g} s are too close: {_TOO_CLOSE}")
    return times, volts


def _without_jumps(times: Array, volts: Array, duration: float, edge: float) -> Corners:
    jumps = np.flatnonzero(np.diff(times) == 0)
    if not len(jumps):
        return times, volts
    parts_t, parts_v, begin = list[Array](), list[Array](), 0
    times = times.copy()
    for number, jump in enumerate(jumps.tolist()):
        over = later(float(times[jump]), edge)
        if abs(over - duration) < CLOSEST * edge:
            over = duration
        behind = int(np.searchsorted(times, over - CLOSEST * edge, "left"))
        after = jumps[number + 1] if number + 1 < len(jumps) else len(times)
        if over > duration or after < behind:
            what = "the step's end" if over > duration else "the next jump"
            raise RequestError(
                f"it jumps at {times[jump]:.9g} s, which takes driver.t_edge = {edge:g} s, and {what} comes before "
                "that is over. Take a shorter driver.t_edge, or leave more time behind the jump."
            )
        parts_t.append(times[begin : jump + 1])
        parts_v.append(volts[begin : jump + 1])
        begin = behind
        if times[behind] - over < CLOSEST * edge:
            times[behind] = over
            if after == behind:  # the next jump begins where this edge ends
                times[behind + 1] = over
            continue
        parts_t.append(np.array([over]))
        parts_v.append(np.array([np.interp(over, times[behind - 1 : behind + 1], volts[behind - 1 : behind + 1])]))
    parts_t.append(times[begin:])
    parts_v.append(volts[begin:])
    return np.concatenate(parts_t), np.concatenate(parts_v)


def _merged(times: Array, same: float) -> Array:
    """Times in order, those that are closer than `same` as one; the first and the last stay as they are."""
    every = np.unique(times)
    kept = every[np.diff(every, prepend=-np.inf) > same]
    kept[-1] = every[-1]
    return kept


def _nearest(moments: Array, times: Array) -> NDArray[np.intp]:
    behind = np.searchsorted(moments, times).clip(1, len(moments) - 1)
    before = behind - 1
    return np.where(times - moments[before] <= moments[behind] - times, before, behind)


def _widths(moments: Array, bent: NDArray[np.intp]) -> Array:
    """Of every stretch: an edge counts as a part of the longer stretch beside it, as it does in a pulse."""
    lengths = np.diff(moments[bent])
    padded = np.concatenate([lengths[:1], lengths, lengths[-1:]])
    widths = np.maximum(np.maximum(padded[:-2], padded[2:]), lengths) * max(1.0, len(lengths) / _FEW)
    return np.asarray(widths[np.searchsorted(bent, np.arange(len(moments) - 1), "right") - 1])

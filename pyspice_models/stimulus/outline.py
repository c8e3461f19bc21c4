"""How large a program is, counted from its phases: nothing is laid out, however many pulses there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.stimulus.drive.traces import Traces
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.phases import phases_of
from pyspice_models.stimulus.program import Schedule, laid_out
from pyspice_models.stimulus.steps.base import Step
from pyspice_models.stimulus.timeline import lasting, plateau

_CORNERS = 4  # of a pulse
_LENGTHS = 4  # stretches of a pulse
_HALVES = 2  # more of them where edges have a middle: switches between rails


class Extent(Protocol):
    """What an engine asks of a program to tell whether it can follow it: a `Schedule` and an `Outline` have it."""

    @property
    def stop(self) -> float:
        """End of the program [s]."""

    @property
    def finest(self) -> float:
        """The shortest way from one bend of a source to the next [s]."""


@dataclass(frozen=True)
class Outline:
    """A program's extent, for one size of array.

    Attributes:
        stop, finest, shortest_pulse: those of its `Schedule`.
        windows, pulses, stretches: how many of them.
        corners: of the sources of all lines together.
        stored: corners that a `Schedule` holds at most; lines that are driven alike share theirs.
        aimed: numbers of lines in all windows.
        samples: moments at which results are wanted.
        kinds: one phase of each kind, alike in width and gap, and how many pulses, rests or rows of waves of the kind
            there are.
    """

    stop: float
    finest: float
    shortest_pulse: float
    windows: int
    pulses: int
    stretches: int
    corners: int
    stored: int
    aimed: int
    samples: int
    kinds: Sequence[tuple[Phase, int]]


def outline(crossbar: Crossbar, program: Sequence[Step]) -> Outline:
    """The extent of `program`.

    Raises:
        RequestError: see `schedule`; what this accepts, that does too.
    """
    edge, tally = crossbar.driver.t_edge, _Tally(crossbar)
    lengths, finest, shortest = list[tuple[float, int]](), math.inf, math.inf
    windows = stretches = aimed = samples = 0
    on_rails = crossbar.driver.kind == "rail"
    for phase in phases_of(crossbar, program):
        windows += 1
        aimed += len(phase.rows) + len(phase.cols)
        tally.add(phase)
        lengths.append((phase.width, phase.pulses))
        if (laid := phase.traces) is not None:
            finest, shortest = min(finest, laid.finest), min(shortest, float(laid.widths.min()))
            stretches, samples = stretches + laid.stretches, samples + len(laid.samples)
            continue
        if phase.bias is None:
            finest, stretches = min(finest, phase.width), stretches + 1
            continue
        lengths += [(edge, phase.pulses), (phase.gap, phase.pulses)]
        shortest = min(shortest, phase.width)
        finest = min(finest, edge / 2 if on_rails else edge, plateau(phase.width, edge), phase.gap or math.inf)
        stretches += phase.pulses * (_LENGTHS + _HALVES * on_rails + (phase.gap > 0))
    stop = lasting(lengths)
    return Outline(
        stop, finest, min(shortest, stop), windows, tally.pulses, stretches, tally.corners, tally.stored, aimed,
        samples, [(phase, count) for phase, count in tally.kinds.values()],
    )  # fmt: skip


class _Tally:
    """Counts what grows with pulses."""

    def __init__(self, crossbar: Crossbar) -> None:
        self._gates = crossbar.cols if isinstance(crossbar.selector, Transistor) else 0
        # of each kind of source: waveforms that differ at most, corners of the longest, corners of all lines
        self._apart, self._longest, self._corners = [1] * 5, [0] * 5, [0] * 5
        # a line on rails has a switch that opens and one that closes, beside what is wanted of it
        self._each = _CORNERS * (3 if crossbar.driver.kind == "rail" else 1)
        self.pulses = 0
        self.kinds: dict[tuple[str, str, str], tuple[Phase, int]] = {}

    def add(self, phase: Phase) -> None:
        laid = phase.traces
        key = phase.kind, f"{phase.width:.1e}", f"{phase.gap:.0e}" if laid is None else str(laid.stretches)
        first, count = self.kinds.get(key, (phase, 0))
        self.kinds[key] = first, count + phase.pulses
        if laid is not None:
            self._add_waves(laid)
        if phase.bias is None:
            return
        self.pulses += phase.pulses
        bias = phase.bias
        sides = (
            (bias.word, 0.0), (bias.bit, 0.0), (bias.word_driven, 1.0), (bias.bit_driven, 1.0),
            (bias.gates[: self._gates], 0.0),
        )  # fmt: skip
        for number, (levels, rest) in enumerate(sides):
            driven = levels[levels != rest]
            if not driven.size:
                continue
            levels_apart = len(np.unique(levels))
            self._corners[number] += self._each * phase.pulses * driven.size
            self._longest[number] += self._each * phase.pulses
            # each waveform that there is may split into as many as there are levels
            self._apart[number] = min(levels.size, self._apart[number] * levels_apart)

    def _add_waves(self, laid: Traces) -> None:
        self.pulses += 1
        for number, traces in zip((0, 1, 4), laid.sides, strict=True):
            if traces:
                self._corners[number] += sum(len(trace.at) * len(trace.lines) for trace in traces)
                self._longest[number] += max(len(trace.at) for trace in traces)
                lines = sum(len(trace.lines) for trace in traces)
                # lines that had different waves before have different ones still
                self._apart[number] = max(1, min(lines, self._apart[number] * (len(traces) + 1)))

    @property
    def corners(self) -> int:
        """Of all lines."""
        return sum(self._corners)

    @property
    def stored(self) -> int:
        """The most that waveforms of their own can have."""
        own = zip(self._apart, self._longest, self._corners, strict=True)
        return sum(min(apart * longest, corners) for apart, longest, corners in own)


def sample(crossbar: Crossbar, whole: Outline) -> Schedule:
    """One or two pulses of each kind, in the order of `whole.kinds`, laid out; rest then fills the time to the end.

    What is asked of a schedule as a whole is the same as of the whole program: its end, its shortest pulse and edge.
    """
    edge = crossbar.driver.t_edge
    few = [replace(phase, pulses=min(count, 2)) for phase, count in whole.kinds]
    used = lasting((length, p.pulses) for p in few for length in (p.width, *((edge, p.gap) if p.bias else ())))
    if whole.stop > used:
        few.append(Phase("wait", whole.stop - used))
    return laid_out(crossbar, few)

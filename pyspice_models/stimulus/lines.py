"""The waveforms of many lines at once: lines that are driven alike share one, and a pulse is appended to it once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.stimulus.drive.traces import Trace
from pyspice_models.stimulus.timeline import Pulse
from pyspice_models.stimulus.waveform import Waveform


class Lines:
    """Lines of one side of an array.

    Attributes:
        waves: of each line; those of lines that never differed are the same object.
    """

    def __init__(self, count: int, rest: float = 0.0) -> None:
        """All at `rest`."""
        common = Waveform(rest)
        self._rest = rest
        self.waves = [common] * count
        self._holders = {id(common): count}

    def pulse(self, pulses: Sequence[Pulse], levels: ArrayLike) -> None:
        """Append trapezoids, later than all before, that are at these levels on their plateaus, one for each line."""
        heights = np.asarray(levels, dtype=float)
        groups: dict[tuple[int, float], list[int]] = {}
        lines = np.flatnonzero(heights != self._rest)
        for line, level in zip(lines.tolist(), heights[lines].tolist(), strict=True):
            groups.setdefault((id(self.waves[line]), level), []).append(line)
        parted = {key: self._part(members) for key, members in groups.items()}
        for (_, level), wave in parted.items():
            for pulse in pulses:
                wave.pulse(pulse, level)

    def trace(self, times: NDArray[np.float64], traces: Sequence[Trace]) -> None:
        """Append waves of a user's own, later than all before; `times` are the moments that they count [s]."""
        for trace in traces:
            groups: dict[int, list[int]] = {}
            for line in trace.lines:
                groups.setdefault(id(self.waves[line]), []).append(line)
            for members in groups.values():
                self._part(members).trace(times[trace.at], trace.volts)

    def _part(self, members: list[int]) -> Waveform:
        """The waveform that these lines, which share one, have for themselves from now on."""
        shared = self.waves[members[0]]
        if self._holders[id(shared)] == len(members):
            return shared
        own = Waveform(shared.rest, shared.times.copy(), shared.values.copy())
        self._holders[id(shared)] -= len(members)
        self._holders[id(own)] = len(members)
        for line in members:
            self.waves[line] = own
        return own

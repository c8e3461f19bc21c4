"""Piecewise-linear waveforms: corners in time, ready for a PWL source."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.stimulus.timeline import Pulse

Array = NDArray[np.float64]


@dataclass
class Waveform:
    """Corners that are appended in order of time; between pulses the value is `rest`.

    Attributes:
        rest: value where no pulse is.
        times, values: corners [s], [unit of the wave].
    """

    rest: float = 0.0
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def pulse(self, pulse: Pulse, level: float) -> None:
        """Append a trapezoid that is at `level` on its plateau."""
        if level == self.rest:
            return
        # one pulse may start where the last one ended
        if not self.times or pulse.start > self.times[-1]:
            self.times.append(pulse.start)
            self.values.append(self.rest)
        self.times += (pulse.top, pulse.end, pulse.fallen)
        self.values += (level, level, self.rest)

    def trace(self, times: Array, values: Array) -> None:
        """Append corners, from the rest value and back to it."""
        first = 1 if self.times and times[0] <= self.times[-1] else 0
        self.times += times[first:].tolist()
        self.values += values[first:].tolist()

    @property
    def is_constant(self) -> bool:
        """Never leaves its rest value."""
        return not self.times

    def at(self, time: ArrayLike) -> Array:
        """Values at `time`, same shape."""
        if self.is_constant:
            return np.full(np.shape(time), self.rest)
        return np.asarray(np.interp(np.asarray(time, dtype=float), self.times, self.values))

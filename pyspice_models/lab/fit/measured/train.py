"""What was measured: conductances after pulses, and I-V loops, each of one device."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PulseTrain:
    """Conductances after rectangular pulses; arrays of shape (row,).

    Attributes:
        name: of the file.
        pulse: number of pulses so far; between two rows as many equal pulses were given as the number grew.
        voltage: of the pulses before the row's reading, te to be [V].
        width: of one pulse [s].
        conductance: read after them [S].
        ignored: headers that were not used.
        temperature: during the row's pulses and its reading [K]; None where the file has no such column.
        device: which one it was, where the file says so.
    """

    name: str
    pulse: Array
    voltage: Array
    width: Array
    conductance: Array
    ignored: tuple[str, ...] = ()
    temperature: Array | None = None
    device: str = ""

    kind = "pulses"

    @property
    def stress(self) -> Array:
        """Time under the row's voltage since the row before [s]."""
        stress: Array = np.diff(self.pulse, prepend=0.0) * self.width
        return stress

    @property
    def measured(self) -> Array:
        """What was read [S]."""
        return self.conductance

    @property
    def label(self) -> str:
        """File and device."""
        return f"{self.name}, device {self.device}" if self.device else self.name

    def thinned(self, most: int) -> tuple[PulseTrain, NDArray[np.int_]]:
        """About `most` of the rows, and which: pulses of rows left out count in the next one that stays.

        A row stays where the next one has another voltage, width or temperature, so that no pulse is changed.
        """
        rows = np.arange(len(self.pulse))
        every = max(1, -(-len(rows) // most))
        told = [self.voltage, self.width, *([self.temperature] if self.temperature is not None else [])]
        last = np.append(np.any([np.diff(values) != 0 for values in told], axis=0), True)
        kept = rows[last | (rows % every == 0)]
        warm = None if self.temperature is None else self.temperature[kept]
        return replace(
            self, pulse=self.pulse[kept], voltage=self.voltage[kept], width=self.width[kept],
            conductance=self.conductance[kept], temperature=warm,
        ), kept  # fmt: skip


@dataclass(frozen=True)
class IvLoop:
    """Current during a voltage waveform that is straight between the samples; arrays of shape (row,).

    Attributes:
        name: of the file.
        time: [s].
        voltage: of the source, te to be [V].
        current: into te [A].
        ignored: headers that were not used.
        device: which one it was, where the file says so.
    """

    name: str
    time: Array
    voltage: Array
    current: Array
    ignored: tuple[str, ...] = ()
    device: str = ""

    kind = "loop"

    @property
    def measured(self) -> Array:
        """What was read [A]."""
        return self.current

    @property
    def label(self) -> str:
        """File and device."""
        return f"{self.name}, device {self.device}" if self.device else self.name


Data = PulseTrain | IvLoop


def without_outliers(values: Array) -> Array:
    """Each reading as the median of five neighbours, of which two may be outliers; shape (row,)."""
    return np.asarray(np.median(sliding_window_view(np.pad(values, 2, mode="reflect"), 5), axis=1))


def scatter(values: Array) -> float:
    """Standard deviation of readings about their trend, by the median of second differences; few outliers do nothing.

    Of a straight line with independent noise s the second differences have the standard deviation sqrt(6) s.
    """
    if len(values) < 3:
        return 0.0
    bent = np.diff(values, 2)
    return float(1.4826 * np.median(np.abs(bent - np.median(bent))) / np.sqrt(6))

"""Kinds of waveforms: each gives the corners of a piecewise-linear wave, which is what every simulator follows."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, real_array

Array = NDArray[np.float64]
Corners = tuple[Array, Array]
"""Times from the step's start [s] and voltages [V]; two corners at one time are a jump."""

TOP = 5.0
"""Largest voltage of a line [V], as of all steps."""

LONGEST = 1e6
"""Latest time of a corner [s]."""

MOST_CORNERS = 1_000_000
"""Of one wave."""

_CHOICE = "choice of the user"


@dataclass(frozen=True)
class Wave(ParameterSet, ABC):
    """A voltage over time, from the start of a step on.

    Attributes:
        heights: names of the fields that are voltages.
    """

    not_varied: ClassVar[str] = "what is asked, not what is known of a device"
    heights: ClassVar[tuple[str, ...]] = ("offset", "amplitude")

    @abstractmethod
    def corners(self, duration: float, draw: int = 0) -> Corners:
        """Its corners from 0 s to `duration` [s]; the first at 0 s or later, the last at `duration` or before.

        Args:
            duration: of the step [s].
            draw: number of the line, for a wave that is drawn.

        Raises:
            RequestError: more than a million corners.
        """

    @property
    def ends(self) -> float:
        """Time of its last corner, 0 for one that goes on for ever [s]."""
        return 0.0

    def scaled(self, factor: float) -> Self:
        """The same with all voltages times a factor."""
        changes: dict[str, Any] = {name: getattr(self, name) * factor for name in self.heights}
        return replace(self, **changes)


@dataclass(frozen=True)
class Pwl(Wave):
    """Straight lines between corners; before the first and behind the last the voltage stays.

    Attributes:
        times: of the corners, never falling; two at one time are a jump, which takes an edge [s].
        volts: there [V].
    """

    times: tuple[float, ...] = ()
    volts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse corners that are no wave."""
        super().__post_init__()
        t, v = real_array(self.times, "s", name="times"), real_array(self.volts, "V", name="volts")
        if t.ndim != 1 or t.shape != v.shape or not len(t):
            raise RequestError(
                f"times and volts are {_count(t)} and {_count(v)}: give one voltage [V] for each time [s], one or more"
            )
        if len(t) > MOST_CORNERS:
            raise RequestError.for_value("number of corners", len(t), allowed=f"at most {MOST_CORNERS}")
        _check_times(t)
        if not (good := np.abs(v) <= TOP).all():
            first = int(good.argmin())
            raise RequestError.for_value(
                f"volts[{first}]", float(v[first]), unit="V", allowed=f"from {-TOP:g} to {TOP:g}"
            )
        object.__setattr__(self, "times", tuple(rounded(t, 15).tolist()))  # 0.2/1e6 is no float that people write
        object.__setattr__(self, "volts", tuple(v.tolist()))

    def corners(self, duration: float, draw: int = 0) -> Corners:
        """See `Wave.corners`."""
        return np.array(self.times), np.array(self.volts)

    @property
    def ends(self) -> float:
        """See `Wave.ends`."""
        return self.times[-1]

    def scaled(self, factor: float) -> Self:
        """See `Wave.scaled`."""
        return replace(self, volts=tuple(volt * factor for volt in self.volts))


def _count(values: Array) -> str:
    return f"{values.size} numbers" if values.ndim == 1 else f"of shape {values.shape}"


def _check_times(times: Array) -> None:
    if not (good := (times >= 0) & (times <= LONGEST)).all():
        first = int(good.argmin())
        raise RequestError.for_value(f"times[{first}]", float(times[first]), unit="s", allowed=f"0 to {LONGEST:g}")
    steps = np.diff(times)
    if (back := steps < 0).any():
        first = int(back.argmax()) + 1
        raise RequestError(
            f"times[{first}] = {times[first]:g} s comes after {times[first - 1]:g} s: times must not fall. Sort them."
        )
    if (thrice := (steps[:-1] == 0) & (steps[1:] == 0)).any():
        first = int(thrice.argmax())
        raise RequestError(
            f"times[{first}] to times[{first + 2}] are all {times[first]:g} s: two corners at one time are a jump, "
            "three are none. Leave out those between."
        )


@dataclass(frozen=True)
class Sine(Wave):
    """offset + amplitude sin(2 pi (frequency t + phase / 360)), as straight lines between points of the sine."""

    offset: float = quantity(0.0, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="mean")
    amplitude: float = quantity(
        0.1, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="peak, from the mean"
    )
    frequency: float = quantity(
        1e6, "Hz", above=0, high=1e12, tag="assumed", source=_CHOICE, about="periods in a second"
    )
    phase: float = quantity(0.0, "deg", low=-360, high=360, tag="assumed", source=_CHOICE, about="at the step's start")
    within: float = quantity(
        1e-3, "", low=1e-6, high=0.3, tag="assumed", source=_CHOICE,
        about="largest distance of the straight lines from the sine, as a share of its amplitude",
    )  # fmt: skip

    @property
    def points(self) -> int:
        """In a period, the peaks among them: a chord over an angle a misses the sine by 1 - cos(a / 2) at most."""
        return 4 * math.ceil(math.pi / math.acos(1 - self.within) / 4)

    def corners(self, duration: float, draw: int = 0) -> Corners:
        """See `Wave.corners`."""
        turn = self.phase / 360
        first, last = turn * self.points, (turn + self.frequency * duration) * self.points
        _check_count(last - first, "periods of the sine, of a lower frequency or with a larger `within`")
        inner = np.arange(math.floor(first) + 1, math.ceil(last))
        times = rounded((inner / self.points - turn) / self.frequency)
        times = np.array([0.0, *times[(times > 0) & (times < duration)], duration])
        return times, self.offset + self.amplitude * np.sin(2 * np.pi * (self.frequency * times + turn))


@dataclass(frozen=True)
class Triangle(Wave):
    """From the offset up to offset + amplitude, down to offset - amplitude and back, over and over."""

    offset: float = quantity(0.0, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="mean")
    amplitude: float = quantity(
        0.1, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="peak, from the mean"
    )
    period: float = quantity(
        1e-6, "s", above=0, high=LONGEST, tag="assumed", source=_CHOICE, about="of one up and down"
    )

    def corners(self, duration: float, draw: int = 0) -> Corners:
        """See `Wave.corners`."""
        _check_count(4 * duration / self.period, "periods, or longer ones")
        quarters = np.arange(math.ceil(4 * duration / self.period) + 1)
        times = rounded(quarters * self.period / 4)
        volts = self.offset + self.amplitude * np.array([0.0, 1.0, 0.0, -1.0])[quarters % 4]
        inside = times < duration
        inside[0] = True
        return (
            np.array([*times[inside], duration]),
            np.array([*volts[inside], np.interp(duration, times, volts)]),
        )


@dataclass(frozen=True)
class Ramp(Wave):
    """`first` until `delay`, then in a straight line to `last` within `time`, and `last` from then on."""

    heights: ClassVar[tuple[str, ...]] = ("first", "last")

    first: float = quantity(0.0, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="before it")
    last: float = quantity(0.1, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="behind it")
    delay: float = quantity(0.0, "s", low=0, high=LONGEST, tag="assumed", source=_CHOICE, about="of its beginning")
    time: float = quantity(
        0.0, "s", low=0, high=LONGEST, tag="assumed", source=_CHOICE,
        about="how long it takes; 0: all that is left of the step",
    )  # fmt: skip

    def corners(self, duration: float, draw: int = 0) -> Corners:
        """See `Wave.corners`."""
        if self.delay >= duration:
            raise RequestError.for_value("delay", self.delay, unit="s", allowed=f"less than the step's {duration:g}")
        stop = self.delay + (self.time or duration - self.delay)
        return np.array([self.delay, stop]), np.array([self.first, self.last])

    @property
    def ends(self) -> float:
        """See `Wave.ends`."""
        return self.delay + self.time if self.time else 0.0


@dataclass(frozen=True)
class Noise(Wave):
    """Drawn anew at every `step` from a normal distribution, straight lines between; another one on every line.

    Its spectrum falls from 0 Hz on and is 0 at 1 / step (that of a triangle of this width). Straight lines have two
    thirds of the power that the drawn points have: the mean square over time is 2/3 rms^2.
    """

    heights: ClassVar[tuple[str, ...]] = ("offset", "rms")

    offset: float = quantity(0.0, "V", low=-TOP, high=TOP, tag="assumed", source=_CHOICE, about="mean")
    rms: float = quantity(
        0.01, "V", low=0, high=1, tag="assumed", source=_CHOICE, about="of the drawn points, from the mean",
    )  # fmt: skip
    step: float = quantity(
        10e-9, "s", above=0, high=LONGEST, tag="assumed", source=_CHOICE, about="from one drawn point to the next",
    )  # fmt: skip
    seed: int = whole_quantity(0, low=0, high=MAX_SEED, about="of the draw; each line has a stream of its own")

    def corners(self, duration: float, draw: int = 0) -> Corners:
        """See `Wave.corners`."""
        _check_count(duration / self.step, "steps of the noise, or longer ones")
        count = max(1, math.ceil(duration / self.step * (1 - 1e-12)))
        times = rounded(np.arange(count + 1) * self.step)
        drawn = np.random.Generator(np.random.PCG64([self.seed, draw])).standard_normal(count + 1)
        volts = np.clip(self.offset + self.rms * drawn, -TOP, TOP)
        end = float(np.interp(duration, times, volts))
        return np.array([*times[:-1], duration]), np.array([*volts[:-1], end])


def _check_count(corners: float, fewer: str) -> None:
    if not corners <= MOST_CORNERS:
        raise RequestError(
            f"the wave has about {corners:.3g} corners, and at most {MOST_CORNERS} are laid out: take fewer {fewer}."
        )


def rounded(times: ArrayLike, digits: int = 12) -> Array:
    """Times of so many digits: twelve are enough for those that are computed, and short in netlists."""
    return np.array([float(f"{time:.{digits}g}") for time in np.asarray(times, dtype=float).tolist()])

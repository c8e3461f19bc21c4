"""One cell on a bench: a source behind a resistor or a current limiter, a node with capacitance, the cell, ground.

    source ---[r_series, or a limiter of that resistance]---+--- te  cell  be --- ground
                                                            |
                                                          c_node

The source's voltage is that of the cell's first terminal: positive sets. For Ag2S that is the silver electrode, and the
paper states the opposite sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.stimulus.timeline import later
from pyspice_models.units import number

Limiter = Literal["smooth", "mos"]


@dataclass(frozen=True)
class CellBench:
    """A cell and what is done to it.

    Attributes:
        cell: parameters, initial states among them.
        times, volts: corners of the source, from time 0 on [s], [V].
        r_series: resistance between source and cell; with a limiter, its resistance far below the limit [ohm].
        i_limit: current compliance, in both directions [A]; None for a plain resistor.
        limiter: "smooth" (behavioural clamp) or "mos" (two depletion transistors back to back).
        c_node: capacitance of the node between source and cell [F].
        temperature: [K].
    """

    cell: ParameterSet
    times: tuple[float, ...]
    volts: tuple[float, ...]
    r_series: float = 1e3
    i_limit: float | None = None
    limiter: Limiter = "smooth"
    c_node: float = 1e-14
    temperature: float = 300.0

    def __post_init__(self) -> None:
        """Refuse what no simulator could run."""
        model = model_of(self.cell)
        t, v = real_array(self.times, "s", name="bench.times"), real_array(self.volts, "V", name="bench.volts")
        if t.ndim != 1 or t.shape != v.shape or len(t) < 2 or not np.isfinite([t, v]).all():
            raise RequestError("the source of a bench needs two or more corners, as many times [s] as voltages [V]")
        if t[0] != 0 or (np.diff(t) <= 0).any():
            raise RequestError("the corners of a bench's source start at 0 s and increase in time")
        plain: dict[str, object] = {"times": tuple(t.tolist()), "volts": tuple(v.tolist())}
        for name, unit in (("r_series", "ohm"), ("c_node", "F"), ("temperature", "K"), ("i_limit", "A")):
            if name == "i_limit" and self.i_limit is None:
                continue
            plain[name] = value = number(getattr(self, name), unit, name=f"bench.{name}", allowed="> 0")
            if not value > 0:
                raise RequestError.for_value(f"bench.{name}", value, unit=unit, allowed="> 0")
        for name, taken in plain.items():
            object.__setattr__(self, name, taken)
        if model.check is not None:
            model.check(self.cell, self.temperature)
        if self.limiter not in ("smooth", "mos"):
            raise RequestError.for_value("bench.limiter", self.limiter, allowed="smooth or mos")

    @property
    def stop(self) -> float:
        """End of the source's last corner [s]."""
        return self.times[-1]

    def on(self, cell: ParameterSet) -> Self:
        """The same bench around another cell."""
        return replace(self, cell=cell)


@dataclass(frozen=True)
class Drive:
    """Corners of a source, built step by step.

    Attributes:
        times, volts: corners, shape (corner,) [s], [V].
    """

    times: tuple[float, ...] = (0.0,)
    volts: tuple[float, ...] = (0.0,)

    def to(self, volt: float, duration: float) -> Drive:
        """Go to `volt` [V] in a straight line within `duration` [s]."""
        return Drive((*self.times, later(self.times[-1], duration)), (*self.volts, volt))

    def hold(self, duration: float) -> Drive:
        """Stay for `duration` [s]."""
        return self.to(self.volts[-1], duration)

    def ramp(self, volts: Sequence[float], rate: float) -> Drive:
        """Visit each of `volts` [V] at `rate` [V/s]."""
        drive = self
        for volt in volts:
            drive = drive.to(volt, abs(volt - drive.volts[-1]) / rate)
        return drive

    def pulse(self, volt: float, width: float, edge: float, rest: float = 0.0) -> Drive:
        """A trapezoid from the present voltage to `volt` and on to `rest`, `width` wide at half height."""
        return self.to(volt, edge).hold(width - edge).to(rest, edge)

"""Write voltage and order chosen for least energy or disturb, by what nominal cells on ideal lines would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.levels import Scale
from pyspice_models.declare.quantity import quantity
from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.base import Array, Known, Memory, Pulses
from pyspice_models.program.algorithms.kinetic import Kinetic
from pyspice_models.program.algorithms.layout import FORECAST, Layout, laid_out
from pyspice_models.program.disturb import doses
from pyspice_models.stimulus.scheme import write_bias


@dataclass(frozen=True)
class Chosen(Kinetic):
    """Widths as of any kinetic one, rows at once: voltage as a forecast of the first round prefers, cheapest order."""

    parallel: ClassVar[bool] = True
    order: ClassVar[str] = FORECAST

    least: float = quantity(
        0.1, "V", above=0, high=5, tag="assumed", source="below it pulses take milliseconds",
        about="lowest voltage to choose from",
    )  # fmt: skip
    most: float = quantity(
        0.3, "V", above=0, high=5, tag="measured", source="Table S1", about="highest voltage to choose from",
    )  # fmt: skip
    step: float = quantity(
        10e-3, "V", above=0, high=5, tag="assumed", source="choice of the user", about="between two voltages",
    )  # fmt: skip

    def begin(self, shape: tuple[int, int]) -> Memory:
        """Nothing is chosen."""
        return {**super().begin(shape), "voltage": np.zeros(())}

    def voltage(self, known: Known, memory: Memory) -> float:
        """What was chosen before the first pulse; until then what is asked [V]."""
        return float(np.asarray(memory["voltage"])) or known.voltage

    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """As of any kinetic one, after the choice."""
        if not np.asarray(memory["voltage"]):
            memory = {**memory, "voltage": np.array(self.preferred(forecasts(self, known, chosen)))}
        return super().pulses(known, memory, chosen)

    def preferred(self, forecasts: Array) -> float:
        """The voltage to take, of rows (voltage [V], energy [J], disturb [share of window], time [s])."""
        raise NotImplementedError

    def check(self, where: str) -> None:
        """There is something to choose from."""
        if self.least > self.most:
            raise RequestError.for_value(
                f"{where}.least", self.least, unit="V", allowed=f"<= {self.most:g}, its most",
                advice="The limits contradict each other: lower the least or raise the most.",
            )  # fmt: skip


@dataclass(frozen=True)
class LeastEnergy(Chosen):
    """The voltage of least energy among those whose disturb stays below what one more round mends."""

    name: ClassVar[str] = "least-energy"
    about: ClassVar[str] = "widths as above, rows at once, at the voltage whose first round is forecast to cost least"
    source: ClassVar[str] = "this package's own forecast; the trade between width and voltage: 10.1109/LED.2015.2481819"

    disturb: float = quantity(
        0.05, "", above=0, high=1, tag="assumed", source="about three tolerances of 16 levels",
        about="most that pulses for others may move a cell in the first round by the forecast, a share of the window",
    )  # fmt: skip

    def preferred(self, forecasts: Array) -> float:
        """Least energy within the allowed disturb; where no voltage is within, that of least disturb."""
        allowed = forecasts[forecasts[:, 2] <= self.disturb]
        if not len(allowed):
            return float(forecasts[forecasts[:, 2].argmin(), 0])
        return float(allowed[allowed[:, 1].argmin(), 0])


@dataclass(frozen=True)
class LeastDisturb(Chosen):
    """The voltage of least disturb among those whose first round is short enough."""

    name: ClassVar[str] = "least-disturb"
    about: ClassVar[str] = (
        "widths as above, rows at once, at the voltage whose first round is forecast to disturb least"
    )
    source: ClassVar[str] = (
        "this package's own forecast; half-select disturb against pulse width: 10.1109/LED.2015.2481819"
    )

    time: float = quantity(
        1.0, "s", above=0, high=1e6, tag="assumed", source="choice of the user",
        about="most that the pulses of the first round may last by the forecast",
    )  # fmt: skip

    def preferred(self, forecasts: Array) -> float:
        """Least disturb within the allowed time; where no voltage is within, the fastest."""
        allowed = forecasts[forecasts[:, 3] <= self.time]
        if not len(allowed):
            return float(forecasts[forecasts[:, 3].argmin(), 0])
        return float(allowed[allowed[:, 2].argmin(), 0])


def forecasts(asked: Chosen, known: Known, chosen: NDArray[np.bool_]) -> Array:
    """What a first round would cost at each voltage, shape (voltages, 4): V, J, largest disturb, s.

    Nominal cells on ideal lines, at the conductances between those read and those wanted; energy as drawn from rails
    that all lines of one voltage share. A voltage at which some pulse would be cut short by `longest` is left out,
    unless all are.
    """
    steps = np.arange(round((asked.most - asked.least) / asked.step) + 1)
    volts = np.round(asked.least + steps * asked.step, 9)
    found = [_forecast(known, chosen, float(one)) for one in volts]
    whole = [row for row, fits in found if fits]
    return np.array(whole or [row for row, _ in found])


def _forecast(known: Known, chosen: NDArray[np.bool_], volts: float) -> tuple[list[float], bool]:
    bounds, up = known.bounds(volts), known.up
    wanted = bounds.time(known.read, known.target, up)
    width = np.where(chosen, np.clip(wanted, known.shortest, known.longest), 0.0)
    groups = laid_out(Pulses(width, np.full(width.shape, volts), up), Layout(rows=True))
    scale = Scale.nominal(known.crossbar, known.crossbar.model.read_voltage)
    siemens = np.clip(scale.conductances((known.read + known.target) / 2), scale.low, scale.high)
    energy, row_time = 0.0, np.zeros((2, width.shape[0]))
    for one in groups:
        energy += one.width * power(known.scheme, siemens, one.row, list(one.cols), one.voltage)
        row_time[0 if one.voltage > 0 else 1, one.row] += one.width
    others = doses(known.crossbar, known.scheme, volts, width, up, row_time)
    start = np.clip(known.target, 0.05, 0.95)
    moved = [bounds.travel(start, others[n], np.full(up.shape, way)) for n, way in enumerate((True, False))]
    disturb = float(np.abs(moved[0] - moved[1]).max())
    return [volts, energy, disturb, float(row_time.sum())], bool((wanted[chosen] <= known.longest).all())


def power(scheme: str, siemens: Array, row: int, cols: list[int], voltage: float) -> float:
    """Drawn from the rails during a pulse [W], all lines that float taken for driven."""
    bias = write_bias(scheme, (siemens.shape[0], siemens.shape[1]), [row], cols, voltage)
    across = siemens * (bias.word[:, None] - bias.bit)
    lines = np.concatenate([bias.word, bias.bit])
    given = np.concatenate([across.sum(axis=1), -across.sum(axis=0)])
    drawn = 0.0
    for level in np.unique(lines):
        drawn += float(max(0.0, level * given[lines == level].sum()))
    return drawn

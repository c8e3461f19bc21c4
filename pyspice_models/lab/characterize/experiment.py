"""What an experiment is: benches, and a pure function from their waves to numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.errors import SimulationError
from pyspice_models.netlist.cell import Method
from pyspice_models.stimulus.cell_bench import CellBench

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CellWaves:
    """Waves of one bench, each of shape (time,), SI units.

    Attributes:
        time: [s].
        v_source, v: voltage of the source and on the cell [V].
        i: current out of the source [A].
        w, x: states [1].
        g: conductance of the cell [S].
        p: power dissipated in the cell [W].
        loss: energy dissipated in the cell since the start [J].
    """

    time: Array
    v_source: Array
    v: Array
    i: Array
    w: Array
    x: Array
    g: Array
    p: Array
    loss: Array

    def at(self, wave: Array, time: ArrayLike) -> Array:
        """A wave's values at times between the points [s]."""
        return np.asarray(np.interp(np.asarray(time, dtype=float), self.time, wave))


@dataclass(frozen=True)
class Finding:
    """What an experiment found for one row of the sheet.

    Attributes:
        simulated: the number that is held against the target.
        values: the numbers behind it, by name, where there are more.
        holds: False where the number alone would pass and something else that belongs to the row does not.
        note: what a reader must know.
    """

    simulated: float
    values: Mapping[str, list[float]] = field(default_factory=dict)
    holds: bool = True
    note: str = ""


@dataclass(frozen=True)
class Experiment:
    """Independent benches that answer one question.

    Attributes:
        name: short, a file name.
        about: what is done, one line for people.
        rows: ids of the device sheet's rows that it answers.
        benches: in the order that `measure` expects.
        measure: from the waves of all benches to findings by row.
        longest_step: of the simulator [s].
        reltol: of the simulator.
        together: benches that share a transient; a cell that switches makes all of them take small steps.
        method: of integration. Gear damps what the trapezoidal rule lets ring: a node's picoseconds under
            microsecond steps. The trapezoidal rule is more exact on a switching cell.
        cycles: the source repeats itself so many times; the twin runs the cycles side by side.
    """

    name: str
    about: str
    rows: tuple[str, ...]
    benches: tuple[CellBench, ...]
    measure: Callable[[Sequence[CellWaves]], Mapping[str, Finding]]
    longest_step: float
    reltol: float = 1e-4
    together: int = 5
    method: Method = "gear"
    cycles: int = 1

    @property
    def weight(self) -> float:
        """Time points of all benches, about: what is heavy starts first."""
        return sum(bench.stop for bench in self.benches) / self.longest_step


def crossing(level: float, wave: Array, along: Array, what: str) -> float:
    """Where the positive `wave` first rises through `level`, interpolated in its logarithm, measured in `along`.

    Raises:
        SimulationError: it never does.
    """
    above = np.flatnonzero(wave > level)
    if len(above) == 0:
        raise SimulationError(f"{what} stays below {level:g}; its largest value is {wave.max():.4g}")
    first = int(above[0])
    if first == 0:
        return float(along[0])
    low, high = np.log(np.maximum(wave[first - 1 : first + 1], 1e-300))
    share = (np.log(level) - low) / (high - low)
    return float(along[first - 1] + share * (along[first] - along[first - 1]))

"""A crossbar kept alive: steps one by one, each from where the last one ended, with states and energies in between."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.displayed import Drawn
from pyspice_models.engine.nodal.engine import Nodal
from pyspice_models.engine.nodal.kernel import of_others
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import Checkpoint, content_key
from pyspice_models.program.applied import Applied, applied_by
from pyspice_models.program.held import held
from pyspice_models.result import to_dataset
from pyspice_models.stimulus import Read, ReadAll, Schedule, Step, Wait
from pyspice_models.stimulus.outline import outline
from pyspice_models.stimulus.program import schedule
from pyspice_models.study.identity import identity
from pyspice_models.study.study import Study
from pyspice_models.units import shown

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.live import Live, Passed
    from pyspice_models.engine.nodal.osdi.live_apart import LiveApart

Array = NDArray[np.float64]

_LAID, _SHORT = 512, 100  # programs that stay laid out, since the same may come again; stretches of such a one
_ENERGIES = ("cells", "selectors", "lines", "drivers", "delivered", "moved")


@dataclass(frozen=True)
class Snapshot:
    """Everything of a session at one moment: `Session.restore` takes it. It can be pickled."""

    key: str
    arrays: dict[str, Array]
    totals: dict[str, Any]


class Session(Drawn):
    """A crossbar in the package's own solver that stays where the last step left it.

    Charges of lines and cells, states, and what limiters and amplifiers remember carry on from step to step, as in one
    long program; times and energies add up. A step that fails leaves everything as it was.

    Attributes:
        crossbar: as it was at the start.
        accuracy: of every step.
        time: that all steps took together [s].
        steps: how many there were.
    """

    def __init__(self, crossbar: Crossbar, *, accuracy: Accuracy | None = None) -> None:
        """At rest, uncharged, with the crossbar's initial states.

        Raises:
            RequestError: a crossbar that the solver cannot simulate, by name.
        """
        self.crossbar, self.accuracy = crossbar, accuracy or Accuracy()
        self._key = content_key(identity(Study("session", crossbar, [Wait(1e-6)])))
        if reason := Nodal().lacks(crossbar, outline(crossbar, [Wait(1e-6)]), "osdi"):
            raise RequestError(f"a session's solver {reason}.")
        self.time, self.steps = 0.0, 0
        self._sums = {
            name: np.zeros(crossbar.shape) if name in _ENERGIES[:2] else np.zeros(()) for name in _ENERGIES
        }  # fmt: skip
        self._laid: dict[tuple[Step, ...], Schedule] = {}
        self._live: Live | LiveApart | None = None

    def __repr__(self) -> str:
        """One line for people."""
        return f"<Session {self.crossbar.rows} x {self.crossbar.cols}: {self.steps} steps, {shown(self.time, 's')}>"

    def apply(self, *steps: Step, time_limit: float = math.inf) -> Applied:
        """Do one or more steps.

        Args:
            steps: `Write`, `Read`, `Vmm`, `Apply`, `Wait`, or any other step of a program.
            time_limit: after which the solver stops [s].

        Raises:
            RequestError: a step that does not fit the array, or none.
            SimulationError: the solver failed or went over its time limit; the session is as it was before.
        """
        plan = self._laid_out(steps)
        passed = self._running().pass_through(plan, time.monotonic() + time_limit)
        return self._counted(plan, len(steps), passed)

    def record(self, *steps: Step, time_limit: float = math.inf) -> xr.Dataset:
        """The same, as the dataset of a study: all measures apply. Times begin at 0 s.

        Raises:
            RequestError, SimulationError: see `apply`; or it does not fit into this machine's memory.
        """
        plan = self._laid_out(steps)
        passed, waves = self._running().recorded(plan, time.monotonic() + time_limit)
        self._counted(plan, len(steps), passed)
        dataset = to_dataset(self.crossbar, plan, waves)
        dataset.attrs["log"] = waves.log
        return dataset

    def _counted(self, plan: Schedule, steps: int, passed: Passed) -> Applied:
        self.time, self.steps = self.time + plan.stop, self.steps + steps
        applied = applied_by(passed, plan.stop, self.crossbar.shape)
        for name in _ENERGIES:
            self._sums[name] = np.asarray(self._sums[name] + getattr(applied, name))
        return applied

    def _laid_out(self, steps: tuple[Step, ...]) -> Schedule:
        """The program of some steps: the very object of before, which the solver knows, where they came lately."""
        try:
            found = self._laid.pop(steps, None) or schedule(self.crossbar, steps)
            if len(found.stretches) <= _SHORT:
                self._laid[steps] = found
        except TypeError:  # a step of one's own that cannot be told from others
            return schedule(self.crossbar, steps)
        if len(self._laid) > _LAID:
            del self._laid[next(iter(self._laid))]
        return found

    def read(self, row: int, **how: Any) -> Array:
        """Settled currents of one word line's read, shape (cols,) [A]; `how`: what `Read` takes beside the row.

        Raises:
            RequestError, SimulationError: see `apply`.
        """
        return self.apply(Read(row, **how)).currents[0]

    def read_all(self, **how: Any) -> Array:
        """Settled currents of the reads of all word lines, shape (rows, cols) [A]; `how`: what `ReadAll` takes.

        Raises:
            RequestError, SimulationError: see `apply`.
        """
        return np.stack(self.apply(ReadAll(**how)).currents)

    @property
    def states(self) -> dict[str, Array]:
        """Of all cells, shape (rows, cols), by name; at broken ones those of the start."""
        began = dict(zip(self.crossbar.states, self.crossbar.initial_states, strict=True))
        if self._live is None:
            return began
        sound = np.isnan(self.crossbar.broken)
        return {name: np.where(sound, values, began[name]) for name, values in self._live.states.items()}

    @property
    def energies(self) -> dict[str, Any]:
        """Since the start, see `Applied`: "cells" and "selectors" of shape (rows, cols), the others numbers [J]."""
        return {name: value.copy() if value.ndim else float(value) for name, value in self._sums.items()}

    def conductances(self, voltage: float = 5e-3) -> Array:
        """I/V of all cells by themselves at a voltage [V], in their present states, shape (rows, cols) [S].

        Raises:
            RequestError: cells without equations.
        """
        return self.crossbar.conductance(voltage, *self.states.values())

    def set_states(self, **states: ArrayLike) -> None:
        """Put cells into states by hand, at rest: numbers or arrays of shape (rows, cols), by name.

        What has no charge then has none: time and energies stay, and the array stands at rest as at the start.

        Raises:
            RequestError: a state that no cell has, or values out of range.
        """
        begun = self.crossbar.with_states(**{**self._held_states(), **states})
        if self._live is None:
            self._live = self._begun(begun)
        else:
            self._live.begin(begun)

    def _held_states(self) -> dict[str, Array]:
        """Initial states that are shown as the present ones."""
        one, shown = self.crossbar.populations[0], self.states
        if self._live is None or len(self.crossbar.populations) > 1 or one.model.equations is None:
            return shown
        return {name: held(self.crossbar.equations, values) for name, values in shown.items()}

    def snapshot(self) -> Snapshot:
        """Everything of this moment, to come back to."""
        arrays = {} if self._live is None else self._live.snapshot()
        sums = {name: value.copy() for name, value in self._sums.items()}
        return Snapshot(self._key, arrays, {"time": self.time, "steps": self.steps, "sums": sums})

    def restore(self, taken: Snapshot) -> None:
        """Stand where a snapshot was taken, of this session or of one of the same crossbar.

        Raises:
            RequestError: it is of another crossbar.
        """
        if taken.key != self._key:
            raise RequestError("the snapshot is of another crossbar. Make a Session of that one, and restore it there.")
        self.time, self.steps = taken.totals["time"], taken.totals["steps"]
        self._sums = {name: value.copy() for name, value in taken.totals["sums"].items()}
        if not taken.arrays:
            self._live = None
            return
        self._running().restore(taken.arrays)

    def save(self, path: Path | str, *, replace: bool = False) -> None:
        """Write everything of this moment into a file, whole or not at all; `load` goes on from it.

        Args:
            path: of the file, an .npz.
            replace: a file of another crossbar, or a damaged one.

        Raises:
            RequestError: the file is another crossbar's.
            StorageError: it cannot be written.
        """
        taken = self.snapshot()
        arrays = {f"array_{name}": array for name, array in taken.arrays.items()}
        sums = {f"sum_{name}": value for name, value in taken.totals["sums"].items()}
        checkpoint = Checkpoint(Path(path), self._key, replace)
        if Path(path).exists():
            checkpoint.load([])
        checkpoint.save({
            "time": np.array(self.time), "steps": np.array(self.steps), **sums, **arrays
        })  # fmt: skip

    def load(self, path: Path | str) -> None:
        """Stand where a file was saved.

        Raises:
            RequestError: the file is missing, damaged, or of another crossbar.
        """
        found = Checkpoint(Path(path), self._key).load(["time", "steps"])
        if found is None:
            raise RequestError(f"there is no session in {path}. Session.save writes one.")
        arrays = {name.removeprefix("array_"): found[name] for name in found if name.startswith("array_")}
        sums = {name: found[f"sum_{name}"] for name in _ENERGIES}
        self.restore(Snapshot(self._key, arrays, {
            "time": float(found["time"]), "steps": int(found["steps"]), "sums": sums
        }))  # fmt: skip

    def _running(self) -> Live | LiveApart:
        if self._live is None:
            self._live = self._begun(self.crossbar)
        return self._live

    def _begun(self, crossbar: Crossbar) -> Live | LiveApart:
        """At rest, uncharged, in this crossbar's initial states."""
        # the compiler behind it takes a third of a second to import: not before it is needed
        if others := of_others(crossbar):
            from pyspice_models.engine.nodal.osdi.live_apart import LiveApart

            return LiveApart(crossbar, self.accuracy, others)
        from pyspice_models.engine.nodal.live import Live

        return Live(crossbar, self.accuracy)

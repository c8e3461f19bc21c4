"""What the tests of programming algorithms share: what hardware knows, and an array in the place of the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.program.algorithms.base import Known
from pyspice_models.program.correction import nominal_bounds
from pyspice_models.program.loop import loop
from pyspice_models.program.loop.executed import Executed
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.stimulus import ReadAll, Wait, Write
from pyspice_models.study import Study

VOLT = 5e-3


def known(target: Any, read: Any, **changes: Any) -> Known:
    """Before a round at 0.15 V."""
    target, read = (np.asarray(values, dtype=float) for values in (target, read))
    plain = {
        "tolerance": 0.02, "noise": 0.0, "voltage": 0.15, "shortest": 1e-7, "longest": 2e-4, "scheme": "V/3",
        "round": 0, "pulses": np.zeros(target.shape, dtype=int),
    }  # fmt: skip
    return Known(Crossbar(*target.shape), target, read, **plain | changes)


def programming(target: Any, way: Any, *, budget: Budget | None = None, **changes: Any) -> Programming:
    """Nominal cells from mid-window, ideal reads."""
    target = np.asarray(target, dtype=float)
    bar = Crossbar(*target.shape, per_cell={"w0": np.full(target.shape, 0.4)})
    study = Study("algorithms", bar, [ReadAll()], engine="nodal")
    return Programming(study, target, budget or Budget(), way=way, **changes)


@dataclass
class Bench:
    """Cells on ideal lines that follow the nominal kinetics, each at a speed of its own; half selection does nothing.

    Attributes:
        speed: of each cell, shape (rows, cols); 0 for one that does not answer.
        back: share of all change that comes back during the first wait of a millisecond or more; of later ones a tenth
            each time.
        programs: of all rounds so far.
    """

    speed: Any
    back: float = 0.0
    programs: list[Any] = field(default_factory=list)

    def __call__(self, study: Study, rounds: Any, folder: Any) -> Executed:
        self.programs.append(study.program)
        bar, shape = study.crossbar, study.crossbar.shape
        level, speed = np.array(bar.initial_states[0]), np.broadcast_to(self.speed, shape)
        began, time, reads = level.copy(), 0.0, 0
        for step in study.program:
            if isinstance(step, Write):
                cols = [step.col] if isinstance(step.col, int) else list(step.col)
                at = np.ix_([step.row], cols)
                up = np.full(level[at].shape, step.voltage > 0)
                bounds = nominal_bounds(bar, abs(step.voltage))
                level[at] = bounds.end(level[at], step.width * speed[at], up)
                time += step.width
            elif isinstance(step, Wait):
                time += step.duration
                if step.duration >= 1e-3:
                    level = level - self.back * (level - 0.4)  # where all of them began
                    self.back /= 10
            else:
                reads += 1
        conductance = bar.conductance(step.voltage, level, np.zeros(shape))
        none = np.zeros(shape)
        states = np.stack([began, none]), np.stack([level, none])
        sensed = np.stack([conductance * step.voltage] * reads)
        return Executed(*states, sensed, 1e-12, 1e-12, np.full(shape, 1e-12 / level.size), time)


def run(asked: Programming, bench: Bench, monkeypatch: Any) -> tuple[loop.Loop, loop.RoundState]:
    """The whole loop on such an array."""
    monkeypatch.setattr(loop, "executed", bench)
    one = loop.Loop(asked)
    state = one.start()
    while one.goes_on(state):
        state = one.round(state)
    return one, state

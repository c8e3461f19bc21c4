"""Closed-loop programming: write, read through the array, correct, until every cell holds its level or the budget ends.

Each round reads all rows with real sense circuits, turns currents into conductances, and gives every cell that is off
its level one pulse whose width the cell's own kinetics suggest. What disturb, sneak currents and IR drop do to that is
seen by the next read. The states at the end of a run are the start of the next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.bench import ReadAll, Wait, Write
from pyspice_models.device import Equations
from pyspice_models.errors import RequestError
from pyspice_models.measure import energy_split, sense_current
from pyspice_models.params import ParameterSet, quantity
from pyspice_models.result import windows
from pyspice_models.study.run import simulate_study
from pyspice_models.study.spec import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Budget(ParameterSet):
    """How programming goes about it."""

    tolerance: float = quantity(
        0.02, "", above=0, high=0.5, tag="assumed", source="a third of the step between 16 levels",
        about="largest error of a cell, as a share of the window",
    )  # fmt: skip
    rounds: float = quantity(
        10, "", low=1, high=1000, tag="assumed", source="choice of the user", about="most rounds of writing",
    )  # fmt: skip
    voltage: float = quantity(
        0.15, "V", above=0, high=5, tag="assumed",
        source="a third of it moves the other cells 3000 times less; a third of 0.3 V only 160 times less",
        about="of the pulses, both signs",
    )  # fmt: skip
    longest: float = quantity(
        200e-6, "s", above=0, high=1, tag="assumed", source="about half of the window at 0.15 V",
        about="longest pulse",
    )  # fmt: skip
    read_voltage: float = quantity(
        5e-3, "V", above=0, high=1, tag="measured", source="S14a", about="of the verifying read",
    )  # fmt: skip
    read_duration: float = quantity(
        15e-6, "s", above=0, high=1, tag="assumed", source="three times the recovery (Note S1)", about="of each row",
    )  # fmt: skip


@dataclass(frozen=True)
class Report:
    """What programming came to.

    Attributes:
        target, read, states: levels asked for, as last read, and as the cells really hold them, shape (row, col).
        errors: largest read error after each read, the one before the first write first.
        pulses: how many each cell got, shape (row, col).
        energy: delivered by all sources [J].
        missed: cells whose read error exceeds the tolerance.
    """

    target: Array
    read: Array
    states: Array
    errors: list[float]
    pulses: NDArray[np.int_]
    energy: float
    missed: list[tuple[int, int]]

    @property
    def converged(self) -> bool:
        """Whether every cell holds its level."""
        return not self.missed


def write_verify(
    study: Study,
    target: Array,
    budget: Budget,
    *,
    checkpoint: Path | None = None,
    report: Callable[[float], None] | None = None,
) -> tuple[Report, Crossbar]:
    """Program the study's crossbar to `target`, levels from 0 to 1 of shape (rows, cols).

    Args:
        study: crossbar, engine, accuracy, limits; its program is not used.
        target: interface states wanted.
        budget: tolerance, rounds, pulses.
        checkpoint: a file that is written after every round; if it is there and belongs to the same request, the work
            goes on from it, with the same result as if it had never stopped.
        report: is told the share of the rounds that is done.

    Returns:
        The report, and the crossbar with the states that it now holds.

    Raises:
        RequestError: a target of the wrong shape or outside [0, 1], a checkpoint of another request or a damaged one.
    """
    target = np.asarray(target, dtype=float)
    if target.shape != study.crossbar.shape:
        raise RequestError.for_value("target's shape", target.shape, allowed=f"{study.crossbar.shape}, rows x columns")
    bad = ~((target >= 0) & (target <= 1))
    if bad.any():
        place = tuple(int(n) for n in np.argwhere(bad)[0])
        raise RequestError.for_value(f"target[{place[0]}, {place[1]}]", float(target[place]), allowed=">= 0 and <= 1")
    key = _key(study, target, budget)
    state = _load(checkpoint, key) or _Progress.start(study.crossbar)
    while True:
        crossbar = study.crossbar.with_states(state.w, state.x)
        off = np.asarray(np.abs(target - state.read) > budget.tolerance) | (not state.errors)
        if state.errors and (not off.any() or state.round >= budget.rounds):
            break
        program = _pulses(crossbar, target, state, off, budget) if state.errors else []
        state = _round(study, crossbar, target, program, state, budget)
        if checkpoint is not None:
            _save(checkpoint, key, state)
        if report is not None:
            report(min(1.0, state.round / budget.rounds))
    missed = [(int(r), int(c)) for r, c in np.argwhere(off)]
    found = Report(target, state.read, state.w, state.errors, state.pulses, state.energy, missed)
    return found, study.crossbar.with_states(state.w, state.x)


@dataclass(frozen=True)
class _Progress:
    w: Array
    x: Array
    read: Array
    pulses: NDArray[np.int_]
    errors: list[float]
    energy: float
    round: int

    @classmethod
    def start(cls, crossbar: Crossbar) -> _Progress:
        none = np.zeros(crossbar.shape)
        return cls(crossbar.w0, crossbar.x0, none, none.astype(int), [], 0.0, -1)


def _round(
    study: Study, crossbar: Crossbar, target: Array, program: list[Write], state: _Progress, budget: Budget
) -> _Progress:  # fmt: skip
    """Apply the pulses, let the array recover, read it."""
    read = ReadAll(voltage=budget.read_voltage, duration=budget.read_duration)
    settle = [Wait(budget.read_duration)] if program else []
    dataset = simulate_study(replace(study, crossbar=crossbar, program=[*program, *settle, read]))
    last = dataset.isel(time=-1)
    rows = [sense_current(dataset, window).values for window in windows(dataset, "read")]
    levels = _levels(crossbar, np.array(rows) / budget.read_voltage)
    pulses = state.pulses.copy()
    for write in program:
        pulses[write.row, write.col] += 1  # type: ignore[index]  # single cells
    energy = energy_split(dataset, 0.0, float(dataset["time"][-1])).source
    return _Progress(
        last["w"].values.clip(0, 1), last["x"].values.clip(0, 1), levels, pulses,
        [*state.errors, float(np.abs(target - levels).max())], state.energy + energy, state.round + 1,
    )  # fmt: skip


def _levels(crossbar: Crossbar, conductance: Array) -> Array:
    """Interface states that would give these conductances with an empty filament."""
    low, high = (_equations(crossbar).conductance(5e-3, w, 0.0) for w in (0.0, 1.0))
    return np.asarray((conductance - low) / (high - low))


def _pulses(crossbar: Crossbar, target: Array, state: _Progress, off: NDArray[np.bool_], budget: Budget) -> list[Write]:
    """One pulse for every cell that is off its level; V/3, or the gates of transistors, spare the others."""
    cell, edge = crossbar.cell, crossbar.driver.t_edge
    scheme = "gated" if crossbar.kind == "1T1R" else "V/3"
    factor = float(np.asarray(_factor(crossbar, budget.voltage)))
    program = []
    for row, col in np.argwhere(off):
        now, wanted = (float(np.clip(levels[row, col], 0, 1)) for levels in (state.read, target))
        # by the soft bounds: time from one distance to the bound to another
        rate, here, there = (
            (cell.rate_int_set, 1 - now, 1 - wanted) if wanted > now else (cell.rate_int_reset, now, wanted)
        )
        span = 1 - cell.p_int
        width = (here**span - there**span) / (rate * factor * span)
        width = float(np.clip(width, 10 * edge, budget.longest))
        volt = budget.voltage if wanted > now else -budget.voltage
        program.append(Write(int(row), int(col), voltage=volt, width=width, scheme=scheme))
    return program


def _factor(crossbar: Crossbar, voltage: float) -> Any:
    return Equations(crossbar.cell, crossbar.temperature).kinetic_factors(voltage)[0]


def _equations(crossbar: Crossbar) -> Equations:
    own: dict[str, Any] = {k: np.asarray(v) for k, v in crossbar.per_cell.items() if k not in {"w0", "x0"}}
    return Equations(replace(crossbar.cell, **own), crossbar.temperature)


# ---- checkpoints


def _key(study: Study, target: Array, budget: Budget) -> str:
    """What a checkpoint belongs to: everything that decides the result."""
    bar = study.crossbar
    about: Mapping[str, Any] = {
        "cell": bar.cell.as_dict(), "wire": repr(bar.wire), "driver": repr(bar.driver), "selector": repr(bar.selector),
        "faults": repr(bar.faults), "temperature": bar.temperature, "form": study.form, "engine": study.engine,
        "accuracy": repr(study.accuracy), "budget": budget.as_dict(), "target": target.tolist(),
        "per_cell": {name: np.asarray(values).tolist() for name, values in bar.per_cell.items()},
    }  # fmt: skip
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _save(path: Path, key: str, state: _Progress) -> None:
    """Write the checkpoint whole or not at all."""
    partial = path.with_name(path.name + ".partial.npz")
    values = {name: np.asarray(getattr(state, name)) for name in _Progress.__dataclass_fields__}
    np.savez(partial, key=key, check=_checksum(values), **values)  # type: ignore[arg-type]  # numpy's stub
    partial.replace(path)


def _load(path: Path | None, key: str) -> _Progress | None:
    if path is None or not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as kept:
            values = {name: kept[name] for name in _Progress.__dataclass_fields__}
            sound, belongs = str(kept["check"]) == _checksum(values), str(kept["key"]) == key
    except Exception as error:  # whatever a damaged zip makes numpy raise
        raise RequestError(f"the checkpoint {path} is damaged ({error}); delete it to start anew") from None
    if not sound:
        raise RequestError(f"the checkpoint {path} is damaged (checksum); delete it to start anew")
    if not belongs:
        raise RequestError(f"the checkpoint {path} belongs to another request; delete it, or choose another --out")
    return _Progress(
        values["w"], values["x"], values["read"], values["pulses"], [float(e) for e in values["errors"]],
        float(values["energy"]), int(values["round"]),
    )  # fmt: skip


def _checksum(values: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(values):
        digest.update(name.encode() + np.ascontiguousarray(values[name]).tobytes())
    return digest.hexdigest()

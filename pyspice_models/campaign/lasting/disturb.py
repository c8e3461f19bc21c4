"""Read disturb: what very many reads do to the cells, from the map of one round of reads and its powers.

One round is simulated with the real lines and drivers; from the voltage that each cell sees in it, its equations give
the map of its states, and squaring gives many rounds. Where states have moved so far that voltages would be others, a
round is simulated anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.campaign.lasting.begun import (
    States,
    at_states,
    begun,
    check_solvable,
    conductances,
    crossing,
    level_of,
    rates_of,
    voltages,
    windows,
)
from pyspice_models.campaign.lasting.kept import Lasted
from pyspice_models.campaign.lasting.powers import Powers, check_apart, maps_of
from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.measure import Measure, energy_split
from pyspice_models.stimulus import Step
from pyspice_models.stimulus.phase import SENSING
from pyspice_models.study.fluctuation import refuse_fluctuation
from pyspice_models.study.run import simulate_study
from pyspice_models.study.study import Study

Array = NDArray[np.float64]
Told = Callable[[float], None]

MOST_ROUNDS = 10**15
_ASKED = "ag2s disturb"


@dataclass(frozen=True)
class DisturbParams(ParameterSet):
    """How often the reads are done, and what counts as lost."""

    reads: int = whole_quantity(
        1_000_000, low=1, high=MOST_ROUNDS, about="how often the reads of the program are done, all of them each time"
    )
    every: float = quantity(
        0.0, "s", low=0, high=1e6, tag="assumed", source="choice of the user",
        about="rest between two rounds, in which cells age", plausible="the study's to state",
    )  # fmt: skip
    loss: float = quantity(
        0.1, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="change of a cell's conductance that counts as lost, as a share of the nominal window",
        plausible="the study's to state",
    )  # fmt: skip
    renew: float = quantity(
        0.05, "", above=0, high=1, tag="assumed", source="numerical; results must not depend on it",
        about="way of a state after which a round is simulated anew, since voltages depend on it",
        plausible="numerical; results must not depend on it",
    )  # fmt: skip


def split_program(study: Study) -> tuple[list[Step], list[Step]]:
    """Steps that are done once, and those of a round: from the first read or product on.

    Raises:
        RequestError: a program without a read, or one that writes after it.
    """
    program = list(study.program)
    first = next((n for n, step in enumerate(program) if step.kind in SENSING), None)
    if first is None:
        raise RequestError(
            f"{_ASKED}: the program of {study.name} reads nothing. Give it a read, read_all or vmm step."
        )
    for number, step in enumerate(program[first:], first):
        if step.kind not in {*SENSING, "wait"}:
            raise RequestError.for_value(
                f"program[{number}].do", step.kind, allowed="read, read_all, vmm or wait behind the first read",
                advice=f"{_ASKED} repeats all that stands from the first read on: writes stand before it.",
            )  # fmt: skip
    return program[:first], program[first:]


def disturb(study: Study, asked: DisturbParams | None = None, progress: Told | None = None) -> Lasted:
    """Do the reads of a study's program very many times.

    Args:
        study: what stands before its first read is done once, with `aging` if the study has it; the rest is a round.
        asked: how often, and what counts as lost; by default a million times.
        progress: is told the share that is done.

    Returns:
        A dataset over `rounds`, `row` and `col`: the states, `moved_NAME`, how far reads alone have moved a state,
        `conductance` and `state_level`; `largest_voltage` over `row` and `col`.

    Raises:
        RequestError: see `split_program`; cells whose equations are unknown, or whose states depend on each other.
        Ag2sError: see `run_study`.
    """
    asked = asked or DisturbParams()
    before, each = split_program(study)
    bar = study.crossbar
    check_solvable(bar, _ASKED)
    refuse_fluctuation(study.fluctuation, _ASKED)
    states, memory = begun(study, before)
    told = progress or (lambda share: None)
    counts = _counts(asked.reads)
    run = _Rounds(study, each, asked)
    moved = {name: np.zeros(bar.shape) for name in bar.states}
    kept = [(dict(states), dict(moved))]
    done = 0
    for place, target in enumerate(counts[1:], 1):
        while done < target:
            powers = run.powers_at(states)
            step = run.step(powers, states, target - done)
            for name, power in powers.items():
                way = np.where(run.sound, power.moved(np.nan_to_num(states[name]), step), 0.0)
                moved[name] = moved[name] + way
                states = states | {name: np.clip(states[name] + way, 0.0, 1.0)}
            states = memory.rest(states, step * run.period, bar.temperature) if study.ages else states
            done += step
        kept.append((dict(states), dict(moved)))
        told(place / (len(counts) - 1))
    dataset = _dataset(study, counts, kept, run)
    return Lasted(
        study, "disturb", dataset, _measures(dataset, asked, run), asked.as_dict(), bar.warning([bar.temperature])
    )


class _Rounds:
    """One round, simulated where it is needed."""

    def __init__(self, study: Study, program: list[Step], asked: DisturbParams) -> None:
        self.study, self.asked = replace(study, program=program, aging=None), asked
        self.sound = np.isnan(study.crossbar.broken)
        self.rates, self._alike = rates_of(study.crossbar)
        self.simulated, self.energy, self.period = 0, 0.0, 0.0
        self.largest = np.zeros(study.crossbar.shape)
        self.first: dict[str, Array] = {}
        self._at: States | None = None
        self._powers: dict[str, Powers] = {}

    def powers_at(self, states: States) -> dict[str, Powers]:
        """Powers of the maps of a round at these states, or at ones that are near."""
        if self._at is not None and _apart(states, self._at) <= self.asked.renew:
            return self._powers
        bar = at_states(self.study.crossbar, states)
        dataset = simulate_study(replace(self.study, crossbar=bar))
        time, volts = dataset["time"].values, voltages(dataset)
        names = bar.states
        if not self.simulated:
            most = float(np.abs(volts).max())
            check_apart(self.rates, names, bar.shape, most, _ASKED)
            self.energy = float(energy_split(dataset, 0.0, float(time[-1])).source)
            self.period = float(time[-1]) + self.asked.every
        maps = maps_of(self.rates, len(names), time, volts, alike=self._alike)
        self._powers = {name: Powers(one) for name, one in zip(names, maps, strict=True)}
        if not self.first:
            self.first = {name: one.moved(np.nan_to_num(states[name]), 1) for name, one in self._powers.items()}
        self.largest = np.maximum(self.largest, np.abs(volts).max(axis=0))
        self._at, self.simulated = states, self.simulated + 1
        return self._powers

    def step(self, powers: dict[str, Powers], states: States, most: int) -> int:
        """How many rounds may be done before one is simulated anew."""
        step = most
        while step > 1 and max(_way(power, states[name], step, self.sound) for name, power in powers.items()) > (
            self.asked.renew
        ):
            step = (step + 1) // 2
        return step


def _way(power: Powers, states: Array, rounds: int, sound: NDArray[np.bool_]) -> float:
    return float(np.abs(np.where(sound, power.moved(np.nan_to_num(states), rounds), 0.0)).max())


def _apart(one: States, other: States) -> float:
    return max(float(np.nan_to_num(np.abs(one[name] - other[name])).max()) for name in one)


def _counts(reads: int) -> list[int]:
    """0, 1, 2, 5, 10, ... and what was asked."""
    found, decade = [0], 1
    while decade <= reads:
        found += [n * decade for n in (1, 2, 5) if n * decade < reads]
        decade *= 10
    return [*found, reads]


def _dataset(study: Study, counts: list[int], kept: list[tuple[States, States]], run: _Rounds) -> xr.Dataset:
    bar, dims = study.crossbar, ("rounds", "row", "col")
    data: dict[str, Any] = {}
    for name in bar.states:
        data[name] = (
            dims,
            np.array([states[name] for states, _ in kept]),
            {"units": "1", "long_name": f"state {name}"},
        )
        about = {"units": "1", "long_name": f"how far reads alone have moved {name}"}
        data[f"moved_{name}"] = (dims, np.array([moved[name] for _, moved in kept]), about)
    g = np.array([conductances(bar, states) for states, _ in kept])
    data["conductance"] = (dims, g, {"units": "S", "long_name": "conductance at the cell's read voltage"})
    level = np.array([level_of(bar, states) for states, _ in kept])
    data["state_level"] = (dims, level, {"units": "1", "long_name": "the state that levels set"})
    about = {"units": "V", "long_name": "largest voltage that the cell sees in a round"}
    data["largest_voltage"] = (("row", "col"), run.largest, about)
    coords = {
        "rounds": ("rounds", np.array(counts, dtype=float), {"units": "1", "long_name": "how often reads were done"}),
        "row": np.arange(bar.rows), "col": np.arange(bar.cols),
    }  # fmt: skip
    attrs = {
        "study": study.name, "title": study.title, "engine": study.engine, "form": study.form,
        "simulated": run.simulated, "period": run.period, "energy": run.energy, "level": bar.level,
    }  # fmt: skip
    return xr.Dataset(data, coords, attrs)


def _measures(dataset: xr.Dataset, asked: DisturbParams, run: _Rounds) -> dict[str, Measure]:
    window = windows(run.study.crossbar)
    g, counts = dataset["conductance"].values, dataset["rounds"].values
    change = np.abs(g - g[0]) / window
    sound = run.sound & np.isfinite(change[-1])
    last = change[-1][sound]
    level = run.study.crossbar.level
    first = np.concatenate([np.abs(one[sound]) for one in run.first.values()])
    lost = crossing(counts, change, asked.loss)[sound]
    told = f"{asked.loss:.3g} of the nominal window"
    states = dataset["state_level"].values
    moved = np.abs(states[-1] - states[0])[sound]
    found = {
        "reads_to_loss": Measure(
            float(lost.min()), "",
            f"rounds of reads after which the first cell's conductance is off by {told}; infinite if none is by then",
        ),
        "cells_lost": Measure(float((last >= asked.loss).mean()), "", f"share of cells off by {told} at the end"),
        "change_largest": Measure(float(last.max()), "", "largest change of a conductance, as a share of it"),
        "change_median": Measure(float(np.median(last)), "", "the median cell's"),
        "state_change_largest": Measure(float(moved.max()), "", f"largest change of a cell's level {level}".rstrip()),
        "state_change_per_read": Measure(float(first.max()), "", "by how much the first round moves any state"),
        "voltage_largest": Measure(float(run.largest.max()), "V", "largest voltage of any cell in a round"),
        "energy_per_round": Measure(run.energy, "J", "that sources deliver in a round"),
        "energy_reads": Measure(run.energy * asked.reads, "J", "that they deliver in all of them"),
        "time_reads": Measure(run.period * asked.reads, "s", "that all rounds take"),
        "rounds_simulated": Measure(float(run.simulated), "", "that were simulated; the others are powers of maps"),
    }  # fmt: skip
    return found

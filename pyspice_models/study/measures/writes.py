"""Measures of a study's writes: what they changed, what they were meant to reach, and what they disturbed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array.levels import nominal_windows, read_voltages
from pyspice_models.measure import (
    Measure,
    conductances,
    current_overshoot,
    disturb_by_selection,
    level_name,
    state_change,
)
from pyspice_models.measure.integral import at
from pyspice_models.measure.write import disturbs
from pyspice_models.stimulus import Step, Timeline, Waveform, Window
from pyspice_models.stimulus.phase import HALF_SELECT
from pyspice_models.stimulus.steps import RankOneStreams
from pyspice_models.study.measures.reads import above_words, thresholds
from pyspice_models.study.study import Study


def writing_measures(study: Study, dataset: xr.Dataset, every: Sequence[Window]) -> dict[str, Measure]:
    """Measures of the writes among a run's windows, of which there is one at least; sets and resets for themselves."""
    writes = [window for window in every if window.kind == "write"]
    bar = study.crossbar
    found = _changes(dataset, writes) if bar.states else {}
    # a threshold selector keeps a part of the voltage by design
    alike = [] if bar.kind == "1S1R" or not_alone(study, writes) else [
        good for window in writes for good in _as_lone_cells(study, dataset, window)
    ]  # fmt: skip
    if alike:
        about = f"share of written cells whose states change as a lone cell's, within {study.limits.success_within:g}"
        found["writes_as_lone_cell"] = Measure(float(np.mean(alike)), "", about)
    if bar.driver.compliance != "none" and bar.solvable:
        most = max(current_overshoot(bar, dataset, window) for window in writes)
        found["current_overshoot"] = Measure(most, "", "largest current of a written cell in a write, over i_limit")
    found |= (target_measures(study, dataset, every) if bar.solvable else {}) | _stream_counts(study)
    longest = max(window.pulse_end + bar.driver.t_edge / 2 - window.start for window in writes)
    found["write_latency"] = Measure(
        longest, "s", "longest write, from the foot of its first pulse to the foot of its last: as the program says"
    )
    partly = [window for window in every if window.kind == HALF_SELECT]
    if not bar.states:
        return found
    disturbed = [disturb_by_selection(disturbs(dataset, window), window) for window in (*writes, *partly)]
    for name, values, which in (
        ("half_selected", [half for half, _ in disturbed], "half-selected"),
        ("unselected", [rest for _, rest in disturbed], "unselected"),
    ):
        known = [value for value in values if math.isfinite(value)]
        if known:
            found[f"disturb_{name}"] = Measure(max(known), "", f"largest change of a state of {which} cells in a write")
    return found


def _changes(dataset: xr.Dataset, writes: Sequence[Window]) -> dict[str, Measure]:
    """Mean change of the level's state in a write, over all written cells alike; sets and resets apart."""
    of: dict[str, Measure] = {}
    having = np.isfinite(at(dataset, level_name(dataset), writes[0].start))
    for kind in ("set", "reset"):
        windows = [window for window in writes if (window.voltage < 0) == (kind == "reset")]
        counts = [int(having[np.ix_(window.rows, window.cols)].sum()) for window in windows]
        cells = [count for count in counts if count]
        if cells:
            changes = [state_change(dataset, window) for window, count in zip(windows, counts, strict=True) if count]
            mean = np.average(changes, weights=cells)
            about = f"mean change of {level_name(dataset)} of a written cell in a {kind}, {sum(cells)} in all"
            of[kind] = Measure(float(mean), "", about)
    if not of:  # cells of kinds that have no state
        return {}
    headline = next(iter(of.values()))
    if len(of) == 1:
        return {"state_change": headline}
    found = {"state_change": Measure(headline.value, "", f"{headline.about}; the resets apart")}
    return found | {f"state_change_{kind}": measure for kind, measure in of.items()}


def _stream_counts(study: Study) -> dict[str, Measure]:
    """Pulses of the program's streams at its cells; nothing without streams."""
    counts = [step.counts(study.crossbar.shape) for step in study.program if isinstance(step, RankOneStreams)]
    if not counts:
        return {}
    whole, half = (np.sum(kind, axis=0) for kind in zip(*counts, strict=True))
    return {
        "stream_pulses": Measure(float(whole.mean()), "", "whole pulses of streams at a cell, mean of all cells"),
        "stream_pulses_most": Measure(float(whole.max()), "", "whole pulses of streams at the cell that gets most"),
        "stream_half_selects": Measure(
            float(half.mean()), "", "pulses of streams on one of a cell's lines alone, mean of all cells"
        ),
        "stream_half_selects_most": Measure(float(half.max()), "", "the same at the cell that gets most"),
    }


def target_measures(study: Study, dataset: xr.Dataset, every: Sequence[Window]) -> dict[str, Measure]:
    """Whether written cells reach what the program states: a pattern's bits, or the conductance `g_target` of a write.

    Nothing for a program that states neither.
    """
    if not any(step.wanted_bits is not None or step.wanted_conductance is not None for step in study.program):
        return {}
    volts, within = read_voltages(study.crossbar), study.limits.target_within
    (low, high), above = nominal_windows(study.crossbar), thresholds(study)
    bits: list[NDArray[np.bool_]] = []
    levels: list[NDArray[np.float64]] = []
    for step, windows in _by_step(study, every):
        if (wanted := step.wanted_bits) is not None:
            ended = conductances(study.crossbar, dataset, windows[-1].stop, volts)
            bits.append(((ended >= above) == wanted)[np.isfinite(above)])
        elif (siemens := step.wanted_conductance) is not None:
            for window in windows:
                off = (conductances(study.crossbar, dataset, window.stop, volts) - siemens) / (high - low)
                off = off[np.ix_(window.rows, window.cols)].ravel()
                levels.append(off[np.isfinite(off)])
    found = {}
    if any(b.size for b in bits):
        right = np.concatenate([b.ravel() for b in bits])
        found["pattern_reached"] = Measure(
            float(right.mean()), "",
            f"share of a pattern's {right.size} cells that are the bit they should be at its end, a one "
            f"{above_words(above)}",
        )  # fmt: skip
    if any(one.size for one in levels):
        missed = np.abs(np.concatenate(levels))
        found["target_reached"] = Measure(
            float((missed <= within).mean()), "",
            f"share of {missed.size} cells that end within {within:g} of the nominal window from their g_target",
        )  # fmt: skip
        found["target_error"] = Measure(
            float(missed.max()), "", "largest distance from a g_target, as a share of the nominal window"
        )
    return found


def _by_step(study: Study, every: Sequence[Window]) -> Iterator[tuple[Step, Sequence[Window]]]:
    """The steps of the program, each with its windows."""
    done = 0
    for number, step in enumerate(study.program):
        count = sum(1 for _ in step.phases(study.crossbar, f"program[{number}]"))
        yield step, every[done : done + count]
        done += count


def not_alone(study: Study, writes: Sequence[Window]) -> list[str]:
    """Cells that a program writes and of which nobody knows what they do alone, by the name of their model.

    Of those that have a state: others change nothing.
    """
    written = np.zeros(study.crossbar.shape, dtype=bool)
    for window in writes:
        written[np.ix_(window.rows, window.cols)] = True
    return [
        one.model.name
        for one in study.crossbar.populations
        if one.model.alone is None and (one.states or one.whole) and (one.where & written).any()
    ]


def _as_lone_cells(study: Study, dataset: xr.Dataset, window: Window) -> list[bool]:
    """For each written cell, whether it did what the same pulses do to the same cell without lines and neighbours.

    Cells without a state, of a kind in an array of several, do not count.
    """
    drive, timeline = Waveform(), Timeline()
    for _ in range(window.pulses):
        drive.pulse(timeline.pulse(window.width, study.crossbar.driver.t_edge), window.voltage)
        timeline.rest(window.gap)
    chosen = np.ix_(window.rows, window.cols)
    found: list[bool] = []
    for one in study.crossbar.populations:
        mine = one.where[chosen]
        if one.model.alone is None or not mine.any():
            continue
        before, after = (
            {state.initial: at(dataset, state.name, moment)[chosen][mine] for state in one.model.states}
            for moment in (window.start, window.stop)
        )
        own = {name: np.asarray(values)[chosen][mine] for name, values in one.per_cell.items()}
        start = {name: begun.clip(0, 1) for name, begun in before.items()}
        got = np.stack([after[name] - before[name] for name in one.model.initial])
        alone = one.model.alone(
            one.cell, own | start, drive.times, drive.values, temperature=study.crossbar.temperature
        )  # fmt: skip
        missed = np.linalg.norm(got - alone, axis=0)
        found += list(missed <= study.limits.success_within * np.linalg.norm(alone, axis=0))
    return found

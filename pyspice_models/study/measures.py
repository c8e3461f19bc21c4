"""All measures of a crossbar run that its program gives rise to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.bench import Timeline, Waveform, Window
from pyspice_models.device import Equations
from pyspice_models.device.imposed import states_after
from pyspice_models.measure import (
    Measure,
    disturb,
    disturb_by_selection,
    product_error,
    read_margin,
    recovery_time,
    sense_current,
    state_change,
)
from pyspice_models.measure.integral import at
from pyspice_models.measure.read import sensed, wanted
from pyspice_models.result import windows
from pyspice_models.study.energies import run_energies, switching_energies
from pyspice_models.study.spec import Study
from pyspice_models.study.step_table import StepRow, step_rows


def study_measures(study: Study, dataset: xr.Dataset, rows: Sequence[StepRow] = ()) -> dict[str, Measure]:
    """Measures by name; those that the program has nothing for are left out.

    Args:
        study: what was asked.
        dataset: its run.
        rows: of its steps, if they are known.
    """
    rows = rows or step_rows(dataset)
    writes, reads = windows(dataset, "write"), windows(dataset, "read")
    found = switching_energies(rows)
    if writes:
        found |= _writing(study, dataset, writes)
    if pairs := _write_then_read(windows(dataset)):
        longest = max(recovery_time(dataset, write, read, col) for write, read, col in pairs)
        found["recovery_time"] = Measure(
            longest, "s", "longest time from a write pulse's end until the read current is within 5 % of settled"
        )
    if reads:
        found |= _reading(study, dataset, reads)
    if products := windows(dataset, "vmm"):
        found |= _products(study, dataset, products)
    return found | run_energies(dataset, rows)


def _writing(study: Study, dataset: xr.Dataset, writes: list[Window]) -> dict[str, Measure]:
    succeeded, half, unselected = [], [], []
    for window in writes:
        if study.crossbar.kind != "1S1R":  # a threshold selector keeps a part of the voltage by design
            succeeded += _as_lone_cells(study, dataset, window)
        in_half, in_rest = disturb_by_selection(disturb(dataset, window), window)
        half.append(in_half)
        unselected.append(in_rest)
    found = {
        "state_change": Measure(
            float(np.mean([state_change(dataset, window) for window in writes])), "", "mean change of w per write"
        ),
    }
    if succeeded:
        about = f"share of writes that change the states as a lone cell's, within {study.limits.success_within:g}"
        found["write_success"] = Measure(float(np.mean(succeeded)), "", about)
    for name, values, which in (("half_selected", half, "half-selected"), ("unselected", unselected, "unselected")):
        known = [value for value in values if math.isfinite(value)]
        if known:
            found[f"disturb_{name}"] = Measure(
                max(known), "", f"largest change of a state of a {which} cell in a write"
            )
    return found


def _as_lone_cells(study: Study, dataset: xr.Dataset, window: Window) -> list[bool]:
    """For each written cell, whether it did what the same pulses do to the same cell without lines and neighbours."""
    chosen = np.ix_(window.rows, window.cols)
    before, after = (
        {name: at(dataset, name, moment)[chosen] for name in ("w", "x")} for moment in (window.start, window.stop)
    )
    drive, timeline = Waveform(), Timeline()
    for _ in range(window.pulses):
        drive.pulse(timeline.pulse(window.width, study.crossbar.driver.t_edge), window.voltage)
        timeline.rest(window.gap)
    own = {name: np.asarray(values)[chosen].ravel() for name, values in study.crossbar.per_cell.items()}
    start = {f"{state}0": before[state].clip(0, 1).ravel() for state in ("w", "x")}
    got = np.stack([(after[state] - before[state]).ravel() for state in ("w", "x")])
    alone = states_after(
        study.crossbar.cell, own | start, drive.times, drive.values, temperature=study.crossbar.temperature
    )  # fmt: skip
    missed = np.linalg.norm(got - alone, axis=0)
    return list(missed <= study.limits.success_within * np.linalg.norm(alone, axis=0))


def _reading(study: Study, dataset: xr.Dataset, reads: list[Window]) -> dict[str, Measure]:
    currents = np.concatenate([sensed(dataset, window) for window in reads])
    sneaking = currents - np.concatenate([wanted(dataset, window) for window in reads])
    with np.errstate(all="ignore"):
        worst = float(np.abs(sneaking / currents).max())
    found = {
        "read_current": Measure(float(np.abs(currents).mean()), "A", "mean settled current into a sense circuit"),
        "sneak_current": Measure(
            float(np.abs(sneaking).max()), "A",
            "largest part of a sensed current that is not the read cell's own",
        ),
        "sneak_share": Measure(worst, "", "largest share of a sensed current that is not the read cell's own"),
    }  # fmt: skip
    margin = read_margin(dataset, reads, study.limits.one_above)
    if math.isfinite(margin):
        found["read_margin"] = Measure(
            margin, "", "(smallest current of a one - largest of a zero) / smallest of a one, over all reads"
        )
    return found


def _products(study: Study, dataset: xr.Dataset, products: list[Window]) -> dict[str, Measure]:
    """How far vector-matrix products are from those of the cells' conductances at the input voltages."""
    errors = []
    own: dict[str, Any] = dict(study.crossbar.per_cell)
    equations = Equations(replace(study.crossbar.cell, **own), study.crossbar.temperature)
    for window in products:
        w, x, inputs = (at(dataset, name, window.settled) for name in ("w", "x", "v_word_source"))
        ideal = equations.current(inputs[:, None], w, x).sum(axis=0)
        if ideal.any():
            errors.append(product_error(sense_current(dataset, window), ideal))
    if not errors:
        return {}
    top = "of a vector-matrix product, over its largest ideal output"
    return {
        "vmm_error": Measure(float(np.sqrt(np.mean(np.square([e[0] for e in errors])))), "", f"r.m.s. error {top}"),
        "vmm_error_worst": Measure(max(e[1] for e in errors), "", f"largest error {top}"),
    }


def _write_then_read(every: list[Window]) -> list[tuple[Window, Window, int]]:
    """Writes to a row, the reads of the same row that follow at once, and the bit lines that both have."""
    return [
        (write, read, col)
        for write, read in pairwise(every)
        if write.kind == "write" and read.kind == "read" and write.rows == read.rows
        for col in write.cols
        if col in read.cols
    ]

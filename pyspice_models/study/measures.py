"""All measures of a crossbar run that its program gives rise to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import xarray as xr

from pyspice_models.bench import Window
from pyspice_models.measure import Measure, by_selection, energy_split, recovery_time
from pyspice_models.result import windows
from pyspice_models.study.costs import cost_measures
from pyspice_models.study.disturb_range import disturb_ranges
from pyspice_models.study.multiplying import product_measures
from pyspice_models.study.reading import reading_measures
from pyspice_models.study.spec import Study
from pyspice_models.study.writing import writing_measures


def study_measures(study: Study, dataset: xr.Dataset) -> dict[str, Measure]:
    """Measures by name; those that the program has nothing for are left out, see `missing_measures`."""
    writes, reads = windows(dataset, "write"), windows(dataset, "read")
    found: dict[str, Measure] = {}
    if writes:
        found |= _energy_per_switch(dataset, writes) | writing_measures(study, dataset, windows(dataset))
        found |= disturb_ranges(study, dataset, writes, found)
    if pairs := _write_then_read(windows(dataset)):
        longest = max(recovery_time(dataset, write, read, col) for write, read, col in pairs)
        found["recovery_time"] = Measure(
            longest, "s", "longest time from a write pulse's end until the read current is within 5 % of settled"
        )
    if reads:
        found |= reading_measures(study, dataset, reads)
    if products := windows(dataset, "vmm"):
        found |= product_measures(study, dataset, products)
    return found | cost_measures(study, found) | _balance(dataset)


def _energy_per_switch(dataset: xr.Dataset, writes: list[Window]) -> dict[str, Measure]:
    rows = []
    for window in writes:
        split = energy_split(dataset, window.start, window.stop)
        rows.append(
            np.array([*by_selection(split.cells, window), split.lines, split.drivers, split.selectors])
            / (window.pulses * len(window.rows) * len(window.cols))
        )
    selected, half, unselected, lines, drivers, selectors = np.mean(rows, axis=0)
    per = "mean over write pulses and written cells, dissipated in "
    found = {
        "energy_per_switch": Measure(float(np.sum(np.mean(rows, axis=0))), "J", per + "the whole array"),
        "energy_selected_cell": Measure(float(selected), "J", per + "the written cell"),
        "energy_half_selected": Measure(float(half), "J", per + "the other cells of its row and column"),
        "energy_unselected": Measure(float(unselected), "J", per + "all other cells"),
        "energy_lines": Measure(float(lines), "J", per + "word and bit lines"),
        "energy_drivers": Measure(float(drivers), "J", per + "drivers and sense circuits"),
    }
    if "p_selector" in dataset:
        found["energy_selectors"] = Measure(float(selectors), "J", per + "transistors or threshold selectors")
    return found


def _balance(dataset: xr.Dataset) -> dict[str, Measure]:
    split = energy_split(dataset, 0.0, float(dataset["time"][-1]))
    found = {
        "energy_source": Measure(split.source, "J", "delivered by all sources in the whole run"),
        "energy_dissipated": Measure(split.dissipated, "J", "in cells, lines, drivers and sense circuits"),
        "energy_stored": Measure(split.stored, "J", "change of the energy in all capacitances"),
    }
    if split.moved:  # nothing is delivered by a program that only waits
        about = "(source - dissipated - stored) / energy that sources moved: numerical error of the books"
        found["energy_imbalance"] = Measure(split.imbalance, "", about)
    return found


def _write_then_read(every: list[Window]) -> list[tuple[Window, Window, int]]:
    """Writes to a row, the reads of the same row that follow at once, and the bit lines that both have."""
    return [
        (write, read, col)
        for write, read in pairwise(every)
        if write.kind == "write" and read.kind == "read" and write.rows == read.rows
        for col in write.cols
        if col in read.cols
    ]

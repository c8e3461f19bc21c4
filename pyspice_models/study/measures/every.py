"""All measures of a crossbar run that its program gives rise to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import xarray as xr

from pyspice_models.measure import Measure, recovery_time
from pyspice_models.result import windows
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.phase import DRIVE
from pyspice_models.study.measures.costs import cost_measures
from pyspice_models.study.measures.disturb_range import disturb_ranges
from pyspice_models.study.measures.drives import drive_measures
from pyspice_models.study.measures.energies import run_energies, switching_energies
from pyspice_models.study.measures.outputs import products
from pyspice_models.study.measures.products import product_measures
from pyspice_models.study.measures.reads import reading_measures
from pyspice_models.study.measures.step_table import StepRow, step_rows
from pyspice_models.study.measures.writes import writing_measures
from pyspice_models.study.study import Study


def study_measures(study: Study, dataset: xr.Dataset, rows: Sequence[StepRow] = ()) -> dict[str, Measure]:
    """Measures by name; those that the program has nothing for are left out, see `missing_measures`.

    Args:
        study: what was asked.
        dataset: its run.
        rows: of its steps, if they are known.
    """
    rows = rows or step_rows(dataset)
    writes, reads = windows(dataset, "write"), windows(dataset, "read")
    found = switching_energies(rows)
    if writes:
        found |= writing_measures(study, dataset, windows(dataset))
        found |= disturb_ranges(study, dataset, writes, found)
    if pairs := _write_then_read(windows(dataset)):
        longest = max(recovery_time(dataset, write, read, col) for write, read, col in pairs)
        found["recovery_time"] = Measure(
            longest, "s", "longest time from a write pulse's end until the read current is within 5 % of settled"
        )
    if reads:
        found |= reading_measures(study, dataset, reads)
    if windows(dataset, "vmm") and study.crossbar.solvable:
        found |= product_measures(products(study, dataset))
    if drives := windows(dataset, DRIVE):
        found |= drive_measures(dataset, drives)
    return found | cost_measures(study, found) | run_energies(dataset, rows)


def _write_then_read(every: list[Window]) -> list[tuple[Window, Window, int]]:
    """Writes to a row, the reads of the same row that follow at once, and the bit lines that both have."""
    return [
        (write, read, col)
        for write, read in pairwise(every)
        if write.kind == "write" and read.kind == "read" and write.rows == read.rows
        for col in write.cols
        if col in read.cols
    ]

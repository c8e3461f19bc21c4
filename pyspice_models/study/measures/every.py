"""All measures of a crossbar run that its program gives rise to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import xarray as xr

from pyspice_models.measure import Measure, recovery_time
from pyspice_models.measure.energy import Energies
from pyspice_models.result import windows
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.phase import DRIVE
from pyspice_models.study.measures.costs import cost_measures
from pyspice_models.study.measures.disturb_range import disturb_ranges
from pyspice_models.study.measures.drives import drive_changes, drive_currents, drive_energies
from pyspice_models.study.measures.energies import run_energies, switching_energies
from pyspice_models.study.measures.outputs import products
from pyspice_models.study.measures.products import product_measures
from pyspice_models.study.measures.reads import reading_measures
from pyspice_models.study.measures.step_table import StepRow, step_rows
from pyspice_models.study.measures.writes import writing_measures
from pyspice_models.study.study import Study


def study_measures(
    study: Study, dataset: xr.Dataset, rows: Sequence[StepRow] = (), energies: Energies | None = None, *,
    only: Sequence[str] = (),
) -> dict[str, Measure]:  # fmt: skip
    """Measures by name; those that the program has nothing for are left out, see `missing_measures`.

    Args:
        study: what was asked.
        dataset: its run.
        rows: of its steps, if they are known.
        energies: of the run, likewise.
        only: names that are wanted: where they do not take energies of steps, these are left out, half of the work.
    """
    energies = energies or Energies.of(dataset)
    if only:
        some: dict[str, Measure] = {}
        for group in measure_groups(study, dataset, energies):
            if not group.by_rows:
                some |= group.of(some, ())
            if some.keys() >= set(only):
                return some
    rows = rows or step_rows(dataset, energies)
    found: dict[str, Measure] = {}
    for group in measure_groups(study, dataset, energies):
        found |= group.of(found, rows)
    return found


class Group(NamedTuple):
    """Measures that go together.

    Attributes:
        about: what they are, in words.
        of: gives them from those before, by name, and the rows of the program's steps.
        by_rows: they take these rows.
    """

    about: str
    of: Callable[[Mapping[str, Measure], Sequence[StepRow]], Mapping[str, Measure]]
    by_rows: bool = False


def measure_groups(study: Study, dataset: xr.Dataset, energies: Energies | None = None) -> Iterator[Group]:
    """All that a program has measures for, in their order; `energies`: of the run, if they are known."""
    every = windows(dataset)
    writes, reads, drives, multiplied = (
        [window for window in every if window.kind == kind] for kind in ("write", "read", DRIVE, "vmm")
    )
    yield Group("energies of writes", lambda found, rows: switching_energies(rows), by_rows=True)
    if writes:
        yield Group("changes by writes", lambda found, rows: writing_measures(study, dataset, every))
        yield Group("disturb by writes", lambda found, rows: disturb_ranges(study, dataset, writes, found))
    if pairs := _write_then_read(every):
        yield Group("recovery after writes", lambda found, rows: _recovery(dataset, pairs))
    if reads:
        yield Group("reads", lambda found, rows: reading_measures(study, dataset, reads))
    if multiplied and study.crossbar.solvable:
        yield Group("products", lambda found, rows: product_measures(products(study, dataset)))
    if drives:
        yield Group("energies of drives", lambda found, rows: drive_energies(dataset, drives))
        yield Group("changes by drives", lambda found, rows: drive_changes(dataset, drives))
        yield Group("currents of drives", lambda found, rows: drive_currents(dataset))
    yield Group("costs", lambda found, rows: cost_measures(study, found))
    yield Group("energies of the run", lambda found, rows: run_energies(dataset, rows, energies), by_rows=True)


def _recovery(dataset: xr.Dataset, pairs: Sequence[tuple[Window, Window, int]]) -> dict[str, Measure]:
    longest = max(recovery_time(dataset, write, read, col) for write, read, col in pairs)
    about = "longest time from a write pulse's end until the read current is within 5 % of settled"
    return {"recovery_time": Measure(longest, "s", about)}


def _write_then_read(every: list[Window]) -> list[tuple[Window, Window, int]]:
    """Writes to a row, the reads of the same row that follow at once, and the bit lines that both have."""
    return [
        (write, read, col)
        for write, read in pairwise(every)
        if write.kind == "write" and read.kind == "read" and write.rows == read.rows
        for col in write.cols
        if col in read.cols
    ]

"""Bounds before work: how large a run will be, estimated from its program, and refused where it cannot fit.

A program of a hundred thousand pulses, or a read of four thousand rows, is asked for in three lines. What it costs is
known before it is laid out: its pulses are counted, one of each kind is paced as the whole program will be, and what an
engine takes between two breakpoints was measured. `tests/study/test_bounds.py` holds the estimates against real runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import nlargest
from pathlib import Path

from pyspice_models.array import Crossbar
from pyspice_models.engine import engine
from pyspice_models.engine.program import raw_limit
from pyspice_models.engine.toolchain.waits import tell
from pyspice_models.errors import RequestError
from pyspice_models.machine import free_disk
from pyspice_models.stimulus import Step
from pyspice_models.stimulus.outline import outline
from pyspice_models.study.program_size import memory_allowed
from pyspice_models.study.size import Estimate, estimate, netlist_size
from pyspice_models.study.study import Study
from pyspice_models.units import show

LARGE = 2e8
"""Bytes on the disk from which on a run says before how many they will be."""


def check_run(study: Study, folder: Path | None = None, *, at_once: int = 1, busy: bool = False) -> Estimate:
    """Estimate a run, and refuse it where it does not fit into this machine.

    Args:
        study: what is asked.
        folder: where deck and waves will lie; without it that of temporary files.
        at_once: how many such runs there are at the same time.
        busy: others are at work by now, so that what is free says little: all memory of the machine counts.

    Raises:
        RequestError: it needs more memory or room on the disk than there is, or than the study's limits allow.
    """
    found = estimate(study)
    allowed, reason = memory_allowed(study.limits, busy=busy)
    _refuse_above(study, found, "memory", at_once * found.memory, allowed, reason, at_once)
    place = folder or Path(tempfile.gettempdir())
    room = free_disk(place)
    allowed, reason = study.limits.disk_limit or room, f"are free in {place}"
    if study.limits.disk_limit:
        reason = "are allowed (study.disk_limit)"
    _refuse_above(study, found, "room on the disk", at_once * found.disk, allowed, reason, at_once)
    _refuse_above(
        study, found, "a file of waves", found.raw, raw_limit(), "is the largest one that is read back", at_once=1
    )
    return found


def check_campaign(studies: Iterable[tuple[str, Study]], at_once: int) -> None:
    """Refuse runs of which one does not fit into this machine, or not so many of the largest at the same time.

    Args:
        studies: what to call each in an error, and the study.
        at_once: how many of them there are at the same time.

    Raises:
        RequestError: see `check_run`.
    """
    known: dict[tuple[object, ...], float] = {}
    sizes: list[float] = []
    limits = None
    for where, study in studies:
        bar, limits = study.crossbar, study.limits
        cells = tuple((one.model.name, one.count, len(one.per_cell)) for one in bar.populations)
        alike = (
            bar.shape, bar.kind, cells, bar.driver, study.program, study.accuracy, study.engine, study.form,
            study.limits,
        )  # fmt: skip
        if alike not in known:
            try:
                known[alike] = check_run(study).memory
            except RequestError as error:
                raise error.at(where) from None
        sizes.append(known[alike])
    if limits is None:
        return
    needed, (allowed, reason) = sum(nlargest(at_once, sizes)), memory_allowed(limits)
    if needed > allowed:
        raise RequestError(
            f"{at_once} runs at once need about {show(needed, 'B', 3)} of memory, and {show(allowed, 'B', 3)} "
            f"{reason}. Take fewer workers, a smaller array or a shorter program."
        )


def check_netlist(crossbar: Crossbar, program: Sequence[Step], file: Path | None) -> None:
    """Raise RequestError if the netlist of a program does not fit onto the disk of `file`; without one, never."""
    if file is None:
        return
    whole = outline(crossbar, program)
    size = netlist_size(crossbar, whole, breakpoints=10 * whole.pulses, saved=6 * crossbar.rows * crossbar.cols)
    if size > LARGE:
        tell(f"a netlist of about {show(size, 'B', 2)} to be written")
    if size > (room := free_disk(file)):
        raise RequestError(
            f"the netlist of {crossbar.rows} x {crossbar.cols} cells and {whole.pulses} pulses takes about "
            f"{show(size, 'B', 3)}, and {show(room, 'B', 3)} are free for {file}. Take a smaller array, fewer pulses, "
            "or another -o."
        )


def _refuse_above(
    study: Study, found: Estimate, what: str, needed: float, allowed: float, reason: str, at_once: int
) -> None:  # fmt: skip
    if needed <= allowed:
        return
    runs = f"{at_once} runs at once of " if at_once > 1 else ""
    limit = "memory_limit" if what == "memory" else "disk_limit"
    raising = "" if what == "a file of waves" else f", or raise study.{limit} if it fits all the same"
    ways = ["fewer workers"] if at_once > 1 else []
    ways += ["fewer pulses or reads", "a smaller array", "a larger error (--accuracy)"]
    sizes = f"{found.pulses} pulses or reads on {study.crossbar.rows} x {study.crossbar.cols} cells"
    raise RequestError(
        f"{runs}{study.name}: {sizes} give about {found.points:.2g} time points in {study.engine}, and need about "
        f"{show(needed, 'B', 3)} of {what}; {show(allowed, 'B', 3)} {reason}. Take {', '.join(ways)}"
        f"{_other_engine(study, what, needed, allowed)}{raising}."
    )


def _other_engine(study: Study, what: str, needed: float, allowed: float) -> str:
    """The words that recommend nodal, which keeps fewer points, where it can do this and fits."""
    if study.engine == "nodal" or engine("nodal").lacks(study.crossbar, study.outline, study.form):
        return ""
    other = estimate(replace(study, engine="nodal"))
    size = {"memory": other.memory, "room on the disk": other.disk}.get(what, other.raw)
    return f", or engine nodal (about {show(size, 'B', 3)})" if size < min(needed / 2, allowed) else ""

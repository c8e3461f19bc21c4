"""Bounds before work: how large a run will be, estimated from its program, and refused where it cannot fit.

A program of a hundred thousand pulses, or a read of four thousand rows, is asked for in three lines. What it costs is
known before it is laid out: its pulses are counted, one of each kind is paced as the whole program will be, and what an
engine takes between two breakpoints was measured. `tests/test_bounds.py` holds the estimates against real runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.bench import Step
from pyspice_models.bench.outline import Outline, outline, sample
from pyspice_models.deck import Accuracy, Deck, crossbar_deck, dialect
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.kept import most_kept
from pyspice_models.engine.program import raw_limit
from pyspice_models.errors import RequestError
from pyspice_models.machine import free_disk, free_memory, memory
from pyspice_models.params import ThresholdParams
from pyspice_models.units import show

if TYPE_CHECKING:
    from pyspice_models.study.spec import Limits, Study

_SHARE = 0.9  # of what is free: the rest is for what else the machine does meanwhile
_DEFAULT = Accuracy().reltol


class _Costs(NamedTuple):
    """What a run of an engine costs, measured.

    Attributes:
        breakpoint: points that one takes whatever the tolerance.
        corner, restart, write, read: more points that a corner of a source, a breakpoint, a pulse of a write and one
            of a read take at the default tolerance.
        order: by which power of a tighter tolerance these become more.
        cells, lines: numbers that are in memory at once for each point, by cell and by line.
        solver: memory of the simulator itself for each cell [bytes].
    """

    breakpoint: float
    corner: float
    restart: float
    write: float
    read: float
    order: float
    cells: float
    lines: float
    solver: float


_NGSPICE = _Costs(breakpoint=6.3, corner=11, restart=0, write=0, read=0, order=1 / 3, cells=11, lines=6, solver=6000)
_COSTS = {
    "ngspice": _NGSPICE,
    "pyspice": _NGSPICE,
    "vacask": _Costs(breakpoint=0, corner=0, restart=85, write=0, read=0, order=0.1, cells=11, lines=6, solver=6000),
    "nodal": _Costs(breakpoint=0, corner=0, restart=0, write=165, read=75, order=1 / 3, cells=22, lines=10, solver=500),
}
_SELECTOR, _MEMORY = 6, 2  # more numbers of a cell where it has a selector, and where that has a memory
_FIRINGS = 300
"""Steps that selectors with a memory add to a pulse: 190 measured, more where they are far faster than it."""

# bytes; each of them measured
_STRETCH, _CORNER, _BREAKPOINT, _WINDOW, _AIMED = 240, 20, 120, 1000, 36  # in memory
_CELL_TEXT, _OWN_TEXT, _MOMENT_TEXT, _SAVED_TEXT, _HEAD_TEXT = 220, 22, 24, 16, 6_000  # in a netlist
_BASE = 60e6  # of libraries that a run loads
_PACKED = 0.55  # of the waves' size on disk

MOST_RECORDED = 64_000_000
"""The longest netlist that a result keeps a copy of [bytes]; it can be made again from the study."""


@dataclass(frozen=True)
class Estimate:
    """How large a run will be.

    Attributes:
        pulses: of the program.
        cells: of the array.
        points: in time.
        schedule: memory of the program laid out [bytes].
        memory: at most, the schedule included [bytes].
        text: size of the netlist [bytes].
        deck: the same where it lies in the run's folder, else 0 [bytes].
        raw: of the simulator's file of waves; 0 where there is none [bytes].
        result: of the result on disk [bytes].
    """

    pulses: int
    cells: int
    points: float
    schedule: float
    memory: float
    text: float
    deck: float
    raw: float
    result: float

    @property
    def disk(self) -> float:
        """Room that the run's folder takes at most [bytes]: the file of waves goes before the result is written."""
        return self.deck + max(self.raw, self.result)


def program_memory(whole: Outline) -> float:
    """What a program laid out takes in memory [bytes]."""
    return (
        _STRETCH * whole.stretches + _CORNER * whole.stored + _WINDOW * whole.windows + _AIMED * whole.aimed
    )  # fmt: skip


def estimate(study: Study) -> Estimate:
    """How large a run of `study` will be. Takes milliseconds, whatever the study asks for."""
    whole, costs = study.outline, _COSTS[study.engine]
    crossbar, accuracy = study.crossbar, study.accuracy or Accuracy()
    cells, lines = crossbar.rows * crossbar.cols, crossbar.rows + crossbar.cols
    plan = sample(crossbar, whole)
    deck = crossbar_deck(crossbar, plan, form=study.form, accuracy=accuracy, dialect_name=engine(study.engine).dialect)
    breakpoints = _breakpoints(whole, deck, [window.stop for window in plan.windows])
    tighter = max(0.3, _DEFAULT / accuracy.reltol) ** costs.order
    writes = sum(count for phase, count in whole.kinds if phase.kind not in {"read", "vmm"})
    reads = sum(count for phase, count in whole.kinds if phase.kind in {"read", "vmm"})
    corners = whole.stretches - whole.pulses  # one of a pulse's stretches begins in the middle of its plateau
    steps = costs.breakpoint * breakpoints + tighter * (
        costs.corner * corners + costs.restart * breakpoints + costs.write * writes + costs.read * reads
    )
    steps += whole.pulses * accuracy.steps_per_pulse if costs.write else whole.stop / _longest(study, whole)
    remembers = isinstance(crossbar.selector, ThresholdParams) and crossbar.selector.remembers
    steps += _FIRINGS * whole.pulses * remembers
    schedule = program_memory(whole) + _BREAKPOINT * breakpoints
    named = study.form == "subckt" or study.engine == "vacask"
    saved = sum(len(vectors) for vectors in deck.probes.values())
    text = netlist_size(crossbar, whole, breakpoints, saved if named else 0)
    if study.engine == "nodal":
        points = min(steps, most_kept(cells, 3 * whole.windows))
        raw = on_disk = 0.0
        # its tables of sources, for lines that differ
        schedule += 32 * whole.stretches * lines * (whole.stored / max(whole.corners, 1))
    else:
        points = steps
        raw = 8 * points * (saved + lines + 1)
        on_disk = text
    of_selector = _SELECTOR * (crossbar.kind != "1R") + _MEMORY * remembers
    per_point = 8 * (cells * (costs.cells + of_selector) + lines * costs.lines)
    recorded = min(text, MOST_RECORDED)
    held = _BASE + costs.solver * cells + schedule + points * per_point + 2 * recorded
    result = _PACKED * points * 8 * (6 * cells + 5 * lines) + recorded
    return Estimate(whole.pulses, cells, points, schedule, held, text, on_disk, raw, result)


def _longest(study: Study, whole: Outline) -> float:
    """Longest step of a simulator [s], as in `crossbar_deck`."""
    accuracy, language = study.accuracy or Accuracy(), dialect(engine(study.engine).dialect)
    longest = accuracy.longest_step(whole.shortest_pulse, whole.stop)
    return min(longest, language.longest_step * whole.finest)


def _breakpoints(whole: Outline, deck: Deck, stops: list[float]) -> float:
    """Of the whole program, given a deck of its sample, whose windows end at `stops`."""
    upto = np.searchsorted(deck.breakpoints, stops, "right")
    each = np.diff(upto, prepend=0).tolist()
    return sum(
        found * (count if phase.bias is None else count / min(count, 2))
        for found, (phase, count) in zip(each, whole.kinds, strict=False)  # the sample's last window fills the time
    )


def check_program(whole: Outline, limits: Limits) -> None:
    """Raise RequestError if a program laid out does not fit into memory."""
    needed, (allowed, reason) = program_memory(whole), _memory(limits)
    if needed > allowed:
        raise RequestError(
            f"the program's {whole.pulses} pulses, {whole.corners:.3g} corners of sources, need about "
            f"{show(needed, 'B', 3)} of memory, and {show(allowed, 'B', 3)} {reason}. Take fewer pulses or a smaller "
            "array, or raise study.memory_limit."
        )


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
    allowed, reason = _memory(study.limits, busy=busy)
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
        alike = (
            bar.shape, bar.kind, len(bar.as_built), bar.driver, tuple(study.program), study.accuracy, study.engine,
            study.form, study.limits,
        )  # fmt: skip
        if alike not in known:
            try:
                known[alike] = check_run(study).memory
            except RequestError as error:
                raise RequestError(f"at {where}: {error}") from None
        sizes.append(known[alike])
    if limits is None:
        return
    needed, (allowed, reason) = sum(nlargest(at_once, sizes)), _memory(limits)
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
    if size > (room := free_disk(file)):
        raise RequestError(
            f"the netlist of {crossbar.rows} x {crossbar.cols} cells and {whole.pulses} pulses takes about "
            f"{show(size, 'B', 3)}, and {show(room, 'B', 3)} are free for {file}. Take a smaller array, fewer pulses, "
            "or another -o."
        )


def netlist_size(crossbar: Crossbar, whole: Outline, breakpoints: float, saved: int) -> float:
    """Of its text [bytes], with so many breakpoints of the pacing and vectors that are saved by name."""
    text = _HEAD_TEXT + crossbar.rows * crossbar.cols * (_CELL_TEXT + _OWN_TEXT * len(crossbar.as_built))
    return text + _MOMENT_TEXT * (whole.corners + breakpoints) + _SAVED_TEXT * saved


def _memory(limits: Limits, *, busy: bool = False) -> tuple[float, str]:
    """How much a run may take [bytes], and where that comes from, in words that follow the number."""
    if limits.memory_limit:
        return limits.memory_limit, "are allowed (study.memory_limit)"
    if busy:
        return _SHARE * memory(), f"are {_SHARE:.0%} of this machine's"
    return _SHARE * free_memory(), f"are {_SHARE:.0%} of what is free on this machine"


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

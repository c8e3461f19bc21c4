"""How large a run will be, estimated from its program in milliseconds.

Its pulses are counted, one of each kind is paced as the whole program will be, and what an engine takes between two
breakpoints was measured. `tests/study/test_bounds.py` holds the estimates against real runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.kept import most_kept
from pyspice_models.netlist import Deck, crossbar_deck, dialect
from pyspice_models.netlist.dialects import NGSPICE
from pyspice_models.stimulus.outline import Outline, sample
from pyspice_models.stimulus.phase import SENSING, Phase
from pyspice_models.study.program_size import program_memory
from pyspice_models.study.study import Study

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
_BREAKPOINT = 120  # in memory
_CELL_TEXT, _OWN_TEXT, _MOMENT_TEXT, _SAVED_TEXT, _HEAD_TEXT = 220, 22, 24, 16, 6_000  # in a netlist
_BASE = 60e6  # of libraries that a run loads
_PACKED = 0.55  # of the waves' size on disk


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


def estimate(study: Study) -> Estimate:
    """How large a run of `study` will be. Takes milliseconds, whatever the study asks for."""
    whole, costs = study.outline, _COSTS[study.engine]
    crossbar, accuracy = study.crossbar, study.accuracy
    cells, lines = crossbar.rows * crossbar.cols, crossbar.rows + crossbar.cols
    plan = sample(crossbar, whole)
    deck = crossbar_deck(crossbar, plan, form=study.form, accuracy=accuracy, dialect_name=_language(study))
    breakpoints = _breakpoints(whole, deck, [window.stop for window in plan.windows])
    tighter = max(0.3, _DEFAULT / accuracy.reltol) ** costs.order
    writes = sum(count * _pulses_in(phase) for phase, count in whole.kinds if phase.kind not in SENSING)
    reads = sum(count for phase, count in whole.kinds if phase.kind in SENSING)
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
        points = min(steps, most_kept(cells, 3 * whole.windows + whole.samples))
        raw = on_disk = 0.0
        # its tables of sources, for lines that differ
        schedule += 32 * whole.stretches * lines * (whole.stored / max(whole.corners, 1))
    else:
        points = steps
        raw = 8 * points * (saved + lines + 1)
        on_disk = text
    of_selector = _SELECTOR * (crossbar.kind != "1R") + _MEMORY * remembers
    per_point = 8 * (cells * (costs.cells + of_selector) + lines * costs.lines)
    held = _BASE + costs.solver * cells + schedule + points * per_point
    result = _PACKED * points * 8 * (6 * cells + 5 * lines)
    return Estimate(whole.pulses, cells, points, schedule, held, text, on_disk, raw, result)


def _pulses_in(phase: Phase) -> float:
    """How many pulses of a write have as many corners."""
    return 1.0 if phase.traces is None else max(1.0, phase.traces.stretches / 3)


def _language(study: Study) -> str:
    """Of the netlist whose text and vectors are counted: an engine that reads none records as much as ngspice."""
    return engine(study.engine).dialect or NGSPICE.name


def _longest(study: Study, whole: Outline) -> float:
    """Longest step of a simulator [s], as in `crossbar_deck`."""
    accuracy, language = study.accuracy, dialect(_language(study))
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


def netlist_size(crossbar: Crossbar, whole: Outline, breakpoints: float, saved: int) -> float:
    """Of its text [bytes], with so many breakpoints of the pacing and vectors that are saved by name."""
    text = _HEAD_TEXT + crossbar.rows * crossbar.cols * (
        _CELL_TEXT + _OWN_TEXT * max(len(one.per_cell) for one in crossbar.populations)
    )
    return text + _MOMENT_TEXT * (whole.corners + breakpoints) + _SAVED_TEXT * saved

"""A run in parts: states age between them, in the package's own solver with all charges kept."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.aging import Memory
from pyspice_models.engine import Progress, Waves, engine
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.result import to_dataset
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Schedule
from pyspice_models.stimulus.phase import Phase
from pyspice_models.stimulus.program import laid_out
from pyspice_models.study.aging.joined import joined
from pyspice_models.study.aging.parts import Part, between_runs, one_by_one
from pyspice_models.study.states import last_states
from pyspice_models.study.study import Study

Array = NDArray[np.float64]
States = dict[str, Array]
Pieces = list[tuple[float, xr.Dataset]]

CYCLES, LOW, HIGH = "aging_cycles", "aging_low", "aging_high"
_ABOUT = {
    CYCLES: "cycles behind the cell at the end", LOW: "lowest level that the cell can still hold",
    HIGH: "highest level that the cell can still hold",
}  # fmt: skip


def check_waits(study: Study) -> None:
    """Raise RequestError for a simulator in which cells could never age: they do between its runs, within a wait."""
    if study.engine == "nodal" or any(step.kind == "wait" for step in study.program):
        return
    raise RequestError(
        f"engine {study.engine} lets cells age between its runs alone, and these are parted within a wait: the program "
        'has none. Put { do = "wait", duration = "100 us" } behind the writes, or use engine nodal.'
    )


def aged_run(
    study: Study,
    plan: Schedule,
    folder: Path,
    *,
    time_limit: float,
    progress: Progress | None = None,
    memory: Memory | None = None,
) -> tuple[xr.Dataset, Waves, Memory]:
    """Simulate a study whose cells age.

    Args:
        study: with `aging` that acts.
        plan: its program laid out.
        folder: for decks and logs, of netlist engines one folder for each run.
        time_limit: of all parts together [s].
        progress: is told the share of the program that is done.
        memory: what cells owe to an earlier past, which goes on; they were made just now without it.

    Returns:
        The dataset of the whole run, with cycles and windows at its end; its log without waves; and the cells' past.

    Raises:
        RequestError: see `check_waits` and `Memory`.
        RequestError, ToolError, SimulationError: see `Engine.run`.
    """
    check_waits(study)
    assert study.aging is not None
    memory, deadline = memory or Memory(study.crossbar, study.aging), clock.monotonic() + time_limit
    does = _in_solver if study.engine == "nodal" else _in_runs
    pieces, logs = does(study, plan, folder, memory, deadline, progress or (lambda share: None))
    dataset = joined(study.crossbar, plan, pieces)
    low, high = memory.window
    for name, values in ((CYCLES, memory.cycles), (LOW, low), (HIGH, high)):
        about = {"units": "1", "long_name": _ABOUT[name]}
        dataset[name] = (("row", "col"), np.broadcast_to(values, study.crossbar.shape).copy(), about)
    dataset.attrs["aging"] = json.dumps(study.aging.as_dict() | {"relax_law": study.aging.relax_law})
    seconds = float(dataset.attrs["engine_seconds"])
    log = "\n".join(logs)
    return dataset, Waves(dataset["time"].values, {}, str(dataset.attrs["engine"]), seconds, log), memory


def _in_solver(
    study: Study, plan: Schedule, folder: Path, memory: Memory, deadline: float, told: Callable[[float], None]
) -> tuple[Pieces, list[str]]:
    """Part by part in one live array; what time does in a part is done at its start."""
    # the compiler behind it takes a third of a second to import: not before it is needed
    from pyspice_models.engine.nodal.kernel import of_others
    from pyspice_models.engine.nodal.live import Live
    from pyspice_models.engine.nodal.osdi.live_apart import LiveApart

    bar = study.crossbar.with_states(**without_gaps(memory.bounded(initial(study.crossbar))))
    others = of_others(bar)
    live = LiveApart(bar, study.accuracy, others) if others else Live(bar, study.accuracy)
    pieces: Pieces = []
    logs: list[str] = []
    now = initial(bar)
    laid: dict[float, Schedule] = {}
    for part in one_by_one(study.crossbar, study.program, plan):
        started = memory.rest(now, part.aged, bar.temperature)
        if _differ(started, now):
            bar = bar.with_states(**without_gaps(started))
            live.put(bar)
        own, pulsed = _laid(study.crossbar, part, laid), part.phases[0].bias is not None or part.phases[0].traces
        _, waves = live.recorded(own, deadline)
        pieces.append((part.start, to_dataset(bar, own, waves)))
        logs.append(waves.log.strip())
        ended = last_states(pieces[-1][1], *(one.model for one in bar.populations))
        now = ended
        if pulsed:
            now = memory.written(started, ended)
            if _differ(now, ended):
                bar = bar.with_states(**without_gaps(now))
                live.put(bar)
        told((part.start + own.stop) / plan.stop)
    return pieces, logs


def _laid(crossbar: Crossbar, part: Part, laid: dict[float, Schedule]) -> Schedule:
    """The schedule of a part; equal rests share one, which the solver then knows."""
    phase = part.phases[0]
    if phase.bias is not None or phase.traces is not None:
        return laid_out(crossbar, part.phases)
    return laid.setdefault(phase.width, laid_out(crossbar, part.phases))


def _in_runs(
    study: Study, plan: Schedule, folder: Path, memory: Memory, deadline: float, told: Callable[[float], None]
) -> tuple[Pieces, list[str]]:
    """Run by run of a simulator, each with the states that the one before it left and what time did to them."""
    simulator = engine(study.engine)
    parts = list(between_runs(study.crossbar, study.program, plan))
    bar = study.crossbar.with_states(**without_gaps(memory.bounded(initial(study.crossbar))))
    pieces: Pieces = []
    logs: list[str] = []
    now = initial(bar)
    for number, part in enumerate(parts):
        left = deadline - clock.monotonic()
        if left <= 0:
            raise SimulationError(f"the time limit was over before run {number + 1} of {len(parts)} began")
        own = laid_out(bar, part.phases)
        asked = Simulation(bar, own, study.accuracy, study.form, study.title, study.spice)
        place = folder / f"part-{number:03d}"
        place.mkdir(exist_ok=True)
        waves = simulator.run(asked, place, time_limit=left)
        for raw in place.glob("*.raw"):
            raw.unlink()
        pieces.append((part.start, to_dataset(bar, own, waves)))
        logs.append(waves.log.strip())
        ended = last_states(pieces[-1][1], *(one.model for one in bar.populations))
        now = memory.written(now, ended) if _pulsed(part.phases) else ended
        if number + 1 < len(parts):
            now = memory.rest(now, part.aged, bar.temperature)
            bar = bar.with_states(**without_gaps(now))
        told((number + 1) / len(parts))
    return pieces, logs


def _pulsed(phases: Sequence[Phase]) -> bool:
    return any(phase.bias is not None or phase.traces is not None for phase in phases)


def initial(crossbar: Crossbar) -> States:
    """States at the start by name."""
    return dict(zip(crossbar.states, crossbar.initial_states, strict=True))


def without_gaps(states: States) -> States:
    """With numbers where a cell has no such state: an array of parameters takes no others."""
    return {name: np.nan_to_num(np.clip(values, 0.0, 1.0)) for name, values in states.items()}


def _differ(one: States, other: States) -> bool:
    return any(not np.array_equal(one[name], other[name], equal_nan=True) for name in one)

"""Runs an experiment's benches in one of the three forms. The same benches, the same waves back."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import TwinRun, simulate_chain, simulate_many
from pyspice_models.engine import Progress, Waves, netlist_engine
from pyspice_models.engine.program import RAW
from pyspice_models.errors import RequestError
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus.cell_bench import CellBench
from pyspice_models.stimulus.timeline import nearest

FORMS = ("osdi", "subckt", "twin")
PROCESSES = 2
TIME_LIMIT = 300.0  # of one simulator run [s]

_MANY_CORNERS = 20  # a source of more is a train of pulses


def check_form(form: str) -> None:
    """Raise RequestError for an unknown form."""
    if form not in FORMS:
        raise RequestError.for_value("form", form, allowed=f"one of {', '.join(FORMS)}")


def run_all(
    experiments: Sequence[Experiment], form: str, folder: Path, progress: Progress | None = None
) -> dict[str, list[CellWaves]]:
    """Waves of each experiment by its name, one list entry per bench.

    Args:
        experiments: what to run.
        form: "osdi", "subckt" or "twin".
        folder: an empty one; decks and logs of the simulator go to folders in it.
        progress: is told the share of the work that is done.

    Raises:
        RequestError: unknown form.
        SimulationError, ToolError: as the engine raises them.
    """
    check_form(form)
    # for ngspice a thread waits for each simulator process; the twin computes in this one
    jobs, workers = (_twin_jobs(experiments), 1) if form == "twin" else (_ngspice_jobs(experiments), PROCESSES)
    total, done = sum(job.weight for job in jobs), 0.0
    found: dict[_Place, CellWaves] = {}
    pool = ThreadPoolExecutor(workers)
    try:
        pending = {pool.submit(_run, job, form, folder): job for job in jobs}
        for future in as_completed(pending):
            job = pending[future]
            found.update(zip(job.places, future.result(), strict=True))
            done += job.weight
            if progress is not None:
                progress(done / total)
    finally:
        pool.shutdown(cancel_futures=True)
    return {e.name: [found[e.name, k] for k in range(len(e.benches))] for e in experiments}


_Place = tuple[str, int]  # name of the experiment, number of the bench in it


@dataclass(frozen=True)
class _Job:
    """Benches that are run at once; `experiment` is the one they are from, or one of those."""

    experiment: Experiment
    places: tuple[_Place, ...]
    benches: tuple[CellBench, ...]

    @property
    def weight(self) -> float:
        return self.experiment.weight * len(self.benches) / len(self.experiment.benches)


def _run(job: _Job, form: str, folder: Path) -> list[CellWaves]:
    if form != "twin":
        return _in_ngspice(job, form, folder)
    if job.experiment.cycles > 1:
        return [_chained(bench, job.experiment.cycles) for bench in job.benches]
    return side_by_side(job.benches)


def _part(experiment: Experiment, start: int, stop: int) -> _Job:
    places = tuple((experiment.name, k) for k in range(start, min(stop, len(experiment.benches))))
    return _Job(experiment, places, experiment.benches[start:stop])


# ---- ngspice


def _ngspice_jobs(experiments: Sequence[Experiment]) -> list[_Job]:
    return [
        _part(e, start, start + e.together)
        for e in sorted(experiments, key=lambda e: -e.weight)
        for start in range(0, len(e.benches), e.together)
    ]


def _in_ngspice(job: _Job, form: str, folder: Path) -> list[CellWaves]:
    experiment = job.experiment
    deck = cell_deck(
        job.benches,
        form=form,
        longest_step=experiment.longest_step,
        accuracy=Accuracy(reltol=experiment.reltol),
        method=experiment.method,
        title=f"Ag2S cell: {experiment.about}",
    )
    place = folder / "runs" / f"{experiment.name}-{job.places[0][1]}"
    place.mkdir(parents=True)
    waves = netlist_engine("ngspice").run_deck(deck, place, time_limit=TIME_LIMIT)
    # a hundred megabytes in all; deck and log stay and give them back
    (place / RAW).unlink()
    return [_from_ngspice(waves, bench, k) for k, bench in enumerate(job.benches)]


def _from_ngspice(waves: Waves, bench: CellBench, k: int) -> CellWaves:
    # a shorter bench rests while a longer one in the same deck goes on
    end = int(nearest(waves.time, bench.stop)) + 1
    time = waves.time[:end]
    column = {name: values[:end, k] for name, values in waves.values.items()}
    power = column["p"]
    loss = np.concatenate([[0.0], np.cumsum(0.5 * (power[1:] + power[:-1]) * np.diff(time))])
    return CellWaves(
        time=time,
        v_source=np.interp(time, bench.times, bench.volts),
        v=column["v"],
        i=column["i"],
        w=column["w"],
        x=column["x"],
        g=column["g"],
        p=power,
        loss=loss,
    )


# ---- twin


def _twin_jobs(experiments: Sequence[Experiment]) -> list[_Job]:
    """Each chain of cycles by itself; all trains of pulses in one job, all the rest in another.

    NumPy's cost is in the number of time steps, hardly in the number of cells.
    """
    single = [_part(e, 0, len(e.benches)) for e in experiments if e.cycles == 1]
    jobs = [_part(e, 0, len(e.benches)) for e in experiments if e.cycles > 1]
    for long in (True, False):
        parts = [job for job in single if (max(len(b.times) for b in job.benches) > _MANY_CORNERS) is long]
        if parts:
            places = tuple(place for job in parts for place in job.places)
            jobs.append(_Job(parts[0].experiment, places, tuple(bench for job in parts for bench in job.benches)))
    return jobs


def side_by_side(benches: Sequence[CellBench]) -> list[CellWaves]:
    """Waves of the benches on the twin, in their order.

    Raises:
        RequestError: they differ in temperature.
        SimulationError: the integrator gave up.
    """
    if len({bench.temperature for bench in benches}) != 1:
        raise RequestError("the twin runs benches of one temperature side by side")
    count = max(len(bench.times) for bench in benches)
    corners = [_padded(bench, count) for bench in benches]
    base = _ag2s(benches[0])
    own = {
        name: np.array([getattr(bench.cell, name) for bench in benches])
        for name, value in base.as_dict().items()
        if any(getattr(bench.cell, name) != value for bench in benches)
    }
    runs = simulate_many(
        base,
        own,
        np.array([times for times, _ in corners]),
        np.array([volts for _, volts in corners]),
        series_resistance=np.array([bench.r_series for bench in benches]),
        i_limit=np.array([np.inf if bench.i_limit is None else bench.i_limit for bench in benches]),
        temperature=benches[0].temperature,
    )
    return [_from_twin(bench, run) for bench, run in zip(benches, runs, strict=True)]


def _chained(bench: CellBench, cycles: int) -> CellWaves:
    per_cycle = (len(bench.times) - 1) // cycles
    times, volts = np.array(bench.times[: per_cycle + 1]), np.array(bench.volts[: per_cycle + 1])
    runs = simulate_chain(
        _ag2s(bench),
        {},
        times,
        np.tile(volts, (cycles, 1)),
        series_resistance=bench.r_series,
        i_limit=np.inf if bench.i_limit is None else bench.i_limit,
        temperature=bench.temperature,
    )
    parts = [_from_twin(bench, run) for run in runs]
    starts = np.arange(cycles) * times[-1]
    losses = np.concatenate([[0.0], np.cumsum([part.loss[-1] for part in parts])])
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("v_source", "v", "i", "w", "x", "g", "p")
    }
    return CellWaves(
        time=np.concatenate([start + part.time for start, part in zip(starts, parts, strict=True)]),
        loss=np.concatenate([before + part.loss for (before, _), part in zip(pairwise(losses), parts, strict=True)]),
        **joined,
    )


def _ag2s(bench: CellBench) -> CellParams:
    """The cell of a bench that the twin runs."""
    if not isinstance(bench.cell, CellParams):
        raise RequestError.for_value("bench.cell", type(bench.cell).__name__, allowed="CellParams: the twin is Ag2S's")
    return bench.cell


def _padded(bench: CellBench, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the source, filled up to `count` with rest after its end."""
    more = np.arange(1, count - len(bench.times) + 1) * 1e-3 * bench.stop
    return np.array([*bench.times, *(bench.stop + more)]), np.pad(
        bench.volts, (0, len(more)), constant_values=bench.volts[-1]
    )


def _from_twin(bench: CellBench, run: TwinRun) -> CellWaves:
    end = int(nearest(run.time, bench.stop)) + 1
    v, w, x = run.v[:end], run.w[:end], run.x[:end]
    return CellWaves(
        time=run.time[:end],
        v_source=run.v_source[:end],
        v=v,
        i=run.i[:end],
        w=w,
        x=x,
        g=np.asarray(Equations(_ag2s(bench), bench.temperature).conductance(v, w, x)),
        p=run.p[:end],
        loss=run.loss[:end],
    )

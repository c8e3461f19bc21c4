"""Speed of campaigns: what a run costs, and what of it beside its engine; how many there are by way of Dask."""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

from pyspice_models.benchmark.speed_figure import SpeedFigure
from pyspice_models.campaign.cluster import cluster
from pyspice_models.campaign.montecarlo_request import load_montecarlo
from pyspice_models.campaign.runs import Crew, Task, local, perform
from pyspice_models.campaign.workers import Died
from pyspice_models.errors import SimulationError
from pyspice_models.lazily import wanted


def _tasks(size: int, runs: int, engine: str) -> list[Task]:
    """Those of the shipped studies, scaled: a cell in the middle is set, and its row is read."""
    middle = size // 2
    tables: dict[str, Any] = {
        "study": {"engine": engine},
        "variability": {"seed": 1},
        "array": {"rows": size, "cols": size, "initial": {"pattern": "checkerboard"}},
        "faults": {"stuck_off": 2e-4, "open_cells": 2e-4},
        "program": [
            {"do": "write", "row": middle, "col": middle - 1},
            {"do": "read", "row": middle, "duration": "15 us" if size > 8 else "12 us"},
        ],
    }
    asked = load_montecarlo(tables, runs=runs)
    return [Task(f"run {n}", asked.nominal, asked.drawn_as(n)) for n in range(runs)]


def _spent(size: int, runs: int, engine: str) -> tuple[float, float]:
    """Processor time of runs, after two that count for nothing: of this process, and of those that it starts [s]."""
    tasks = _tasks(size, runs + 2, engine)
    for task in tasks[:2]:
        _done(task)
    began = os.times()
    for task in tasks[2:]:
        _done(task)
    ended = os.times()
    return (
        ended.user + ended.system - began.user - began.system,
        ended.children_user + ended.children_system - began.children_user - began.children_system,
    )


def one_run(size: int, runs: int, target: float | None) -> SpeedFigure:
    """Processor time of a run of a Monte Carlo on nodal, all of it: drawn, simulated, measured."""
    each = _spent(size, runs, "nodal")[0] / runs
    return SpeedFigure(
        "montecarlo_run", f"{size} x {size} write and read of drawn arrays, nodal, processor time of a run", each,
        figure=each, target=target, wanted="at most", unit="s",
    )  # fmt: skip


def beside_the_engine(size: int, runs: int, target: float | None) -> SpeedFigure:
    """Processor time of what is not ngspice in a run of a Monte Carlo, as a share of ngspice's."""
    beside, engine = _spent(size, runs, "ngspice")
    return SpeedFigure(
        "montecarlo_beside", f"{size} x {size} write and read of drawn arrays, what is not ngspice against ngspice",
        beside / runs, engine / runs, "ngspice, processor time", beside / engine, target, wanted="at most",
    )  # fmt: skip


def by_dask(size: int, runs: int, target: float | None, pairs: int = 5) -> SpeedFigure:
    """Runs a second by two workers of a Dask scheduler, over those by two processes; in turns, without their start."""
    wanted("dask")
    from distributed import LocalCluster

    tasks = _tasks(size, runs + 2, "ngspice")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as workers:
        there, here = cluster(workers.scheduler_address), local(2)
        _rate(there, tasks[:8])
        both = [(_rate(there, tasks), _rate(here, tasks)) for _ in range(pairs)]
    ratio = statistics.median(one / other for one, other in both)
    dask, own = (statistics.median(rates) for rates in zip(*both, strict=True))
    return SpeedFigure(
        "montecarlo_dask", f"{size} x {size} write and read of drawn arrays, ngspice, two workers of Dask", 1 / dask,
        1 / own, "two processes", ratio, target, details={"ratios": [one / other for one, other in both]},
    )  # fmt: skip


def _rate(crew: Crew, tasks: list[Task]) -> float:
    """Runs a second, once both workers are at work."""
    began = time.perf_counter()
    for count, (_, answer) in enumerate(crew(perform, tasks), 1):
        if isinstance(answer, Died) or answer.failure:
            raise SimulationError(f"a run failed: {answer}")
        if count == 2:
            began = time.perf_counter()
    return (len(tasks) - 2) / (time.perf_counter() - began)


def _done(task: Task) -> None:
    if failure := perform(task).failure:
        raise SimulationError(f"{task.where} failed: {failure}")

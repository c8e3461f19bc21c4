"""Monte Carlo: one study on many arrays, or in many cycles of one array; every measure becomes a distribution."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import xarray as xr

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.limit import Limit
from pyspice_models.campaign.montecarlo_data import as_dataset, save_montecarlo
from pyspice_models.campaign.montecarlo_request import MonteCarlo, array_seed, load_montecarlo
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, work_through
from pyspice_models.campaign.statistics import summarize
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.folders.mark import Origin
from pyspice_models.progress import counted
from pyspice_models.study.tables.source import Given

__all__ = ["MonteCarlo", "array_seed", "load_montecarlo", "montecarlo", "run_montecarlo"]


def montecarlo(
    study: Given,
    runs: int | None = None,
    *,
    spread: VariabilityParams | None = None,
    faults: Mapping[str, float] | None = None,
    seed: int | None = None,
    vary: str = "",
    draws: str = "",
    of: str = "",
    limits: Mapping[str, str | Sequence[str]] | None = None,
    engine: str = "",
    form: str = "",
    progress: bool = False,
    workers: int = 2,
    crew: Crew | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> xr.Dataset:
    """Simulate a study on many arrays, for example `montecarlo(study, 1000, spread=VariabilityParams(), seed=1)`.

    Args:
        study: a study, a study file, or the tables of one; a file says by its `[variability]` table how arrays differ.
        runs, seed, engine, form: instead of the study's own.
        spread: how arrays differ.
        faults: odds of faults by kind, so that every array has its own, such as `{"stuck_off": 2e-4}`.
        vary: "arrays" or "cycles".
        draws: "random", or evenly: "sobol" or "stratified".
        of: what is done with each array: "transient", the study's program; "write-verify", "inference", "disturb" or
            "retain", as the table of that name says.
        limits: what a good run keeps to, such as `{"state_change": ">= 0.05"}`; they go into the report.
        progress: show a bar, in notebooks and terminals.
        workers: processes, each with one simulator at a time.
        crew: instead of them, for example `cluster("tcp://host:8786")`.
        folder: where the study, the results of all runs, dataset and report are kept; without it they go with the call.
        resume: go on from what an earlier call with this folder, or the command, has done.
        force: replace another result in this folder.

    Returns, raises: see `load_montecarlo`, `run_montecarlo`; for distributions and yield give it to `summarize`.
    """
    asked = load_montecarlo(
        study, runs=runs, spread=spread, faults=faults, seed=seed, vary=vary, draws=draws, of=of, limits=limits,
        engine=engine, form=form,
    )  # fmt: skip
    if crew is None:
        crew = local(workers)
        asked.check_size(workers)
    made = Origin("montecarlo", asked.question, {**asked.about, "runs": asked.runs})
    with journal_of_call(folder, asked.key, asked.about, made, resume=resume, force=force) as journal:
        asked.write(journal.folder)
        with counted(progress, f"{asked.nominal.name}: runs", asked.runs) as told:
            dataset = run_montecarlo(asked, journal, crew, told)
        if folder is not None:
            save_montecarlo(asked, dataset, summarize(dataset, asked.limits), journal.folder)
    return dataset


def run_montecarlo(
    asked: MonteCarlo, journal: Journal, crew: Crew, progress: Callable[[int], None] | None = None
) -> xr.Dataset:
    """Do every run whose result the journal lacks.

    Args:
        asked: study and number of runs.
        journal: see `journal_in`; its key is that of `asked`.
        crew: who does it.
        progress: is told how many runs are done.

    Returns:
        Over the dimension `run`: every measure with its unit, NaN where a run has none; `failure`, why it failed, or
        ""; `array_seed` and `cycle`, which make the run again. Over (run, cause): `drawn`, see `vary`. Its
        `warning`, if it has one, says why the numbers are not to be trusted.

    Raises:
        RequestError: a limit on a measure that the study does not have, or in another unit; an engine that cannot do
            this.
        ToolError: a simulator is missing or too old.
        Ag2sError: the disk is full.
    """
    tasks = {n: Task(f"run {n}", asked.nominal, asked.drawn_as(n), asked.subject) for n in range(asked.runs)}
    checked = False
    for _, answer in work_through(tasks, journal, crew, progress):
        if answer.measures and not checked:
            check_limits(asked.limits, answer)
            checked = True
    dataset = as_dataset(asked, journal.results())
    if not checked and (ok := dataset["failure"].values == "").any():
        data = next(data for number, data in journal.results() if number < len(ok) and ok[number])
        check_limits(asked.limits, as_answer(data))
    return dataset


def check_limits(limits: Sequence[Limit], answer: Answer) -> None:
    """Raise RequestError for a limit on a measure that the runs do not have, or in another unit."""
    for limit in limits:
        refuse_unknown(limit.measure, dict(answer.measures), "montecarlo.limits")
        limit.value(answer.measures[limit.measure].unit)

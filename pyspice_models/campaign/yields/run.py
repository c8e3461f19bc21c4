"""A yield against a design key carried out: the same arrays at every value, or the odds of rare failures there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.montecarlo import check_limits
from pyspice_models.campaign.montecarlo_data import as_dataset
from pyspice_models.campaign.rare.run import crew_of, run_rare
from pyspice_models.campaign.runs import Crew, as_answer, local, work_through
from pyspice_models.campaign.statistics import summarize
from pyspice_models.campaign.yields.curve import YieldCurve, curve_of, point_of, rare_point_of, save_yield
from pyspice_models.campaign.yields.request import Against, YieldRequest, load_yield
from pyspice_models.folders.mark import Origin
from pyspice_models.progress import counted
from pyspice_models.study.tables.source import Given

_APART = 10_000_000
"""Of numbers of runs in the journal, from one value to the next, where failures are rare."""


def yield_against(
    study: Given,
    against: Against = "",
    runs: int | None = None,
    *,
    target: float | str | None = None,
    seed: int | None = None,
    of: str = "",
    limits: Mapping[str, str | Sequence[str]] | None = None,
    rare: bool = False,
    per_level: int = 2000,
    weighted: int = 4000,
    floor: float | str = 1e-9,
    engine: str = "",
    form: str = "",
    progress: bool = False,
    workers: int = 2,
    crew: Crew | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> YieldCurve:
    """The yield against a key, for example `yield_against("study.toml", "array.size=4,8,16", 200).largest`.

    Args:
        study, against, target, rare, per_level, weighted, floor: see `load_yield`.
        runs, seed, of, limits, engine, form, progress, workers, crew, folder, resume, force: as in `montecarlo`.

    Returns, raises: see `load_yield`, `run_yield`.
    """
    request = load_yield(
        study, against, runs=runs, target=target, seed=seed, of=of, limits=limits, rare=rare, per_level=per_level,
        weighted=weighted, floor=floor, engine=engine, form=form,
    )  # fmt: skip
    if crew is None:
        request.check_size(workers)
        crew = crew_of(workers) if rare else local(workers)
    made = Origin("yield", request.question, request.about)
    with journal_of_call(folder, request.key, request.about, made, resume=resume, force=force) as journal:
        request.write(journal.folder)
        with counted(progress, f"{request.name}: runs", 0 if rare else len(request.tasks)) as told:
            found = run_yield(request, journal, crew, told)
        save_yield(found, journal.folder)
    return found


def run_yield(
    request: YieldRequest,
    journal: Journal,
    crew: Crew,
    progress: Callable[[int], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> YieldCurve:
    """Do every run whose result the journal lacks.

    Args:
        request: see `load_yield`.
        journal: its key is that of the request.
        crew: who does it.
        progress: is told how many runs are done; not where failures are rare.
        tell: is told how far it has come, where they are.

    Raises:
        RequestError: a limit on a measure that the study does not have, or in another unit.
        SimulationError, Ag2sError: see `run_rare`, `work_through`.
    """
    if request.rare:
        return _of_rare(request, journal, crew, tell)
    count, checked = len(request.asked), set[int]()
    for number, answer in work_through(request.tasks, journal, crew, progress):
        if answer.measures and number % count not in checked:
            check_limits(request.asked[number % count].limits, answer)
            checked.add(number % count)
    results: list[list[tuple[int, Mapping[str, Any]]]] = [[] for _ in request.asked]
    for number, data in journal.results():
        run, place = divmod(number, count)
        if run < request.runs:
            results[place].append((run, data))
            if place not in checked and data["measures"]:
                check_limits(request.asked[place].limits, as_answer(data))
                checked.add(place)
    datasets = [as_dataset(one, found) for one, found in zip(request.asked, results, strict=True)]
    # which cause moves what is not asked here
    bare = [one.drop_dims("cause", errors="ignore") for one in datasets]
    points = [
        point_of(value, summarize(one, asked.limits))
        for value, one, asked in zip(request.axis.values, bare, request.asked, strict=True)
    ]
    return curve_of(request, points, datasets)


def _of_rare(
    request: YieldRequest, journal: Journal, crew: Crew, tell: Callable[[str], None] | None
) -> YieldCurve:  # fmt: skip
    points = []
    for place, one in enumerate(request.rare):
        value = request.axis.values[place]

        def say(line: str, where: str = request.told(place)) -> None:
            if tell is not None:
                tell(f"{where}: {line}")

        points.append(rare_point_of(value, run_rare(one, journal, crew, say, place * _APART)))
    return curve_of(request, points)

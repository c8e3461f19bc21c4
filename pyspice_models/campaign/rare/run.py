"""Rare failures of a study: its arrays are the places, and how far each keeps to the limits is the response."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from pyspice_models.campaign.intervals import of_share
from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.montecarlo_request import array_seed
from pyspice_models.campaign.rare.faulty import Faulty, Sites
from pyspice_models.campaign.rare.odds import rare_odds
from pyspice_models.campaign.rare.request import RareRequest, load_rare
from pyspice_models.campaign.rare.response import Rooms
from pyspice_models.campaign.rare.result import RareResult, save_rare
from pyspice_models.campaign.rare.subset import Stuck
from pyspice_models.campaign.runs import Crew, here, local
from pyspice_models.errors import Ag2sError
from pyspice_models.folders.mark import Origin
from pyspice_models.study.tables.source import Given
from pyspice_models.study.variation import space_of, vary


def rare(
    study: Given,
    *,
    per_level: int = 2000,
    weighted: int = 4000,
    faulty: int = 400,
    floor: float = 1e-9,
    seed: int | None = None,
    limits: Mapping[str, str | Sequence[str]] | None = None,
    engine: str = "",
    form: str = "",
    workers: int = 1,
    crew: Crew | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> RareResult:
    """The odds that an array misses a limit, for example `rare("study.toml").odds.interval`.

    Args:
        study, per_level, weighted, faulty, floor, seed, limits, engine, form: see `load_rare`.
        workers: processes; one works in this one.
        crew, folder, resume, force: as in `montecarlo`.

    Returns, raises: see `load_rare`, `run_rare`.
    """
    request = load_rare(
        study, per_level=per_level, weighted=weighted, faulty=faulty, floor=floor, seed=seed, limits=limits,
        engine=engine, form=form,
    )  # fmt: skip
    made = Origin("rare", request.question, request.about)
    with journal_of_call(folder, request.key, request.about, made, resume=resume, force=force) as journal:
        request.asked.write(journal.folder)
        found = run_rare(request, journal, crew or crew_of(workers))
        save_rare(found, journal.folder)
    return found


def crew_of(workers: int) -> Crew:
    """Processes, or this one alone: a level takes many short batches, and a process takes seconds to begin."""
    return here if workers == 1 else local(workers)


def run_rare(
    request: RareRequest, journal: Journal, crew: Crew, tell: Callable[[str], None] | None = None, first: int = 0
) -> RareResult:
    """Do every run whose result the journal lacks; which arrays come next is decided by those before.

    Args:
        request, journal, crew: see `rare`.
        tell: is told how far it has come.
        first: number of the first run in the journal, where that holds more than this.

    Raises:
        RequestError: a limit on a measure that the study has not, or in another unit.
        SimulationError: none of the first runs gave measures.
        Ag2sError: what spreads does not move the limits; else as `work_through`.
    """
    space = space_of(request.asked.nominal, request.asked.variation)
    response = Rooms(request, journal, crew, first)
    try:
        odds = rare_odds(
            response, space.size, per_level=request.per_level, weighted=request.weighted,
            seed=request.asked.variation.seed, floor=request.floor, tell=tell,
        )  # fmt: skip
    except Stuck:
        raise Ag2sError(
            "nothing leads to a failure: in too many arrays the measures that have limits are the same to the last bit "
            "and keep to them. Set limits on measures that spread."
        ) from None
    broken = _of_faulty(request, response, tell)
    return RareResult(request, odds, space, response.failed, response.engine, broken)


def _of_faulty(
    request: RareRequest, response: Rooms, tell: Callable[[str], None] | None
) -> Faulty | None:  # fmt: skip
    asked = request.asked
    sites = Sites(asked.variation.faults, asked.nominal.crossbar.shape)
    if not (odds := sites.odds_of_any) > 0:
        return None
    if tell is not None:
        tell(f"an array has faults with odds of {odds:.3g}: {request.faulty} of these")
    rng = np.random.default_rng(np.random.SeedSequence(asked.variation.seed, spawn_key=(3,)))
    studies = [
        replace(asked.nominal, crossbar=asked.nominal.crossbar.replace(faults=sites.broken(rng)))
        for _ in range(request.faulty)
    ]
    arrays = [
        (one, replace(asked.variation, seed=array_seed(asked.variation.seed, n), faults={}))
        for n, one in enumerate(studies)
    ]
    fails = response.rooms(arrays) <= 0
    share = float(fails.mean())
    example = None
    if fails.any():
        drawn = vary(*arrays[int(fails.argmax())])[0]
        example = replace(drawn, title=f"{drawn.title}, a failure with a fault")
    return Faulty(odds, share, of_share(int(fails.sum()), len(fails)), len(fails), example)

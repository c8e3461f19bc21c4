"""Rare failures of a study: its arrays are the places, and how far each keeps to the limits is the response."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import deviate_of
from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.journal.folder import Journal, journal_in
from pyspice_models.campaign.limit import Limit
from pyspice_models.campaign.rare.odds import Odds, rare_odds
from pyspice_models.campaign.rare.request import RareRequest, load_rare
from pyspice_models.campaign.rare.subset import Stuck
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, perform, work_through
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import Ag2sError, SimulationError, cut
from pyspice_models.files import write_text
from pyspice_models.folders.mark import Origin
from pyspice_models.study.draws.places import Stated
from pyspice_models.study.draws.space import Space
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.source import Given
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import space_of, vary

Array = NDArray[np.float64]
FAILURE = "failure"
"""The folder of the most probable failure, beside the report."""


@dataclass(frozen=True)
class RareResult:
    """Odds of a rare failure of a study.

    Attributes:
        request: what was asked.
        odds: see there.
        space: coordinates of the arrays.
        failed: runs that gave no measures; they count as failures.
        engine: name and version.
    """

    request: RareRequest
    odds: Odds
    space: Space
    failed: int
    engine: str

    @property
    def study(self) -> Study | None:
        """The array of the most probable failure, as a study; None if none was found."""
        if self.odds.likeliest is None:
            return None
        asked = self.request.asked
        drawn = vary(asked.nominal, replace(asked.variation, place=Stated(self.odds.likeliest)))[0]
        return replace(drawn, title=f"{drawn.title}, its most probable failure")

    def causes(self) -> list[tuple[str, float, float]]:
        """What lies how far from the median in the most probable failure, what weighs most first.

        Returns:
            Name of a part of the space, share of the square of the distance, and the mean deviate of its cells in
            standard deviations.
        """
        if self.odds.likeliest is None:
            return []
        place = self.odds.likeliest
        total = float(place @ place)
        deviates = deviate_of(scipy.special.ndtr(place))
        found = [
            (name, float(place[where] @ place[where]) / total, float(deviates[where].mean()))
            for name, where in self.space.slices.items()
        ]
        return sorted(found, key=lambda one: -one[1])


def rare(
    study: Given,
    *,
    per_level: int = 2000,
    weighted: int = 4000,
    floor: float = 1e-9,
    seed: int | None = None,
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
        study, per_level, weighted, floor, seed, engine, form: see `load_rare`.
        workers: processes; one works in this one.
        crew, folder, resume, force: as in `montecarlo`.

    Returns, raises: see `load_rare`, `run_rare`.
    """
    request = load_rare(
        study, per_level=per_level, weighted=weighted, floor=floor, seed=seed, engine=engine, form=form
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        place = Path(folder) if folder is not None else Path(scratch) / "rare"
        made = Origin("rare", request.question, request.about)
        with journal_in(place, request.key, request.about, origin=made, resume=resume, force=force) as journal:
            request.asked.write(journal.folder)
            found = run_rare(request, journal, crew or crew_of(workers))
            save_rare(found, journal.folder)
    return found


def crew_of(workers: int) -> Crew:
    """Processes, or this one alone: a level takes many short batches, and a process takes seconds to begin."""
    return _here if workers == 1 else local(workers)


def _here(do: Callable[[Any], Any], items: Sequence[Any]) -> Any:
    for number, item in enumerate(items):
        yield number, do(item)


def run_rare(
    request: RareRequest, journal: Journal, crew: Crew, tell: Callable[[str], None] | None = None
) -> RareResult:
    """Do every run whose result the journal lacks; which arrays come next is decided by those before.

    Raises:
        RequestError: a limit on a measure that the study has not, or in another unit.
        SimulationError: none of the first runs gave measures.
        Ag2sError: what spreads does not move the limits; else as `work_through`.
    """
    space = space_of(request.asked.nominal, request.asked.variation)
    response = _Response(request, journal, crew)
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
    return RareResult(request, odds, space, response.failed, response.engine)


class _Response:
    """How far arrays keep to the limits, in standard deviations of each measure; see `Response`."""

    def __init__(self, request: RareRequest, journal: Journal, crew: Crew) -> None:
        self.request, self.journal, self.crew = request, journal, crew
        self.known = {number: as_answer(data) for number, data in journal.results()}
        self.number, self.failed, self.engine = 0, 0, ""
        self.spreads: list[float] = []

    def __call__(self, places: Array) -> Array:
        asked = self.request.asked
        numbers = range(self.number, self.number + len(places))
        self.number += len(places)
        tasks = {
            number: Task(f"run {number}", asked.nominal, replace(asked.variation, place=Stated(place)))
            for number, place in zip(numbers, places, strict=True)
        }
        names = tuple(dict.fromkeys(limit.measure for limit in asked.limits))
        for number, answer in work_through(tasks, self.journal, self.crew, do=partial(_limited, names=names)):
            self.known[number] = answer
        answers = [self.known.pop(number) for number in numbers]
        self.failed += sum(1 for one in answers if one.failure)
        self.engine = next((one.engine for one in answers if one.engine), self.engine)
        rooms = np.array([_rooms(asked.limits, one) for one in answers])
        if not self.spreads:
            self._scale(rooms, answers)
        worst = (rooms / np.array(self.spreads)).min(axis=1)
        return np.where(np.isfinite(worst), worst, -np.inf)

    def _scale(self, rooms: Array, answers: Sequence[Answer]) -> None:
        """By the first places, which are arrays as they come."""
        if not any(one.measures for one in answers):
            raise SimulationError(f"no run gave measures; the first failed: {cut(answers[0].failure, 500)}")
        for column in rooms.T:
            finite = column[np.isfinite(column)]
            spread = float(finite.std()) if len(finite) else 0.0
            self.spreads.append(spread if spread > 0 else 1.0)


def _limited(task: Task, names: Sequence[str]) -> Answer:
    """A run of which the measures with limits are kept; called in a worker. There are tens of thousands."""
    answer = perform(task)
    if answer.measures:
        for name in names:
            refuse_unknown(name, dict(answer.measures), "montecarlo.limits")
    kept = {name: answer.measures[name] for name in names if name in answer.measures}
    return Answer(kept, answer.failure, answer.engine)


def _rooms(limits: Sequence[Limit], answer: Answer) -> list[float]:
    """Of each limit; minus infinity where it is missed by a value that is not finite, or by none."""
    found = []
    for limit in limits:
        if (one := answer.measures.get(limit.measure)) is None or not math.isfinite(one.value):
            found.append(-math.inf)
            continue
        room = float(limit.room(np.array(one.value), one.unit))
        # a limit is kept by its own value, and a response of 0 fails
        found.append(5e-324 if room == 0 else room)
    return found


def save_rare(found: RareResult, folder: Path) -> None:
    """Write the report, and the most probable failure as a study.

    Raises:
        OSError: the disk is full.
        RequestError: see `write_tables`.
    """
    write_text(folder / "rare.json", json.dumps(as_data(found), indent=2) + "\n")
    if (study := found.study) is not None:
        (folder / FAILURE).mkdir(exist_ok=True)
        write_tables(tables_of(study), folder / FAILURE)


def as_data(found: RareResult) -> dict[str, Any]:
    """The report as JSON holds it."""
    odds, asked = found.odds, found.request.asked
    weighted: Mapping[str, Any] | None = None
    if odds.weighted is not None:
        one = odds.weighted
        weighted = {"odds": one.odds, "interval": list(one.interval), "runs": one.runs, "failing": one.failing}
    return {
        "study": found.request.name, "engine": found.engine, "form": asked.nominal.form,
        "seed": asked.variation.seed, "limits": [f"{one.measure} {one.sign} {one.text}" for one in asked.limits],
        "confidence": CONFIDENCE, "odds": odds.odds, "interval": list(odds.interval), "by": odds.how,
        "runs": odds.runs, "failed": found.failed,
        "brute_force_runs": odds.brute_force if math.isfinite(odds.brute_force) else None,
        "subset_simulation": {
            "odds": odds.subset.odds, "interval": list(odds.subset.interval), "runs": odds.subset.runs,
            "levels": odds.subset.levels, "repeats": odds.subset.each.tolist(),
        },
        "importance_sampling": weighted,
        "agree": odds.agree if weighted is not None else None,
        "directions": len(odds.centres),
        "most_probable_failure": None if odds.likeliest is None else {
            "distance": odds.distance,
            "study": f"{FAILURE}/study.toml",
            "causes": [
                {"cause": name, "share": share, "mean_deviate": mean} for name, share, mean in found.causes()
            ],
        },
    }  # fmt: skip

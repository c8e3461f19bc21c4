"""A search carried out: runs one after the other, each where the answers before it say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from pyspice_models.campaign.axis import Axis
from pyspice_models.campaign.find.bisection import bisect
from pyspice_models.campaign.find.data import save_search
from pyspice_models.campaign.find.request import Search, load_search
from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.runs import Answer, as_answer, here, perform, work_through
from pyspice_models.campaign.sweep import measured, origin_of
from pyspice_models.displayed import Drawn
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.folders.mark import Origin
from pyspice_models.measure import Measure
from pyspice_models.study.bounds import check_campaign
from pyspice_models.study.tables.source import Given
from pyspice_models.units import micro, show

Told = Callable[[str], None]
"""Is told each run that was made: the value, and what was measured there."""


@dataclass(frozen=True, repr=False)
class SearchResult(Drawn):
    """What a search came to.

    Attributes:
        search: what was asked.
        holds_at: the value beside the change at which the condition holds [SI]; None where it changes nowhere.
        fails_at: the one at which it does not.
        measures: what was measured at each value that was tried.
        dataset: all measures over the values that were tried, and `failure`.
    """

    search: Search
    holds_at: float | None
    fails_at: float | None
    measures: Mapping[float, Measure]
    dataset: xr.Dataset

    def __repr__(self) -> str:
        """One line for people."""
        return f"<SearchResult of {len(self.measures)} runs: {micro(self.answer)}>"

    @property
    def answer(self) -> str:
        """In words."""
        search = self.search
        unit = next(iter(self.measures.values())).unit
        condition = search.until.shown(unit)
        if self.holds_at is None or self.fails_at is None:
            low, high = (self._told(end) for end in (search.low, search.high))
            how = "holds" if search.until.holds(self.measures[search.low]) else "does not hold"
            return (
                f"{condition} changes nowhere between the ends, where it {how}: {low}, and {high}. "
                "Give another --range or another bound."
            )
        way = "from {} up" if self.holds_at > self.fails_at else "up to {}"
        return (
            f"{condition} holds {way.format(self._told(self.holds_at))}, and not yet where {self._told(self.fails_at)}"
        )

    def _told(self, value: float) -> str:
        measure = self.measures[value]
        shown = show(measure.value, measure.unit)
        return f"{self.search.vary} = {self.search.shown(value)} ({self.search.until.measure} {shown})"


def first_answer(search: Search) -> Answer:
    """The run at the low end: before anything is written it says whether the study has the measure.

    Raises:
        RequestError: it has not, or the bound is in another unit, or the run does not fit into this machine.
        Ag2sError: the run failed.
    """
    task = search.task(search.low)
    check_campaign([(task.where, task.study)], 1)
    answer = perform(task)
    if not answer.failure:
        search.until.of(answer.measures)
    return answer


def run_search(search: Search, journal: Journal, first: Answer | None = None, told: Told | None = None) -> SearchResult:
    """Make the runs that the journal lacks.

    Args:
        search: see `load_search`.
        journal: see `journal_in`; its key is the digest of the search.
        first: of the run at the low end, if it was made.
        told: see `Told`.

    Raises:
        RequestError: the study has no such measure; a value at which it is none, or that does not fit this machine.
        Ag2sError: a run failed, or its measure is not a number there: nothing says on which side it lies.
    """
    before = {number: as_answer(data) for number, data in journal.results()}
    answers: dict[float, Answer] = {}
    measures: dict[float, Measure] = {}

    def holds(value: float) -> bool:
        number = len(answers)
        answers[value] = before[number] if number in before else _made(search, value, number, journal, first)
        measures[value] = _measured(search, value, answers[value])
        if told is not None:
            told(f"{search.vary} = {search.shown(value)}: {search.until.measure} {_shown(measures[value])}")
        return search.until.holds(measures[value])

    whole = search.declared.whole
    bracket = bisect(holds, search.low, search.high, whole=whole, within=search.within)
    holding = failing = None
    if bracket is not None:
        ends = (bracket.below, bracket.above)
        holding, failing = ends if search.until.holds(measures[bracket.below]) else ends[::-1]
    return SearchResult(search, holding, failing, measures, _dataset(search, answers, holding, failing))


def find(
    study: Given, vary: str, until: str, *, ends: str = "", within: float | str = 0.01, of: str = "transient",
    engine: str = "", form: str = "", folder: Path | str | None = None, resume: bool = False, force: bool = False,
) -> SearchResult:  # fmt: skip
    """At which value of a key a measure crosses a limit, for example `find(study, "array.size", "read_margin < 0.2")`.

    Args:
        study, vary, until, ends, within, of, engine, form: see `load_search`.
        folder: where the results of all runs and the dataset are kept; without it they go with the call.
        resume: go on from what an earlier call with this folder, or the command, has done.
        force: replace another result in this folder.

    Raises:
        RequestError, Ag2sError: see `load_search`, `run_search` and `journal_in`.
    """
    search = load_search(study, vary, until, ends=ends, within=within, of=of, engine=engine, form=form)
    first = None if resume else first_answer(search)
    made = Origin("find", search.digest(of_question=True), search.about)
    with journal_of_call(folder, search.digest(), search.about, made, resume=resume, force=force) as journal:
        found = run_search(search, journal, first)
        save_search(found.dataset, journal.folder)
    return found


def _made(search: Search, value: float, number: int, journal: Journal, first: Answer | None) -> Answer:
    """A run of this process, kept in the journal."""
    task = search.task(value)
    known = first if number == 0 else None
    if known is None:
        check_campaign([(task.where, task.study)], 1)
    done = work_through({number: task}, journal, here, do=lambda one: perform(one) if known is None else known)
    return next(answer for _, answer in done)


def _measured(search: Search, value: float, answer: Answer) -> Measure:
    where = f"{search.vary} = {search.shown(value)}"
    if answer.failure:
        raise Ag2sError(f"the run at {where} failed: {answer.failure}\nGive a --range without it.")
    try:
        measure = search.until.of(answer.measures)
    except RequestError as error:
        raise error.at(where) from None
    if math.isnan(measure.value):
        raise Ag2sError(f"{search.until.measure} is not a number at {where}. Give a --range without it.")
    return measure


def _shown(measure: Measure) -> str:
    return show(measure.value, measure.unit)


def _dataset(
    search: Search, answers: Mapping[float, Answer], holding: float | None, failing: float | None
) -> xr.Dataset:  # fmt: skip
    """All measures over the values that were tried, in their order."""
    values = sorted(answers)
    axis = Axis(search.keys, tuple(search.text(value) for value in values))
    coords = {axis.name: axis.coordinate(search.source.tables)}
    data = measured([axis.name], [axis], {(place,): answers[value] for place, value in enumerate(values)})
    study = search.task(search.low).study
    attrs = origin_of(search.name, study, search.source, answers.values()) | {
        "vary": search.vary,
        "measure": search.until.measure,
        "until": search.condition,
        "bound": search.until.value(next(iter(answers.values())).measures[search.until.measure].unit),
        "holds_at": math.nan if holding is None else float(holding),
        "fails_at": math.nan if failing is None else float(failing),
    }
    if warning := study.crossbar.warning(search.task(value).study.crossbar.temperature for value in values):
        attrs["warning"] = warning
    return xr.Dataset(data, coords, attrs)

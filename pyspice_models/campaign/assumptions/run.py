"""Every assumption of a study at both ends of its plausible range, one at a time: how far it moves each measure."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.assumptions.published import changed_cell
from pyspice_models.campaign.assumptions.subject import Subject, subject_of
from pyspice_models.campaign.assumptions.varied import Varied, parse_ranges, select
from pyspice_models.campaign.journal import Journal, journal_in
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, perform, work_through
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError, SimulationError, cut
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.mark import Origin
from pyspice_models.result import save
from pyspice_models.study.bounds import check_campaign
from pyspice_models.study.identity import identity, question
from pyspice_models.study.run import versions
from pyspice_models.study.tables.source import Given
from pyspice_models.study.tables.text import tables_as_json
from pyspice_models.units import show

ENDS = ("low", "high")
_BEFORE, _AFTER = "published before: ", "published after: "


@dataclass(frozen=True)
class EndTask(Task):
    """One run: one parameter at one end, or the study as it is (`key` is "").

    Attributes:
        subject: whose parameter it is.
        key, value: the parameter, SI.
        follow: calibrated parameters follow, so that published numbers stay.
    """

    subject: Subject | None = None
    key: str = ""
    value: float = 0.0
    follow: bool = True


@dataclass(frozen=True)
class Request:
    """What is asked, made ready: every end is a valid study.

    Attributes:
        subject: the study.
        varied: its parameters.
        alone: why the others are left alone, by key.
        measures: that are asked for; none for the headlines.
        follow: calibrated parameters follow.
    """

    subject: Subject
    varied: Sequence[Varied]
    alone: Mapping[str, str]
    measures: Sequence[str] = ()
    follow: bool = True

    @property
    def tasks(self) -> dict[int, Task]:
        """By number: 0 the study as it is, then low and high of each parameter, but where an end is the value."""
        study, variation = self.subject.study, self.subject.variation
        found: dict[int, Task] = {0: EndTask("the study as it is", study, variation)}
        for place, one in enumerate(self.varied):
            for end, value in enumerate(one.ends):
                if not _same(value, one.value):
                    where = f"{one.key} = {show(value, one.declared.unit)}"
                    found[number_of(place, end)] = EndTask(
                        where, self.subject.changed({one.key: value}), variation, self.subject, one.key, value,
                        self.follow,
                    )  # fmt: skip
        return found

    @property
    def key(self) -> str:
        """Of all that decides the results."""
        about = {
            f"{number} {task.where}": content_key(identity(task.study) | {"program": task.study.program})
            for number, task in self.tasks.items()
        }
        return content_key(about | {"follow": self.follow, "variation": self.subject.variation})

    @property
    def question(self) -> str:
        """The same without tools and models, and with the measures asked for."""
        about: dict[str, Any] = {f"{number}": content_key(question(t.study)) for number, t in self.tasks.items()}
        return content_key(
            about | {"follow": self.follow, "variation": self.subject.variation, "measures": tuple(self.measures)}
        )

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        study = self.subject.study
        return {"study": study.name, "engine": study.engine, "form": study.form, "parameters": len(self.varied)}

    def check_size(self, at_once: int) -> None:
        """Refuse runs that do not fit into this machine, so many at the same time; see `check_campaign`."""
        check_campaign(((task.where, task.study) for task in self.tasks.values()), at_once)


def number_of(place: int, end: int) -> int:
    """Number of the run of a parameter's end."""
    return 1 + 2 * place + end


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def load_request(
    study: Given,
    changes: Sequence[str] = (),
    *,
    measures: Sequence[str] = (),
    only: Sequence[str] = (),
    ranges: Sequence[str] = (),
    engine: str = "",
    form: str = "",
    follow: bool = True,
) -> Request:
    """What is asked of a study, a study file, or the tables of one; see `assumptions`.

    Raises:
        RequestError: no valid study, an unknown key, a range that is none, nothing to vary.
    """
    subject = subject_of(study, changes, engine=engine, form=form)
    varied, alone = select(subject, only, parse_ranges(ranges, subject))
    return Request(subject, varied, alone, measures, follow)


def assumptions(
    study: Given,
    measures: Sequence[str] = (),
    *,
    vary: Sequence[str] = (),
    ranges: Mapping[str, tuple[object, object]] | None = None,
    engine: str = "",
    form: str = "",
    follow: bool = True,
    workers: int = 2,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> xr.Dataset:
    """How far each assumed parameter moves the measures of a study, within its plausible range.

    Args:
        study: a study, a study file, or the tables of one.
        measures: that the study must have; none for whatever it has.
        vary: keys of the parameters to vary, such as `cell.alpha`; none for all that can act.
        ranges: of one's own, by key: two ends, numbers or text with units.
        engine, form: instead of the study's own. A file that names no engine is solved by nodal if it can be.
        follow: let calibrated parameters follow, so that the published numbers stay where they are.
        workers: processes, each with one simulator at a time.
        folder, resume, force: where study, results of all runs and dataset are kept, see `sweep`; without a folder they
            go with the call.

    Returns: see `run_assumptions`.

    Raises:
        RequestError: no valid study, an unknown key or measure, nothing to vary.
        SimulationError, ToolError: the study as it is fails; a simulator is missing or too old.
    """
    texts = [f"{key}={low}:{high}" for key, (low, high) in (ranges or {}).items()]
    request = load_request(study, measures=measures, only=vary, ranges=texts, engine=engine, form=form, follow=follow)
    crew = local(workers)
    request.check_size(workers)
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        target = Path(folder) if folder is not None else Path(scratch) / "assumptions"
        made = Origin("assumptions", request.question, request.about)
        with journal_in(target, request.key, request.about, origin=made, resume=resume, force=force) as journal:
            request.subject.write(journal.folder)
            found = run_assumptions(request, journal, crew)
            save(found, journal.folder / "assumptions.nc")
    return found


def run_assumptions(
    request: Request, journal: Journal, crew: Crew, report: Callable[[int], None] | None = None
) -> xr.Dataset:
    """Run every end whose result the journal lacks.

    Returns:
        Over (parameter, end): every measure with its unit, NaN where a run failed, and in its attribute `nominal` what
        the study as it is gives; `value`, of the parameter [SI]; `failure`, why, or ""; `follows` and `moves`, JSON:
        what calibrated parameters became, and published numbers that moved, before and after. The coordinates of a
        parameter are its unit, tag, source, range and reason. The attribute `left_alone` is JSON: why, by key.

    Raises:
        RequestError: the study has none of the measures, or only the engine could tell that a run is refused.
        SimulationError: the study as it is fails.
        ToolError: a simulator is missing or too old.
        Ag2sError: the disk is full.
    """
    for number, answer in work_through(request.tasks, journal, crew, report, perform_end):
        if number == 0:
            _check_nominal(request, answer)
    answers = {number: as_answer(data) for number, data in journal.results()}
    _check_nominal(request, answers[0])
    return _dataset(request, answers)


def perform_end(task: EndTask) -> Answer:
    """Change the parameter, let the calibrated ones follow, simulate and measure; called in a worker."""
    if task.subject is None:
        return perform(task)
    table, _, name = task.key.partition(".")
    values, moved = {task.key: task.value}, dict[str, tuple[float, float]]()
    cell = task.subject.study.crossbar.cell
    if table == "cell" and isinstance(cell, CellParams):  # published numbers are of this cell alone
        held = changed_cell(cell, name, task.value, follow=task.follow)
        values, moved = {f"cell.{key}": value for key, value in held.values.items()}, dict(held.moved)
    try:
        study = task.subject.changed(values)
    except RequestError as error:
        return Answer(failure=f"with {', '.join(values)} to keep the published numbers: {error}")
    answer = perform(Task(task.where, study, task.variation))
    # a row that cannot be had after the change is no number; JSON has none for that either
    told = {_BEFORE + row: before for row, (before, _) in moved.items()}
    told |= {_AFTER + row: after for row, (_, after) in moved.items()}
    return replace(answer, drawn={key: value for key, value in values.items() if key != task.key} | told)


def _check_nominal(request: Request, answer: Answer) -> None:
    """Raise if there is nothing that the ends could be compared with."""
    if answer.failure:
        raise SimulationError(
            f"the study as it is fails, and gives nothing to compare with: {cut(answer.failure, 500)}"
        )
    if lacking := [name for name in request.measures if name not in answer.measures]:
        raise RequestError(
            f"the study has no measure {', '.join(map(cut, lacking))}; it has: {', '.join(answer.measures)}."
        )


def _dataset(request: Request, answers: Mapping[int, Answer]) -> xr.Dataset:
    shape, nominal = (len(request.varied), len(ENDS)), answers[0]
    data: dict[str, Any] = {}
    texts = {name: np.full(shape, "", dtype=object) for name in ("failure", "follows", "moves")}
    columns = {name: np.full(shape, np.nan) for name in nominal.measures}
    for place in np.ndindex(shape):
        one = answers.get(number_of(*place), nominal)  # an end that is the study's own value has no run of its own
        for name, values in columns.items():
            if name in one.measures:
                values[place] = one.measures[name].value
        texts["failure"][place] = one.failure
        after = {key.removeprefix(_AFTER): value for key, value in one.drawn.items() if key.startswith(_AFTER)}
        texts["moves"][place] = json.dumps({row: [one.drawn[_BEFORE + row], value] for row, value in after.items()})
        texts["follows"][place] = json.dumps(
            {key: value for key, value in one.drawn.items() if not key.startswith((_BEFORE, _AFTER))}
            if one is not nominal else {}
        )  # fmt: skip
    dims = ("parameter", "end")
    for name, values in columns.items():
        measure = nominal.measures[name]
        attrs = {"units": measure.unit or "1", "long_name": measure.about, "nominal": measure.value}
        data[name] = (dims, values, attrs)
    data["value"] = (dims, np.array([one.ends for one in request.varied]), {"long_name": "of the parameter, SI"})
    for name, about in (
        ("failure", "why the run has no measures"), ("follows", "calibrated parameters that followed, JSON"),
        ("moves", "published numbers that moved, before and after, JSON"),
    ):  # fmt: skip
        data[name] = (dims, texts[name].astype(str), {"long_name": about})
    study = request.subject.study
    return xr.Dataset(
        data,
        {"parameter": [one.key for one in request.varied], "end": list(ENDS)} | _coordinates(request.varied),
        {
            "study": study.name, "title": study.title, "form": study.form, "engine": nominal.engine,
            "follow": str(request.follow),
            "left_alone": json.dumps(dict(request.alone)),
            "settings": tables_as_json(study.settings),
            "versions": json.dumps(dict(versions())),
        },
    )  # fmt: skip


def _coordinates(varied: Sequence[Varied]) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {
        "nominal": [one.value for one in varied],
        "unit": [one.declared.unit for one in varied],
        "tag": [one.tag for one in varied],
        "source": [one.declared.source for one in varied],
        "range_tag": [one.plausible.tag for one in varied],
        "reason": [one.plausible.reason for one in varied],
    }
    return {name: ("parameter", values) for name, values in columns.items()}

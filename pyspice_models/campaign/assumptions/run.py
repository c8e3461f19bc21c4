"""Every assumption of a study at both ends of its plausible range, one at a time: how far it moves each measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import xarray as xr

from pyspice_models.campaign.assumptions.data import AFTER, BEFORE, dataset_of
from pyspice_models.campaign.assumptions.published import changed_cell
from pyspice_models.campaign.assumptions.request import EndTask, Request, load_request
from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, perform, work_through
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError, SimulationError, cut
from pyspice_models.folders.mark import Origin
from pyspice_models.result import save
from pyspice_models.study.tables.source import Given


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
    made = Origin("assumptions", request.question, request.about)
    with journal_of_call(folder, request.key, request.about, made, resume=resume, force=force) as journal:
        request.subject.write(journal.folder)
        dataset = run_assumptions(request, journal, crew)
        save(dataset, journal.folder / "assumptions.nc")
    return dataset


def run_assumptions(
    request: Request, journal: Journal, crew: Crew, progress: Callable[[int], None] | None = None
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
    for number, answer in work_through(request.tasks, journal, crew, progress, perform_end):
        if number == 0:
            _check_nominal(request, answer)
    answers = {number: as_answer(data) for number, data in journal.results()}
    _check_nominal(request, answers[0])
    return dataset_of(request, answers)


def perform_end(task: EndTask) -> Answer:
    """Change the parameter, let the calibrated ones follow, simulate and measure; called in a worker."""
    if task.whose is None:
        return perform(task)
    table, _, name = task.key.partition(".")
    values, moved = {task.key: task.value}, dict[str, tuple[float, float]]()
    cell = task.whose.study.crossbar.cell
    if table == "cell" and isinstance(cell, CellParams):  # published numbers are of this cell alone
        held = changed_cell(cell, name, task.value, follow=task.follow)
        values, moved = {f"cell.{key}": value for key, value in held.values.items()}, dict(held.moved)
    try:
        study = task.whose.changed(values)
    except RequestError as error:
        return Answer(failure=f"with {', '.join(values)} to keep the published numbers: {error}")
    answer = perform(Task(task.where, study, task.variation))
    # a row that cannot be had after the change is no number; JSON has none for that either
    told = {BEFORE + row: before for row, (before, _) in moved.items()}
    told |= {AFTER + row: after for row, (_, after) in moved.items()}
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

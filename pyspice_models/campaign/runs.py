"""Many runs: each is done and measured in a worker, and lands in the journal as it comes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pyspice_models.campaign.journal.folder import Journal
from pyspice_models.campaign.subjects.subject import TRANSIENT, Subject
from pyspice_models.campaign.workers import Died, check_workers, in_workers
from pyspice_models.disk import lack
from pyspice_models.errors import Ag2sError, RequestError, SimulationError, StorageError
from pyspice_models.measure import Measure
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation

Crew = Callable[[Callable[[Any], Any], Sequence[Any]], Generator[tuple[int, Any], None, None]]
"""Applies a function to items in workers; gives the number of each and its answer, or `Died`, as they come."""

_ATTEMPTS = 3
"""A run whose worker dies is begun again; one that kills so many workers counts as failed."""

_IN_A_ROW = 5
"""So many runs one after the other whose workers died are no accident of a run."""

_KEPT = ("*.cir", "*.sim", "*.log", "*.txt")


@dataclass(frozen=True)
class Task:
    """One run: what is simulated, and which array is drawn for it, if any.

    Attributes:
        where: what to call it in an error.
        subject: what is done with it.
    """

    where: str
    study: Study
    variation: Variation | None = None
    subject: Subject = TRANSIENT


@dataclass(frozen=True)
class Answer:
    """What a run gave.

    Attributes:
        measures: by name; empty if it failed.
        failure: why it failed, or "".
        engine: name and version.
        drawn: see `vary`; or what else a run found by name.
        files: of a failed run, deck and log, by name.
    """

    measures: Mapping[str, Measure] = field(default_factory=dict)
    failure: str = ""
    engine: str = ""
    drawn: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def here(do: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
    """A crew of this process alone, for runs that are shorter than a worker takes to begin."""
    for number, item in enumerate(items):
        yield number, do(item)


def local(workers: int) -> Crew:
    """A crew of processes on this machine.

    Raises:
        RequestError: the number is out of range.
    """
    check_workers(workers)
    return partial(in_workers, workers=workers, attempts=_ATTEMPTS)


def work_through(
    tasks: Mapping[int, Task],
    journal: Journal,
    crew: Crew,
    progress: Callable[[int], None] | None = None,
    do: Callable[[Any], Answer] | None = None,
) -> Iterator[tuple[int, Answer]]:
    """Do the tasks whose results the journal lacks, and give each when it is in the journal.

    Args:
        tasks: by number.
        journal: where results go.
        crew: who does it.
        progress: is told how many are done, those that were there before included.
        do: what is done to a task, a function of a module; by default `perform`.

    Raises:
        RequestError: only the engine could tell that the request is wrong; the run is named.
        ToolError: a tool is missing or too old.
        Ag2sError: the journal cannot be written, or workers die one after the other.
    """
    missing = [number for number in tasks if number not in journal.done]
    before = len(tasks) - len(missing)
    if progress is not None:
        progress(before)
    deaths = 0
    with closing(crew(do or perform, [tasks[number] for number in missing])) as answers:
        for count, (place, answer) in enumerate(answers, before + 1):
            died = isinstance(answer, Died)
            found = Answer(failure=answer.reason) if isinstance(answer, Died) else answer
            # what killed a worker may have been no fault of the run: --resume tries it again
            journal.add(missing[place], _as_data(found) | ({"again": True} if died else {}), found.files)
            if progress is not None:
                progress(count)
            yield missing[place], found
            deaths = deaths + 1 if died else 0
            if deaths == _IN_A_ROW:
                raise Ag2sError(f"the workers die one after the other: {found.failure}. Mend that, then add --resume.")


def perform(task: Task, only: Sequence[str] = ()) -> Answer:
    """Do one run and measure it, or of its measures those that are wanted at least; called in a worker."""
    study, drawn = task.study, dict[str, float]()
    if task.variation is not None:
        try:
            study, drawn = task.subject.drawn(study, task.variation)
        except RequestError as error:
            return Answer(failure=str(error))
    try:
        with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
            return _measured(task, study, drawn, Path(scratch), only)
    except OSError as error:
        raise Ag2sError(
            f"{task.where} cannot work in the temporary folder {tempfile.gettempdir()}: {error}. Make room there, or "
            "let TMPDIR name another folder, and go on with --resume."
        ) from None


def _measured(task: Task, study: Study, drawn: Mapping[str, float], scratch: Path, only: Sequence[str]) -> Answer:
    where = task.where
    try:
        measures, engine = task.subject.measured(study, task.variation, scratch, only)
    except RequestError as error:  # such as an engine that cannot do this
        if task.variation is not None and task.subject.draws_on:
            return Answer(failure=str(error), drawn=drawn)
        raise error.at(where) from None
    except SimulationError as error:
        if (reason := lack(scratch)) or "SIGXFSZ" in error.reason:  # no fault of the run
            raise StorageError(
                f"{where}: {error.reason} {reason or 'A file grew beyond the limit (ulimit -f).'} Make room in the "
                "temporary folder, or let TMPDIR name another one, and go on with --resume."
            ) from None
        files = {
            file.name: file.read_text(encoding="utf-8", errors="replace")
            for pattern in _KEPT
            for file in scratch.glob(pattern)
        }
        reason = f"{error.reason}\n{error.log_tail}".strip().replace(str(scratch), "its folder")
        return Answer(failure=reason, drawn=drawn, files=files)
    return Answer(measures, engine=engine, drawn=drawn)


def _as_data(answer: Answer) -> dict[str, Any]:
    """For the journal; JSON's numbers hold floats exactly."""
    return {
        "measures": {name: [m.value, m.unit, m.about, m.general] for name, m in answer.measures.items()},
        "failure": answer.failure,
        "engine": answer.engine,
        "drawn": dict(answer.drawn),
    }


def as_answer(data: Mapping[str, Any]) -> Answer:
    """What the journal holds, as it was given to it, without files."""
    measures = {name: Measure(*values) for name, values in data["measures"].items()}
    return Answer(measures, data["failure"], data["engine"], data["drawn"])

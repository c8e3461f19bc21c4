"""Sweeps: one study at every point of a grid of its keys, measures as a dataset with the swept axes as dimensions."""

from __future__ import annotations

import copy
import itertools
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.axis import Axis, axes_of, check_axes, parse_axis
from pyspice_models.campaign.journal import Journal, journal_in
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, work_through
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import MOST_OF_A_NAME, RequestError, cut
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.measure import common_text
from pyspice_models.study.bounds import check_campaign
from pyspice_models.study.identity import identity, question
from pyspice_models.study.run import versions
from pyspice_models.study.tables.change import change_tables, read_tables
from pyspice_models.study.tables.read import study_from


@dataclass(frozen=True)
class Sweep:
    """A study and how it varies.

    Attributes:
        name: of the study.
        tables: of the study file.
        axes: what varies.
        shown: measures that the picture is to show, or none for the usual ones.
        folder: in which files that the study names are looked for.
    """

    name: str
    tables: Mapping[str, Any]
    axes: Sequence[Axis]
    shown: Sequence[str] = ()
    folder: Path = field(default_factory=Path)


def load_sweep(path: Path, over: Sequence[str] = (), changes: Sequence[str] = ()) -> Sweep:
    """Read a study file; its axes are those given as `KEY=V1,V2,...`, or those of its `[sweep]` table.

    Raises:
        RequestError: the file is no TOML, neither names an axis, an axis is none, a key stands in two of them.
    """
    asked = _sweep_of(read_tables(path, changes), name=path.stem, folder=path.parent)
    if over:
        asked = replace(asked, axes=[parse_axis(text) for text in over])
    check_axes(asked.axes)
    return asked


def _sweep_of(tables: Mapping[str, Any], *, name: str, folder: Path) -> Sweep:
    own = tables.get("sweep", {})
    if not isinstance(own, dict):
        raise RequestError("sweep must be a table: write it as [sweep]")
    for key in own:
        refuse_unknown(key, {"over", "measures"}, "sweep")
    listed = {key: own.get(key, []) for key in ("over", "measures")}
    for key, texts in listed.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise RequestError.for_value(f"sweep.{key}", texts, allowed="a list of texts")
    rest = {key: value for key, value in tables.items() if key != "sweep"}
    return Sweep(name, rest, [parse_axis(text) for text in listed["over"]], listed["measures"], folder)


def sweep(
    study: Mapping[str, Any] | Path | str,
    over: Mapping[str, Iterable[object]] | None = None,
    *,
    engine: str = "",
    form: str = "",
    workers: int = 2,
) -> xr.Dataset:
    """Run a study over a grid, for example `sweep("study.toml", {"array.rows+array.cols": [4, 8]})`.

    Args:
        study: a study file, or the tables of one.
        over: values by key; `KEY+KEY` gives several keys the same value. Without it the study's own `[sweep]`.
        engine, form: instead of the study's own.
        workers: processes, each with one simulator at a time.

    Returns:
        See `run_sweep`.

    Raises:
        RequestError: a point is no valid study, and is named: nothing has run unless only the engine could tell.
        ToolError: a simulator is missing or too old.
    """
    if isinstance(study, Mapping):
        asked = _sweep_of(study, name="sweep", folder=Path())
    else:
        path = Path(study)
        asked = _sweep_of(read_tables(path), name=path.stem, folder=path.parent)
    if over is not None:
        asked = replace(asked, axes=axes_of(over))
    crew, points = local(workers), points_of(asked, engine=engine, form=form)
    points.check_size(workers)
    with (
        tempfile.TemporaryDirectory(prefix="ag2s-") as scratch,
        journal_in(Path(scratch) / "sweep", points.key, points.about) as journal,
    ):
        return run_sweep(points, journal, crew)


@dataclass(frozen=True)
class Points:
    """A sweep made ready: all its points are valid studies.

    Attributes:
        asked: study and axes.
        coords: along the axes.
        places: of the points in the grid, in its order.
        tasks: by number of the point, the largest first: no worker is left alone with one at the end.
        key: of all that decides the results.
        question: the same without tools and models: whether another sweep asks the same.
    """

    asked: Sweep
    coords: Mapping[str, xr.Variable]
    places: Sequence[tuple[int, ...]]
    tasks: Mapping[int, Task]
    key: str
    question: str

    def check_size(self, at_once: int) -> None:
        """Refuse points that do not fit into this machine, so many at the same time; see `check_campaign`."""
        check_campaign(((task.where, task.study) for task in self.tasks.values()), at_once)

    @property
    def about(self) -> dict[str, object]:
        """For people who look into the journal."""
        return {"sweep": self.asked.name, "over": ", ".join(axis.name for axis in self.asked.axes)}


def points_of(asked: Sweep, *, engine: str = "", form: str = "") -> Points:
    """Build the study of every point, with another engine or form than its own if given.

    Raises:
        RequestError: a point is no valid study; it is named.
    """
    check_axes(asked.axes)
    places = list(itertools.product(*(range(len(axis.values)) for axis in asked.axes)))
    tasks, keys, questions = {}, {}, {}
    for number, place in enumerate(places):
        changes = [
            f"{key}={axis.values[n]}" for axis, n in zip(asked.axes, place, strict=True) for key in axis.keys
        ]  # fmt: skip
        where, told = ", ".join(changes), cut(", ".join(cut(change) for change in changes), MOST_OF_A_NAME)
        tables = copy.deepcopy(dict(asked.tables))
        try:
            for change in changes:
                change_tables(tables, change)
            study = study_from(tables, folder=asked.folder, name=asked.name)
            study = replace(study, engine=engine or study.engine, form=form or study.form)
        except RequestError as error:
            raise RequestError(f"at {told}: {error}") from None
        tasks[number] = Task(told, study)
        keys[f"{number} {where}"] = content_key(identity(study) | {"program": study.program})
        questions[f"{number} {where}"] = content_key(question(study))
    coords = {axis.name: axis.coordinate(asked.tables) for axis in asked.axes}
    order = sorted(tasks, key=lambda n: -tasks[n].study.crossbar.rows * tasks[n].study.crossbar.cols)
    return Points(
        asked, coords, places, {number: tasks[number] for number in order}, content_key(keys), content_key(questions)
    )  # fmt: skip


def run_sweep(
    points: Points, journal: Journal, crew: Crew, report: Callable[[int], None] | None = None
) -> xr.Dataset:  # fmt: skip
    """Run the study at every point whose result the journal lacks.

    Args:
        points: see `points_of`.
        journal: see `journal_in`; its key is that of the points.
        crew: who does it.
        report: is told how many points are done.

    Returns:
        Every measure as a variable over the axes, with its unit, NaN where a point failed; `failure`, why, or "".

    Raises:
        RequestError: only the engine could tell that a point is refused; it is named.
        ToolError: a simulator is missing or too old.
        Ag2sError: the disk is full.
    """
    for _ in work_through(points.tasks, journal, crew, report):
        pass
    asked, coords = points.asked, points.coords
    answers = {number: as_answer(data) for number, data in journal.results()}
    # in the order of the grid, not in that of the answers: the same request gives the same dataset
    data = _variables(
        list(coords), asked.axes, {place: answers[number] for number, place in enumerate(points.places)}
    )  # fmt: skip
    first = points.tasks[0].study
    attrs = {
        "study": asked.name,
        "title": first.title,
        "form": first.form,
        "engine": ", ".join(sorted({one.engine for one in answers.values() if one.engine})),
        "settings": json.dumps(asked.tables, default=str),
        "versions": json.dumps(dict(versions())),
    }
    return xr.Dataset(data, coords, attrs)


def _variables(
    dims: Sequence[str], axes: Sequence[Axis], found: Mapping[tuple[int, ...], Answer]
) -> dict[str, Any]:  # fmt: skip
    shape = [len(axis.values) for axis in axes]
    data: dict[str, Any] = {}
    for name in dict.fromkeys(name for one in found.values() for name in one.measures):
        values = np.full(shape, np.nan)
        there = {place: one.measures[name] for place, one in found.items() if name in one.measures}
        for place, measure in there.items():
            values[place] = measure.value
        about = common_text((measure.about, measure.general) for _, measure in sorted(there.items()))
        unit = next(measure.unit for measure in there.values())
        data[name] = (dims, values, {"units": unit or "1", "long_name": about})
    failures = np.array([one.failure for one in found.values()], dtype=str).reshape(shape)
    data["failure"] = (dims, failures, {"long_name": "why the point has no measures"})
    return data

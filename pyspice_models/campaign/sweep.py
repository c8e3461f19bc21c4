"""Sweeps: one study at every point of a grid of its keys, measures as a dataset with the swept axes as dimensions."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.axis import Axis, axes_of, axis_from, check_axes, corner_axis, parse_axis
from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.runs import Answer, Crew, Task, as_answer, local, work_through
from pyspice_models.campaign.subjects.subject import TRANSIENT
from pyspice_models.campaign.subjects.which import at_point, check_word, table_of
from pyspice_models.campaign.sweep_data import save_sweep
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.displayed import Displayed
from pyspice_models.errors import MOST_OF_A_NAME, RequestError, cut
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.mark import Origin
from pyspice_models.measure import common_text
from pyspice_models.progress import counted
from pyspice_models.study.bounds import check_campaign
from pyspice_models.study.identity import identity, question
from pyspice_models.study.run import versions
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.tables.text import tables_as_json


@dataclass(frozen=True, repr=False)
class Sweep(Displayed):
    """A study and how it varies.

    Attributes:
        source: of the study.
        axes: what varies.
        shown: measures that the picture is to show, or none for the usual ones.
        of: what is done at each point, see `subject_in`.
    """

    source: Source
    axes: Sequence[Axis]
    shown: Sequence[str] = ()
    of: str = TRANSIENT.word

    def __repr__(self) -> str:
        """One line for people."""
        axes = " x ".join(f"{axis.name} ({len(axis.values)})" for axis in self.axes)
        return f"<Sweep {self.name!r}: {axes}, {math.prod(len(axis.values) for axis in self.axes)} points>"

    @property
    def name(self) -> str:
        """Of the study."""
        return self.source.name

    def write(self, folder: Path) -> None:
        """Write the study with its axes and input files, so that `ag2s sweep FOLDER/study.toml` asks the same.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        over = [axis.entry for axis in self.axes]
        asked: dict[str, Any] = {"over": over} | ({"measures": list(self.shown)} if self.shown else {})
        asked |= {"of": self.of} if self.of != TRANSIENT.word else {}
        self.source.with_keys("sweep", asked).write(folder, "sweep", table_of(self.of))


def load_sweep(
    study: Given,
    over: Sequence[str] | Mapping[str, Iterable[object]] | None = None,
    changes: Sequence[str] = (),
    *, corners: str = "", of: str = "", engine: str = "", form: str = "",
) -> Sweep:  # fmt: skip
    """A sweep over the axes that are given, or those of the study's own `[sweep]` table.

    Args:
        study: a study, a study file, or the tables of one.
        over: axes, as `KEY=V1,V2,...`, or values by key; None or an empty list for the study's own.
        changes: `KEY=VALUE`, of the study at all points.
        corners: an axis of corners, such as "all" or "slow,slow+cold", after the axes that are given.
        of: what is done at each point, see `subject_in`; by default what `[sweep]` says, or else the program.
        engine, form: instead of the study's own.

    Raises:
        RequestError: the file is no TOML, neither names an axis, an axis is none, a key stands in two of them.
    """
    source = Source.of(study, changes, engine=engine, form=form, name="sweep")
    own = source.tables.get("sweep", {})
    if not isinstance(own, dict):
        raise RequestError("sweep must be a table: write it as [sweep]")
    for key in own:
        refuse_unknown(key, {"over", "measures", "of"}, "sweep")
    axes, shown = own.get("over", []), own.get("measures", [])
    if not isinstance(shown, list) or not all(isinstance(text, str) for text in shown):
        raise RequestError.for_value("sweep.measures", shown, allowed="a list of texts")
    if not isinstance(axes, list):
        raise RequestError.for_value("sweep.over", axes, allowed="a list of texts")
    if isinstance(over, Mapping):
        axes = axes_of(over)
    else:
        axes = [parse_axis(text) for text in over or ()] or [axis_from(entry) for entry in axes if not corners]
    if corners:
        axes = [*(axes if over else ()), corner_axis(corners, source.tables)]
    check_axes(axes)
    return Sweep(source.without("sweep"), axes, shown, check_word(of or own.get("of", TRANSIENT.word), "sweep.of"))


def sweep(
    study: Given,
    over: Mapping[str, Iterable[object]] | None = None,
    *,
    corners: str = "",
    of: str = "",
    engine: str = "",
    form: str = "",
    progress: bool = False,
    workers: int = 2,
    crew: Crew | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> xr.Dataset:
    """Run a study over a grid, for example `sweep(study, {"array.rows+array.cols": [4, 8]})`.

    Args:
        study: a study, a study file, or the tables of one.
        over: values by key; `KEY+KEY` gives several keys the same value. Without it the study's own `[sweep]`.
        corners: an axis of corners, such as "all" or "slow,slow+cold", after those.
        of: what is done at each point: "transient", the program; "write-verify", "inference", "disturb" or "retain".
        engine, form: instead of the study's own.
        progress: show a bar, in notebooks and terminals.
        workers: processes, each with one simulator at a time.
        crew: instead of them, for example `cluster("tcp://host:8786")`.
        folder: where the study, the results of all points and the dataset are kept; without it they go with the call.
        resume: go on from what an earlier call with this folder, or the command, has done.
        force: replace another result in this folder.

    Returns:
        See `run_sweep`.

    Raises:
        RequestError: a point is no valid study, and is named: nothing has run unless only the engine could tell.
        RequestError: the folder holds something else, see `journal_in`.
        ToolError: a simulator is missing or too old.
    """
    points = points_of(load_sweep(study, over, corners=corners, of=of, engine=engine, form=form))
    if crew is None:
        crew = local(workers)
        points.check_size(workers)
    made = Origin("sweep", points.question, points.about)
    with journal_of_call(folder, points.key, points.about, made, resume=resume, force=force) as journal:
        points.asked.write(journal.folder)
        with counted(progress, f"{points.asked.name}: points", len(points.tasks)) as told:
            dataset = run_sweep(points, journal, crew, told)
        save_sweep(dataset, journal.folder)
    return dataset


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


def points_of(asked: Sweep) -> Points:
    """Build the study of every point.

    Raises:
        RequestError: a point is no valid study; it is named.
    """
    check_axes(asked.axes)
    places = list(itertools.product(*(range(len(axis.values)) for axis in asked.axes)))
    tasks, keys, questions = {}, {}, {}
    for number, place in enumerate(places):
        pairs = list(zip(asked.axes, place, strict=True))
        changes = [change for axis, n in pairs for change in axis.changes(n)]
        # a variant by its name
        short = (
            [f"{axis.name}={axis.values[n]}"] if axis.variants else axis.changes(n) for axis, n in pairs
        )  # fmt: skip
        told = cut(", ".join(cut(change) for part in short for change in part), MOST_OF_A_NAME)
        try:
            study, subject = at_point(asked.source.changed(changes), asked.of)
        except RequestError as error:
            raise error.at(told) from None
        tasks[number] = Task(told, study, None, subject)
        of = {"of": subject.word, **subject.point} if subject != TRANSIENT else {}
        # by what is simulated, not by how a value was written: 0.3, "300 mV" and a NumPy number are the same point
        keys[str(number)] = content_key(identity(study) | {"program": study.program} | of)
        questions[str(number)] = content_key(question(study) | of)
    coords = {axis.name: axis.coordinate(asked.source.tables) for axis in asked.axes}
    order = sorted(tasks, key=lambda n: -tasks[n].study.crossbar.rows * tasks[n].study.crossbar.cols)
    return Points(
        asked, coords, places, {number: tasks[number] for number in order}, content_key(keys), content_key(questions)
    )  # fmt: skip


def run_sweep(
    points: Points, journal: Journal, crew: Crew, progress: Callable[[int], None] | None = None
) -> xr.Dataset:  # fmt: skip
    """Run the study at every point whose result the journal lacks.

    Args:
        points: see `points_of`.
        journal: see `journal_in`; its key is that of the points.
        crew: who does it.
        progress: is told how many points are done.

    Returns:
        Every measure as a variable over the axes, with its unit, NaN where a point failed; `failure`, why, or "".
        Its `warning`, if it has one, says why the numbers are not to be trusted.

    Raises:
        RequestError: only the engine could tell that a point is refused; it is named.
        ToolError: a simulator is missing or too old.
        Ag2sError: the disk is full.
    """
    for _ in work_through(points.tasks, journal, crew, progress):
        pass
    asked, coords = points.asked, points.coords
    answers = {number: as_answer(data) for number, data in journal.results()}
    # in the order of the grid, not in that of the answers: the same request gives the same dataset
    data = measured(
        list(coords), asked.axes, {place: answers[number] for number, place in enumerate(points.places)}
    )  # fmt: skip
    first = points.tasks[0].study
    attrs = origin_of(asked.name, first, asked.source, answers.values())
    crossbars = [task.study.crossbar for task in points.tasks.values()]
    if warning := first.crossbar.warning(crossbar.temperature for crossbar in crossbars):
        attrs["warning"] = warning
    return xr.Dataset(data, coords, attrs)


def origin_of(name: str, study: Study, source: Source, answers: Iterable[Answer]) -> dict[str, Any]:
    """Attributes of a dataset that say what it is of: a name, one of its studies, the tables, who simulated."""
    return {
        "study": name,
        "title": study.title,
        "form": study.form,
        "engine": ", ".join(sorted({one.engine for one in answers if one.engine})),
        "settings": tables_as_json(source.tables),
        "versions": json.dumps(dict(versions())),
    }


def measured(
    dims: Sequence[str], axes: Sequence[Axis], answers: Mapping[tuple[int, ...], Answer]
) -> dict[str, Any]:  # fmt: skip
    """Variables of a dataset: each measure over the axes, NaN where it is missing, and `failure`.

    Args:
        dims: names of the axes.
        axes: their values.
        answers: by place along the axes, one for every place, in their order.
    """
    shape = [len(axis.values) for axis in axes]
    data: dict[str, Any] = {}
    for name in dict.fromkeys(name for one in answers.values() for name in one.measures):
        values = np.full(shape, np.nan)
        there = {place: one.measures[name] for place, one in answers.items() if name in one.measures}
        for place, measure in there.items():
            values[place] = measure.value
        about = common_text((measure.about, measure.general) for _, measure in sorted(there.items()))
        unit = next(measure.unit for measure in there.values())
        data[name] = (dims, values, {"units": unit or "1", "long_name": about})
    failures = np.array([one.failure for one in answers.values()], dtype=str).reshape(shape)
    data["failure"] = (dims, failures, {"long_name": "why the point has no measures"})
    return data

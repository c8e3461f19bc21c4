"""Sweeps: one study at every point of a grid of its keys, measures as a dataset with the swept axes as dimensions."""

from __future__ import annotations

import copy
import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.measure import Measure
from pyspice_models.params import refuse_unknown
from pyspice_models.study.axis import Axis, axes_of, check_axes, parse_axis
from pyspice_models.study.measures import study_measures
from pyspice_models.study.run import simulate_study, versions
from pyspice_models.study.spec import Study, change_tables, read_tables, study_from
from pyspice_models.study.workers import Died, in_workers


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
        engine, form, workers: as in `run_sweep`.

    Returns, raises: as `run_sweep`.
    """
    if isinstance(study, Mapping):
        asked = _sweep_of(study, name="sweep", folder=Path())
    else:
        path = Path(study)
        asked = _sweep_of(read_tables(path), name=path.stem, folder=path.parent)
    if over is not None:
        asked = replace(asked, axes=axes_of(over))
    return run_sweep(asked, engine=engine, form=form, workers=workers)


def run_sweep(
    asked: Sweep,
    *,
    engine: str = "",
    form: str = "",
    workers: int = 2,
    keep: Path | None = None,
    report: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Run the study at every point of the grid.

    Args:
        asked: study and axes.
        engine, form: instead of the study's own.
        workers: processes, each with one simulator at a time.
        keep: a folder where decks and logs of failed points are put.
        report: is told the share of points that is done.

    Returns:
        Every measure as a variable over the axes, with its unit, NaN where a point failed; `failure`, why, or "".

    Raises:
        RequestError: a point is no valid study; it is named, and nothing has run unless only the engine could tell.
        ToolError: a simulator is missing or too old.
    """
    points = _points(asked, engine, form, keep)
    coords = {axis.name: axis.coordinate(asked.tables) for axis in asked.axes}
    # the largest first: no worker is left alone with one at the end
    order = sorted(points, key=lambda point: -point.study.crossbar.rows * point.study.crossbar.cols)
    found: dict[tuple[int, ...], _Found] = {}
    with closing(in_workers(_measure, order, workers)) as answers:
        for number, answer in answers:
            found[order[number].place] = _Found(failure=answer.reason) if isinstance(answer, Died) else answer
            if report is not None:
                report(len(found) / len(points))
    # in the order of the grid, not in that of the answers: the same request gives the same dataset
    data = _variables(list(coords), asked.axes, {point.place: found[point.place] for point in points})
    attrs = {
        "study": asked.name,
        "title": points[0].study.title,
        "form": points[0].study.form,
        "engine": ", ".join(sorted({one.engine for one in found.values() if one.engine})),
        "settings": json.dumps(asked.tables, default=str),
        "versions": json.dumps(versions()),
    }
    return xr.Dataset(data, coords, attrs)


@dataclass(frozen=True)
class _Point:
    """One point: its place in the grid, what it sets, the study, and where its files go if it fails."""

    place: tuple[int, ...]
    where: str
    study: Study
    keep: Path | None


@dataclass(frozen=True)
class _Found:
    measures: Mapping[str, Measure] = field(default_factory=dict)
    failure: str = ""
    engine: str = ""


def _points(asked: Sweep, engine: str, form: str, keep: Path | None) -> list[_Point]:
    check_axes(asked.axes)
    points = []
    for number, place in enumerate(itertools.product(*(range(len(axis.values)) for axis in asked.axes))):
        changes = [
            f"{key}={axis.values[n]}" for axis, n in zip(asked.axes, place, strict=True) for key in axis.keys
        ]  # fmt: skip
        where = ", ".join(changes)
        tables = copy.deepcopy(dict(asked.tables))
        try:
            for change in changes:
                change_tables(tables, change)
            study = study_from(tables, folder=asked.folder, name=asked.name)
            study = replace(study, engine=engine or study.engine, form=form or study.form)
        except RequestError as error:
            raise RequestError(f"at {where}: {error}") from None
        points.append(_Point(place, where, study, keep and keep / f"point-{number}"))
    return points


def _measure(point: _Point) -> _Found:
    """Measures of one point, or why there are none. Runs in a worker."""
    with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
        try:
            dataset = simulate_study(point.study, Path(scratch))
        except RequestError as error:  # such as an engine that cannot do this
            raise RequestError(f"at {point.where}: {error}") from None
        except SimulationError as error:
            reason = f"{error.reason}\n{error.log_tail}".strip()
            if point.keep is not None:
                shutil.copytree(scratch, point.keep)
                reason += f"\nDeck and log: {point.keep.name}"
            return _Found(failure=reason)
    return _Found(study_measures(point.study, dataset), engine=dataset.attrs["engine"])


def _variables(
    dims: Sequence[str], axes: Sequence[Axis], found: Mapping[tuple[int, ...], _Found]
) -> dict[str, Any]:  # fmt: skip
    shape = [len(axis.values) for axis in axes]
    data: dict[str, Any] = {}
    for name in dict.fromkeys(name for one in found.values() for name in one.measures):
        values, attrs = np.full(shape, np.nan), {}
        for place, one in found.items():
            if name in one.measures:
                measure = one.measures[name]
                values[place], attrs = measure.value, {"units": measure.unit or "1", "long_name": measure.about}
        data[name] = (dims, values, attrs)
    failures = np.array([one.failure for one in found.values()], dtype=str).reshape(shape)
    data["failure"] = (dims, failures, {"long_name": "why the point has no measures"})
    return data

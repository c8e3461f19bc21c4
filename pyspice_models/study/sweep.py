"""Sweeps: one study at every point of a grid of its keys, measures as a dataset with the swept axes as dimensions."""

from __future__ import annotations

import copy
import itertools
import json
import math
import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.study.run import run_study
from pyspice_models.study.spec import Study, change_tables, read_tables, study_from

MAX_POINTS = 10_000


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep.

    Attributes:
        keys: what `--set` takes; several keys of a linked axis get the same value.
        values: as they stand on the command line or in the file.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the dimension."""
        return "+".join(self.keys)

    @property
    def coordinate(self) -> np.ndarray:
        """Numbers where all values are plain numbers, else text."""
        try:
            return np.array([float(value) for value in self.values])
        except ValueError:
            return np.array(self.values, dtype=str)


def parse_axis(text: str) -> Axis:
    """An axis from `KEY=V1,V2,...`, `KEY+KEY=V1,...`, `KEY=START:STOP:STEP` or `KEY=log:START:STOP:COUNT`.

    Raises:
        RequestError: not of that form, no value, or the same value twice.
    """
    key, equals, values = text.partition("=")
    keys = tuple(part.strip() for part in key.split("+"))
    if not equals or not all(keys):
        raise RequestError.for_value("--over", text, allowed="KEY=V1,V2,... or KEY=START:STOP:STEP")
    found = _range(values, text) if ":" in values else tuple(v.strip() for v in values.split(",") if v.strip())
    if not found:
        raise RequestError.for_value("--over", text, allowed="at least one value")
    if len(set(found)) < len(found):
        raise RequestError.for_value("--over", text, allowed="each value once")
    return Axis(keys, found)


def _range(values: str, text: str) -> tuple[str, ...]:
    parts = values.split(":")
    try:
        if parts[0] == "log" and len(parts) == 4:
            start, stop, count = float(parts[1]), float(parts[2]), int(parts[3])
            return tuple(f"{value:.6g}" for value in np.geomspace(start, stop, count))
        start, stop, step = map(float, parts)
        count = math.floor((stop - start) / step + 1e-9) + 1
        if not 1 <= count <= MAX_POINTS:
            raise ValueError
        return tuple(f"{start + n * step:.12g}" for n in range(count))
    except (ValueError, ZeroDivisionError):
        raise RequestError.for_value("--over", text, allowed="START:STOP:STEP or log:START:STOP:COUNT") from None


def load_sweep(
    path: Path, over: Sequence[str], changes: Sequence[str] = ()
) -> tuple[dict[str, Any], list[Axis], list[str]]:  # fmt: skip
    """Tables of a study file, the axes (those given, or those of its `[sweep]` table), and the measures to draw.

    Raises:
        RequestError: the file is no TOML, or neither names an axis.
    """
    tables = read_tables(path, changes)
    own = tables.pop("sweep", {})
    lines = list(over) or (own.get("over", []) if isinstance(own, dict) else [])
    if not isinstance(lines, list) or not lines:
        raise RequestError(f"no axis to sweep: give --over KEY=V1,V2,..., or a [sweep] table with `over` in {path}")
    axes = [parse_axis(str(line)) for line in lines]
    names = [key for axis in axes for key in axis.keys]
    if len(set(names)) < len(names):
        raise RequestError.for_value("--over", names, allowed="each key in one axis only")
    shown = own.get("measures", []) if isinstance(own, dict) else []
    return tables, axes, [str(measure) for measure in shown]


def sweep(
    tables: Mapping[str, Any],
    axes: Sequence[Axis],
    *,
    folder: Path = Path(),
    name: str = "sweep",
    engine: str = "",
    form: str = "",
    workers: int = 2,
    report: Callable[[float], None] | None = None,
) -> xr.Dataset:
    """Run the study at every point of the grid.

    Args:
        tables: of the study file.
        axes: what varies.
        folder: in which files that the study names are looked for.
        name: of the study.
        engine, form: instead of the study's own.
        workers: simulators at work at the same time.
        report: is told the share that is done.

    Returns:
        Every measure as a variable over the axes, with its unit; `failure`, the reason where a point failed, else "".

    Raises:
        RequestError: a point is no valid study (nothing has run then; the point is named), or too many points.
    """
    shape = tuple(len(axis.values) for axis in axes)
    if math.prod(shape) > MAX_POINTS:
        raise RequestError.for_value("points of the sweep", math.prod(shape), allowed=f"<= {MAX_POINTS}")
    if not 1 <= workers <= 64:
        raise RequestError.for_value("workers", workers, allowed="1 to 64")
    points = list(itertools.product(*(range(size) for size in shape)))
    studies = [_study_at(tables, axes, point, folder, name, engine, form) for point in points]
    found: dict[tuple[int, ...], dict[str, tuple[float, str, str]]] = {}
    failure = np.full(shape, "", dtype=object)
    # fork would copy a parent's threads half alive
    with ProcessPoolExecutor(min(workers, len(points)), mp_context=multiprocessing.get_context("spawn")) as pool:
        # the largest first: no worker is left alone with one at the end
        order = sorted(range(len(points)), key=lambda n: -studies[n].crossbar.rows * studies[n].crossbar.cols)
        running = {pool.submit(_measure, studies[n]): points[n] for n in order}
        try:
            for done, future in enumerate(as_completed(running), start=1):
                measures, reason = future.result()
                found[running[future]] = measures
                failure[running[future]] = reason
                if report is not None:
                    report(done / len(points))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return _dataset(axes, shape, found, failure, tables)


def _study_at(
    tables: Mapping[str, Any],
    axes: Sequence[Axis],
    point: Sequence[int],
    folder: Path,
    name: str,
    engine: str,
    form: str,
) -> Study:
    here = copy.deepcopy(dict(tables))
    values = [(key, axis.values[n]) for axis, n in zip(axes, point, strict=True) for key in axis.keys]
    where = ", ".join(f"{key}={value}" for key, value in values)
    try:
        for key, value in values:
            change_tables(here, f"{key}={value}")
        study = study_from(here, folder=folder, name=name)
        return replace(study, engine=engine or study.engine, form=form or study.form)
    except RequestError as error:
        raise RequestError(f"at {where}: {error}") from None


def _measure(study: Study) -> tuple[dict[str, tuple[float, str, str]], str]:
    """Measures of one point, or none and why not."""
    try:
        measures = run_study(study).measures
    except Ag2sError as error:
        return {}, str(error)
    return {name: (m.value, m.unit, m.about) for name, m in measures.items()}, ""


def _dataset(
    axes: Sequence[Axis],
    shape: tuple[int, ...],
    found: Mapping[tuple[int, ...], Mapping[str, tuple[float, str, str]]],
    failure: np.ndarray,
    tables: Mapping[str, Any],
) -> xr.Dataset:
    dims = [axis.name for axis in axes]
    data: dict[str, Any] = {"failure": (dims, failure.astype(str))}
    for name in dict.fromkeys(name for measures in found.values() for name in measures):
        values = np.full(shape, np.nan)
        for point, measures in found.items():
            if name in measures:
                values[point], unit, about = measures[name]
        data[name] = (dims, values, {"units": unit or "1", "long_name": about})
    coords = {axis.name: axis.coordinate for axis in axes}
    return xr.Dataset(data, coords=coords, attrs={"settings": json.dumps(tables, default=str)})

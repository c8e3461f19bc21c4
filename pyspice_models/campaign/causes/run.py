"""Causes told apart by runs that are made for it: Sobol indices, or one cause at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.causes.indices import Index, check_salib, sobol_indices
from pyspice_models.campaign.causes.request import CausesRequest, load_causes
from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.journal.folder import Journal, journal_of_call
from pyspice_models.campaign.runs import Answer, Crew, as_answer, local, work_through
from pyspice_models.errors import SimulationError, cut
from pyspice_models.files import write_text
from pyspice_models.folders.mark import Origin
from pyspice_models.measure import common_text
from pyspice_models.result import save
from pyspice_models.study.run import versions
from pyspice_models.study.tables.source import Given
from pyspice_models.study.tables.text import tables_as_json

INDICES = ("first_order", "total")
_ENDS = ("low", "high")
_OF_THE_SOLVER = {"energy_imbalance"}
_SMALL = 1e-9


def causes(
    study: Given,
    samples: int = 0,
    *,
    away: float = 2.0,
    only: Sequence[str] = (),
    seed: int | None = None,
    engine: str = "",
    form: str = "",
    workers: int = 2,
    crew: Crew | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> xr.Dataset:
    """Tell apart what moves a study's measures, for example `causes("study.toml", 256)` for Sobol indices.

    Args:
        study, samples, away, only, seed, engine, form: see `load_causes`.
        workers, crew, folder, resume, force: as in `montecarlo`.

    Returns, raises: see `run_causes`, `load_causes`.
    """
    request = load_causes(study, samples=samples, away=away, only=only, seed=seed, engine=engine, form=form)
    made = Origin("causes", request.question, request.about)
    with journal_of_call(folder, request.key, request.about, made, resume=resume, force=force) as journal:
        request.asked.write(journal.folder)
        dataset = run_causes(request, journal, crew or local(workers))
        save_causes(dataset, journal.folder)
    return dataset


def run_causes(
    request: CausesRequest, journal: Journal, crew: Crew, progress: Callable[[int], None] | None = None
) -> xr.Dataset:
    """Do every run whose result the journal lacks.

    Returns:
        With pairs of arrays, over (index, cause): of every measure that varies the indices "first_order" and "total",
        and under NAME_width half widths of their intervals. One cause at a time, over (parameter, end): what
        `tornado` takes.

    Raises:
        RequestError: SALib is not installed, or only the engine could tell that a run is refused.
        SimulationError: there is no run to compare with.
        ToolError, Ag2sError: see `work_through`.
    """
    if request.samples:
        check_salib()
    tasks = request.tasks
    for _ in work_through(tasks, journal, crew, progress):
        pass
    answers = {number: as_answer(data) for number, data in journal.results() if number in tasks}
    fine = [answer for _, answer in sorted(answers.items()) if answer.measures]
    if not fine or not (request.samples or answers[0].measures):
        raise SimulationError(f"nothing to compare with: {cut(answers[0].failure, 500)}")
    data, coords = (_of_pairs if request.samples else _of_ends)(request, answers, fine)
    study = request.asked.nominal
    attrs = {
        "study": study.name, "title": study.title, "form": study.form, "engine": fine[0].engine,
        "seed": request.asked.variation.seed, "samples": request.samples, "away": request.away,
        "runs": len(tasks), "failed": sum(1 for one in answers.values() if one.failure),
        "first_failure": next((one.failure for _, one in sorted(answers.items()) if one.failure), ""),
        "settings": tables_as_json(study.settings), "versions": json.dumps(dict(versions())),
        "follow": "False", "left_alone": "{}",
    }  # fmt: skip
    if warning := study.crossbar.warning([study.crossbar.temperature]):
        attrs["warning"] = warning
    return xr.Dataset(data, coords, attrs)


Parts = tuple[dict[str, Any], dict[str, Any]]


def _of_pairs(request: CausesRequest, answers: Mapping[int, Answer], fine: Sequence[Answer]) -> Parts:
    data: dict[str, Any] = {}
    for name, (values, attrs) in _measured(answers, fine, len(request.tasks)):
        table = values.reshape(request.samples, len(request.parts) + 2)
        finite = table[np.isfinite(table)]
        if name in _OF_THE_SOLVER or not finite.size or not np.ptp(finite) > _SMALL * np.abs(finite).max():
            continue
        found = sobol_indices(table, request.parts)
        if found is None:
            continue
        attrs |= {"pairs": int(np.isfinite(table).all(axis=1).sum()), "deviation": float(finite.std(ddof=1))}
        told = {"units": "1", "long_name": f"Sobol indices of: {attrs['long_name']}"}
        data[name] = (("index", "cause"), _columns(found, "first", "total"), attrs | told)
        about = f"half widths of intervals of {100 * CONFIDENCE:g} %"
        data[f"{name}_width"] = (
            ("index", "cause"), _columns(found, "first_width", "total_width"), {"units": "1", "long_name": about},
        )  # fmt: skip
    return data, {"index": list(INDICES), "cause": list(request.parts)}


def _columns(found: Sequence[Index], *names: str) -> np.ndarray:
    return np.array([[getattr(one, name) for one in found] for name in names])


def _of_ends(request: CausesRequest, answers: Mapping[int, Answer], fine: Sequence[Answer]) -> Parts:
    dims, count = ("parameter", "end"), len(request.parts)
    data: dict[str, Any] = {}
    for name, (values, attrs) in _measured(answers, fine, len(request.tasks)):
        if name in answers[0].measures:
            data[name] = (dims, values[1:].reshape(count, 2), attrs | {"nominal": float(values[0])})
    failures = np.array([answers[n].failure for n in range(1, len(request.tasks))], dtype=str).reshape(count, 2)
    ends = np.tile([-request.away, request.away], (count, 1))
    data |= {
        "value": (dims, ends, {"long_name": "of the cause, standard deviations"}),
        "failure": (dims, failures, {"long_name": "why the run has no measures"}),
        "follows": (dims, np.full((count, 2), "{}"), {"long_name": "nothing follows"}),
        "moves": (dims, np.full((count, 2), "{}"), {"long_name": "published numbers are of the cell, not of a sample"}),
    }
    words = {"unit": "", "tag": "spread", "source": "[variability]", "range_tag": "chosen", "reason": ""}
    coords = {name: ("parameter", np.full(count, word)) for name, word in words.items()}
    return data, {
        "parameter": list(request.parts),
        "end": list(_ENDS),
        "nominal": ("parameter", np.zeros(count)),
    } | coords


def _measured(
    answers: Mapping[int, Answer], fine: Sequence[Answer], count: int
) -> Iterator[tuple[str, tuple[np.ndarray, dict[str, Any]]]]:
    """Every measure with its values over all runs, NaN where one has none."""
    for name in dict.fromkeys(name for answer in fine for name in answer.measures):
        values, texts, unit = np.full(count, math.nan), [], ""
        for number, answer in sorted(answers.items()):
            if (one := answer.measures.get(name)) is not None:
                values[number], unit = one.value, one.unit
                texts.append((one.about, one.general))
        yield name, (values, {"units": unit or "1", "long_name": common_text(iter(texts))})


def save_causes(dataset: xr.Dataset, folder: Path) -> None:
    """Write dataset and report into a folder.

    Raises:
        OSError: the disk is full.
    """
    write_text(folder / "causes.json", json.dumps(as_data(dataset), indent=2) + "\n")
    save(dataset, folder / "causes.nc")


def as_data(dataset: xr.Dataset) -> dict[str, Any]:
    """Indices, or bars, as JSON holds them."""
    from pyspice_models.campaign.assumptions.tornado import as_data as bars_as_data

    if not dataset.attrs["samples"]:
        return bars_as_data(dataset)
    told = {key: dataset.attrs[key] for key in ("study", "engine", "form", "seed", "samples", "runs", "failed")}
    return told | {
        "confidence": CONFIDENCE,
        "measures": {
            name: {
                "about": dataset[name].attrs["long_name"],
                "pairs": dataset[name].attrs["pairs"],
                "causes": {
                    cause: {
                        index: {
                            "value": float(dataset[name].sel(index=index, cause=cause)),
                            "half_width": float(dataset[f"{name}_width"].sel(index=index, cause=cause)),
                        }
                        for index in INDICES
                    }
                    for cause in map(str, dataset["cause"].values)
                },
            }
            for name in measures_in(dataset)
        },
    }


def measures_in(dataset: xr.Dataset) -> list[str]:
    """Names of the measures that have indices."""
    return [str(name) for name in dataset if "pairs" in dataset[name].attrs]

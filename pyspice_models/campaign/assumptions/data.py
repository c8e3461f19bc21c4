"""The answers of all ends as one dataset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.assumptions.request import ENDS, Request, number_of
from pyspice_models.campaign.assumptions.varied import Varied
from pyspice_models.campaign.runs import Answer
from pyspice_models.study.run import versions
from pyspice_models.study.tables.text import tables_as_json

BEFORE, AFTER = "published before: ", "published after: "


def dataset_of(request: Request, answers: Mapping[int, Answer]) -> xr.Dataset:
    """Every measure with dimensions (parameter, end), NaN where a run has none; why, and what followed, beside them."""
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
        after = {key.removeprefix(AFTER): value for key, value in one.drawn.items() if key.startswith(AFTER)}
        texts["moves"][place] = json.dumps({row: [one.drawn[BEFORE + row], value] for row, value in after.items()})
        texts["follows"][place] = json.dumps(
            {key: value for key, value in one.drawn.items() if not key.startswith((BEFORE, AFTER))}
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

"""The `[inference]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.program.inference.request import Inference, InferenceParams
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.request import ImageSource
from pyspice_models.program.programming import Budget
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of, values_of, variation_tables
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.variation import Variation

_FILES = tuple(f.name for f in fields(ImageSource) if f.name != "name")
_PARAMS = {*InferenceParams.quantities(), *InferenceParams.choices()}
_OWN = {"data", "hidden", "weights", "converters", "write_verify", *_FILES}


def load_inference(
    study: Given, changes: Sequence[str] = (), *, engine: str = "", form: str = ""
) -> tuple[Study, Variation | None, Inference]:
    """What a study file, or its tables, asks for in `[inference]`; its program is not used and may be missing.

    `[array]` is the largest crossbar that a layer may be on, `[sensing]` the amplifiers. `[inference.converters]` says
    what stands between numbers and the array, `[inference.write_verify]` how cells are written.

    Args:
        study: a study file, or the tables of one.
        changes: `KEY=VALUE`, as `--set` takes them.
        engine, form: instead of its own.

    Returns:
        The study as designed, how arrays differ, and what is asked.

    Raises:
        RequestError: no such table, an unknown key, a value out of range.
    """
    source = Source.of(study, changes, engine=engine, form=form)
    own, tables = source.tables.get("inference"), dict(source.without("inference").tables)
    if not isinstance(own, dict):
        what = shown(study) if isinstance(study, Path | str) else "the study"
        raise RequestError(
            f"{what} has no [inference] table: it says which network is put on the array and how, see "
            "docs/inference.md. In Python give infer(study, Inference())."
        )
    tables.setdefault("program", [{"do": "wait", "duration": 1e-6}])
    array = tables.get("array", {})
    if isinstance(array, dict):
        tables["array"] = {"rows": 128, "cols": 128, **array}
    designed = Source(source.name, tables, source.folder)
    nominal = designed.nominal()
    return nominal, designed.variation(nominal), inference_from(own, source.folder)


def inference_from(own: Mapping[str, Any], folder: Path) -> Inference:
    """What an `[inference]` table says; files that it names are looked for in `folder`.

    Raises:
        RequestError: an unknown key, a value out of range.
    """
    for key in own:
        refuse_unknown(key, _OWN | _PARAMS, "inference")
    params = InferenceParams.from_mapping({k: v for k, v in own.items() if k in _PARAMS}, where="inference")
    converters = Converters.from_mapping(_table(own, "converters"), where="inference.converters")
    budget = Budget.from_mapping(_table(own, "write_verify"), where="inference.write_verify")
    if params.writing == "set" and "write_verify" in own:
        raise RequestError(
            'inference.write_verify is of cells that are written: set inference.writing = "write-verify"'
        )
    weights = None
    if "weights" in own:
        weights = (folder / text_of(own["weights"], "inference.weights")).absolute()
    hidden = own.get("hidden", [32])
    if not isinstance(hidden, list):
        raise RequestError.for_value("inference.hidden", hidden, allowed="a list")
    return Inference(params, weights, _data(own, folder), tuple(hidden), converters, budget)


def inference_tables(study: Study, variation: Variation | None, asked: Inference) -> dict[str, Any]:
    """Tables from which `load_inference` makes the same again.

    Raises:
        RequestError: weights that are arrays, which no table holds.
    """
    own: dict[str, Any] = {"hidden": list(asked.hidden), **values_of(asked.params)}
    if isinstance(asked.weights, Mapping):
        raise RequestError("weights given as arrays cannot be written into a study: keep them with numpy.savez.")
    if asked.weights is not None:
        own["weights"] = str(asked.weights)
    if asked.data.images is None:
        own["data"] = asked.data.name
    else:
        given = {name: getattr(asked.data, name) for name in _FILES}
        own |= {name: str(path) for name, path in given.items() if path is not None}
    own["converters"] = values_of(asked.converters)
    if asked.params.writing == "write-verify":
        own["write_verify"] = values_of(asked.budget)
    return tables_of(study) | variation_tables(variation) | {"inference": own}


def _table(own: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = own.get(name, {})
    if not isinstance(table, dict):
        raise RequestError(f"inference.{name} must be a table: write it as [inference.{name}]")
    return table


def _data(own: Mapping[str, Any], folder: Path) -> ImageSource:
    files = {name: (folder / text_of(own[name], f"inference.{name}")).absolute() for name in _FILES if name in own}
    if files and "data" in own:
        raise RequestError("inference has data and images: give the name of a set, or files.")
    if files and "images" not in files:
        raise RequestError(f"inference has {', '.join(sorted(files))} and no images: give inference.images.")
    return ImageSource(text_of(own.get("data", "digits"), "inference.data"), **files)

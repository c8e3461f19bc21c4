"""The `[inference]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import text_of
from pyspice_models.program.inference.request import Inference, InferenceParams
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.network_tables import (
    FILES,
    designed,
    images_as_keys,
    images_in,
    own_table,
    table_in,
)
from pyspice_models.program.programming import Budget
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of, values_of, variation_tables
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.variation import Variation

_PARAMS = {*InferenceParams.quantities(), *InferenceParams.choices()}
_OWN = {"data", "hidden", "weights", "converters", "write_verify", *FILES}


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
    own = own_table(
        study, source, "inference",
        "it says which network is put on the array and how, see docs/inference.md. In Python give "
        "infer(study, Inference()).",
    )  # fmt: skip
    nominal, variation = designed(source, "inference")
    return nominal, variation, inference_from(own, source.folder)


def inference_from(own: Mapping[str, Any], folder: Path) -> Inference:
    """What an `[inference]` table says; files that it names are looked for in `folder`.

    Raises:
        RequestError: an unknown key, a value out of range.
    """
    for key in own:
        refuse_unknown(key, _OWN | _PARAMS, "inference")
    params = InferenceParams.from_mapping({k: v for k, v in own.items() if k in _PARAMS}, where="inference")
    converters = Converters.from_mapping(table_in(own, "converters", "inference"), where="inference.converters")
    budget = Budget.from_mapping(table_in(own, "write_verify", "inference"), where="inference.write_verify")
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
    return Inference(params, weights, images_in(own, folder, "inference"), tuple(hidden), converters, budget)


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
    own |= images_as_keys(asked.data)
    own["converters"] = values_of(asked.converters)
    if asked.params.writing == "write-verify":
        own["write_verify"] = values_of(asked.budget)
    return tables_of(study) | variation_tables(variation) | {"inference": own}

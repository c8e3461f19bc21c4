"""The `[learning]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.network_tables import (
    FILES,
    designed,
    images_as_keys,
    images_in,
    own_table,
    table_in,
)
from pyspice_models.program.learning.request import METHODS, Learning, LearningParams
from pyspice_models.program.learning.rules.rule import RuleParams
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of, values_of, variation_tables
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.variation import Variation

_OWN = {"data", "hidden", "methods", "converters", *FILES, *METHODS}
_PARAMS = {*LearningParams.quantities(), *LearningParams.choices()}


def load_learning(
    study: Given, changes: Sequence[str] = (), *, engine: str = "", form: str = ""
) -> tuple[Study, Variation | None, Learning]:
    """What a study file, or its tables, asks for in `[learning]`; its program is not used and may be missing.

    `[array]` is the largest crossbar that a layer may be on. Each method has a table of its own, such as
    `[learning.ttv2]`, and `[learning.converters]` says what stands between numbers and the array.

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
        study, source, "learning",
        "it says what is learned and how, see docs/learning.md. In Python give learn(study, Learning()).",
    )  # fmt: skip
    nominal, variation = designed(source, "learning", "sweep")
    return nominal, variation, learning_from(own, source.folder)


def learning_from(own: Mapping[str, Any], folder: Path) -> Learning:
    """What a `[learning]` table says; files that it names are looked for in `folder`.

    Raises:
        RequestError: an unknown key, a value out of range.
    """
    for key in own:
        refuse_unknown(key, _OWN | _PARAMS, "learning")
    rules: dict[str, RuleParams] = {}
    for name, base in METHODS.items():
        if name in own:
            rules[name] = type(base).from_mapping(table_in(own, name, "learning"), where=f"learning.{name}", base=base)
    params = LearningParams.from_mapping({k: v for k, v in own.items() if k in _PARAMS}, where="learning")
    converters = Converters.from_mapping(table_in(own, "converters", "learning"), where="learning.converters")
    words = {key: own[key] for key in ("hidden", "methods") if key in own}
    for key, value in words.items():
        if not isinstance(value, list):
            raise RequestError.for_value(f"learning.{key}", value, allowed="a list")
    return Learning(params, images_in(own, folder, "learning"), converters=converters, rules=rules,
                    **{key: tuple(value) for key, value in words.items()})  # fmt: skip


def learning_tables(study: Study, variation: Variation | None, asked: Learning) -> dict[str, Any]:
    """Tables from which `load_learning` makes the same again.

    Raises:
        RequestError: parameters of a class of the user's own.
    """
    own: dict[str, Any] = {"methods": list(asked.methods), "hidden": list(asked.hidden), **values_of(asked.params)}
    own |= images_as_keys(asked.data)
    own["converters"] = values_of(asked.converters)
    own |= {name: values_of(asked.rules[name]) for name in asked.methods}
    return tables_of(study) | variation_tables(variation) | {"learning": own}

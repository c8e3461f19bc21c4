"""The `[learning]` table of a study file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pyspice_models.declare.quantity import ParameterSet, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.request import METHODS, ImageSource, Learning, LearningParams
from pyspice_models.study.study import Study
from pyspice_models.study.tables.objects import tables_of, values_of, variation_tables
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.variation import Variation

_FILES = tuple(f.name for f in fields(ImageSource) if f.name != "name")
_OWN = {"data", "hidden", "methods", "converters", *_FILES, *METHODS}
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
    own, tables = source.tables.get("learning"), dict(source.without("learning", "sweep").tables)
    if not isinstance(own, dict):
        what = shown(study) if isinstance(study, Path | str) else "the study"
        raise RequestError(
            f"{what} has no [learning] table: it says what is learned and how, see docs/learning.md. In Python give "
            "learn(study, Learning())."
        )
    tables.setdefault("program", [{"do": "wait", "duration": 1e-6}])
    array = tables.get("array", {})
    if isinstance(array, dict):
        tables["array"] = {"rows": 128, "cols": 128, **array}
    designed = Source(source.name, tables, source.folder)
    nominal = designed.nominal()
    return nominal, designed.variation(nominal), learning_from(own, source.folder)


def learning_from(own: Mapping[str, Any], folder: Path) -> Learning:
    """What a `[learning]` table says; files that it names are looked for in `folder`.

    Raises:
        RequestError: an unknown key, a value out of range.
    """
    for key in own:
        refuse_unknown(key, _OWN | _PARAMS, "learning")
    rules: dict[str, ParameterSet] = {}
    for name, base in METHODS.items():
        if name in own:
            rules[name] = type(base).from_mapping(_table(own, name), where=f"learning.{name}", base=base)
    params = LearningParams.from_mapping({k: v for k, v in own.items() if k in _PARAMS}, where="learning")
    converters = Converters.from_mapping(_table(own, "converters"), where="learning.converters")
    words = {key: own[key] for key in ("hidden", "methods") if key in own}
    for key, value in words.items():
        if not isinstance(value, list):
            raise RequestError.for_value(f"learning.{key}", value, allowed="a list")
    return Learning(params, _data(own, folder), converters=converters, rules=rules,
                    **{key: tuple(value) for key, value in words.items()})  # fmt: skip


def learning_tables(study: Study, variation: Variation | None, asked: Learning) -> dict[str, Any]:
    """Tables from which `load_learning` makes the same again.

    Raises:
        RequestError: parameters of a class of the user's own.
    """
    own: dict[str, Any] = {"methods": list(asked.methods), "hidden": list(asked.hidden), **values_of(asked.params)}
    if asked.data.images is None:
        own["data"] = asked.data.name
    else:
        given = {name: getattr(asked.data, name) for name in _FILES}
        own |= {name: str(path) for name, path in given.items() if path is not None}
    own["converters"] = values_of(asked.converters)
    own |= {name: values_of(asked.rules[name]) for name in asked.methods}
    return tables_of(study) | variation_tables(variation) | {"learning": own}


def _table(own: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = own.get(name, {})
    if not isinstance(table, dict):
        raise RequestError(f"learning.{name} must be a table: write it as [learning.{name}]")
    return table


def _data(own: Mapping[str, Any], folder: Path) -> ImageSource:
    files = {name: (folder / text_of(own[name], f"learning.{name}")).absolute() for name in _FILES if name in own}
    if files and "data" in own:
        raise RequestError("learning has data and images: give the name of a set, or files.")
    if files and "images" not in files:
        raise RequestError(f"learning has {', '.join(sorted(files))} and no images: give learning.images.")
    name = text_of(own.get("data", "digits"), "learning.data")
    return ImageSource(name, **files)

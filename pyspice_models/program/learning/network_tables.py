"""What study files of networks share, whether these learn on arrays or are put there: array, images, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import shown, text_of
from pyspice_models.program.learning.request import ImageSource
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Given, Source
from pyspice_models.study.variation import Variation

FILES = tuple(f.name for f in fields(ImageSource) if f.name != "name")
"""Keys that name files of images and labels."""


def own_table(study: Given, source: Source, table: str, advice: str) -> Mapping[str, Any]:
    """The table of this name.

    Raises:
        RequestError: there is none; `advice` says what it is for.
    """
    own = source.tables.get(table)
    if not isinstance(own, dict):
        what = shown(study) if isinstance(study, Path | str) else "the study"
        raise RequestError(f"{what} has no [{table}] table: {advice}")
    return own


def designed(source: Source, *tables: str) -> tuple[Study, Variation | None]:
    """The study without these tables, and how arrays differ; the program, which is not used, may be missing.

    `[array]` is the largest crossbar that a layer may be on: 128 x 128 where nothing is said.

    Raises:
        RequestError: an unknown key, a value out of range.
    """
    rest = dict(source.without(*tables).tables)
    rest.setdefault("program", [{"do": "wait", "duration": 1e-6}])
    array = rest.get("array", {})
    if isinstance(array, dict):
        rest["array"] = {"rows": 128, "cols": 128, **array}
    alone = Source(source.name, rest, source.folder)
    nominal = alone.nominal()
    return nominal, alone.variation(nominal)


def table_in(own: Mapping[str, Any], name: str, table: str) -> Mapping[str, Any]:
    """The table `[table.name]`, empty where there is none.

    Raises:
        RequestError: it is no table.
    """
    found = own.get(name, {})
    if not isinstance(found, dict):
        raise RequestError(f"{table}.{name} must be a table: write it as [{table}.{name}]")
    return found


def images_in(own: Mapping[str, Any], folder: Path, table: str) -> ImageSource:
    """Which images a table names; its files are looked for in `folder`.

    Raises:
        RequestError: a set and files, or files without images.
    """
    files = {name: (folder / text_of(own[name], f"{table}.{name}")).absolute() for name in FILES if name in own}
    if files and "data" in own:
        raise RequestError(f"{table} has data and images: give the name of a set, or files.")
    if files and "images" not in files:
        raise RequestError(f"{table} has {', '.join(sorted(files))} and no images: give {table}.images.")
    return ImageSource(text_of(own.get("data", "digits"), f"{table}.data"), **files)


def images_as_keys(data: ImageSource) -> dict[str, str]:
    """Keys from which `images_in` makes the same again."""
    if data.images is None:
        return {"data": data.name}
    return {name: str(path) for name in FILES if (path := getattr(data, name)) is not None}

"""A study as a TOML file with its input files beside it, from which the same study is read again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspice_models.disk import unwritable
from pyspice_models.errors import RequestError
from pyspice_models.files import hidden, write_text
from pyspice_models.inputs.text import MOST_TEXT, shown
from pyspice_models.study.study import Study
from pyspice_models.study.tables.declared import quantity_at
from pyspice_models.study.tables.inputs import INPUTS, STUDY, Inputs
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.text import format_tables

_HEAD = "# Written by ag2s."
_ABOUT = f"""{_HEAD} This file and {INPUTS}/ beside it, where there is one, are all that the result depends on:
# give this file to the same command, and it computes the same again.
"""
MOST_STEPS, MOST_VALUES = 1000, 20_000
"""A longer program, or one with more numbers in its steps, has a file of its own: JSON is read faster than TOML."""


def write_study(study: Study, folder: Path | str) -> Path:
    """Write `study.toml` into a folder, and what is too large for it into `study-inputs` beside it.

    `load_study` of the file gives a study that is equal to this one.

    Returns:
        The file.

    Raises:
        RequestError: a study.toml or study-inputs is there that this package did not write, the folder cannot be
            written, or the study holds parameters of a class of the user's own.
        StorageError: the disk is full.
    """
    return write_tables(tables_of(study), Path(folder))


def write_tables(tables: Mapping[str, Any], folder: Path, source: Path = Path()) -> Path:
    """Write tables as `study.toml`, with copies of the files that they name.

    Args:
        tables: of a study file; arrays in them go into files.
        folder: is made if need be.
        source: folder in which files that the tables name are looked for; it may be this one.

    Raises:
        RequestError, StorageError: as `write_study`.
    """
    place = folder / STUDY
    _check_own(folder)
    for left in folder.glob(f".{INPUTS}-*"):  # by who was killed while he wrote
        shutil.rmtree(left, ignore_errors=True)
    scratch = hidden(folder, INPUTS)
    try:
        scratch.mkdir(parents=True)
        inputs = Inputs(scratch, source)
        write_text(scratch / STUDY, _text(inputs.placed(tables), inputs, tables))
        _put(scratch, folder)
    except OSError as error:
        raise unwritable(place, error, "Choose another folder.") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return place


def _put(scratch: Path, folder: Path) -> None:
    """Let a study and its files take the place of those before it: whenever this is cut off, no study lacks its files.

    Meanwhile the study lies among its files, by which `_check_own` knows them.
    """
    place, files = folder / STUDY, folder / INPUTS
    if files.exists():
        if place.exists():
            place.replace(files / STUDY)
        shutil.rmtree(files)
    scratch.rename(files)
    (files / STUDY).replace(place)
    if not any(files.iterdir()):
        files.rmdir()


def _text(tables: Mapping[str, Any], inputs: Inputs, asked: Mapping[str, Any]) -> str:
    def unit_of(key: str) -> str:
        declared = quantity_at(asked, key)
        return declared.unit if declared else ""

    program, rest = tables.get("program"), {key: value for key, value in tables.items() if key != "program"}
    if isinstance(program, list) and _is_long(program):
        rest["program"] = {"file": inputs.written("program.json", json.dumps(program))}
    elif program is not None:
        rest["program"] = program
    text = f"{_ABOUT}\n{format_tables(rest, unit_of)}"
    if len(text.encode()) > MOST_TEXT:
        raise RequestError(f"the study is too large for a study file: {len(text)} characters, {MOST_TEXT} are read.")
    return text


def _is_long(program: list[Any]) -> bool:
    return len(program) > MOST_STEPS or sum(map(_values, program)) > MOST_VALUES


def _values(table: Mapping[str, Any]) -> int:
    """Numbers in the lists of a step, in those of its waves too."""
    inside = (_values(value) if isinstance(value, Mapping) else len(value) * isinstance(value, list)
              for value in table.values() if isinstance(value, Mapping | list))  # fmt: skip
    return sum(inside)


def _check_own(folder: Path) -> None:
    """Raise RequestError if something lies there that another study written here would destroy."""
    own = [folder / STUDY, folder / INPUTS / STUDY]
    try:
        known = any(_is_ours(path) for path in own)
        other = next((path for path in (folder / STUDY, folder / INPUTS) if path.exists()), None)
    except OSError as error:
        raise unwritable(folder / STUDY, error, "Choose another folder.") from None
    if other is not None and not known:
        raise RequestError(
            f"{shown(other)} is there and was not written by ag2s; the record of this study would replace it. "
            "Choose another folder, or rename it."
        )


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_HEAD)) == _HEAD.encode()

"""Changes to a study's tables, as `--set` and sweeps make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyspice_models.errors import RequestError, cut
from pyspice_models.foreign.read import with_text
from pyspice_models.inputs.text import parse_toml, read_toml
from pyspice_models.study.tables.steps import listed_steps

_DEEPEST_KEY = 20


def read_tables(path: Path, changes: Iterable[str] = ()) -> dict[str, Any]:
    """The tables of a study file with the changes applied; a program, or a cell, in a file of its own is read.

    Raises:
        RequestError: no such file, not TOML, or a change that leads nowhere.
    """
    tables = read_toml(Path(path), "study")
    if "program" in tables:
        tables["program"] = listed_steps(tables["program"], Path(path).parent)
    for change in changes:
        change_tables(tables, change)
    if isinstance(cell := tables.get("cell"), dict):
        tables["cell"] = with_text(cell, Path(path).parent)
    if isinstance(kinds := tables.get("kinds"), dict):
        tables["kinds"] = {
            name: with_text(kind, Path(path).parent) if isinstance(kind, dict) else kind for name, kind in kinds.items()
        }
    return tables


def values_by_key(tables: object, key: str = "") -> Iterator[tuple[str, object]]:
    """All values of tables by the keys that `change_tables` takes; steps of a program by number, other lists whole."""
    if isinstance(tables, Mapping):
        for name, value in tables.items():
            yield from values_by_key(value, f"{key}.{name}" if key else str(name))
    elif isinstance(tables, list) and tables and all(isinstance(one, Mapping) for one in tables):
        for number, value in enumerate(tables):
            yield from values_by_key(value, f"{key}.{number}")
    else:
        yield key, tables


def change_tables(tables: dict[str, Any], change: str) -> None:
    """Apply `KEY=VALUE` to the tables of a study, in place.

    Raises:
        RequestError: not of that form, or a key that leads nowhere.
    """
    key, equals, text = change.partition("=")
    path = key.strip().split(".")
    if not equals or not all(path) or len(path) > _DEEPEST_KEY:
        raise RequestError.for_value("--set", change, allowed="KEY=VALUE, for example array.rows=32")
    value = _value_of(text, f"--set {cut(key)}")
    place: Any = tables
    for number, part in enumerate(path):
        last = number == len(path) - 1
        if isinstance(place, list):
            index: Any = place_in(place, part)
            if index is None:
                raise RequestError.for_value(f"--set {key}", part, allowed=f"a step from 0 to {len(place) - 1}")
        elif isinstance(place, dict):
            index = part
            if not last:
                place.setdefault(part, {})
        else:
            raise RequestError(f"--set {cut(key)}: {cut('.'.join(path[:number]))} is a value and has no keys")
        if last:
            place[index] = value
        else:
            place = place[index]


def place_in(steps: Sequence[object], text: str) -> int | None:
    """The number that text gives, if it is that of one of the steps."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else len(steps)
    return number if number < len(steps) else None


def _value_of(text: str, where: str) -> object:
    """A value as TOML writes it, or as it stands: 0.25 V needs no quotes on a command line."""
    try:
        return parse_toml(f"value = {text}", where)["value"]
    except RequestError:
        return text.strip()


def copy_tables(value: Any) -> Any:
    """Tables and lists anew, so that they can be changed; what they hold, arrays above all, is shared."""
    if isinstance(value, Mapping):
        return {key: copy_tables(entry) for key, entry in value.items()}
    return [copy_tables(entry) for entry in value] if isinstance(value, list) else value

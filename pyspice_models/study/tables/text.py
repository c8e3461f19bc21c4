"""Tables of a study as TOML text; reading it gives the same tables, every number to the last bit."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.units import apart

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def format_tables(tables: Mapping[str, Any], unit_of: Callable[[str], str] = lambda key: "") -> str:
    """TOML text of tables.

    Args:
        tables: what a study file may hold; a table inside a table has a header of its own, one inside that stands on a
            line.
        unit_of: the unit of the number with this key, such as `program.0.voltage`, for a comment behind it, or "".

    Raises:
        RequestError: a value that TOML cannot hold.
    """
    lines = [_line(key, value, key, unit_of) for key, value in tables.items() if not _headed(value)]
    for key, value in tables.items():
        if isinstance(value, Mapping):
            lines += _table(_key(key), value, key, unit_of)
        elif _headed(value):
            for number, entry in enumerate(value):
                lines += ["", f"[[{_key(key)}]]", *_lines(entry, f"{key}.{number}", unit_of)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _headed(value: object) -> bool:
    """Whether a value of the top level is a table, or a list of them."""
    several = isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value)
    return isinstance(value, Mapping) or bool(several)


def _table(header: str, table: Mapping[str, Any], path: str, unit_of: Callable[[str], str]) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    yield from ("", f"[{header}]")
    yield from _lines({key: value for key, value in table.items() if key not in inner}, path, unit_of)
    for key, value in inner.items():
        yield from ("", f"[{header}.{_key(key)}]")
        yield from _lines(value, f"{path}.{key}", unit_of)


def _lines(table: Mapping[str, Any], path: str, unit_of: Callable[[str], str]) -> Iterator[str]:
    return (_line(key, value, f"{path}.{key}", unit_of) for key, value in table.items())


def _line(key: str, value: Any, path: str, unit_of: Callable[[str], str]) -> str:
    unit = unit_of(path) if isinstance(value, float) else ""
    return f"{_key(key)} = {_literal(value, path)}" + (f"  # {unit}" if unit else "")


def _literal(value: Any, path: str) -> str:
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, str):
        return _quoted(value, path)
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating | Decimal):
        return repr(float(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_literal(entry, f'{path}.{key}')}" for key, entry in value.items())
        return f"{{{inside}}}"
    if isinstance(value, list | tuple | range):
        return f"[{', '.join(_literal(entry, path) for entry in value)}]"
    bare, unit = apart(value)
    if unit is not None and np.ndim(bare) == 0:
        return _quoted(f"{float(bare)!r} {unit}".rstrip(), path)
    if isinstance(bare, np.ndarray) and not np.ma.is_masked(bare) and bare.dtype.kind in "biuf" and unit is None:
        return _literal(bare.tolist(), path)
    raise RequestError.for_value(path, value, allowed="what a study file can hold: numbers, text, lists, tables")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key, key)


def _quoted(text: str, path: str) -> str:
    """A basic string; JSON's escapes are TOML's, but for DEL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RequestError.for_value(path, text, allowed="text that UTF-8 can write") from None
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def tables_as_json(tables: Mapping[str, Any]) -> str:
    """Tables for an attribute of a dataset; of what JSON cannot hold, a text that shows it."""
    return json.dumps(tables, default=_shown)


def _shown(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value.tolist() if value.size <= _MOST_SHOWN else f"{' x '.join(map(str, value.shape))} numbers"
    return str(value)


_MOST_SHOWN = 64

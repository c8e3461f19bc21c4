"""What a step is given, checked on its own: lines, vectors, patterns, names of schemes."""

from __future__ import annotations

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.numeric import as_whole, as_wholes, is_several, real_array
from pyspice_models.units import apart

ALL = "all"
MAX_PULSES = 100_000

Which = int | tuple[int, ...] | str
"""One line, several, or "all"."""


def take(step: object, **plain: object) -> None:
    """Put checked values, plain numbers and tuples of them, into a step."""
    for name, value in plain.items():
        object.__setattr__(step, name, value)


def which(name: str, value: object) -> Which:
    """A line, several, or "all"; RequestError for anything else."""
    if isinstance(value, str) and value == ALL:
        return ALL
    found = as_wholes(value) if is_several(value) or isinstance(value, range) else as_whole(value)
    if found is None or found == ():
        raise RequestError.for_value(name, value, allowed="a whole number, a list of them, or 'all'")
    return found


def line(name: str, value: object) -> int:
    """The number of a line; RequestError for no whole number."""
    found = as_whole(value)
    if found is None:
        raise RequestError.for_value(name, value, allowed="a whole number")
    return found


def pairs(name: str, value: object) -> tuple[tuple[int, int], ...]:
    """Pairs of numbers of lines; RequestError for anything else."""
    allowed = "a list of pairs of bit lines, [plus, minus] each"
    bare, _ = apart(value)
    if not is_several(bare):
        raise RequestError.for_value(name, value, allowed=allowed)
    found = []
    for number, entry in enumerate(bare):
        if (lines := as_wholes(entry)) is None or len(lines) != 2:
            raise RequestError.for_value(f"{name}[{number}]", entry, allowed=allowed)
        found.append((lines[0], lines[1]))
    return tuple(found)


def wholes(name: str, value: object, allowed: str, low: int, high: int) -> tuple[int, ...]:
    """Whole numbers from `low` to `high`; RequestError, with `allowed` in words, for anything else."""
    found = as_wholes(value)
    if found is None or not all(low <= entry <= high for entry in found):
        raise RequestError.for_value(name, value, allowed=allowed)
    return found


def numbers(name: str, value: object, unit: str, top: float, what: str) -> tuple[float, ...]:
    """Numbers in a row, from -top to top [unit]; RequestError for one that is outside."""
    found = real_array(value, unit, name=name)
    good = np.abs(found) <= top
    if found.ndim != 1 or not good.all():
        where, shown = (name, value) if found.ndim != 1 else (f"{name}[{int(good.argmin())}]", found[good.argmin()])
        raise RequestError.for_value(where, shown, unit=unit, allowed=f"{what} from {-top:g} to {top:g}")
    return tuple(found.tolist())


def odds(name: str, value: object) -> tuple[float, ...]:
    """Probabilities in a row; RequestError for one outside 0 to 1."""
    found = real_array(value, "", name=name)
    good = (found >= 0) & (found <= 1)
    if found.ndim != 1 or not good.all():
        where, shown = (name, value) if found.ndim != 1 else (f"{name}[{int(good.argmin())}]", found[good.argmin()])
        raise RequestError.for_value(where, shown, allowed="odds from 0 to 1, one for each line")
    return tuple(found.tolist())


def scheme_name(value: object) -> str:
    """Text; whether there is such a scheme, `write_bias` and `read_bias` say. RequestError for anything else."""
    if not isinstance(value, str):
        raise RequestError.for_value("scheme", value, allowed="a scheme's name")
    return str(value)


def bits(name: str, value: object) -> tuple[tuple[int, ...], ...]:
    """Rows of 0 and 1, or of no and yes, which are numbers nowhere else; RequestError for another shape or number."""
    bare, _ = apart(value)
    if isinstance(bare, (list, tuple)):
        bare = [[int(e) if isinstance(e, (bool, np.bool_)) else e for e in r] if _is_list(r) else r for r in bare]
    elif not isinstance(bare, np.ma.MaskedArray) and np.asarray(bare).dtype == bool:
        bare = np.asarray(bare).astype(float)
    found = real_array(bare, name=name)
    if found.size == 0:
        return ()
    if found.ndim != 2:
        raise RequestError.for_value(name, value, allowed="rows of 0 and 1, all as long")
    if len(wrong := np.argwhere(~np.isin(found, (0, 1)))):
        row, col = map(int, wrong[0])
        raise RequestError.for_value(f"{name}[{row}, {col}]", float(found[row, col]), allowed="0 or 1")
    return tuple(tuple(int(entry) for entry in row) for row in found.tolist())


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))

"""What counts as an array of numbers, and as a whole number: the one place where either is taken from a user.

NumPy's own conversion drops what it cannot hold: the mask of a masked array, the imaginary part, the unit and its
prefix; it reads text and yes and no as numbers. Here all of that is refused by name.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.units import apart, number, scaled

Array = NDArray[np.float64]

MAX_SEED = 2**53 - 1
"""The largest seed: TOML, JSON and floats hold whole numbers up to here exactly."""


def real_array(values: object, unit: str = "", *, name: str) -> Array:
    """Real numbers of any shape as SI floats.

    Args:
        values: a number, nested lists, or an array of NumPy, pandas, xarray or a library with units; its elements may
            carry units themselves. A masked array counts as long as nothing in it is masked.
        unit: the unit the quantity is declared in ("" for a pure number).
        name: what to call the quantity in an error.

    Returns:
        An array of the same shape, which may be the given one. Whether its numbers are finite is for the caller to
        check, who knows their range.

    Raises:
        RequestError: masked, complex or no numbers, lists of unequal length, or another unit than the declared one.
    """
    bare, own = apart(values)
    array = _array(bare, unit if own is None else "", name)
    return array if own is None else np.asarray(scaled(array, own, unit, name=name, shown=f"values in {own}"))


def _array(values: Any, unit: str, name: str) -> Array:
    if isinstance(values, (list, tuple)):
        return _from_list(values, unit, name)
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.is_masked(values):
            raise _refused(name, values, f"{np.ma.count_masked(values)} of its values are masked, and have no number")
        values = values.data
    try:
        array = np.asarray(values)
    except Exception as error:  # whatever a class of another library raises when it is asked for its numbers
        raise _refused(name, values, str(error)) from None
    kind = array.dtype.kind
    if kind in "iuf":
        return array.astype(float, copy=False)
    if kind == "O":
        if array.ndim == 0:
            return np.array(number(values, unit, name=name))
        found = [number(entry, unit, name=_placed(name, *place)) for place, entry in np.ndenumerate(array)]
        return np.array(found, dtype=float).reshape(array.shape)
    raise _refused(name, values, _WHY.get(kind, f"{array.dtype} is no number"))


_WHY = {
    "c": "complex numbers have no place here", "b": "yes and no are no numbers: give 0 and 1", "U": "text is no number",
    "S": "text is no number", "M": "dates are no numbers", "m": "give durations in seconds",
}  # fmt: skip


def _from_list(values: list[Any] | tuple[Any, ...], unit: str, name: str) -> Array:
    if all(type(entry) is float for entry in values):
        return np.array(values, dtype=float)
    parts = [
        (real_array if is_several(entry) else number)(entry, unit, name=_placed(name, n))
        for n, entry in enumerate(values)
    ]
    if len({np.shape(part) for part in parts}) > 1:
        raise _refused(name, values, "its rows are not equally long")
    return np.array(parts, dtype=float)


def is_several(entry: object) -> bool:
    """Whether this is a list or an array, and no single value."""
    return isinstance(entry, (list, tuple)) or getattr(entry, "shape", ()) != ()


def _placed(name: str, *place: int) -> str:
    """`w0[1]`, and inside that `w0[1, 0]`."""
    inside = ", ".join(map(str, place))
    return f"{name[:-1]}, {inside}]" if name.endswith("]") else f"{name}[{inside}]"


def _refused(name: str, value: object, why: str) -> RequestError:
    return RequestError.for_value(name, value, allowed="real numbers", advice=f"{why[:1].upper()}{why[1:]}.")


def whole(value: object, low: int, high: int | None = None, *, name: str) -> int:
    """A whole number, of Python or NumPy, as Python's own.

    Raises:
        RequestError: none, or one outside `low` to `high`.
    """
    found = as_whole(value)
    if found is None or found < low or (high is not None and found > high):
        allowed = f"a whole number >= {low}" if high is None else f"a whole number from {low} to {high}"
        raise RequestError.for_value(name, value, allowed=allowed)
    return found


def as_whole(value: object) -> int | None:
    """The whole number that a value is, or None: a float is none, nor is yes or no."""
    if isinstance(value, np.ndarray) and value.ndim == 0 and not isinstance(value, np.ma.MaskedArray):
        value = value[()]
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.timedelta64)):
        return int(value)
    return None


def as_wholes(values: object) -> tuple[int, ...] | None:
    """The whole numbers of a list, a range or an array with one dimension; None if it is none, or one of them is."""
    bare, own = apart(values)
    if own or np.ma.is_masked(bare):
        return None
    if not isinstance(bare, (list, tuple, range)):
        if len(getattr(bare, "shape", ())) != 1:
            return None
        bare = np.asarray(bare).tolist()
    found = [as_whole(entry) for entry in bare]
    return None if None in found else tuple(entry for entry in found if entry is not None)

"""Numbers with units at the edge of the package: text in, text out. Inside, everything is an SI float.

`parse("1 us", "s", name="width")` gives `1e-06`; `show(1.5e-14, "J")` gives `"15 fJ"`.

A general unit library does not know which unit is expected, so it reads "300 K" as 300 kilo and "1 m" as a
milli; here the declared unit decides. What is declared in kelvin may be written in degrees Celsius: "27 degC", "27 °C".
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from pyspice_models.errors import RequestError, cut, quoted

_PREFIX = {
    "a": 1e-18, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
_BARE_PREFIX = {**{k: v for k, v in _PREFIX.items() if k != "M"}, "Meg": 1e6, "meg": 1e6}
_SPELLINGS = {"Ω": "ohm", "Ohm": "ohm", "Ohms": "ohm", "ohms": "ohm", "²": "^2"}
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)", re.ASCII)
_REAL: Any = (Real, Decimal)
_LONGEST = 400  # characters; no number needs more
_CELSIUS = {"degC", "°C", "ºC", "℃", "Celsius", "celsius", "degree_Celsius", "deg_C"}
_ZERO = 273.15
"""0 degrees Celsius [K]."""


def parse(value: object, unit: str, *, name: str, allowed: str = "") -> float:
    """Turn a number, or text such as "10n", "1 us" or "25 um^2", into an SI float.

    Args:
        value: what `number` takes, or text: a number, an optional SI prefix, an optional unit; of a pure number also
            "%", of kelvin also degC or °C.
        unit: the unit the quantity is declared in ("" for a pure number).
        name: what to call the quantity in an error.
        allowed: its range, for an error.

    Raises:
        RequestError: not a finite number, in another unit than the declared one, or degrees Celsius below absolute
            zero.
    """
    if not isinstance(value, str):
        return number(value, unit, name=name, allowed=allowed)
    match = _NUMBER.fullmatch(value.strip()) if len(value) <= _LONGEST else None
    if match is None:
        allowed = f"{allowed} {unit}".rstrip() if allowed else f"a finite number in {unit or 'no unit'}"
        raise RequestError.for_value(name, value, allowed=allowed)
    found = float(scaled(float(match[1]), match[2], unit, name=name, shown=value, bare_prefix=True, allowed=allowed))
    if found == 0 and re.match(r"[-+0.]*[1-9]", match[1]) and not is_celsius(value):
        raise RequestError.for_value(name, value, allowed="0, or a magnitude from 1e-300")
    return found


def number(value: object, unit: str, *, name: str, allowed: str = "") -> float:
    """A real number of whatever library as an SI float; text is none.

    Args:
        value: of Python or NumPy, or one that carries its unit, as those of PySpice do: `1@u_us`.
        unit, name, allowed: see `parse`.

    Raises:
        RequestError: no real number (yes and no, text, a masked or a complex number), one that is not finite, or one
            in another unit than the declared one.
    """
    if type(value) is float and math.isfinite(value):
        return value
    bare, own = apart(value)
    if own is not None:
        told = f"{bare} {own}"
        return float(scaled(number(bare, "", name=name), own, unit, name=name, shown=told, allowed=allowed))
    if isinstance(bare, np.ndarray) and bare.ndim == 0 and not isinstance(bare, np.ma.MaskedArray):
        bare = bare[()]
    # Python counts yes and no as real numbers, and decimals not
    if not isinstance(bare, (bool, np.bool_, np.timedelta64)) and isinstance(bare, _REAL):
        try:
            found = float(bare)
        except (OverflowError, ValueError):
            found = math.inf
        if math.isfinite(found):
            return found
    # numbers of which each is fine, but there are several, or whatever else
    raise RequestError.for_value(name, value, unit=unit, allowed=allowed or f"a finite number{' in' * bool(unit)}")


def apart(value: Any) -> tuple[Any, str | None]:
    """A value without its unit, and the unit as text; None if it carries none.

    Units of PySpice, pint, astropy and xarray are understood. Without this `np.asarray` drops them, and the prefix
    with them.
    """
    kind = type(value)
    if kind is np.ndarray or kind is list or kind is tuple:
        return value, None
    library = kind.__module__.partition(".")[0]
    if library == "xarray":
        own = value.attrs.get("units")
        return value.values, None if own is None else "" if own == "1" else str(own)
    if hasattr(value, "prefixed_unit"):  # PySpice; its classes are made in several modules
        bare = value.as_ndarray() if hasattr(value, "as_ndarray") else value.value
        whole = value.prefixed_unit
        # PySpice calls a ratio of two voltages a steradian
        return (bare * value.scale, "") if whole.is_unit_less else (bare, whole.str())
    if library == "pint":
        return value.magnitude, _plain(format(value.units, "~"))
    if library == "astropy":
        return value.value, _plain(str(value.unit))
    return value, None


def _plain(unit: str) -> str:
    """Units as other libraries write them, in this package's way: `um ** 2` and `um2` are um^2."""
    return re.sub(r"(?<=[a-zA-Z])(\d)", r"^\1", unit.replace(" ", "").replace("**", "^"))


def is_celsius(value: object) -> bool:
    """Whether a number, as text or with its unit, is one of degrees Celsius."""
    if not isinstance(value, str):
        return _plain(apart(value)[1] or "") in _CELSIUS
    match = _NUMBER.fullmatch(value.strip()) if len(value) <= _LONGEST else None
    return match is not None and _plain(match[2]) in _CELSIUS


def ends_alike(texts: Sequence[str]) -> list[str]:
    """Ends of a range as text; a unit that stands after the last alone is that of all, as in `0.5:2 us`."""
    parts = [text.strip() for text in texts]
    matches = [_NUMBER.fullmatch(part) if len(part) <= _LONGEST else None for part in parts]
    units = [match[2] if match else None for match in matches]
    if not units or not units[-1] or any(unit != "" for unit in units[:-1]):
        return parts
    return [*(f"{part} {units[-1]}" for part in parts[:-1]), parts[-1]]


def scaled(
    value: Any, suffix: str, unit: str, *, name: str, shown: object, bare_prefix: bool = False, allowed: str = ""
) -> Any:  # fmt: skip
    """A number, or an array of numbers, in the unit `suffix`, as SI floats.

    Args:
        value: finite.
        suffix: a unit with or without an SI prefix.
        unit: the unit the quantity is declared in.
        name: of the quantity, for an error.
        shown: the value as it was given, for an error.
        bare_prefix: the suffix may be nothing, or a prefix alone, as in "10n". A value that carries its unit has none
            of that: its m is a metre.
        allowed: its range in the declared unit, for an error.

    Raises:
        RequestError: `suffix` is not the declared unit with an SI prefix, the number is too large, or a temperature is
            below absolute zero.
    """
    if unit == "K" and _plain(suffix) in _CELSIUS:
        return _kelvin(value, name, shown, allowed)
    for spelling, standard in _SPELLINGS.items():
        suffix = suffix.replace(spelling, standard)
    scale = _scale(suffix, unit, shown, name, bare_prefix)
    # 200/1e9 is the float nearest to 2e-7, 200*1e-9 is not: positive powers of ten are exact
    with np.errstate(over="ignore"):
        found = value * scale if scale >= 1 else value / 10 ** -round(math.log10(scale))
    if not np.isfinite(found).all():
        raise RequestError.for_value(name, shown, allowed=f"a finite number in {unit or 'no unit'}")
    return found


def _kelvin(value: Any, name: str, shown: object, allowed: str) -> Any:
    """Degrees Celsius in kelvin; 1e-9 K is more than rounding leaves, and less than anybody means."""
    with np.errstate(over="ignore"):
        found = np.round(np.asarray(value, dtype=float) + _ZERO, 9)
    if not np.isfinite(found).all() or (found < 0).any():
        raise RequestError.for_value(
            name, shown, allowed=f"{allowed} K".strip() if allowed else "a temperature",
            advice="Nothing is colder than absolute zero, 0 K or -273.15 degC.",
        )  # fmt: skip
    return found if found.ndim else float(found)


def _scale(suffix: str, unit: str, value: object, name: str, bare_prefix: bool) -> float:
    if suffix == unit or (bare_prefix and not suffix):
        return 1.0
    if suffix == "%" and not unit:
        return 0.01
    if unit and suffix.endswith(unit) and suffix[: -len(unit)] in _PREFIX:
        power = int(unit.partition("^")[2] or 1)
        return _PREFIX[suffix[: -len(unit)]] ** power
    if bare_prefix and suffix in _BARE_PREFIX and "^" not in unit:
        return _BARE_PREFIX[suffix]
    advice = f"{cut(name)} is declared in {unit or 'no unit'}; {quoted(suffix)} is not that unit with an SI prefix."
    if unit == "K" and suffix.strip(" °") in {"C", "F", "degF"}:
        advice = "Write a temperature in kelvin, 300 K, or in degrees Celsius, 27 degC."
    if bare_prefix and suffix == "M":
        advice = "A bare M is milli to SPICE and mega to SI: write m or Meg, or add the unit."
    raise RequestError.for_value(name, value, allowed=f"a number in {unit or 'no unit'}", advice=advice)


def show(value: float, unit: str = "", digits: int = 4) -> str:
    """Text for people: four significant digits and an SI prefix, `"15 fJ"`; of an area `"0.25 um^2"`."""
    area = unit == "m^2"
    if not math.isfinite(value) or value == 0 or unit in {"", "1"} or (not area and ("^" in unit or "/" in unit)):
        return f"{value:.{digits}g} {unit if unit != '1' else ''}".rstrip()
    ladder = _AREAS if area else _LADDER
    fitting = [step for step in ladder if abs(value) >= step[1] * (1 - 10.0**-digits) * (0.01 if area else 1)]
    prefix, factor = fitting[-1] if fitting else ladder[0]
    return f"{value / factor:.{digits}g} {prefix}{unit}"


def micro(text: str) -> str:
    """Text for people with micro as it is printed: `5 um` becomes `5 µm`; what is read again keeps its u."""
    return _MICRO.sub("µ", text)


_MICRO = re.compile(r"(?<=\d )u(?=(?:s|m|A|V|W|S|F|J|H|C|K|Hz|ohm)\b)")

_AREAS = [("n", 1e-18), ("u", 1e-12), ("m", 1e-6), ("", 1.0)]
_LADDER = [
    ("a", 1e-18), ("f", 1e-15), ("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3),
    ("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
]  # fmt: skip


def shown(value: float, unit: str = "", digits: int = 4) -> str:
    """A number for people: significant digits, an SI prefix, and signs as they are printed."""
    text = show(value, unit, digits)
    if unit not in {"", "1"}:
        text = text.replace(f" u{unit}", f" µ{unit}")
    return printed(text)


def printed(text: str) -> str:
    """Units as they are printed: ohm is Ω, and powers are raised."""
    for plain, sign in (("ohm", "Ω"), ("^2", "²"), ("^3", "³")):
        text = text.replace(plain, sign)
    return text

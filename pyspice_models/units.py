"""Numbers with units at the edge of the package: text in, text out. Inside, everything is an SI float.

`parse("1 us", "s", name="width")` gives `1e-06`; `show(1.5e-14, "J")` gives `"15 fJ"`.

A general unit library does not know which unit is expected, so it reads "300 K" as 300 kilo and "1 m" as a
milli; here the declared unit decides.
"""

from __future__ import annotations

import math
import re

from pyspice_models.errors import RequestError

_PREFIX = {
    "a": 1e-18, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3,
    "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
_BARE_PREFIX = {**{k: v for k, v in _PREFIX.items() if k != "M"}, "Meg": 1e6, "meg": 1e6}
_SPELLINGS = {"Ω": "ohm", "Ohm": "ohm", "Ohms": "ohm", "ohms": "ohm", "²": "^2"}
_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*", re.ASCII)


def parse(value: object, unit: str, *, name: str) -> float:
    """Turn a number, or text such as "10n", "1 us" or "25 um^2", into an SI float.

    Args:
        value: an int, a float, or text: a number, an optional SI prefix, an optional unit; of a pure number also "%".
        unit: the unit the quantity is declared in ("" for a pure number).
        name: what to call the quantity in an error.

    Raises:
        RequestError: not a finite number, or in another unit than the declared one.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _finite(float(value), value, unit, name)
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise RequestError.for_value(name, value, allowed=f"a finite number in {unit or 'no unit'}")
    number, suffix = float(match[1]), match[2]
    for spelling, standard in _SPELLINGS.items():
        suffix = suffix.replace(spelling, standard)
    scale = _scale(suffix, unit, value, name)
    # 200/1e9 is the float nearest to 2e-7, 200*1e-9 is not: positive powers of ten are exact
    exact = number * scale if scale >= 1 else number / 10 ** -round(math.log10(scale))
    return _finite(exact, value, unit, name)


def _scale(suffix: str, unit: str, value: object, name: str) -> float:
    if suffix in {"", unit}:
        return 1.0
    if suffix == "%" and not unit:
        return 0.01
    if unit and suffix.endswith(unit) and suffix[: -len(unit)] in _PREFIX:
        power = int(unit.partition("^")[2] or 1)
        return _PREFIX[suffix[: -len(unit)]] ** power
    if suffix in _BARE_PREFIX and "^" not in unit:
        return _BARE_PREFIX[suffix]
    advice = f"{name} is declared in {unit or 'no unit'}; {suffix!r} is not that unit with an SI prefix."
    if suffix == "M":
        advice = "A bare M is milli to SPICE and mega to SI: write m or Meg, or add the unit."
    raise RequestError.for_value(name, value, allowed=f"a number in {unit or 'no unit'}", advice=advice)


def _finite(number: float, value: object, unit: str, name: str) -> float:
    if not math.isfinite(number):
        raise RequestError.for_value(name, value, allowed=f"a finite number in {unit or 'no unit'}")
    return number


def show(value: float, unit: str = "", digits: int = 4) -> str:
    """Text for people: four significant digits and an SI prefix, `"15 fJ"`."""
    if not math.isfinite(value) or value == 0 or unit in {"", "1"} or "^" in unit or "/" in unit:
        return f"{value:.{digits}g} {unit if unit != '1' else ''}".rstrip()
    fitting = [step for step in _LADDER if abs(value) >= step[1] * (1 - 10.0**-digits)]
    prefix, factor = fitting[-1] if fitting else _LADDER[0]
    return f"{value / factor:.{digits}g} {prefix}{unit}"


_LADDER = [
    ("a", 1e-18), ("f", 1e-15), ("p", 1e-12), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3),
    ("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
]  # fmt: skip

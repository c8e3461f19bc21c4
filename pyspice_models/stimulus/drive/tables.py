"""Waves from the tables of a study file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.numeric import is_several
from pyspice_models.stimulus.drive.waves import Noise, Pwl, Ramp, Sine, Triangle, Wave
from pyspice_models.units import parse

WAVES: Mapping[str, type[Wave]] = {"pwl": Pwl, "sine": Sine, "ramp": Ramp, "triangle": Triangle, "noise": Noise}
"""By the word that a study file has for each, as `wave`."""


def wave_from(given: object, where: str) -> Wave:
    """A wave from an object of these classes or from a table, as a study file has it: `wave` is its kind.

    Raises:
        RequestError: another kind or key, a unit or a value that is refused; the message begins with `where`.
    """
    if isinstance(given, Wave):
        return given
    if not isinstance(given, Mapping):
        raise RequestError.for_value(where, given, allowed='a table such as {wave = "sine", amplitude = "0.1 V"}')
    own = dict(given)
    word = own.pop("wave", "pwl" if {"times", "volts"} & set(own) else None)
    if not isinstance(word, str) or word not in WAVES:
        raise RequestError.for_value(f"{where}.wave", word, allowed=f"one of {', '.join(WAVES)}")
    kind = WAVES[word]
    for key in own:
        refuse_unknown(key, {field.name for field in fields(kind)}, where)
    if kind is not Pwl:
        return kind.from_mapping(own, where=where)
    units = {"times": "s", "volts": "V"}
    found = {key: _numbers(value, units[key], f"{where}.{key}") for key, value in own.items()}
    try:
        return Pwl(**found)
    except RequestError as error:
        raise RequestError(f"{where}.{error}") from None


def _numbers(values: Any, unit: str, where: str) -> Any:
    """A list of numbers, or of text with units."""
    if not is_several(values):
        raise RequestError.for_value(where, values, allowed=f"a list of numbers in {unit}")
    if not isinstance(values, list | tuple):
        return values
    return [
        value if type(value) is float else parse(value, unit, name=f"{where}[{n}]") for n, value in enumerate(values)
    ]


def wave_table(wave: Wave) -> dict[str, Any]:
    """The table that `wave_from` makes an equal wave of."""
    word = next(word for word, kind in WAVES.items() if kind is type(wave))
    values = {field.name: getattr(wave, field.name) for field in fields(wave)}
    return {"wave": word} | {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}

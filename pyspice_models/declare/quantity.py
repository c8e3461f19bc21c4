"""How a parameter is declared: value, unit, allowed range, meaning, and where the number comes from.

    class WireParams(ParameterSet):
        width: float = quantity(5e-6, "m", low=0, tag="assumed", source="...", about="line width")

The declaration is the one place a number lives. Documentation, decks, Verilog-A defaults and error texts read it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np

from pyspice_models.errors import RequestError, did_you_mean, quoted
from pyspice_models.numeric import is_several, real_array, whole
from pyspice_models.units import is_celsius, number, parse, show

Tag = Literal["measured", "derived", "assumed"]


@dataclass(frozen=True)
class Plausible:
    """The values that a number may have for all that is known, where the paper leaves it open.

    Attributes:
        low, high: its ends, SI.
        reason: why these.
        tag: "stated" where a source gives them or they follow from one by arithmetic, "chosen" where they are a guess.
    """

    low: float
    high: float
    reason: str
    tag: Literal["stated", "chosen"]

    def shown(self, unit: str) -> str:
        """The range as text with its reason, for example `"0.1 to 2 V (stated: ...)"`."""
        return f"{self.low:g} to {self.high:g} {unit}".rstrip() + f" ({self.tag}: {self.reason})"


def stated(low: float, high: float, reason: str) -> Plausible:
    """A plausible range that a source gives, or that follows from one."""
    return Plausible(low, high, reason, "stated")


def chosen(low: float, high: float, reason: str) -> Plausible:
    """A plausible range that nothing but a guess supports."""
    return Plausible(low, high, reason, "chosen")


@dataclass(frozen=True)
class Quantity:
    """What is known about one parameter.

    Attributes:
        unit: SI unit ("" for a pure number).
        low, high: allowed range; `open_low` leaves the lower bound itself out.
        tag: measured, derived or assumed.
        source: figure, note, table or argument behind the default.
        about: what the parameter is.
        calibrated_to: id of the published target the default was tuned to, if any.
        per_cell: may differ from cell to cell of a crossbar.
        plausible: within which `ag2s assumptions` varies it; a text says why there is no such range, and None that
            nothing was said, as of a number that is measured.
        whole: it counts something: a whole number, Python's own.
        optional: it may be left out, and is None then.
        difference: it lies between two temperatures, so that degrees Celsius, which have an offset, are refused.
    """

    unit: str
    low: float
    high: float
    open_low: bool
    tag: Tag
    source: str
    about: str
    calibrated_to: str | None
    per_cell: bool
    plausible: Plausible | str | None
    whole: bool = False
    optional: bool = False
    difference: bool = False

    @cached_property
    def allowed(self) -> str:
        """The range as text, for example `"> 0 and <= 1"`."""
        if self.whole:
            return f"a whole number from {self.low:.0f} to {self.high:.0f}"
        parts = []
        if self.low > -math.inf:
            parts.append(f"{'>' if self.open_low else '>='} {self.low:g}")
        if self.high < math.inf:
            parts.append(f"<= {self.high:g}")
        return " and ".join(parts) or "any finite number"

    def parse(self, name: str, value: object) -> float:
        """The value in SI units, read from a number or from text with a unit; a whole number from a number alone.

        Raises:
            RequestError: no finite number, another unit, or out of range.
        """
        if self.whole:
            return whole(value, int(self.low), int(self.high), name=name)
        if self.difference and is_celsius(value):
            advice = "It is a difference of temperatures, which has no offset: write it in K."
            raise RequestError.for_value(name, value, allowed=f"{self.allowed} {self.unit}", advice=advice)
        return float(self.check(name, parse(value, self.unit, name=name, allowed=self.allowed)))

    def check(self, name: str, value: object, *, several: bool = True) -> Any:
        """The value in SI units: a float, or if there may be `several` an array of floats; a whole number as an int.

        Raises:
            RequestError: not what `number`, `real_array` or `whole` take, not finite, or out of range.
        """
        if self.whole:
            return whole(value, int(self.low), int(self.high), name=name)
        # what most are, without a look at what else they could be
        if type(value) is float and self.low < value < self.high:
            return value
        if not (several and is_several(value)):
            found = number(value, self.unit, name=name, allowed=self.allowed)
            if not ((found > self.low if self.open_low else found >= self.low) and found <= self.high):
                raise RequestError.for_value(name, found, unit=self.unit, allowed=self.allowed)
            return found
        numbers = real_array(value, self.unit, name=name)
        above = numbers > self.low if self.open_low else numbers >= self.low
        bad = ~(np.isfinite(numbers) & above & (numbers <= self.high))
        if bad.any():
            where = ", ".join(map(str, np.argwhere(bad)[0]))
            raise RequestError.for_value(
                f"{name}[{where}]", float(numbers[bad].flat[0]), unit=self.unit, allowed=self.allowed
            )
        return numbers


def quantity(
    default: float,
    unit: str,
    *,
    tag: Tag,
    source: str,
    about: str,
    low: float = -math.inf,
    high: float = math.inf,
    above: float | None = None,
    calibrated_to: str | None = None,
    per_cell: bool = False,
    plausible: Plausible | str | None = None,
    difference: bool = False,
) -> Any:
    """Declare a parameter of a `ParameterSet`; `above` is an exclusive, `low` an inclusive lower bound."""
    low = low if above is None else above
    declared = Quantity(
        unit, low, high, above is not None, tag, source, about, calibrated_to, per_cell, plausible,
        difference=difference,
    )  # fmt: skip
    return field(default=default, metadata={"quantity": declared})


def optional_quantity(
    unit: str, *, about: str, low: float = -math.inf, high: float = math.inf, above: float | None = None,
    plausible: str = "the study's to state",
) -> Any:  # fmt: skip
    """Declare a parameter that is None until somebody states it; no file and no deck holds it before."""
    declared = Quantity(
        unit, low if above is None else above, high, above is not None, "assumed", "choice of the user", about, None,
        False, plausible, optional=True,
    )  # fmt: skip
    return field(default=None, metadata={"quantity": declared})


def whole_quantity(default: int, *, low: int, high: int, about: str, source: str = "choice of the user") -> Any:
    """Declare a parameter that counts something: a whole number from `low` to `high`, without a unit."""
    declared = Quantity("", low, high, False, "assumed", source, about, None, False, None, whole=True)
    return field(default=default, metadata={"quantity": declared})


@dataclass(frozen=True)
class Choice:
    """One of a few words, or yes and no.

    Attributes:
        options: what may be chosen.
        about: what it decides.
    """

    options: tuple[object, ...]
    about: str

    def check(self, name: str, value: object) -> object:
        """The option that `value` is; RequestError if it is none."""
        if isinstance(value, np.bool_):
            value = bool(value)
        for option in self.options:
            if value is option or (isinstance(value, str) and value == option):
                return option
        words = [str(option).lower() if isinstance(option, bool) else str(option) for option in self.options]
        raise RequestError.for_value(name, value, allowed=f"one of {', '.join(words)}")


def choice(default: object, *options: object, about: str) -> Any:
    """Declare a choice of a `ParameterSet`; a bool needs no options."""
    every = (False, True) if isinstance(default, bool) else options
    return field(default=default, metadata={"choice": Choice(every, about)})


@dataclass(frozen=True)
class ParameterSet:
    """A frozen, checked set of parameters; a change makes a new one."""

    several: ClassVar[bool] = False
    """Whether a parameter may be an array, as those of many cells at once are."""

    not_varied: ClassVar[str] = ""
    """Why none of these numbers has a plausible range, or ""."""

    def __post_init__(self) -> None:
        """Values become plain SI floats; those that are none, or outside the declared ranges, are refused."""
        own: Any = type(self)
        numbers, choices = _declared(own)
        for name, declared in numbers:
            given = getattr(self, name)
            if given is None and declared.optional:
                continue
            taken = declared.check(name, given, several=self.several)
            if taken is not given:
                object.__setattr__(self, name, taken)
        for name, option in choices:
            object.__setattr__(self, name, option.check(name, getattr(self, name)))

    @classmethod
    def choices(cls) -> dict[str, Choice]:
        """Declared choices by name, in order."""
        own: Any = cls
        return dict(_declared(own)[1])

    @classmethod
    def quantities(cls) -> dict[str, Quantity]:
        """Declarations by name, in order."""
        own: Any = cls
        return dict(_declared(own)[0])

    @classmethod
    def from_mapping(cls, values: Mapping[str, object], *, where: str = "", base: Self | None = None) -> Self:
        """Build from numbers or text with units, starting from `base` or the defaults.

        Raises:
            RequestError: unknown key, wrong unit, or value out of range; `where` prefixes the key, as in `cell.area`.
        """
        prefix = f"{where}." if where else ""
        numbers, choices = cls.quantities(), cls.choices()
        parsed: dict[str, Any] = {}
        for key, value in values.items():
            refuse_unknown(key, {**numbers, **choices}, where)
            if key in choices:
                parsed[key] = choices[key].check(prefix + key, value)
            else:
                parsed[key] = numbers[key].parse(prefix + key, value)
        return replace(base or cls(), **parsed)

    def replace(self, **changes: float) -> Self:
        """A copy with some values changed; unknown names are refused."""
        return type(self).from_mapping(changes, base=self)

    def as_dict(self) -> dict[str, float]:
        """Values by name, in order of declaration, without those that are left out."""
        return {name: value for name in self.quantities() if (value := getattr(self, name)) is not None}

    def describe(self) -> Iterator[tuple[str, str, Quantity]]:
        """Name, value as text, declaration: the rows of a parameter table."""
        for name, declared in self.quantities().items():
            value = getattr(self, name)
            yield name, "not stated" if value is None else show(value, declared.unit), declared


@cache
def _declared(of: Any) -> tuple[tuple[tuple[str, Quantity], ...], tuple[tuple[str, Choice], ...]]:
    """Quantities and choices of a class, asked for often; as fields tell them."""
    quantities, choices = (
        tuple((f.name, f.metadata[kind]) for f in fields(of) if kind in f.metadata) for kind in ("quantity", "choice")
    )
    return quantities, choices


def refuse_unknown(key: str, allowed: Mapping[str, object] | set[str], where: str = "") -> None:
    """Raise RequestError, with the nearest known name, if `key` is not in `allowed`."""
    if key in allowed:
        return
    raise RequestError(
        f"unknown key {quoted(key)}{f' in [{where}]' if where else ''}{did_you_mean(key, allowed)} "
        f"Known keys: {', '.join(sorted(allowed))}."
    )

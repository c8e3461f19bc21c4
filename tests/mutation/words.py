"""Words that are easily confused, and that a mutant therefore exchanges."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator

import numpy as np

_PAIRS = (
    ("word", "bit"), ("words", "bits"), ("wl", "bl"), ("row", "col"), ("rows", "cols"), ("r", "c"),
    ("left", "right"), ("before", "after"), ("near", "far"), ("first", "last"), ("start", "stop"), ("begin", "end"),
    ("low", "high"), ("lower", "upper"), ("lowest", "highest"), ("down", "across"), ("top", "bottom"),
    ("w", "x"), ("w0", "x0"), ("int", "fil"), ("interface", "filament"), ("set", "reset"), ("setting", "resetting"),
    ("on", "off"), ("ones", "zeros"), ("one", "zero"), ("write", "read"), ("writes", "reads"), ("source", "terminal"),
    ("input", "output"), ("gate", "bit"), ("selected", "unselected"), ("half", "unselected"), ("lines", "ends"),
    ("lost", "delivered"), ("dissipated", "stored"), ("lines", "drivers"), ("time", "voltage"), ("times", "volts"),
    ("settled", "stop"), ("mean", "deviation"), ("good", "runs"), ("driver", "sense"), ("words", "cols"),
    ("here", "beyond"), ("plus", "minus"), ("new_w", "new_x"), ("device", "cycle"),
)  # fmt: skip
_FUNCTIONS = (
    ("min", "max"), ("any", "all"), ("minimum", "maximum"), ("argmin", "argmax"), ("sum", "mean"), ("zeros", "ones"),
    ("floor", "ceil"), ("vstack", "hstack"), ("zeros_like", "ones_like"), ("nanmin", "nanmax"), ("sin", "cos"),
    ("sinh", "tanh"), ("log", "exp"), ("std", "var"), ("isfinite", "isnan"),
)  # fmt: skip


def _partners(pairs: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for a, b in pairs:
        found.setdefault(a, []).append(b)
        found.setdefault(b, []).append(a)
    return found


_OF_WORDS, _OF_FUNCTIONS = _partners(_PAIRS), _partners(_FUNCTIONS)


def exchanged(identifier: str) -> Iterator[str]:
    """The identifier with one of its parts exchanged, `v_word` to `v_bit`."""
    yield from _OF_WORDS.get(identifier, ()) if "_" in identifier else ()
    parts = identifier.split("_")
    for place, part in enumerate(parts):
        for other in _OF_WORDS.get(part, ()):
            yield "_".join([*parts[:place], other, *parts[place + 1 :]])


def names_like(name: str, scope: Collection[str]) -> Iterator[str]:
    """What may stand in place of a plain name without being unknown there."""
    yield from (other for other in exchanged(name) if other in scope)
    yield from (other for other in _OF_FUNCTIONS.get(name, ()) if hasattr(builtins, other) or other in scope)


def attributes_like(name: str, known: Collection[str]) -> Iterator[str]:
    """What may stand in place of an attribute."""
    yield from (other for other in exchanged(name) if other in known)
    yield from (other for other in _OF_FUNCTIONS.get(name, ()) if hasattr(np, other))


def texts_like(text: str) -> Iterator[str]:
    """What may stand in place of a text that names something; a sentence names nothing."""
    if text.replace("_", "").replace("-", "").isalnum() and len(text) < 30:
        yield from exchanged(text)

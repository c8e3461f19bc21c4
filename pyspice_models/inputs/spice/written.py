"""Statements of a subcircuit taken apart: headers, functions, values by name, nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pyspice_models.inputs.spice.circuit import GROUND, Line, Untranslated
from pyspice_models.inputs.spice.formulas import Term, Unparsed, number, parsed
from pyspice_models.inputs.spice.numbers import spice_number

KEY = re.compile(r"([a-z_]\w*)\s*=(?!=)\s*")
BEGUN = re.compile(r"(?:\S+\s+)?pwl\s*\(([^()]*)\)\s*$")
"""What stands before a value; a source whose value is given point by point."""

_FUNCTION = re.compile(r"\.func\s+([a-z_]\w*)\s*\(([^)]*)\)\s*=?\s*(.+)")
_GROUNDS = {"0", "gnd", "gnd!"}
_AT_ONCE = 1e-12  # [s]


class Function(NamedTuple):
    """Names of its values, what it is, and where it stands."""

    args: tuple[str, ...]
    term: Term
    where: str


@dataclass
class Body:
    """A subcircuit as it is written."""

    head: Line
    ports: tuple[str, ...]
    defaults: dict[str, Term]
    lines: list[Line] = field(default_factory=list)
    functions: dict[str, Function] = field(default_factory=dict)


def function_of(one: Line) -> tuple[str, Function]:
    match = _FUNCTION.match(one.text)
    if match is None:
        raise Untranslated(one.where, "a function is not written .func name(x) {...}")
    args = tuple(arg.strip() for arg in match[2].split(",") if arg.strip())
    return match[1], Function(args, term_of(match[3], one), one.where)


def head_of(one: Line) -> Body:
    text = one.text.replace("params:", " ").replace("param:", " ")
    at = KEY.search(text)
    words = (text[: at.start()] if at else text).split()
    return Body(one, tuple(words[2:]), assigned(text[at.start() :] if at else "", one))


def assigned(text: str, one: Line) -> dict[str, Term]:
    """Values by name, as in `a=1 b={2*a} c='a + b'`."""
    found, places = {}, list(KEY.finditer(text))
    # `a == b` and `x <= y` hold no name and one sign
    for n, match in enumerate(places):
        last = places[n + 1].start() if n + 1 < len(places) else len(text)
        value = text[match.end() : last].strip().rstrip(",").strip()
        found[match[1]] = _text(value) if value[:1] == '"' else term_of(value, one)
    if text.strip() and (not places or text[: places[0].start()].strip()):
        raise Untranslated(one.where, f"{text.strip()[:40]!r} assigns nothing")
    return found


def _text(value: str) -> Term:
    """A number, if quotes stand around one."""
    try:
        return parsed(value)
    except Unparsed:
        return Term("text", words=(value.strip('"'),))


def term_of(text: str, one: Line) -> Term:
    try:
        return parsed(text)
    except Unparsed as why:
        version = re.fullmatch(r"\d+(\.\d+){2,}", text.strip())
        if version:
            return Term("text", words=(text.strip(),))
        raise Untranslated(one.where, f"{text.strip()[:60]!r}: {why}") from None


def steps_of(text: str, one: Line) -> dict[str, Term]:
    """A source that has reached its last value as soon as time begins: the first value and the last."""
    every = [spice_number(word) for word in text.replace(",", " ").split()]
    points = [one for one in every if one is not None]
    if len(points) < max(4, len(every)) or len(points) % 2 or not points[-2] <= _AT_ONCE:
        raise Untranslated(one.where, "a source that changes later than 1 ps after the start has no translation")
    return {"before": number(points[1]), "after": number(points[-1])}


def node_of(node: str, prefix: str, outside: Mapping[str, str]) -> str:
    """A node of the flat circuit."""
    if node in _GROUNDS:
        return GROUND
    return outside.get(node) or f"{prefix}{node}"

"""Integrals in the expressions of sources, which ngspice does not have: each becomes a capacitor that is charged."""

from __future__ import annotations

import re

from pyspice_models.foreign.source import Source, refused
from pyspice_models.foreign.spice.statements import Statement

_INTEGRAL = re.compile(r"(?i)\b(?:sdt|idt)\s*\(")
_MOST = 20  # of one statement


def without_integrals(
    source: Source, one: Statement, text: str
) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """A statement with voltages in place of `sdt(...)` and `idt(..., start)`.

    Args:
        source: the file.
        one: the statement, for its line.
        text: of it, as it is by now.

    Returns:
        The text; the elements that it needs beside it; every call with its node.

    Raises:
        UnreadableError: an integral outside of a source, or more than twenty in one.
    """
    todo, done = [text], list[str]()
    charged: list[str] = []
    calls: list[tuple[str, str]] = []
    while todo:
        line = todo.pop(0)
        match = _INTEGRAL.search(line)
        if match is None:
            done.append(line)
            continue
        if line[:1].lower() not in {"b", "e", "g"} or len(calls) >= _MOST:
            raise refused(
                source, one.line, "an integral stands outside of a source, or more than twenty in one",
                "Write it as a current into a capacitor of 1 F and read its voltage.", "integral",
            )  # fmt: skip
        first, last = match.end(), _closing(line, match.end())
        comma = _comma(line, first, last)
        inner, start = line[first:comma].strip(), line[comma + 1 : last].strip()
        node = f"integral_{one.line}" + (f"_{len(calls) + 1}" if calls else "")
        calls.append((line[match.start() : last + 1], node))
        # an integral in what charges is taken out in its turn
        todo = [f"{line[: match.start()]}v({node}){line[last + 1 :]}", f"b_{node} 0 {node} i={inner}", *todo]
        charged += [f"c_{node} {node} 0 1", f".ic v({node})={_value(start)}"]
    return done[0], (*done[1:], *charged), tuple(calls)


def _value(start: str) -> str:
    return f"{{{start}}}" if start and not start.startswith(("{", "'")) else start or "0"


def _comma(text: str, first: int, last: int) -> int:
    """Place of the first comma between two that stands in no brackets; `last` if there is none."""
    depth = 0
    for k in range(first, last):
        depth += {"(": 1, ")": -1}.get(text[k], 0)
        if text[k] == "," and not depth:
            return k
    return last


def _closing(text: str, at: int) -> int:
    depth = 1
    for k in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[k], 0)
        if not depth:
            return k
    return len(text)

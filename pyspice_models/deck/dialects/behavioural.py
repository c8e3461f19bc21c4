"""The behavioural libraries of `netlists/` as other tools of the SPICE family read them.

The libraries are written by hand for ngspice. What differs elsewhere is small and regular: how a behavioural source
writes its expression, what the temperature and the unit step are called, how a source of current starts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def rewritten(text: str, *, words: Mapping[str, str], source: Callable[[str, str], str]) -> str:
    """A library in another dialect.

    Args:
        text: of a library of `netlists/`.
        words: names in expressions that are called differently, for example `temper`.
        source: makes a behavioural source from its head ("Bw 0 nw") and its expression, all on one line.
    """
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("+") and lines and re.match(r"B\S+ \S+ \S+ i = ", lines[-1]):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return "\n".join(_line(line, words, source) for line in lines) + "\n"


def _line(line: str, words: Mapping[str, str], source: Callable[[str, str], str]) -> str:
    if line.startswith("*"):
        return line
    for word, other in words.items():
        line = re.sub(rf"\b{re.escape(word)}(?![\w.])", other, line)
    match = re.fullmatch(r"(B\S+ \S+ \S+) i = (.*)", line)
    return source(match[1], match[2]) if match else line

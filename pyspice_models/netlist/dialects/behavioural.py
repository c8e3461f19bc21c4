"""The behavioural libraries of `netlists/` as other tools of the SPICE family read them.

The libraries are written by hand for ngspice. What differs elsewhere is small and regular: how a behavioural source
writes its expression, what the temperature and the unit step are called, how a source of current starts. Functions are
written out, because few tools know functions without arguments, or functions within a subcircuit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class _Function:
    arguments: list[str]
    body: str


def rewritten(text: str, *, words: Mapping[str, str], source: Callable[[str, str], str]) -> str:
    """A library in another dialect.

    Args:
        text: of a library of `netlists/`.
        words: names in expressions that are called differently, for example `temper`.
        source: makes a behavioural source from its head ("Bw 0 nw") and its expression.
    """
    functions: dict[str, _Function] = {}
    lines = []
    for line in _joined(text):
        if line.startswith("*"):
            lines.append(line)
        elif match := re.fullmatch(r"\.func (\w+)\(([^)]*)\) \{(.*)\}", line):
            arguments = [name.strip() for name in match[2].split(",") if name.strip()]
            functions[match[1]] = _Function(arguments, written_out(match[3], functions))
        else:
            lines.append(_line(written_out(line, functions), words, source))
    return "\n".join(lines) + "\n"


def _joined(text: str) -> list[str]:
    """Lines, with a behavioural source that is continued on one line."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("+") and lines and lines[-1].startswith("B"):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return lines


def _line(line: str, words: Mapping[str, str], source: Callable[[str, str], str]) -> str:
    for word, other in words.items():
        line = re.sub(rf"(?<![\w.]){re.escape(word)}(?![\w.])", other, line)
    match = re.fullmatch(r"(B\S+ \S+ \S+) i = (.*)", line)
    return source(match[1], match[2]) if match else line


def written_out(expression: str, functions: Mapping[str, _Function]) -> str:
    """An expression with the body of every function of `functions` in place of its call."""
    if not functions:
        return expression
    call = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, functions))})\(")
    found, at = "", 0
    while match := call.search(expression, at):
        values, end = _arguments(expression, match.end())
        function = functions[match[1]]
        given = [written_out(value, functions) for value in values]
        found += expression[at : match.start()] + _bracketed(_filled(function, given))
        at = end
    return found + expression[at:]


def _filled(function: _Function, values: list[str]) -> str:
    """The body of a function with its arguments in place."""
    given = dict(zip(function.arguments, values, strict=True))
    if not given:
        return function.body
    names = "|".join(map(re.escape, given))
    return re.sub(rf"(?<![\w.])({names})(?![\w.(])", lambda word: _bracketed(given[word[1]]), function.body)


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """The arguments of a call whose bracket opens before `start`, and where the text goes on after it."""
    depth, last, values = 1, start, []
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0 or (depth == 1 and text[place] == ","):
            values.append(text[last:place].strip())
            last = place + 1
        if depth == 0:
            return [value for value in values if value], place + 1
    raise ValueError(f"a bracket is not closed: {text}")


def _bracketed(text: str) -> str:
    """In brackets, unless it is a single word or a single call."""
    if re.fullmatch(r"[\w.]+", text):
        return text
    match = re.match(r"\w+\(", text)
    if match and _arguments(text, match.end())[1] == len(text):
        return text
    return f"({text})"

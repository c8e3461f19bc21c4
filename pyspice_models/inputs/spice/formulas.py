"""Expressions of SPICE: parsed into terms, and the numbers of those that hold nothing but numbers and names of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pyspice_models.inputs.spice.numbers import spice_number

_TOKEN = re.compile(
    r"\s*(?:(?P<probe>[vi]\s*\((?![^()]*[-*/?:<>=])[^()]+\))"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?[a-z%]*)"
    r"|(?P<name>[a-z_]\w*(?:\.\w+)*)|(?P<sign>\*\*|&&|\|\||[=!<>]=|[-+*/%^()?:,<>!&|~]))"
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||", "|"), ("&&", "&"), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/"),
)  # fmt: skip
_DEEPEST, _LONGEST = 40, 200  # brackets in each other; terms in each other, as in a sum of so many


class Unparsed(Exception):
    """What an expression has that is not understood, in words."""


class Term(NamedTuple):
    """A term.

    Attributes:
        kind: "number", "name", "volts" (between the nodes `words`), "amps" (of the source `words[0]`),
            "call" (of the function `words[0]`), or the operator; "-1" is the minus in front, "?" the choice of two.
        args: of an operator or a function.
        value: of a number.
        words: names of nodes, of a source, of a function, or the name itself.
    """

    kind: str
    args: tuple[Term, ...] = ()
    value: float = 0.0
    words: tuple[str, ...] = ()

    def replaced(self, change: Callable[[Term], Term | None]) -> Term:
        """The same with other terms where `change` gives one."""
        other = change(self)
        if other is not None:
            return other
        return self._replace(args=tuple(one.replaced(change) for one in self.args)) if self.args else self

    def every(self) -> Iterator[Term]:
        """This one and all that it is made of."""
        yield self
        for one in self.args:
            yield from one.every()


def number(value: float) -> Term:
    """A number as a term."""
    return Term("number", value=value)


def parsed(text: str) -> Term:
    """An expression, which may stand in braces or quotes; names in small letters.

    Raises:
        Unparsed: it is none.
    """
    plain = text.strip().lower()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "'\"":
        plain = plain[1:-1]
    reader = _Reader(_tokens(plain.replace("{", "(").replace("}", ")").replace("'", " ")))
    found = reader.choice(0)
    if reader.tokens:
        raise Unparsed(f"{reader.tokens[0][1]!r} stands where an expression ends")
    level, depth = [found], 0
    while level:
        level, depth = [one for term in level for one in term.args], depth + 1
    if depth > _LONGEST:
        raise Unparsed(f"more than {_LONGEST} terms stand in each other: part the expression")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unparsed(f"{text[at:].strip()[:12]!r} is no part of an expression")
        kind = str(match.lastgroup)
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    """Reads tokens from the left."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens

    def _next(self, *signs: str) -> str:
        """The next token, if it is one of these signs; else nothing."""
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return ""

    def _want(self, sign: str) -> None:
        if not self._next(sign):
            there = repr(self.tokens[0][1]) if self.tokens else "nothing"
            raise Unparsed(f"{sign!r} is missing where {there} stands")

    def choice(self, depth: int) -> Term:
        """condition ? one : other."""
        if depth > _DEEPEST:
            raise Unparsed(f"more than {_DEEPEST} brackets stand in each other")
        found = self._level(0, depth)
        if not self._next("?"):
            return found
        one = self.choice(depth + 1)
        self._want(":")
        return Term("?", (found, one, self.choice(depth + 1)))

    def _level(self, level: int, depth: int) -> Term:
        if level == len(_LEVELS):
            return self._signed(depth)
        found = self._level(level + 1, depth)
        while sign := self._next(*_LEVELS[level]):
            found = Term(sign * 2 if sign in "&|" else sign, (found, self._level(level + 1, depth)))
        return found

    def _signed(self, depth: int) -> Term:
        if depth > _DEEPEST:
            raise Unparsed(f"more than {_DEEPEST} signs stand in a row")
        if self._next("+"):
            return self._signed(depth + 1)
        if self._next("-"):
            return Term("-1", (self._signed(depth + 1),))
        if self._next("!", "~"):
            return Term("!", (self._signed(depth + 1),))
        found = self._atom(depth)
        if self._next("^", "**"):  # binds closer than the sign in front, and from the right
            return Term("^", (found, self._signed(depth + 1)))
        return found

    def _atom(self, depth: int) -> Term:
        if self._next("("):
            found = self.choice(depth + 1)
            self._want(")")
            return found
        kind, word = self.tokens.pop(0) if self.tokens else ("", "the end")
        if kind == "number" and (value := spice_number(word)) is not None:
            return number(value)
        if kind == "probe":
            nodes = [one.strip() for one in word[word.index("(") + 1 : -1].split(",")]
            if len(nodes) > 2 or (word[0] == "i" and len(nodes) > 1) or not all(nodes):
                raise Unparsed(f"{word!r} names no node, or more than two")
            return Term("volts", words=(nodes[0], nodes[1] if len(nodes) > 1 else "0")) if word[0] == "v" else Term(
                "amps", words=(nodes[0],)
            )  # fmt: skip
        if kind != "name":
            raise Unparsed(f"{word!r} stands where a value is missing")
        if not self._next("("):
            return Term("name", words=(word,))
        if self._next(")"):
            return Term("call", words=(word,))
        args = [self.choice(depth + 1)]
        while self._next(","):
            args.append(self.choice(depth + 1))
        self._want(")")
        return Term("call", tuple(args), words=(word,))


def value_of(term: Term, names: Mapping[str, float]) -> float:
    """The number that a term is; `names`: those that it may hold.

    Raises:
        Unparsed: a voltage, a function or a name that is not known, or no finite number.
    """
    try:
        found = _value(term, names)
    except (OverflowError, ZeroDivisionError, ValueError):
        raise Unparsed("has no finite value") from None
    if not math.isfinite(found):
        raise Unparsed("has no finite value")
    return found


def _value(term: Term, names: Mapping[str, float]) -> float:
    kind, args = term.kind, term.args
    if kind == "number":
        return term.value
    if kind == "name":
        if term.words[0] not in names:
            raise Unparsed(f"{term.words[0]!r} is no parameter that is known here")
        return names[term.words[0]]
    if kind in ("volts", "amps"):
        raise Unparsed("follows voltages or currents, where a number has to stand")
    if kind == "?" or (kind == "call" and term.words[0] in ("if", "ternary_fcn") and len(args) == 3):
        return _value(args[1 if _value(args[0], names) != 0 else 2], names)
    values = [_value(one, names) for one in args]
    if kind == "call":
        known = _NUMERIC.get(term.words[0])
        if known is None or known[0] != len(values):
            raise Unparsed(f"{term.words[0]}() with {len(values)} values is no function that is known here")
        return float(known[1](*values))
    return float(_SIGNS[kind](*values))


def raised(base: float, exponent: float) -> float:
    """What a parameter's ^ and ** are; of a negative base simulators have each their own."""
    if base < 0:
        raise Unparsed("raises a negative number, of which each simulator makes something else")
    return float(base**exponent)


_SIGNS: dict[str, Callable[..., float]] = {
    "-1": lambda a: -a, "!": lambda a: a == 0, "+": lambda a, b: a + b, "-": lambda a, b: a - b,
    "*": lambda a, b: a * b, "/": lambda a, b: a / b, "^": raised, "||": lambda a, b: a != 0 or b != 0,
    "&&": lambda a, b: a != 0 and b != 0, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_NUMERIC: dict[str, tuple[int, Callable[..., float]]] = {
    "abs": (1, abs), "sqrt": (1, math.sqrt), "sqr": (1, lambda a: a * a), "exp": (1, math.exp), "ln": (1, math.log),
    "log": (1, math.log), "log10": (1, math.log10), "sin": (1, math.sin), "cos": (1, math.cos), "tan": (1, math.tan),
    "asin": (1, math.asin), "acos": (1, math.acos), "atan": (1, math.atan), "arctan": (1, math.atan),
    "sinh": (1, math.sinh), "cosh": (1, math.cosh), "tanh": (1, math.tanh), "asinh": (1, math.asinh),
    "acosh": (1, math.acosh), "atanh": (1, math.atanh), "floor": (1, math.floor), "ceil": (1, math.ceil),
    "int": (1, math.trunc), "nint": (1, round), "sgn": (1, lambda a: (a > 0) - (a < 0)), "min": (2, min),
    "max": (2, max), "pow": (2, raised), "pwr": (2, lambda a, b: math.copysign(abs(a) ** b, a)),
}  # fmt: skip

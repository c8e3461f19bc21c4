"""Statements of a SPICE file: lines joined, comments gone, and only those that define something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyspice_models.errors import RequestError, cut

_DEFINES = {
    ".model", ".subckt", ".ends", ".param", ".params", ".func", ".if", ".elseif", ".else", ".endif", ".lib", ".endl",
    ".include", ".inc", ".incl",
}  # fmt: skip
_ELEMENTS = frozenset("bcdefghijklmqrvx")
"""What may stand inside a subcircuit: no code models (A), which may start programs, and no modules of Verilog-A (N)."""

_DEVICES = {"nmos", "pmos", "r", "res", "c", "d", "npn", "pnp", "njf", "pjf", "l"}
_RANDOM = re.compile(
    r"(?<![\w.])(a?gauss|a?unif|limit|sgauss|sunif|poisson|exponential|rand(?:om)?|mc"
    r"|trnoise|trrandom)\s*\("
)  # fmt: skip
_BUILT_IN = {
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "cos", "cosh", "exp", "floor", "int",
    "ln", "log", "log10", "max", "min", "nint", "pow", "pwr", "pwl", "sgn", "sin", "sinh", "sqr", "sqrt", "tan", "tanh",
    "ternary_fcn", "u", "u2", "uramp", "ddt", "var", "vec",
}  # fmt: skip
_FUNCTION = re.compile(r"(?<![\w.])\w+\s*\([^()]*\)\s*=(?!=)")
_WIDE = 110


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        text: on one line, single spaces.
        file, line: where it begins, for messages.
    """

    text: str
    file: str
    line: int

    @property
    def word(self) -> str:
        """Its first word in lower case."""
        return self.text.split(" ", 1)[0].lower()

    def refuse(self, why: str) -> RequestError:
        """The error for it."""
        return RequestError(f"{self.file}, line {self.line}: {cut(self.text, 80)!r} {why}")

    def wrapped(self) -> str:
        """As lines of a netlist that are not too long to be read."""
        lines, words = list[str](), self.text.split(" ")
        now = words[0]
        for word in words[1:]:
            if len(now) + len(word) > _WIDE:
                lines.append(now)
                now = f"+ {word}"
            else:
                now += f" {word}"
        return "\n".join([*lines, now])


def statements(text: str, file: str) -> Iterator[Statement]:
    """The statements of a file as they stand, continued lines joined; nothing is refused but what is no text.

    Raises:
        RequestError: characters that no netlist has outside of comments; a continuation of nothing.
    """
    now, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        bare = _bare(line)
        if bare and not (bare.isascii() and bare.isprintable()):
            raise RequestError(
                f"{file}, line {number}: characters outside of ASCII stand in comments alone. Mend them."
            )
        if bare.startswith("+"):
            if not now:
                raise RequestError(f"{file}, line {number}: continues nothing. Mend it.")
            now = f"{now} {bare[1:]}"
            continue
        if not bare:
            continue
        if now:
            yield Statement(" ".join(now.split()), file, first)
        now, first = bare, number
    if now:
        yield Statement(" ".join(now.split()), file, first)


def _bare(line: str) -> str:
    """A line without what is a comment."""
    line = line.replace("\t", " ").replace("\f", " ").strip()
    if line.startswith("*"):
        return ""
    return re.split(r"(?:^|(?<=\s))(?:\$|//)|;", line, maxsplit=1)[0].strip()


def check(statement: Statement, *, inside: bool) -> None:
    """Refuse a statement that defines nothing, or that would do more than define.

    Args:
        statement: of a user's file.
        inside: a subcircuit.

    Raises:
        RequestError: with file and line.
    """
    text, word = statement.text, statement.word
    if "`" in text:
        raise statement.refuse("has a backquote, which runs programs. Take it out.")
    if found := _RANDOM.search(text.lower()):
        raise statement.refuse(
            f"draws at random ({found[1]}): the same study would give another result each time. Put a number in its "
            "place; cells differ by [variability]."
        )
    if word.startswith("."):
        if word not in _DEFINES:
            raise statement.refuse(
                f"cannot stand in a model file: {word} is no definition, and would act on the whole deck. Take it out; "
                "models, subcircuits, parameters, functions and sections stay."
            )
        if word in (".param", ".params") and (found := _FUNCTION.search(text)):
            raise statement.refuse("defines a function by .param, which ngspice does not know. Write .func f(x) {...}.")
        if word == ".func" and (name := defined_function(statement)) in _BUILT_IN:
            raise statement.refuse(f"redefines {name}, which the cells of the array use as well. Name it otherwise.")
        if word in (".lib", ".subckt") and " " not in text:
            raise statement.refuse("has no name.")
        kind = model_type(statement) if word == ".model" else ""
        if kind and kind not in _DEVICES:
            raise statement.refuse(f"is a model of type {kind}; known here: {', '.join(sorted(_DEVICES))}.")
        return
    if not inside:
        raise statement.refuse("is an element outside of a subcircuit, which would stand in the deck beside the array.")
    if word[0] not in _ELEMENTS:
        raise statement.refuse(
            f"is an element {word[0].upper()}; inside a subcircuit: {' '.join(sorted(_ELEMENTS)).upper()}."
        )


def model_type(statement: Statement) -> str:
    """The type of a `.model`, in lower case."""
    words = re.split(r"[\s(]+", statement.text, maxsplit=3)
    if len(words) < 3:
        raise statement.refuse("has no type.")
    return words[2].lower()


def defined_function(statement: Statement) -> str:
    """The name that a `.func` gives, in lower case."""
    return re.split(r"[\s(]+", statement.text, maxsplit=2)[1].lower() if " " in statement.text else ""

"""Edits that make a subcircuit written for another simulator fit for ngspice; each is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyspice_models.foreign.source import Source
from pyspice_models.foreign.spice.numbers import spice_number
from pyspice_models.foreign.spice.statements import Statement, refused

_CAPACITOR = re.compile(r"(?i)^(c\S*)\s+(\S+)\s+(\S+)\s+(.*?)\s*\bic\s*=\s*(\{[^}]*\}|'[^']*'|\S+)\s*(.*)$")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\s*=\s*(\{[^}]*\}|'[^']*'|\S+)")
_FUNCTION = re.compile(r"(?i)^\.params?\s+([A-Za-z_]\w*)\s*\(([^)]*)\)\s*=\s*(.+)$")
_REFUSED = {"sdt": "an integral as a function", "idt": "an integral as a function", "ddt": "a derivative as a function"}
_INTEGRAL = "Write the integral as a current into a capacitor of 1 F and read its voltage."


@dataclass(frozen=True)
class Edited:
    """A subcircuit file after its edits.

    Attributes:
        statements: of the file.
        notes: every edit, in words.
    """

    statements: tuple[Statement, ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The file, a statement on each line."""
        return "\n".join(one.text for one in self.statements) + "\n"

    def body(self, name: str) -> Iterable[Statement]:
        """The statements between `.subckt NAME` and its `.ends`."""
        inside = False
        for one in self.statements:
            if one.word == ".subckt" and one.text.split()[1].lower() == name.lower():
                inside = True
            elif one.word == ".ends" and inside:
                return
            elif inside:
                yield one


def edited(source: Source, every: list[Statement], name: str, dialect: str) -> Edited:
    """The statements of a file as ngspice takes them.

    Args:
        source: the file.
        every: its statements.
        name: of the subcircuit that is the cell: constants inside it become its parameters.
        dialect: for which simulator it was written.

    Raises:
        RequestError: a function that ngspice does not have.
    """
    notes: list[str] = []
    made: list[Statement] = []
    head = -1
    inside = ""
    for one in every:
        file, line = source.at(one.line)

        def tell(what: str, file: str = file, line: int = line) -> None:
            notes.append(f"{file}, line {line}: {what}")

        text = one.text
        if one.word == ".subckt":
            inside = text.split()[1].lower()
            head = len(made) if inside == name.lower() else head
        elif one.word == ".ends":
            inside = ""
        text = _functions(source, one, text, tell)
        if match := _FUNCTION.match(text):
            text = f".func {match[1]}({match[2]}) {{{match[3].strip().strip(chr(39))}}}"
            tell(f"the function {match[1]} stands in .func")
        elif one.word in {".param", ".params"} and inside == name.lower():
            constants = [pair for pair in _ASSIGNED.findall(text) if spice_number(pair[1]) is not None]
            others = [pair for pair in _ASSIGNED.findall(text) if spice_number(pair[1]) is None]
            if constants:
                named = " ".join(f"{key}={value}" for key, value in constants)
                joint = "" if re.search(r"(?i)\bparams:|=", made[head].text) else " params:"
                made[head] = Statement(f"{made[head].text}{joint} {named}", made[head].line)
                tell(f"{', '.join(key for key, _ in constants)} moved to the header of {name}: cells may differ")
            if not others:
                continue
            text = ".param " + " ".join(f"{key}={value}" for key, value in others)
        elif one.word == ".params":
            text = ".param" + text[len(".params") :]
            tell(".params is written .param")
        if match := _CAPACITOR.match(text):
            text, start = _started(source, one, match, tell)
            made += [Statement(text, one.line), Statement(start, one.line)]
            continue
        made.append(Statement(text, one.line))
    if dialect in {"ltspice", "pspice"}:
        notes.append(f"{source.path.name}: ngspice reads the deck as it reads {dialect} (ngbehavior)")
    return Edited(tuple(made), tuple(notes))


def _functions(source: Source, one: Statement, text: str, tell: object) -> str:
    assert callable(tell)
    for word, what in _REFUSED.items():
        if re.search(rf"(?i)\b{word}\s*\(", text):
            raise refused(source, one.line, f"{word}() is {what}, which ngspice does not have", _INTEGRAL)
    if re.search(r"(?i)\bstp\s*\(", text):
        text = re.sub(r"(?i)\bstp\s*\(", "u(", text)
        tell("stp() is written u()")
    if re.search(r"(?i)\bgnd!", text):
        text = re.sub(r"(?i)\bgnd!", "0", text)
        tell("gnd! is written 0")
    return text


def _started(source: Source, one: Statement, match: re.Match[str], tell: object) -> tuple[str, str]:
    """A capacitor without IC=, and the .ic that says the same to a transient that begins with its operating point."""
    assert callable(tell)
    name, plus, minus, value, start, rest = match.groups()
    if minus.lower() not in {"0", "gnd"}:
        raise refused(
            source, one.line, f"IC= on the capacitor {name} between two nodes acts with `uic` alone",
            "Let one end of it be node 0, where the state is its voltage.",
        )  # fmt: skip
    tell(f"IC={start} of {name} is written .ic v({plus})={start}: IC= acts with `uic` alone, which no deck here uses")
    return f"{name} {plus} {minus} {value} {rest}".rstrip(), f".ic v({plus})={start}"

"""SPICE subcircuits of a user: one of a file, and the edits that let ngspice read it, each with its reason.

No edit changes what a subcircuit computes: other spellings of the same thing, and initial values that ngspice would
otherwise leave out. Whatever could run a command or read another file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.errors import RequestError, quoted
from pyspice_models.inputs.text import read_text, shown

MOST = 4_000_000
"""Bytes of a file."""


class UnreadableError(RequestError):
    """A line that ngspice cannot have, and that no safe edit mends.

    Attributes:
        kind: a word for it.
        what, advice: what it is, and what to write instead.
        line: of the file, from 1.
    """

    def __init__(self, kind: str, where: str, line: int, what: str, advice: str) -> None:
        """See the class."""
        self.kind, self.line, self.what, self.advice = kind, line, what, advice
        super().__init__(f"{where}, line {line}: {what} {advice}")


@dataclass(frozen=True)
class Edit:
    """A change of the text.

    Attributes:
        kind: a word for it.
        line: of the file, from 1.
        before, after: the line, and what stands in its place.
        why: it is needed.
    """

    kind: str
    line: int
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Subcircuit:
    """A subcircuit as ngspice reads it.

    Attributes:
        file: its name, for messages.
        name: of the subcircuit.
        ports: in order.
        parameters: of its header, with their defaults as text.
        text: the subcircuit, with the models and functions beside it in the file, after all edits.
        edits: that were made.
        behaviour: of ngspice that it needs, "ltpsa" for functions and operators of LTspice; empty for none.
    """

    file: str
    name: str
    ports: tuple[str, ...]
    parameters: dict[str, str]
    text: str
    edits: tuple[Edit, ...]
    behaviour: str


_FORBIDDEN = re.compile(
    r"^\s*\.(control|endc|include|inc|incl|lib|endl|exec|codemodel|csparam|save|print|plot|tran|dc|ac|op|options?|end|measure|"
    r"meas|step|backanno|wave|four|noise|tf|temp|global)\b",
    re.IGNORECASE,
)
_HARMLESS = ("save", "print", "plot", "backanno", "wave", "four", "measure", "meas", "end", "probe")
_LTSPICE = re.compile(r"\b(if|uplim|dnlim)\s*\(|[^&]&[^&]|[^|]\|[^|]", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"\b(buf|inv|table|tbl|delay|absdelay|random|white|idtmod|arcsin|arccos|arctan)\s*\(", re.IGNORECASE
)
_MOST_INTEGRALS = 20  # of one line
_HEADER = re.compile(r"^\s*\.subckt\s+(\S+)(.*)$", re.IGNORECASE)


def read_subcircuit(path: Path, name: str = "") -> Subcircuit:
    """One subcircuit of a file.

    Args:
        path: the file.
        name: of the subcircuit; may be left out where the file has one alone.

    Raises:
        RequestError: a file that cannot be read; no such subcircuit, or several and no name; a line that could run a
            command, reads another file, or uses a function that ngspice does not have.
    """
    lines = _joined(read_text(path, "subcircuit file", MOST))
    where = shown(path)
    names = [match[1] for _, line in lines if (match := _HEADER.match(line))]
    if not names:
        raise RequestError(f"{where} has no .subckt. Give a file with `.subckt NAME top bottom ... .ends`.")
    if name and name.lower() not in [one.lower() for one in names]:
        raise RequestError.for_value("subcircuit", name, allowed=f"one of {', '.join(names)}, in {where}")
    if not name and len(names) > 1:
        inner = {
            match[1].lower()
            for _, line in lines
            if (match := re.match(r"^\s*x\S*\s.*?(\S+)\s*(?:params:.*)?$", line, re.I))
        }
        outer = [one for one in names if one.lower() not in inner]
        if len(outer) != 1:
            raise RequestError(f"{where} has {len(names)} subcircuits: {', '.join(names)}. Name one of them.")
        name = outer[0]
    return _edited(where, lines, name or names[0])


def _joined(text: str) -> list[tuple[int, str]]:
    """Lines with their continuations, without comments, each with its number."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = re.split(r";|\s\$\s|(?<=\s)//", line, maxsplit=1)[0].rstrip()
        if not stripped.strip() or stripped.lstrip().startswith(("*", "#", "//")):
            continue
        if stripped.lstrip().startswith("+") and lines:
            lines[-1] = (lines[-1][0], f"{lines[-1][1]} {stripped.lstrip()[1:].strip()}")
        else:
            lines.append((number, stripped))
    return lines


def _edited(where: str, lines: Sequence[tuple[int, str]], name: str) -> Subcircuit:
    edits: list[Edit] = []
    kept: list[tuple[int, str]] = []
    behaviour = ""
    for number, line in lines:
        if (match := _FORBIDDEN.match(line)) and match[1].lower() in _HARMLESS:
            edits.append(Edit("statement", number, line, "", "it asks for output, and belongs to a deck"))
            continue
        if match:
            what = f"{quoted(line.strip())} belongs to a deck, reads another file or runs a command."
            raise UnreadableError(
                "command", where, number, what, "Take it out; put models and functions into this file."
            )
        if "`" in line or re.search(r"\b(system|shell)\b", line, re.IGNORECASE):
            what = f"{quoted(line.strip())} could run a command."
            raise UnreadableError("command", where, number, what, "Take it out.")
        kept.append((number, line))
    text: list[str] = []
    inside = ""
    header_at, ports, parameters = -1, (), {}  # type: int, tuple[str, ...], dict[str, str]
    moved: list[str] = []
    for number, line in kept:
        new = line
        if match := _HEADER.match(line):
            inside = match[1]
            if inside.lower() == name.lower():
                name = inside
                ports, parameters = _header(match[2])
                header_at = len(text)
        if match := re.match(r"^\s*\.params\b\s*(.*)$", line, re.IGNORECASE):
            given = _assignments(match[1])
            if inside.lower() == name.lower() and header_at >= 0:
                parameters |= given
                moved += [f"{key}={value}" for key, value in given.items()]
                edits.append(
                    Edit("params", number, line, "", "ngspice does not read .params inside: it moves to the header")
                )
                continue
            new = f".param {match[1]}"
        new, made = _spelled(where, number, new)
        edits += made
        if _LTSPICE.search(new) and not new.lstrip().startswith("."):
            behaviour = "ltpsa"
        if match := _UNKNOWN.search(new):
            raise UnreadableError(
                "function", where, number, f"ngspice has no function {match[1]}().",
                "Write it with those that it has: a table as pwl(), buf and inv with u(), arcsin as asin().",
            )  # fmt: skip
        text += new.split("\n")
        if re.match(r"^\s*\.ends\b", line, re.IGNORECASE):
            inside = ""
    if moved and header_at >= 0:
        text[header_at] = f".subckt {name} {' '.join(ports)} params: " + " ".join(
            f"{key}={value}" for key, value in parameters.items()
        )
    return Subcircuit(where, name, ports, parameters, "\n".join(text) + "\n", tuple(edits), behaviour)


def _header(rest: str) -> tuple[tuple[str, ...], dict[str, str]]:
    head = re.split(r"\bparams?\s*:", rest, maxsplit=1, flags=re.IGNORECASE)
    first = re.search(r"\S+\s*=", head[0])
    ports = head[0][: first.start()] if first else head[0]
    return tuple(ports.split()), _assignments((head[0][first.start() :] if first else "") + " " + "".join(head[1:]))


def _assignments(text: str) -> dict[str, str]:
    """`a=1 b={2*a}` by name."""
    return {match[1]: match[2] for match in re.finditer(r"(\w+)\s*=\s*(\{[^}]*\}|'[^']*'|\S+)", text)}


def _spelled(where: str, number: int, line: str) -> tuple[str, list[Edit]]:
    """A line in ngspice's spelling, and what was changed."""
    edits: list[Edit] = []

    def change(kind: str, new: str, why: str) -> str:
        if new != line:
            edits.append(Edit(kind, number, line.strip(), new.strip(), why))
        return new

    if match := re.match(r"^\s*\.param\s+(\w+)\s*\(([^)]*)\)\s*=\s*(.+)$", line, re.IGNORECASE):
        body = match[3].strip().strip("'\"{}")
        line = change(
            "hspice_function", f".func {match[1]}({match[2]}) {{{body}}}", "ngspice writes a function as .func"
        )
    line = change("gnd", re.sub(r"\bgnd!", "0", line, flags=re.IGNORECASE), "ngspice's ground is 0")
    line = change("stp", re.sub(r"\bstp\s*\(", "u(", line, flags=re.IGNORECASE), "ngspice's step is u()")
    if match := re.match(
        r"^\s*(c\S*)\s+(\S+)\s+(\S+)\s+(.*?)\bic\s*=\s*(\{[^}]*\}|'[^']*'|\S+)(.*)$", line, re.IGNORECASE
    ):
        element, plus, minus, value, initial, rest = match.groups()
        if minus.lower() not in {"0", "gnd"}:
            raise UnreadableError(
                "ic", where, number, "IC= of a capacitor between two nodes needs `uic`, which no deck here uses.",
                "Put the capacitor between a node and ground.",
            )  # fmt: skip
        new = f"{element} {plus} {minus} {value}{rest}\n.ic v({plus})={initial}"
        line = change("ic", new, "IC= is read with `uic` alone, and no deck here has it: the state would start at 0")
    while match := re.search(r"\b(?:sdt|idt)\s*\(", line, re.IGNORECASE):
        if line.lstrip()[:1].lower() not in {"b", "e", "g"} or len(edits) > _MOST_INTEGRALS:
            raise UnreadableError(
                "integral", where, number, "ngspice has no integral.",
                "Write a capacitor of 1 F that a source charges.",
            )  # fmt: skip
        first, last = match.end(), _closing(line, match.end())
        comma = _comma(line, first, last)
        inner, initial = line[first:comma], line[comma + 1 : last]
        node = f"integral_{number}" + (f"_{len(edits)}" if edits else "")
        new = (
            f"{line[: match.start()]}v({node}){line[last + 1 :]}\nc_{node} {node} 0 1\nb_{node} 0 {node} "
            f"i={inner.strip()}\n.ic v({node})={initial.strip() or '0'}"
        )
        line = change("integral", new, "ngspice has no sdt() or idt(): a capacitor of 1 F is charged instead")
    return line, edits


def _comma(line: str, first: int, last: int) -> int:
    """Place of the first comma between two that stands in no brackets; `last` if there is none."""
    depth = 0
    for k in range(first, last):
        depth += {"(": 1, ")": -1}.get(line[k], 0)
        if line[k] == "," and not depth:
            return k
    return last


def _closing(line: str, at: int) -> int:
    depth = 1
    for k in range(at, len(line)):
        depth += {"(": 1, ")": -1}.get(line[k], 0)
        if not depth:
            return k
    return len(line)

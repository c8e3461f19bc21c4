"""Edits that make a subcircuit written for another simulator fit for ngspice, and whatever none of them mends.

No edit changes what a subcircuit computes: other spellings of the same thing, and initial values that ngspice would
otherwise leave out. The check of a cell and its runs make the same ones, and tell them in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyspice_models.foreign.source import Source, refused
from pyspice_models.foreign.spice.expressions import without_integrals
from pyspice_models.foreign.spice.statements import Statement
from pyspice_models.inputs.spice.numbers import spice_number

OUTPUT = frozenset(
    [".save", ".print", ".plot", ".probe", ".wave", ".four", ".measure", ".meas"],
)
"""Statements that ask for output: a cell has no use for them."""

_CAPACITOR = re.compile(r"(?i)^(c\S*)\s+(\S+)\s+(\S+)\s+(.*?)\s*\bic\s*=\s*(\{[^}]*\}|'[^']*'|\S+)\s*(.*)$")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\s*=\s*(\{[^}]*\}|'[^']*'|\S+)")
_FUNCTION = re.compile(r"(?i)^\.params?\s+([A-Za-z_]\w*)\s*\(([^)]*)\)\s*=\s*(.+)$")
_LTSPICE = re.compile(r"(?i)\b(if|uplim|dnlim)\s*\(|[^&]&[^&]|[^|]\|[^|]")
_UNKNOWN = re.compile(
    r"(?i)\b(buf|inv|table|tbl|delay|absdelay|random|white|idtmod|arcsin|arccos|arctan)\s*\("
)  # fmt: skip
_OTHERS = {"ltspice": "ltpsa", "pspice": "ltpsa"}
_SPELLED = (
    ("stp", r"(?i)\bstp\s*\(", "u(", "stp() is written u()", "ngspice's step is u()"),
    ("gnd", r"(?i)\bgnd!", "0", "gnd! is written 0", "ngspice's ground is 0"),
)


@dataclass(frozen=True)
class Edit:
    """One change of a text.

    Attributes:
        kind: a word for it.
        where: file and line; empty where it is a matter of the whole file.
        what, why: it is done, in words.
    """

    kind: str
    where: str
    what: str
    why: str

    @property
    def told(self) -> str:
        """The announcement of it."""
        return f"{self.where}: {self.what}: {self.why}"


@dataclass(frozen=True)
class Edited:
    """A subcircuit file after its edits.

    Attributes:
        statements: of the file.
        edits: that were made.
        behaviour: of ngspice that it needs, "ltpsa" for functions and operators of LTspice; empty for none.
    """

    statements: tuple[Statement, ...]
    edits: tuple[Edit, ...]
    behaviour: str

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


@dataclass
class _Maker:
    """Makes the edits of a file, statement by statement."""

    source: Source
    name: str
    made: list[Statement] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    head: int = -1
    inside: str = ""

    def tell(self, one: Statement, kind: str, what: str, why: str) -> None:
        file, line = self.source.at(one.line)
        self.edits.append(Edit(kind, f"{file}, line {line}", what, why))

    def take(self, one: Statement) -> None:
        """One statement."""
        if one.word in OUTPUT:
            self.tell(one, "statement", f"{one.word} is left out", "it asks for output, and belongs to a deck")
            return
        if one.word == ".subckt":
            self.inside = one.text.split()[1].lower()
            self.head = len(self.made) if self.inside == self.name.lower() else self.head
        elif one.word == ".ends":
            self.inside = ""
        text = one.text
        for kind, pattern, new, what, why in _SPELLED:
            if re.search(pattern, text):
                text = re.sub(pattern, new, text)
                self.tell(one, kind, what, why)
        if match := _UNKNOWN.search(text):
            raise refused(
                self.source, one.line, f"ngspice has no function {match[1]}()",
                "Write it with those that it has: a table as pwl(), buf and inv with u(), arcsin as asin().",
                "function",
            )  # fmt: skip
        for line in self._spelled(one, text):
            self.made.append(Statement(line, one.line))

    def _spelled(self, one: Statement, text: str) -> Sequence[str]:
        if match := _FUNCTION.match(text):
            body = match[3].strip().strip("'\"")
            body = body if body.startswith("{") else f"{{{body}}}"
            self.tell(one, "hspice_function", f"the function {match[1]} stands in .func", "ngspice writes it so")
            return [f".func {match[1]}({match[2]}) {body}"]
        if one.word in {".param", ".params"}:
            return self._parameters(one, text)
        if match := _CAPACITOR.match(text):
            return self._started(one, match)
        text, added, calls = without_integrals(self.source, one, text)
        for call, node in calls:
            what = f"{call} is read as the voltage of the node {node}, a capacitor of 1 F that a source charges"
            self.tell(one, "integral", what, "ngspice has no integral")
        return [text, *added]

    def _parameters(self, one: Statement, text: str) -> Sequence[str]:
        """Constants inside of the cell move to its header; `.params` is `.param`."""
        pairs = _ASSIGNED.findall(text)
        constants = [pair for pair in pairs if spice_number(pair[1]) is not None]
        if self.inside != self.name.lower() or not constants:
            if one.word == ".params":
                self.tell(one, "params", ".params is written .param", "ngspice does not read .params")
            return [f".param{text[len(one.word) :]}"]
        named = " ".join(f"{key}={value}" for key, value in constants)
        before = self.made[self.head]
        joint = "" if re.search(r"(?i)\bparams:|=", before.text) else " params:"
        self.made[self.head] = Statement(f"{before.text}{joint} {named}", before.line)
        keys = ", ".join(key for key, _ in constants)
        self.tell(one, "params", f"{keys} moved to the header of {self.name}", "so that cells may differ")
        others = [f"{key}={value}" for key, value in pairs if spice_number(value) is None]
        return [f".param {' '.join(others)}"] if others else []

    def _started(self, one: Statement, match: re.Match[str]) -> Sequence[str]:
        """A capacitor without IC=, and the .ic that says the same to a transient that begins at rest."""
        name, plus, minus, value, start, rest = match.groups()
        if minus.lower() not in {"0", "gnd"}:
            raise refused(
                self.source, one.line, f"IC= on the capacitor {name} between two nodes acts with `uic` alone",
                "Let one end of it be node 0, where the state is its voltage.", "ic",
            )  # fmt: skip
        what = f"IC={start} of {name} is written .ic v({plus})={start}"
        self.tell(one, "ic", what, "IC= acts with `uic` alone, which no deck here uses")
        return [f"{name} {plus} {minus} {value} {rest}".rstrip(), f".ic v({plus})={start}"]


def edited(source: Source, every: Iterable[Statement], name: str, dialect: str) -> Edited:
    """The statements of a file as ngspice takes them.

    Args:
        source: the file.
        every: its statements.
        name: of the subcircuit that is the cell: constants inside it become its parameters.
        dialect: for which simulator it was written; what LTspice alone writes is seen without.

    Raises:
        UnreadableError: a line that no edit mends.
    """
    maker = _Maker(source, name)
    for one in every:
        maker.take(one)
    behaviour, edits = _OTHERS.get(dialect, ""), list(maker.edits)
    seen = next((one for one in maker.made if _LTSPICE.search(one.text)), None)
    if behaviour or seen is not None:
        file, line = source.at(seen.line) if seen is not None else (source.path.name, 0)
        why = "it uses functions or operators of LTspice" if seen is not None else f"it was written for {dialect}"
        where = f"{file}, line {line}" if line else file
        edits.append(Edit("ltspice", where, "ngspice runs with ngbehavior=ltpsa", why))
        behaviour = "ltpsa"
    return Edited(tuple(maker.made), tuple(edits), behaviour)

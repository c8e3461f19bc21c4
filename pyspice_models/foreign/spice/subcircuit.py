"""One subcircuit of a user's file, read with suspicion and made fit for ngspice: for its check, and for its runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.errors import RequestError
from pyspice_models.foreign.names import check_names
from pyspice_models.foreign.source import Source, refused
from pyspice_models.foreign.spice.edits import OUTPUT, Edit, Edited, edited
from pyspice_models.foreign.spice.statements import Statement, read_spice, statements
from pyspice_models.inputs.text import shown

_OUTSIDE = frozenset({".model", ".param", ".params", ".func", ".subckt", ".ends", *OUTPUT})
_INSIDE = _OUTSIDE | {".ic", ".nodeset"}
_IDLE = {".end", ".backanno", ".title"}
_ELEMENTS = {**dict.fromkeys("rclvibdfhweg", 2), "s": 4, "q": 3, "j": 3, "m": 4, "k": 0, "x": -1}
_DANGEROUS = re.compile(r"[`\\]|\bfile\s*=|\.control|\b(shell|system)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Subcircuit:
    """A subcircuit as ngspice reads it.

    Attributes:
        name: of the subcircuit.
        ports: in order.
        defaults: of the parameters of its header, as text.
        nodes: inside, in small letters as ngspice names them.
        text: the file after its edits.
        edits: that were made.
        behaviour: of ngspice that it needs; empty for none.
        defines: names that the text brings into a deck, in lower case, and where each stands.
    """

    name: str
    ports: tuple[str, ...]
    defaults: Mapping[str, str]
    nodes: tuple[str, ...]
    text: str
    edits: tuple[Edit, ...]
    behaviour: str
    defines: tuple[tuple[str, str], ...]


def read_subcircuit(path: Path, name: str = "") -> Subcircuit:
    """One subcircuit of a file; see `subcircuit_in`."""
    return subcircuit_in(read_spice(path), name)


def subcircuit_in(source: Source, name: str = "", dialect: str = "ngspice", key: str = "module") -> Subcircuit:
    """One subcircuit of a text.

    Args:
        source: the text.
        name: of the subcircuit; may be left out where the text has one alone that no other one of it contains.
        dialect: the simulator that it was written for.
        key: by which a user gives the name.

    Raises:
        RequestError: no such subcircuit, or several and no name.
        UnreadableError: a line that no cell needs, that could run a command, or that ngspice does not have.
    """
    every = list(statements(source))
    heads = [one for one in every if one.word == ".subckt"]
    if not heads:
        raise RequestError(
            f"{shown(source.path)} has no .subckt: no subcircuit is in it. Give a file with `.subckt NAME top bottom "
            "... .ends`."
        )
    _check(source, every)
    module = _chosen(source, every, heads, name, key)
    defined = list(_defined(source, every))
    for name_, one, what in defined:
        check_names(name_, source, what=what)
        if name_ == f"{module.lower()}_cell":
            raise refused(
                source, one.line, f"the {what} {name_!r} has the name that the array gives to the cell {module}",
                "Rename it.", "name",
            )  # fmt: skip
    made = edited(source, [one for one in every if one.word not in _IDLE], module, dialect)
    parts = [_head(source, one) for one in made.statements if one.word == ".subckt"]
    ports_of = {own.lower(): ports for own, ports, _ in parts}
    ports, defaults = next((ports, defaults) for own, ports, defaults in parts if own == module)
    return Subcircuit(
        module, ports, defaults, _nodes(made, module.lower(), ports_of), made.text, made.edits, made.behaviour,
        tuple((own, "{}, line {}".format(*source.at(one.line))) for own, one, _ in defined),
    )  # fmt: skip


def _defined(source: Source, every: list[Statement]) -> Iterator[tuple[str, Statement, str]]:
    """Names in small letters that the whole deck knows, the statement of each, and what it defines."""
    depth = 0
    for one in every:
        if one.word == ".subckt":
            yield _head(source, one)[0].lower(), one, "subcircuit"
        elif not depth and one.word in (".model", ".func") and " " in one.text:
            name = re.split(r"[\s(]+", one.text, maxsplit=2)[1].lower()
            yield name, one, "model" if one.word == ".model" else "function"
        depth += {".subckt": 1, ".ends": -1}.get(one.word, 0)


def _chosen(source: Source, every: list[Statement], heads: list[Statement], name: str, key: str) -> str:
    names = [_head(source, one)[0] for one in heads]
    where = shown(source.path)
    if name:
        folded = [one.lower() for one in names]
        if name.lower() not in folded:
            raise RequestError.for_value(key, name, allowed=f"one of {', '.join(names)}, in {where}")
        return names[folded.index(name.lower())]
    used = {_master(one.text.lower()) for one in every if one.word.startswith("x")}
    outer = [one for one in names if one.lower() not in used]
    if len(names) > 1 and len(outer) != 1:
        raise RequestError(f"{where} has {len(names)} subcircuits: {', '.join(names)}. Name one of them: {key} = ...")
    return outer[0] if outer else names[0]


def _master(text: str) -> str:
    """The subcircuit that an X element, in small letters, is one of."""
    plain = [word for word in re.sub(r"\s*=\s*", "=", text).split() if "=" not in word and word != "params:"]
    return plain[-1]


def _head(source: Source, one: Statement) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Name, ports, and parameters with the texts of their defaults."""
    text = re.sub(r"\s*=\s*", "=", re.sub(r"(?i)\bparams?:", " ", one.text))
    plain = re.sub(r"\{[^}]*\}|'[^']*'", lambda match: match[0].replace(" ", ""), text).split()[1:]
    named = [word for word in plain if "=" not in word]
    if not named or not all(re.fullmatch(r"[\w.+#!-]+", word, re.ASCII) for word in named):
        raise refused(source, one.line, "a subcircuit without a name and ports that netlists can hold")
    values = dict(word.split("=", 1) for word in plain if "=" in word)
    return named[0], tuple(named[1:]), values


def _check(source: Source, every: list[Statement]) -> None:
    """Refuse what is no model: what runs, reads files, or stands outside of every subcircuit."""
    depth = 0
    for one in every:
        if _DANGEROUS.search(one.text):
            what = "a statement that could run a command or read a file"
            raise refused(source, one.line, what, kind="command")
        if one.word in _IDLE:
            continue
        depth += {".subckt": 1, ".ends": -1}.get(one.word, 0)
        if one.word.startswith("."):
            if one.word not in (_INSIDE if depth else _OUTSIDE):
                raise refused(
                    source, one.line, f"{one.word} is no part of a model",
                    "A cell's file holds .subckt, .model, .param and .func alone: take the rest out.", "command",
                )  # fmt: skip
        elif not depth:
            raise refused(source, one.line, "an element outside of every subcircuit", "Put it into .subckt ... .ends.")
        elif one.word[0] not in _ELEMENTS:
            raise refused(source, one.line, f"an element {one.word!r} of a kind that no model of a cell needs")
        if depth < 0:
            raise refused(source, one.line, ".ends without .subckt")
    if depth:
        raise refused(source, every[-1].line, "a subcircuit has no .ends", "Close it.")


def _nodes(
    made: Edited, module: str, ports: Mapping[str, tuple[str, ...]], above: tuple[str, ...] = ()
) -> tuple[str, ...]:  # fmt: skip
    """Nodes inside a subcircuit and those in it, in small letters as ngspice names them."""
    found: dict[str, None] = {}
    outer = {port.lower() for port in ports[module]} | {"0", "gnd"}
    for one in made.body(module):
        text = one.text.lower()
        words = text.split()
        count = _ELEMENTS.get(words[0][0], 0) if not words[0].startswith(".") else 0
        if count < 0:
            master = _master(text)
            nodes = words[1 : words.index(master, 1)] if master in words[1:] else []
            if master in ports and master not in above and master != module:
                inner = _nodes(made, master, ports, (*above, module))
                nodes += [f"{words[0]}.{node}" for node in inner]
        else:
            nodes = words[1 : 1 + count]
        found |= dict.fromkeys(node for node in nodes if node not in outer and re.fullmatch(r"[\w.#+-]+", node))
    return tuple(found)

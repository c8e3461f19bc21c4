"""SPICE subcircuits of a user: read with suspicion, made fit for ngspice by few edits, and wrapped for an array."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.foreign.declared import (
    StateWords,
    check_terminals,
    initial_parameter,
    level_in,
    parameters_declared,
    read_voltage_in,
    states_declared,
)
from pyspice_models.foreign.names import attribute, check_names
from pyspice_models.foreign.source import Source
from pyspice_models.foreign.spec import ForeignParameter, Spec, frozen
from pyspice_models.foreign.spice.edits import Edited, edited
from pyspice_models.foreign.spice.numbers import spice_number
from pyspice_models.foreign.spice.statements import Statement, refused, statements
from pyspice_models.inputs.text import shown

DIALECTS = ("ngspice", "ltspice", "pspice", "hspice")
"""For which simulators a subcircuit may have been written."""

_OUTSIDE = {".model", ".param", ".params", ".func", ".subckt", ".ends"}
_INSIDE = _OUTSIDE | {".ic", ".nodeset"}
_IDLE = {".end", ".backanno", ".title"}
_ELEMENTS = {**dict.fromkeys("rclvibdfhweg", 2), "s": 4, "q": 3, "j": 3, "m": 4, "k": 0, "x": -1}
_DANGEROUS = re.compile(r"[`\\]|\bfile\s*=|\.control|\bshell\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def read_subcircuit(source: Source, name: str, words: Mapping[str, Any], keys: frozenset[str]) -> Spec:
    """A subcircuit of a file, with what a table [cell] declares of it.

    Raises:
        RequestError: no such subcircuit, a statement that no cell needs, or a declaration that the file does not bear
            out.
    """
    dialect = str(words.get("dialect", "ngspice"))
    if dialect not in DIALECTS:
        raise RequestError.for_value("cell.dialect", dialect, allowed=f"one of {', '.join(DIALECTS)}")
    every = list(statements(source))
    _check(source, every)
    heads = [one for one in every if one.word == ".subckt"]
    chosen = _chosen(source, heads, name)
    module = _head(source, chosen)[0]
    for head in heads:
        check_names(_head(source, head)[0], source, what="subcircuit")
    made = edited(source, [one for one in every if one.word not in _IDLE], module, dialect)
    head = next(one for one in made.statements if one.word == ".subckt" and _head(source, one)[0] == module)
    _, ports, defaults = _head(source, head)
    terminals = check_terminals(words.get("terminals"), ports, module)
    parameters = parameters_declared(words.get("parameters", {}), _parameters(defaults, keys))
    nodes = (*_nodes(made, module, ports), *(port for port in ports if port not in terminals))
    states = states_declared(words.get("states", {}), parameters, StateWords(nodes, (), module))
    initial = {state.initial: state for state in states}
    return Spec(
        kind="subckt", file=source.path.name, original=source.text, text=made.text, module=module, terminals=terminals,
        ports=ports, inner=(), parameters=tuple(initial_parameter(one, initial) for one in parameters), states=states,
        level=level_in(words, [state.name for state in states]), read_voltage=read_voltage_in(words), dialect=dialect,
        notes=made.notes, declared=tuple((key, frozen(value)) for key, value in words.items()),
    )  # fmt: skip


def _chosen(source: Source, heads: list[Statement], name: str) -> Statement:
    names = [_head(source, one)[0] for one in heads]
    where = shown(source.path)
    if not heads:
        raise RequestError(f"{where} has no subcircuit. Give a file with `.subckt NAME top bottom ... .ends`.")
    if name:
        folded = [one.lower() for one in names]
        if name.lower() not in folded:
            raise RequestError.for_value("cell.module", name, allowed=f"one of {', '.join(names)}, in {where}")
        return heads[folded.index(name.lower())]
    if len(heads) > 1:
        raise RequestError(f"{where} has {len(heads)} subcircuits: {', '.join(names)}. Name one: module = ...")
    return heads[0]


def _head(source: Source, one: Statement) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Name, ports, and parameters with the texts of their defaults."""
    text = re.sub(r"\s*=\s*", "=", re.sub(r"(?i)\bparams:", " ", one.text))
    plain = re.sub(r"\{[^}]*\}|'[^']*'", lambda match: match[0].replace(" ", ""), text).split()[1:]
    named = [word for word in plain if "=" not in word]
    if not named or not all(re.fullmatch(r"[\w.+#!-]+", word, re.ASCII) for word in named):
        raise refused(source, one.line, "a subcircuit without a name and ports that netlists can hold")
    values = dict(word.split("=", 1) for word in plain if "=" in word)
    return named[0], tuple(named[1:]), values


def _parameters(defaults: Mapping[str, str], keys: frozenset[str]) -> tuple[ForeignParameter, ...]:
    """Those with a number as default."""
    numbers = {name: spice_number(text) for name, text in defaults.items()}
    return tuple(
        ForeignParameter(attribute(name, keys), name, value) for name, value in numbers.items() if value is not None
    )


def _check(source: Source, every: list[Statement]) -> None:
    """Refuse what is no model: what runs, prints, reads files, or stands outside of every subcircuit."""
    depth = 0
    for one in every:
        if _DANGEROUS.search(one.text):
            raise refused(source, one.line, "a statement that could run a command or read a file")
        if one.word in _IDLE:
            continue
        depth += {".subckt": 1, ".ends": -1}.get(one.word, 0)
        if one.word.startswith("."):
            if one.word not in (_INSIDE if depth else _OUTSIDE):
                raise refused(
                    source, one.line, f"{one.word} is no part of a model",
                    "A cell's file holds .subckt, .model, .param and .func alone: take the rest out.",
                )  # fmt: skip
        elif not depth:
            raise refused(source, one.line, "an element outside of every subcircuit", "Put it into .subckt ... .ends.")
        elif one.word[0] not in _ELEMENTS:
            raise refused(source, one.line, f"an element {one.word!r} of a kind that no model of a cell needs")
        if depth < 0:
            raise refused(source, one.line, ".ends without .subckt")
    if depth:
        raise refused(source, every[-1].line, "a subcircuit has no .ends", "Close it.")


def _nodes(made: Edited, module: str, ports: tuple[str, ...]) -> tuple[str, ...]:
    """Nodes inside a subcircuit, in small letters as ngspice names them."""
    found: dict[str, None] = {}
    outer = {port.lower() for port in ports} | {"0", "gnd"}
    for one in made.body(module):
        words = one.text.lower().split()
        count = _ELEMENTS.get(words[0][0], 0) if not words[0].startswith(".") else 0
        if count < 0:
            plain = [word for word in words[1:] if "=" not in word and word != "params:"]
            nodes = plain[:-1]
        else:
            nodes = words[1 : 1 + count]
        found |= dict.fromkeys(node for node in nodes if node not in outer and re.fullmatch(r"[\w.#+-]+", node))
    return tuple(found)

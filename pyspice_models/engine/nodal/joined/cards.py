"""Transistors of a SPICE file taken apart: which of SPICE's models they are, and all their parameters as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.inputs.spice.circuit import GROUND, Card, Element, Flat, Line, Untranslated
from pyspice_models.inputs.spice.flat import flat
from pyspice_models.inputs.spice.formulas import Term, Unparsed, number, value_of
from pyspice_models.inputs.spice.verilog_a import translated

_MODULES = {8: "bsim3v3", 49: "bsim3v3", 14: "bsim4v8", 54: "bsim4v8"}
_VERSIONS = {"bsim3v3": ("3.3", "3.3.0"), "bsim4v8": ("4.8", "4.8.0", "4.8.1", "4.8.2", "4.8.3")}
_TYPES = {"nmos": 1.0, "pmos": -1.0}
_NOMINAL = 27.0  # [C] of ngspice, where a card states none


@lru_cache(maxsize=16)
def lacks(selector: ForeignTransistor) -> str:
    """Why a transistor cannot be made of objects, in words; empty if it can."""
    try:
        circuit, names = circuit_of(selector)
        for one in circuit.elements:
            if one.letter == "m":
                module_of(circuit.cards[one.model], names)
        around(circuit, names)
    except Untranslated as why:
        return str(why)
    return ""


def circuit_of(selector: ForeignTransistor) -> tuple[Flat, dict[str, float]]:
    """The circuit of a transistor between mid, gate and bit, and its parameters."""
    chosen = selector.library.chosen(selector.section)
    lines = [Line(one.text, f"{one.file}, line {one.line}") for one in chosen]
    given = {key.lower(): float(value) for key, value in selector.values.items()}
    ends = {"d": "mid", "g": "gate", "s": "bit", "b": GROUND}
    master = selector.master
    if master.type != "subckt":
        values = " ".join(f"{key}={value!r}" for key, value in given.items())
        head = f"transistor of {selector.library.name}"
        lines += [Line(".subckt ag2s_transistor d g s", head), Line(f"m0 d g s 0 {master.name} {values}", head),
                  Line(".ends", head)]  # fmt: skip
        circuit, order, given = flat(lines, "ag2s_transistor"), ["d", "g", "s"], {}
    else:
        circuit, order = flat(lines, master.name), selector.terminals.split()
    names: dict[str, float] = {}
    try:
        for key, term in circuit.parameters.items():
            names[key] = given[key] if key in given else value_of(term, names)
        for key, term in circuit.constants.items():
            names[key] = given[key] if key in given else value_of(term, names)
    except Unparsed as why:
        raise Untranslated(selector.library.name, f"the parameter {key}: {why}") from None
    if circuit.initial:
        raise Untranslated(circuit.initial[0][2], ".ic has no place in a transistor")
    outside = {GROUND: GROUND} | {port: ends[end] for port, end in zip(circuit.ports, order, strict=True)}

    def located(nodes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(outside.get(node, f"inner_{node}") for node in nodes)

    def probed(term: Term) -> Term | None:
        return term._replace(words=located(term.words)) if term.kind == "volts" else None

    elements = [
        one._replace(nodes=located(one.nodes), values={key: term.replaced(probed) for key, term in one.values.items()})
        for one in circuit.elements
    ]
    return Flat(located(circuit.ports), elements=elements, cards=circuit.cards), names


def around(circuit: Flat, names: Mapping[str, float]) -> Flat | None:
    """Everything but the transistors, its parameters as numbers."""

    def settled(term: Term) -> Term | None:
        return number(names[term.words[0]]) if term.kind == "name" and term.words[0] in names else None

    others = []
    for one in circuit.elements:
        if one.letter in "dqj":
            raise Untranslated(one.where, f"{one.name} is a device that has no object here; transistors (M) have")
        if one.letter != "m":
            others.append(one._replace(values={key: term.replaced(settled) for key, term in one.values.items()}))
    if not others:
        return None
    used = dict.fromkeys(node for one in others for node in one.nodes if node != GROUND)
    rest = Flat(tuple(used), elements=others)
    translated(rest, "ag2s_around", signed_powers=False)  # or says what has no translation
    return rest


def module_of(card: Card, names: Mapping[str, float]) -> str:
    """Which of SPICE's models a card is one of."""
    level = int(_number(card.values.get("level", number(1.0)), names, card.where, "level"))
    if card.type not in _TYPES or level not in _MODULES:
        raise Untranslated(
            card.where, f"a model {card.type} of level {level} has no object here; those of level "
            f"{', '.join(map(str, sorted(_MODULES)))} have",
        )  # fmt: skip
    module, version = _MODULES[level], card.values.get("version")
    if version is not None:
        stated = version.words[0] if version.kind == "text" else f"{_number(version, names, card.where, 'version'):g}"
        if stated not in _VERSIONS.get(module, (stated,)):
            raise Untranslated(
                card.where, f"version {stated} of level {level} has no object here; {_VERSIONS[module][0]} has"
            )
    return module


def _number(term: Term, names: Mapping[str, float], where: str, key: str) -> float:
    try:
        return value_of(term, names)
    except Unparsed as why:
        raise Untranslated(where, f"{key}: {why}") from None


def values_of(one: Element, card: Card, names: Mapping[str, float]) -> dict[str, tuple[float, str]]:
    """Parameters of a transistor and of its card, in small letters, each with where it stands."""
    values = {"type": (_TYPES[card.type], card.where), "tnom": (_NOMINAL, card.where)}
    for key, term in card.values.items():
        if key not in ("level", "version"):
            values[key] = _number(term, names, card.where, key), card.where
    for key, term in one.values.items():
        values["$mfactor" if key == "m" else key] = _number(term, names, one.where, key), one.where
    return values

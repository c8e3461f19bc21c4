"""Elements of a user's own around a crossbar: lines of SPICE, held against the nodes and elements of the netlist."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyspice_models.array import Crossbar, nodes
from pyspice_models.errors import RequestError, cut, did_you_mean, quoted
from pyspice_models.inputs.spice.numbers import spice_number
from pyspice_models.netlist.dialects import Dialect
from pyspice_models.netlist.dialects.spice import Spice
from pyspice_models.stimulus import Waveform

MOST_LINES, LONGEST = 10_000, 2000

_NODES = {
    "r": 2, "c": 2, "l": 2, "v": 2, "i": 2, "d": 2, "e": 4, "g": 4, "f": 2, "h": 2, "b": 2, "m": 4, "q": 3, "j": 3,
    "s": 4,
}  # fmt: skip
"""Nodes that stand behind the name of an element, by its first letter; those of x and n are all but the last word."""

_TAKEN = "rclvidefghbmqjsx"
_END = re.compile(r"\b(wl|bl)(\d{1,7})_(near|far)\b", re.IGNORECASE)
_VOLTAGE = re.compile(r"\bv\(\s*([\w.#]+)\s*(?:,\s*([\w.#]+)\s*)?\)", re.IGNORECASE)
_MOST_NEAR = 20_000  # names that are searched for the nearest one


@dataclass(frozen=True)
class OwnElement:
    """A line of a user's own.

    Attributes:
        text: the line, with the package's names of nodes.
        name: of the element, in small letters; "" for a model or a parameter.
        nodes: that it is on.
    """

    text: str
    name: str
    nodes: tuple[str, ...]


def own_lines(given: Sequence[str], where: str = "study.spice") -> tuple[str, ...]:
    """Lines that are elements, models or parameters, one on each.

    Raises:
        RequestError: another kind of line, no plain text, or too many of them.
    """
    if isinstance(given, str) or not all(isinstance(line, str) for line in given):
        raise RequestError.for_value(where, given, allowed='a list of lines such as ["R9 wl0_far 0 1k"]')
    lines = tuple(line.strip() for line in given)
    lines = tuple(line for line in lines if line and not line.startswith("*"))
    if len(lines) > MOST_LINES:
        raise RequestError.for_value(f"number of lines in {where}", len(lines), allowed=f"at most {MOST_LINES}")
    for number, line in enumerate(lines):
        if not line.isascii() or not line.isprintable() or len(line) > LONGEST:
            raise RequestError.for_value(
                f"{where}[{number}]", line, allowed=f"plain text of at most {LONGEST} characters"
            )
        if line[0].lower() not in _TAKEN and not line.lower().startswith((".model ", ".param ")):
            letters = ", ".join(letter.upper() for letter in _TAKEN)
            raise RequestError.for_value(
                f"{where}[{number}]", line, allowed=f"an element ({letters}), .model or .param, all of it on one line"
            )
    return lines


def elements_of(lines: Iterable[str], crossbar: Crossbar) -> Iterator[OwnElement]:
    """Lines taken apart; `wl0_near`, `wl0_far`, `bl3_near` and `bl3_far` stand for the ends of lines.

    Raises:
        RequestError: the end of a line that the array does not have, or an element with too few nodes.
    """

    def end(match: re.Match[str]) -> str:
        side, line, which = match[1].lower(), int(match[2]), match[3].lower()
        count = crossbar.rows if side == "wl" else crossbar.cols
        if line >= count:
            raise RequestError(
                f"study.spice: {match[0]} is the end of no line of this array: there are {side}0 to {side}{count - 1}."
            )
        if side == "wl":
            return nodes.word_terminal(line) if which == "near" else crossbar.word_node(line, crossbar.cols - 1)
        return nodes.bit_terminal(line) if which == "near" else crossbar.bit_node(0, line)

    for line in lines:
        text = _END.sub(end, line)
        if text.startswith("."):
            yield OwnElement(text, "", ())
            continue
        found = nodes_in(text)
        if len(found) < 2:
            raise RequestError(f"study.spice: {cut(line)} has too few nodes for an element.")
        yield OwnElement(text, text.split()[0].lower(), found)


def nodes_in(line: str) -> tuple[str, ...]:
    """Nodes of an element of a netlist of the SPICE family, in small letters; none for any other line."""
    words = line.lower().split()
    if not words or not words[0][0].isalpha():
        return ()
    letter = words[0][0]
    if letter in "xn":  # subcircuits, and modules of Verilog-A
        found = [word for word in words[1:] if "=" not in word][:-1]
    else:
        found = words[1 : 1 + _NODES.get(letter, 0)]
    if letter == "b":
        found += [node for pair in _VOLTAGE.findall(line.lower()) for node in pair if node]
    return tuple(found)


def check_elements(own: Sequence[OwnElement], pieces: Iterable[str]) -> None:
    """Hold elements against the netlist that they are put into.

    Args:
        own: the elements.
        pieces: of that netlist, in the words of ngspice.

    Raises:
        RequestError: an element whose name the netlist has, or that stands twice; a node that the netlist does not have
            and that no second element of the user's own is on.
    """
    counts = Counter(element.name for element in own if element.name)
    for name, count in counts.items():
        if count > 1:
            raise RequestError(f"study.spice: {cut(name)} stands {count} times. Give each element a name of its own.")
    on = Counter(node for element in own for node in element.nodes)
    wanted, known = set(on) - {nodes.GROUND, "gnd"}, set[str]()
    every: list[str] = []
    inside = False
    for piece in pieces:
        for line in piece.split("\n"):
            head, _, _ = line.partition(" ")
            inside = head != ".ends" and (inside or head in (".subckt", ".control"))
            if inside:
                continue
            if head.lower() in counts:
                raise RequestError(
                    f"study.spice: the netlist has an element {cut(head)} already. Give yours another name, such as "
                    f"{cut(head[:1])}own_{cut(head[1:])}."
                )
            if not line.startswith((".", "*", "+")):
                found = nodes_in(line)
                known.update(wanted.intersection(found))
                if len(every) < _MOST_NEAR:
                    every += found
    for node in sorted(wanted - known):
        if on[node] < 2:
            hint = did_you_mean(node, set(every))
            raise RequestError(
                f"study.spice: the netlist has no node {quoted(node)}, and no other line of yours is on it{hint} "
                "Ends of lines are wl0_near, wl0_far, bl0_near, bl0_far; docs/testbench.md lists all nodes."
            )


def written(own: Iterable[OwnElement], dialect: Dialect) -> Iterator[str]:
    """Elements in a dialect: as they stand in the SPICE family; resistors, capacitors and sources at rest in others.

    Raises:
        RequestError: an element that the dialect has no words for here.
    """
    for element in own:
        yield element.text if isinstance(dialect, Spice) else _translated(element, dialect)


def _translated(element: OwnElement, dialect: Dialect) -> str:
    words = element.text.split()
    letter, name = words[0][0].lower(), words[0][1:].lower()
    rest = [word for word in words[3:] if word.lower() != "dc"]
    value = spice_number(rest[0].partition("=")[2] or rest[0]) if len(rest) == 1 else None
    if value is not None and letter in "rcv":
        a, b = element.nodes
        if letter == "r":
            return dialect.resistor(name, a, b, value)
        if letter == "c":
            return dialect.capacitor(name, a, b, value)
        return dialect.source(name, a, b, Waveform(value))
    raise dialect.refuse(
        f"the line {cut(element.text)} of study.spice",
        "there it takes resistors, capacitors and sources of a constant voltage with a number each; take engine "
        "ngspice.",
    )

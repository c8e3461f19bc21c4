"""A flat circuit of SPICE's elements, as `flat.py` makes it of a subcircuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pyspice_models.inputs.spice.formulas import Term

GROUND = "0"


class Line(NamedTuple):
    """A statement in small letters, and where it stands."""

    text: str
    where: str


class Untranslated(Exception):
    """What a subcircuit has that cannot be translated: where, and what, in words."""

    def __init__(self, where: str, what: str) -> None:
        """See the class."""
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")


class Element(NamedTuple):
    """An element.

    Attributes:
        name: with those of the subcircuits around it before it.
        nodes: likewise; a controlled source has its controlling nodes behind its own.
        values: by what they are called; "" for the one without a name.
        model: of a device, or the source that controls this one.
        where: it stands.
    """

    name: str
    nodes: tuple[str, ...]
    values: Mapping[str, Term]
    model: str
    where: str

    @property
    def letter(self) -> str:
        """Of its kind."""
        return self.name.rpartition(".")[2][0]


class Card(NamedTuple):
    """A `.model`: its type, its parameters, where it stands."""

    type: str
    values: Mapping[str, Term]
    where: str


@dataclass
class Flat:
    """A flat circuit.

    Attributes:
        ports: its nodes to the outside.
        parameters: of its header, with their defaults.
        constants: what follows from these, in an order in which each needs those before it alone.
        elements, cards: of the circuit; models by the names that elements have for them.
        initial: voltages of nodes at the start, each with where it is stated.
    """

    ports: tuple[str, ...]
    parameters: dict[str, Term] = field(default_factory=dict)
    constants: dict[str, Term] = field(default_factory=dict)
    elements: list[Element] = field(default_factory=list)
    cards: dict[str, Card] = field(default_factory=dict)
    initial: list[tuple[str, Term, str]] = field(default_factory=list)

"""What names stand for at a place of a subcircuit."""

from __future__ import annotations

from collections.abc import Mapping

from pyspice_models.inputs.spice.formulas import Term
from pyspice_models.inputs.spice.written import Function


class Scope:
    """Names that are known at a place: parameters by what they are called in the flat circuit."""

    def __init__(self, prefix: str, outer: Scope | None, functions: Mapping[str, Function]) -> None:
        self.prefix, self.outer, self.functions = prefix, outer, functions
        self.names: dict[str, str] = {}
        self.open: dict[str, tuple[Term, str]] = {}  # not yet in order
        self.cards: dict[str, str] = {}

    def found(self, name: str) -> tuple[Scope, str] | None:
        """A parameter in the flat circuit, and whose it is."""
        if name in self.names:
            return self, self.names[name]
        return self.outer.found(name) if self.outer is not None else None

    def card(self, name: str) -> str:
        """The model of this name in the flat circuit; empty if there is none."""
        return self.cards.get(name) or (self.outer.card(name) if self.outer is not None else "")

    def function(self, name: str) -> tuple[Scope, Function] | None:
        """A function of the user, and what is known where it stands."""
        if name in self.functions:
            return self, self.functions[name]
        return self.outer.function(name) if self.outer is not None else None

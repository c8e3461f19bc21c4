"""A selector that a user's own Verilog-A describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspice_models.cells.sources import MODULES, NGSPICE_TYPES
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.inputs.carried import Carried

_OF_SIMULATORS = NGSPICE_TYPES | {"res", "cap", "ind", "vccs", "vcvs", "pswitch", "switch"}
"""Names that ngspice or VACASK has for elements of its own; a module of that name would not be found."""


@dataclass(frozen=True)
class ForeignSelector(ParameterSet):
    """A selector of two terminals between cell and bit line, as a Verilog-A file describes it.

    `foreign.selector.foreign_selector` makes one and looks into the compiled module; this holds what it found. Its
    power is its voltage times its current, which the resistor `CONTACT` of `cells.selectors.foreign` shows, what it
    stores included.

    Attributes:
        source: the file's text, with all that it includes.
        module: in it.
        terminals: the module's, the one at the cell first.
        ports: the module's terminals in its own order.
        parameters: of all of them, by name, where they differ from the module's own.

    Raises:
        RequestError: a module that is called as one of the package's own or of a simulator's elements.
    """

    source: Carried
    module: str
    terminals: tuple[str, str]
    ports: tuple[str, str]
    parameters: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that stand for something else."""
        super().__post_init__()
        if self.module.lower() in {*MODULES, *_OF_SIMULATORS}:
            whose = "this package" if self.module.lower() in MODULES else "a simulator"
            where = self.defines.get(self.module.lower(), self.source.name)
            raise RequestError.for_value(
                "selector.module", self.module, allowed=f"a name that {whose} has not taken",
                advice=f"Rename the module: {where}.",
            )  # fmt: skip

    @property
    def defines(self) -> Mapping[str, str]:
        """Names that it brings into a deck, in lower case, and where each stands."""
        text = re.sub(r"//[^\n]*|/\*.*?\*/", lambda gone: "\n" * gone[0].count("\n"), self.source.text, flags=re.DOTALL)
        modules = re.finditer(r"^[ \t]*(?:\(\*[^\n]*?\*\)\s*)?(?:macro)?module\s+(\w+)", text, re.MULTILINE)
        return {
            one[1].lower(): f"{self.source.name}, line {text.count(chr(10), 0, one.start(1)) + 1}" for one in modules
        }  # fmt: skip

    @property
    def swapped(self) -> bool:
        """Whether the module's first terminal is the one at the bit line."""
        return self.terminals != self.ports

    def ordered(self, cell: str, bit: str) -> tuple[str, str]:
        """Its nodes in the order of the module."""
        return (bit, cell) if self.swapped else (cell, bit)

    def as_table(self) -> dict[str, Any]:
        """What a study file says of it; `verilog_a` is the text, of which a file is made."""
        own = {"verilog_a": self.source, "module": self.module, "terminals": " ".join(self.terminals)}
        return own | ({"parameters": dict(self.parameters)} if self.parameters else {})

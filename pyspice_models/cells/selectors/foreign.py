"""A transistor that a user's own SPICE file describes: a model card of any level, or a foundry's subcircuit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pyspice_models.cells.sources import MODULES, model_file
from pyspice_models.declare.quantity import ParameterSet, choice, quantity, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.spice.library import Master, SpiceLibrary
from pyspice_models.inputs.spice.reading import read_library
from pyspice_models.inputs.text import text_of
from pyspice_models.inputs.toml_lines import about
from pyspice_models.units import parse

_CHOICE = "choice of the user"
_OF_CIRCUIT = "a dimension of the circuit, the study's to choose"
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_TERMINALS = ("d", "g", "s", "b")
_RESERVED = frozenset({*MODULES, "compliance_mos", "ag2s_cell", "ag2s_select"})
_CARD_KEYS = ("w", "l")


CONTACT = 0.1
"""Resistor at each terminal, whose voltage shows the terminal's current [ohm]. Sources of 0 V would do the same, but
their currents are unknowns, which a simulator wants to converge to its abstol: models of level 54 do not."""


@dataclass(frozen=True)
class ForeignTransistor(ParameterSet):
    """An n-channel transistor between cell and bit line, as a SPICE file describes it; SI units.

    Its body is on ground, its gate lines run along the bit lines, one per column; `CONTACT` stands before each of the
    other terminals. What it takes in, the charge of its gate included, counts as energy of the selectors.

    Attributes:
        library: the file's text, with all that it includes.
        name: of the model or the subcircuit in it.
        section: of the file that is taken beside what stands outside of sections, as a corner; "": none.
        terminals: of a subcircuit, in its order, of d, g, s and b.
        instance: further parameters of an element, by name.

    Raises:
        RequestError: a model or section that is not in the file, a p-channel model, terminals that the subcircuit does
            not have, a parameter that it does not have, a name that is the deck's own.
    """

    library: SpiceLibrary
    name: str
    section: str = ""
    terminals: str = "d g s b"
    instance: tuple[tuple[str, float], ...] = ()
    type: str = choice(
        "nmos", "nmos", about="n-channel alone: a gate at rest is at 0 V and has to shut its column, as of a p-channel "
        "one it would not",
    )  # fmt: skip
    width: float = quantity(
        1e-6, "m", above=0, high=1e-3, tag="assumed", source=_CHOICE, about="channel width, w of the element",
        plausible=_OF_CIRCUIT,
    )  # fmt: skip
    length: float = quantity(
        0.18e-6, "m", above=0, high=1e-3, tag="assumed", source=_CHOICE, about="channel length, l of the element",
        plausible=_OF_CIRCUIT,
    )  # fmt: skip
    v_gate: float = quantity(
        1.2, "V", above=0, high=10, tag="assumed", source=_CHOICE, plausible="a bias, the study's to choose",
        about="gate voltage of a selected column; a low one limits the current (compliance)",
    )  # fmt: skip
    r_gate_line: float = quantity(
        10.0, "ohm", above=0, high=1e6, tag="assumed", source=_CHOICE, about="resistance of a gate-line segment",
        plausible=_OF_CIRCUIT,
    )  # fmt: skip
    c_gate_line: float = quantity(
        2e-15, "F", low=0, high=1e-9, tag="assumed", source=_CHOICE, plausible=_OF_CIRCUIT,
        about="capacitance of a gate-line segment, without the gates",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Look into the file."""
        super().__post_init__()
        instance = sorted(dict(self.instance).items())
        object.__setattr__(self, "instance", tuple((key, parse(v, "", name=key)) for key, v in instance))
        master = self.master
        if clashes := self.library_clashes:
            clash = min(clashes)
            raise RequestError(
                f"transistor.model: {self.library.name} defines {clash!r}, a name that the array's own netlist uses. "
                "Give it another one."
            )
        for key, _ in self.instance:
            if not _KEY.fullmatch(key) or key in _CARD_KEYS:
                raise RequestError.for_value(
                    "transistor.instance", key, allowed="names of parameters in lower case, but w and l",
                    advice="Those two are transistor.width and transistor.length.",
                )  # fmt: skip
        if master.type == "subckt":
            self._check_subcircuit(master)
        elif master.type != "nmos":
            raise RequestError.for_value(
                "transistor.name", self.name, allowed="an n-channel model or a subcircuit",
                advice=f"In {self.library.name} it is {master.type}; a gate at rest, at 0 V, has to shut its column.",
            )  # fmt: skip

    @property
    def master(self) -> Master:
        """The model or subcircuit that it is."""
        with about("transistor.section"):
            self.library.chosen(self.section)
        return self.library.master(self.name, self.section, "transistor.name")

    @property
    def library_clashes(self) -> frozenset[str]:
        """Names in the file that the netlist of an array has itself."""
        masters, functions = self.library.masters(self.section).keys(), self.library.functions(self.section)
        return (_RESERVED & masters) | (functions_of_cells() & functions if functions else frozenset())

    @property
    def defines(self) -> Mapping[str, str]:
        """Names that it brings into a deck, in lower case, and where each stands."""
        names = self.library.masters(self.section).keys() | self.library.functions(self.section)
        return dict.fromkeys(names, self.library.name)

    @property
    def values(self) -> dict[str, float]:
        """Parameters of its element."""
        return {"w": self.width, "l": self.length, **dict(self.instance)}

    @property
    def fingers(self) -> float:
        """Into how many it is folded, as its element says by `nf`; each has a share of the width."""
        return max(1.0, dict(self.instance).get("nf", 1.0))

    def ordered(self, drain: str, gate: str, source: str, body: str) -> str:
        """Its nodes in the order of its element."""
        nodes = dict(zip(_TERMINALS, (drain, gate, source, body), strict=True))
        return " ".join(nodes[one] for one in self._order)

    def check_fit(self, pitch: float) -> None:
        """Raise RequestError if it is wider or longer than the distance of the array's lines [m]."""
        for name, value, other in (
            ("width", self.width / self.fingers, "Fold it into fingers (nf in [transistor.instance]), or make"),
            ("length", self.length, "Make"),
        ):
            if value > pitch:
                most = pitch * self.fingers if name == "width" else pitch
                raise RequestError.for_value(
                    f"transistor.{name}", getattr(self, name), unit="m", allowed=f"<= {most:g}",
                    advice=f"It does not fit wire.pitch, {pitch:g} m. {other} the pitch larger.",
                )  # fmt: skip

    def as_table(self) -> dict[str, Any]:
        """What a study file says of it; `model` is the library, of which a file is made."""
        own = {"model": self.library, "name": self.name, "section": self.section, "terminals": self.terminals}
        words = {key: value for key, value in own.items() if value != ""}
        return words | self.as_dict() | ({"instance": dict(self.instance)} if self.instance else {})

    @classmethod
    def from_table(cls, table: Mapping[str, Any], folder: Path) -> ForeignTransistor:
        """The `[transistor]` table of a study file with a `model`, a file in this folder or a library.

        Raises:
            RequestError: an unknown key, a file that cannot be read, a wrong unit, a value out of range.
        """
        own = {"model", "name", "section", "terminals", "instance"}
        for key in table:
            refuse_unknown(key, own | cls.quantities().keys() | cls.choices().keys(), "transistor")
        model = table["model"]
        if not isinstance(model, SpiceLibrary):
            model = read_library(folder / text_of(model, "transistor.model"))
        if "name" not in table:
            known = ", ".join(sorted(model.masters("")) or model.sections)
            raise RequestError(
                f"[transistor] needs name beside model: the model or subcircuit in {model.name}: {known}"
            )
        words: dict[str, Any] = {
            key: text_of(table[key], f"transistor.{key}") for key in ("name", "section", "terminals") if key in table
        }
        instance = table.get("instance", {})
        if not isinstance(instance, Mapping):
            raise RequestError("transistor.instance must be a table: write it as [transistor.instance]")
        pairs = tuple((str(key), parse(v, "", name=f"transistor.instance.{key}")) for key, v in instance.items())
        rest = {key: value for key, value in table.items() if key not in own}
        return cls.from_mapping(rest, where="transistor", base=cls(model, **words, instance=pairs))

    @property
    def _order(self) -> Iterable[str]:
        return _TERMINALS if self.master.type == "nmos" else self.terminals.split()

    def _check_subcircuit(self, master: Master) -> None:
        order, ports = self.terminals.split(), master.ports
        if len(set(order)) != len(order) or not {"d", "g", "s"} <= set(order) <= set(_TERMINALS):
            raise RequestError.for_value(
                "transistor.terminals", self.terminals, allowed="d, g, s and mostly b, each once, as 'd g s b'"
            )
        if len(order) != len(ports):
            raise RequestError.for_value(
                "transistor.terminals", self.terminals,
                allowed=f"one for each of the {len(ports)} nodes of {master.name}: {' '.join(ports) or 'none'}",
            )  # fmt: skip
        for key in self.values:
            if key not in master.parameters:
                where = {"w": "width (w)", "l": "length (l)"}.get(key, f"instance.{key}")
                raise RequestError(
                    f"transistor.{where}: the subcircuit {master.name} of {self.library.name} has no parameter {key}; "
                    f"it has {', '.join(sorted(master.parameters)) or 'none'}. ngspice would take it and do nothing."
                )


@cache
def functions_of_cells() -> frozenset[str]:
    """Functions of the behavioural cells: whoever defined one of these in a deck would change what a cell does."""
    folder = model_file("netlists", "ag2s.lib").parent
    texts = (path.read_text(encoding="utf-8") for path in folder.glob("*.lib"))
    return frozenset(name.lower() for text in texts for name in re.findall(r"^\.func (\w+)", text, re.MULTILINE))


def foreign_transistor(path: Path | str, name: str, **values: Any) -> ForeignTransistor:
    """A transistor from a SPICE file.

    Args:
        path: of the file; what it includes lies beside or below it.
        name: of a model or a subcircuit in it.
        values: what else a `[transistor]` table may say: `section`, `terminals`, `instance` (a mapping), `width`,
            `length`, `v_gate`, `r_gate_line`, `c_gate_line`, numbers or text with units.

    Raises:
        RequestError: see `ForeignTransistor` and `read_library`.
    """
    path = Path(path)
    return ForeignTransistor.from_table({"model": path.name, "name": name, **values}, path.parent)

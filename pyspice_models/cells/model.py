"""What a cell is, as a value that crossbars, netlists, results and measures ask; and what it may lack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.equations import CellEquations
from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.cells.spread import CellSpread
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

FORMS = ("osdi", "veriloga", "subckt")
"""Forms of a cell: Verilog-A that is compiled before the run, that the tool compiles itself, the subcircuit."""


@dataclass(frozen=True)
class State:
    """A state of a cell: a number from 0 to 1 that the cell remembers.

    Attributes:
        name: of the variable in results and of the vector in simulators.
        initial: the parameter that holds its initial value.
        about: what it is.
        zero, one: what it means at 0 and at 1.
        node: inside the Verilog-A, which holds how far it is from its initial value; empty if there is none.
    """

    name: str
    initial: str
    about: str
    zero: str
    one: str
    node: str = ""


@dataclass(frozen=True)
class Shown:
    """A quantity that a simulator can show of a cell; `unit`, in SI, and `about` are of the quantity.

    Attributes:
        scales: factor from the vector's unit to SI by form of the cell, where it is not 1.
    """

    unit: str
    about: str
    scales: Mapping[str, float] = field(default_factory=dict)

    def scale(self, form: str) -> float:
        """Factor to SI in this form."""
        return self.scales.get(form, 1.0)


@dataclass(frozen=True)
class Rewritten:
    """A subcircuit's equations as Verilog-A.

    Attributes:
        text, module: of it.
        terminals: its nodes on the word line and on the bit line.
        states: nodes that hold states, by the names of these.
        parameters: by what the subcircuit calls them, in small letters.
    """

    text: str
    module: str
    terminals: tuple[str, str]
    states: Mapping[str, str]
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class CellModel:
    """A kind of cell.

    Attributes:
        name: of its Verilog-A module and subcircuit, and of their files.
        title: of the cell in words.
        terminals: in the order of its nodes; a positive voltage from the first to the second sets it.
        parameters: the kind of its parameter set.
        states: in the order in which its equations take them.
        level: name of the state that levels and patterns set; the others are 0 then.
        shown: quantities that its forms show, by name; "p" is the dissipated power and "es" the stored energy.
        node_voltages: of its inner nodes that are saved instead of `shown` where a simulator saves nodes faster, by
            name of the quantity; the node inside the Verilog-A.
        equations: from parameters (each a number, or an array over the cells) and temperature [K]; None for a cell
            that only simulators know.
        from_nodes: states, power and stored energy from equations, the voltages of both terminals, and what
            `node_voltages` gave.
        kernel: name of the compiled cell in the nodal engine; empty for none.
        soft_bounds: of the level, from parameters, temperature [K] and the size of the pulses [V]; what closed-loop
            programming reckons with.
        alone: what an imposed voltage does to the states of cells alone, see `cells.ag2s.imposed.states_after`.
        slow_branch: resistance and capacitance in series [ohm], [F], from equations: between the terminals, beside what
            conducts, and with a charge that no state shows. None for none.
        spread: how its cells differ; None where nothing is known.
        conduction: parameters that scale its conductance, with the power of its factor; empty where none are known.
        check: raises RequestError for parameters (numbers or arrays) that give no usable number at a temperature [K].
        beyond_validity: what to say of temperatures [K] at which the cell has no meaning; empty for none.
        forms: in which it exists: "osdi" and "veriloga" (its Verilog-A), "subckt".
        module: of its Verilog-A, where that is not called as the cell is.
        verilog_a: text of its Verilog-A, where it is none of the package's own files.
        subcircuit: text of a subcircuit, from parameters and its name, where it is none of the package's own files; it
            refers to what stands in `library`.
        library: text of a user's SPICE file, which stands once in a netlist.
        rewritten: the equations of that subcircuit as Verilog-A, for what evaluates compiled modules alone; raises
            `inputs.spice.circuit.Untranslated`. None where there is no such subcircuit.
        kind: what it is called in an array of several kinds of cells.
        described: what says in a study file which cell it is, where its name does not.
        spelled: parameters as netlists take them, names and scales, from those of a study; None where they are alike.
        ports: all terminals of the module in its own order, where `terminals` are not all of them, or in another one.
        seen: vectors of `shown` quantities: the name of a variable that the module shows, or of a node inside with #
            before it; None where each is a variable of its own name.
        ends: where 0 and 1 of a state lie on the scale of its vector, where they are not 0 and 1.
        senses_current: its terminals alone are known: a source of 0 V in every cell shows the current.
        behaviour: of ngspice, as which other simulator it is to read the deck; empty for itself.
        read_voltage: at which conductances that a program was to reach are told [V]; as of S14a, the default of a read.
        defines: names that a user's file brings into a deck, in lower case, and where each stands.
        notes: what was done to a user's file, in words.
        prepare: starts in the background what `from_nodes` will need, while a simulator is at work; None for nothing.
    """

    name: str
    title: str
    terminals: tuple[str, str]
    parameters: type[ParameterSet]
    states: tuple[State, ...]
    level: str
    shown: Mapping[str, Shown]
    node_voltages: Mapping[str, str] = field(default_factory=dict)
    equations: Callable[[Any, float], CellEquations] | None = None
    from_nodes: Callable[[Any, Array, Array, Mapping[str, Array]], Mapping[str, Array]] | None = None
    kernel: str = ""
    soft_bounds: Callable[[Any, float, float], SoftBounds] | None = None
    alone: Callable[..., tuple[Array, ...]] | None = None
    slow_branch: Callable[[Any], tuple[Any, Any]] | None = None
    spread: CellSpread | None = None
    conduction: Mapping[str, float] = field(default_factory=dict)
    check: Callable[[Any, float], None] | None = None
    beyond_validity: Callable[[Iterable[float]], str] | None = None
    forms: tuple[str, ...] = FORMS
    module: str = ""
    verilog_a: str = ""
    subcircuit: Callable[[Any, str], str] | None = None
    library: str = ""
    rewritten: Callable[[], Rewritten] | None = None
    kind: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)
    spelled: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    ports: tuple[str, ...] = ()
    seen: Mapping[str, str] | None = None
    ends: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    senses_current: bool = False
    behaviour: str = ""
    read_voltage: float = 5e-3
    defines: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    prepare: Callable[[], None] | None = None

    @property
    def master(self) -> str:
        """Name of its Verilog-A module."""
        return self.module or self.name

    @property
    def modules(self) -> dict[str, str]:
        """Text of its Verilog-A by the name of the module, where it is none of the package's own files."""
        return {self.master: self.verilog_a} if self.verilog_a else {}

    @property
    def vectors(self) -> Mapping[str, str]:
        """What a simulator saves by name of every cell, and under which name inside of it; see `seen`."""
        return {name: name for name in self.recorded} if self.seen is None else self.seen

    @property
    def others(self) -> tuple[str, ...]:
        """Terminals beside the two of the array: each has a node of its own in every cell."""
        return tuple(port for port in self.ports if port not in self.terminals)

    def wired(self, name: str, ends: tuple[str, str]) -> str:
        """Nodes of the cell called `name`, whose terminals are on `ends`, in the order of the module's ports."""
        known = dict(zip(self.terminals, ends, strict=True))
        return " ".join(known.get(port) or self.port_node(name, port) for port in self.ports or self.terminals)

    @staticmethod
    def port_node(name: str, port: str) -> str:
        """Node of a terminal beside the two of the array."""
        return f"port{name}_{port}".lower()

    def written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as a netlist takes them."""
        return dict(values) if self.spelled is None else self.spelled(values)

    @property
    def words(self) -> Mapping[str, Any]:
        """What says in a study file which cell it is."""
        return self.described or {"model": self.name}

    def check_form(self, form: str) -> None:
        """Raise RequestError for a form in which the cell does not exist."""
        if form not in self.forms:
            allowed = ", ".join(self.forms)
            advice = f"The cell {self.name!r} has no other form."
            raise RequestError.for_value("form", form, allowed=f"one of {allowed}", advice=advice)

    @property
    def card(self) -> str:
        """Name of the model card, or of the subcircuit in a deck, that all cells refer to."""
        return f"kind_{self.kind}" if self.kind else f"{self.name}_cell"

    @property
    def text(self) -> str:
        """Of the user's file that it comes from; empty for a cell of the package."""
        return self.verilog_a or self.library

    @property
    def recorded(self) -> tuple[str, ...]:
        """What a run of a crossbar records of every cell: states, power and stored energy."""
        return tuple(name for name in (*(state.name for state in self.states), "p", "es") if name in self.shown)

    @property
    def initial(self) -> tuple[str, ...]:
        """Parameters of the initial states, in order."""
        return tuple(state.initial for state in self.states)

    @property
    def level_parameter(self) -> str:
        """The parameter of the initial state that levels and patterns set.

        Raises:
            RequestError: a cell without states.
        """
        if not self.states:
            raise RequestError(
                f"the cell {self.name!r} declares no state: it has no levels. Declare one in [cell.states], or "
                "leave out [array.initial] and whatever else sets levels."
            )
        return next(state.initial for state in self.states if state.name == self.level)

    def at_level(self, level: ArrayLike) -> tuple[Any, ...]:
        """States of cells that hold a level from 0 to 1, in order."""
        return tuple(level if state.name == self.level else 0.0 for state in self.states)

    def warning(self, temperatures: Iterable[float]) -> str:
        """Why results at some of these temperatures [K] mean nothing, or "" if there are none such."""
        return "" if self.beyond_validity is None else self.beyond_validity(temperatures)

    def solved(self, cell: ParameterSet, temperature: float, *, asked: str) -> CellEquations:
        """The equations with these parameters at this temperature [K].

        Args:
            cell: parameters; each a number, or an array over the cells.
            temperature: [K].
            asked: what needs them, in words: the subject of the sentence that refuses it.

        Raises:
            RequestError: a cell without equations in Python.
        """
        if self.equations is None:
            raise RequestError(
                f"{asked} needs the cell's equations in Python, and the cell {self.name!r} has none: simulators alone "
                "know it. Read what it does from simulated waves, or use a cell with equations, such as 'ag2s'."
            )
        return self.equations(cell, temperature)

    def spreads(self) -> CellSpread:
        """How its cells differ.

        Raises:
            RequestError: a cell that states no spread.
        """
        if self.spread is None:
            raise RequestError(
                f"the cell {self.name!r} states no spread: no arrays of it can be drawn. Leave [variability] out, or "
                "use a cell that does, such as 'ag2s'."
            )
        return self.spread

"""What a dialect is: how one simulator wants each element, each analysis and each result written.

Every method gives lines of a netlist, without the closing line break. Plain numbers only: SPICE reads M as milli,
Spectre as mega.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects.enclosing import Enclosing
from pyspice_models.stimulus import Waveform

Method = Literal["gear", "trap"]
Value = float | str
"""A number in SI units, or the place in a template where one will stand."""


@dataclass(frozen=True)
class Analysis:
    """A transient analysis.

    Attributes:
        stop, first_step, longest_step: [s].
        accuracy: tolerances.
        temperature: [K].
        changes: lines that change parameters, each with the moment at which the run waits for it, in order [s].
        method: of integration. Trapezoids conserve energy where the Gear method dissipates some at every edge; what
            they leave ringing, a crossbar's `restarts` end.
    """

    stop: float
    first_step: float
    longest_step: float
    accuracy: Accuracy
    temperature: float
    method: Method = "trap"
    changes: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True)
class Printed:
    """A number that a deck is to print after its run: the value of `vector` at `time` [s]."""

    name: str
    vector: str
    time: float


class Dialect(Enclosing, ABC):
    """One tool's netlist language.

    Attributes:
        name: by which a user asks for it.
        forms: forms of the cell that it can hold, the one to take by default first. "subckt" is the behavioural
            subcircuit, "osdi" the Verilog-A that is compiled before the run, "veriloga" the one that the tool
            compiles itself.
        suffix: of a deck's file.
        run: what a user types to run the deck {deck}.
        paced: whether restarts are to keep its steps fine, see `paced`.
        longest_step: that it may be told, in edges of a pulse.
        spice_models: whether it takes transistors from a user's SPICE file.
    """

    name: ClassVar[str]
    forms: ClassVar[tuple[str, ...]]
    suffix: ClassVar[str]
    run: ClassVar[str]
    comment_mark: ClassVar[str] = "*"
    paced: ClassVar[bool] = True
    longest_step: ClassVar[float] = math.inf
    spice_models: ClassVar[bool] = False

    # ---- text

    @staticmethod
    def number(value: Value) -> str:
        """Twelve significant digits, no suffix.

        Raises:
            RequestError: infinite or not a number. What is derived is checked before; this is the last door.
        """
        if isinstance(value, str):
            return value
        if not math.isfinite(value):
            raise RequestError(
                f"a number of the netlist comes out as {value}: some parameter is too extreme. Change it."
            )
        return f"{value:.12g}"

    @staticmethod
    @lru_cache(maxsize=1 << 16)  # the corners of one line are those of others
    def moment(time: float) -> str:
        """A time from the start [s]: fifteen digits, or the two more that an edge after a long wait may need."""
        text = f"{time:.15g}"
        return text if float(text) == time else f"{time:.17g}"

    def comment(self, text: str) -> str:
        """A line for the reader."""
        return f"{self.comment_mark} {text}"

    def title(self, text: str) -> Iterator[str]:
        """The first lines."""
        yield self.comment(text)

    def check_form(self, form: str) -> None:
        """Raise RequestError for a form of the cell that this tool cannot take."""
        if form not in self.forms:
            allowed = f"one of {', '.join(self.forms)}" if len(self.forms) > 1 else self.forms[0]
            raise RequestError.for_value(
                "form", form, allowed=f"{allowed} (the forms of a cell that {self.name} takes)"
            )

    def refuse(self, what: str, instead: str) -> RequestError:
        """The error for something that this tool's netlists cannot express."""
        return RequestError(f"a netlist for {self.name} cannot express {what}: {instead}")

    # ---- elements

    @abstractmethod
    def resistor(self, name: str, a: str, b: str, value: Value) -> str:
        """Resistor [ohm]."""

    @abstractmethod
    def capacitor(self, name: str, a: str, b: str, value: Value) -> str:
        """Capacitor [F]."""

    @abstractmethod
    def source(self, name: str, a: str, b: str, wave: Waveform) -> str:
        """Voltage source that follows `wave`."""

    def restarts(self, times: Iterable[float]) -> str:
        """A source that does nothing but make the simulator restart its integration at `times` [s]."""
        corners = list(times)
        return self.source("restart", "restart", "0", Waveform(times=corners, values=[0.0] * len(corners)))

    @abstractmethod
    def gated_resistor(self, name: str, a: str, b: str, gate: str, r_on: float, r_off: float) -> str:
        """Resistor that conducts as `r_on` where the node `gate` is at 1 V, as `r_off` where it is at 0 V."""

    @abstractmethod
    def amplifier(
        self, name: str, plus: str, minus: str, out: str, *,
        gain: float, gbw: float, r_feedback: float, c_feedback: float,
    ) -> Iterator[str]:  # fmt: skip
        """Transimpedance amplifier: one pole at gbw/gain [Hz], an ideal output stage, feedback from `out` to `minus`.

        The current of its output stage is that of the source "eNAME", see `source_current`.
        """

    @abstractmethod
    def cell(
        self, form: str, model: CellModel, name: str, terminals: tuple[str, str], parameters: Mapping[str, Value]
    ) -> str:
        """One cell between two nodes; `parameters` are those that differ from the common ones."""

    @abstractmethod
    def cell_definition(self, form: str, model: CellModel, params: ParameterSet) -> str:
        """The model card or the subcircuit that all cells refer to."""

    @abstractmethod
    def transistor(
        self, form: str, name: str, drain: str, gate: str, source: str, selector: TransistorParams
    ) -> str:  # fmt: skip
        """The transistor of a cell, its body on ground."""

    @abstractmethod
    def transistor_definition(self, form: str, selector: TransistorParams, temperature: float) -> str:
        """The model card or the subcircuit that all transistors refer to; its values hold at this temperature [K]."""

    def foreign_transistor(
        self, name: str, drain: str, gate: str, source: str, selector: ForeignTransistor
    ) -> str:  # fmt: skip
        """The transistor of a cell that a SPICE file describes, its body on ground."""
        raise self.refuse_spice(selector)

    def foreign_definition(self, selector: ForeignTransistor) -> Iterator[str]:
        """What all such transistors refer to."""
        raise self.refuse_spice(selector)

    @abstractmethod
    def module_definition(self, form: str, selector: ForeignSelector) -> str:
        """The model card of a selector that is a user's own module; `threshold` refers to it."""

    def refuse_spice(self, selector: ForeignTransistor) -> RequestError:
        """The error for a transistor from a SPICE file, where a tool's netlists do not take the file as it is."""
        return self.refuse(f"the transistor of {selector.library.name}", "ngspice reads it as it is.")

    @abstractmethod
    def threshold(self, form: str, name: str, a: str, b: str) -> str:
        """The threshold selector of a cell."""

    @abstractmethod
    def threshold_definition(self, form: str, selector: ThresholdParams) -> str:
        """The model card or the subcircuit that all threshold selectors refer to."""

    def library(self, text: str) -> str:
        """A behavioural library of `netlists/` as this tool reads it."""
        return text

    @abstractmethod
    def limiter(
        self, name: str, a: str, b: str, *, r: float, i_limit: float, kind: str, bandwidth: float = 0.0
    ) -> str:  # fmt: skip
        """Current limiter, "smooth" or "mos", of `r` [ohm] and `i_limit` [A], in both directions.

        A smooth one may have a `bandwidth` [Hz]; one of 0 limits at once.
        """

    @abstractmethod
    def limiter_definition(self, module: str = "compliance") -> str:
        """What `limiter` refers to: "compliance", or "compliance_loop" for those with a bandwidth."""

    def modules(self, form: str, used: Iterable[str]) -> tuple[str, ...]:
        """Which of the Verilog-A modules that a circuit could use it needs beside the deck, in the given order.

        Args:
            form: of the cell.
            used: the cell's module, and what else of `cells.sources.MODULES` stands in the crossbar.
        """
        return () if form == "subckt" else tuple(used)

    @abstractmethod
    def loading(self, models: Iterable[str]) -> Iterator[str]:
        """Lines near the top that make Verilog-A modules known, and those that say how their files are made."""

    # ---- results

    @abstractmethod
    def voltage(self, node: str) -> str:
        """Name of the vector that holds a node's voltage."""

    @abstractmethod
    def source_current(self, name: str) -> str:
        """Name of the vector that holds the current into the plus node of a source; `name` has its letter."""

    @abstractmethod
    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """Name of the vector of a quantity that a cell shows; "s" + name for a selector's s, g, p or es."""

    def result_name(self, vector: str) -> str:
        """What the tool's own result file calls a vector that a deck saves."""
        return vector

    def sees_inside(self, form: str) -> bool:
        """Whether inner nodes of a cell are saved for less than the quantities that it shows."""
        return False

    foreign_subcircuits: ClassVar[bool] = False
    """Whether it reads the subcircuits of users: they are checked and edited for ngspice alone."""

    sees_nodes: ClassVar[bool] = False
    """Whether it saves a node inside of a cell by name."""

    all_nodes: ClassVar[str] = "all"
    """What is saved instead of every node by its name, where `sees_inside`."""

    def cell_current(self, name: str) -> str:
        """Vector of the current into the first terminal of a cell that is a user's subcircuit."""
        raise self.refuse("the current of a user's subcircuit", "choose ngspice.")

    def inner_node(self, name: str, node: str) -> str:
        """Vector of the voltage of a node inside a cell, or "s" + name for a selector, where the tool sees inside."""
        raise self.refuse(f"the node {node} inside of a cell", "save the quantities that the cell shows.")

    # ---- the end of a deck

    @abstractmethod
    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """Options, what is saved, the transient, and what closes the deck.

        Args:
            run: the analysis.
            vectors: saved, and nothing else.
            models: Verilog-A modules that the deck needs.
            printed: for a deck that a user runs by itself: remarks, and numbers to print after the run, where the
                tool can. None for a deck of an engine, which asks for the waves itself.
        """

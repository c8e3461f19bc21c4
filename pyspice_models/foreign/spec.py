"""A foreign cell as a value: its text and all that was declared of it. It can be pickled, compared and hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspice_models.foreign.osdi import Compiled
from pyspice_models.inputs.carried import Carried


@dataclass(frozen=True)
class ForeignParameter:
    """A parameter of a foreign cell.

    Attributes:
        name: by which a study calls it.
        own: as the file spells it.
        default, unit, about, source: of the number.
        low, high: allowed range.
        spread, cycle_spread: standard deviation of its logarithm between cells, and between cycles of a cell.
        conducts: power of a conductance's factor by which it scales the cell's current: 1 for a conductance, -1 for a
            resistance, 0 for neither.
        whole: only whole numbers make sense.
        per_cell: may differ from cell to cell.
    """

    name: str
    own: str
    default: float
    unit: str = ""
    about: str = ""
    source: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    spread: float = 0.0
    cycle_spread: float = 0.0
    conducts: float = 0.0
    whole: bool = False
    per_cell: bool = True


@dataclass(frozen=True)
class ForeignState:
    """A state of a foreign cell.

    Attributes:
        name: in results.
        initial: name of the parameter of its initial value.
        node, variable: inside the cell that hold it: a node, or an operating-point variable; one of them is empty.
        zero, one: where 0 and 1 of the state lie on the cell's own scale.
        about: what it is.
        change: the node holds how far the state is from its initial value, not the state itself.
    """

    name: str
    initial: str
    node: str
    variable: str
    zero: float
    one: float
    about: str
    change: bool = False

    @property
    def holder(self) -> str:
        """Node or variable."""
        return self.node or self.variable


@dataclass(frozen=True)
class Spec:
    """A cell that a user brought.

    Attributes:
        kind: "verilog_a" or "subckt", the key of the file in a study.
        file: its name.
        original: its text as it was read, with the files that it includes.
        text: what is run: the original with the edits of `notes`.
        module: module or subcircuit.
        terminals: on the word line and on the bit line; a positive voltage from the first to the second sets.
        ports: all terminals in the file's own order.
        inner: nodes inside.
        parameters, states: what was declared, and of parameters what the file itself says.
        level: the state that levels set; empty without states.
        read_voltage: at which conductances are stated [V].
        dialect: of a subcircuit, the simulator that it was written for.
        notes: every edit, in words.
        declared: keys of the table [cell] beside the parameters' values, as they were given.
        behaviour: of ngspice, as which other simulator it is to read the subcircuit; empty for itself.
        defines: names that the text brings into a deck, in lower case, and where each stands.
    """

    kind: str
    file: str = field(compare=False)
    original: str
    text: str
    module: str
    terminals: tuple[str, str]
    ports: tuple[str, ...]
    inner: tuple[str, ...]
    parameters: tuple[ForeignParameter, ...]
    states: tuple[ForeignState, ...]
    level: str
    read_voltage: float
    dialect: str
    notes: tuple[str, ...] = field(compare=False)
    declared: tuple[tuple[str, Any], ...]
    behaviour: str = ""
    defines: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def compiled(self) -> Compiled:
        """The module as it is evaluated."""
        return Compiled(self.text, self.module, self.file)

    @property
    def extra(self) -> tuple[str, ...]:
        """Terminals beside the two of the array."""
        return tuple(port for port in self.ports if port not in self.terminals)

    @property
    def master(self) -> str:
        """Module or subcircuit as netlists call it: simulators do not tell capitals from small letters."""
        return self.module.lower()

    def parameter(self, name: str) -> ForeignParameter:
        """The parameter that a study calls by this name."""
        return next(one for one in self.parameters if one.name == name)

    def written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters as the file spells and scales them, from those of a study; numbers or arrays."""
        return {own: value for own, value, _ in self._pairs(values)}

    def spelled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same as netlists take them, in small letters."""
        return {own.lower(): value for own, value, _ in self._pairs(values)}

    def shift(self, state: ForeignState, written: Mapping[str, Any]) -> Any:
        """What a node lacks of the state that it holds: the initial value, where it holds the change from that.

        Args:
            state: one of the cell's.
            written: parameters as the file spells and scales them.
        """
        return written[self.parameter(state.initial).own] if state.change else 0.0

    def starts(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """Voltages of the nodes of states at the start [V], numbers or arrays; `written` as in `shift`."""
        return {
            state.node: 0.0 if state.change else written[self.parameter(state.initial).own]
            for state in self.states
            if state.node
        }

    def _pairs(self, values: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
        ends = {state.initial: state for state in self.states}
        for name, value in values.items():
            scale = ends.get(name)
            if scale is not None and (scale.zero, scale.one) != (0.0, 1.0):
                value = scale.zero + (scale.one - scale.zero) * value
            yield self.parameter(name).own, value, name

    def words(self) -> dict[str, Any]:
        """What says in a study file which cell it is."""
        return {self.kind: Carried(self.file, self.original)} | {key: thawed(value) for key, value in self.declared}


def frozen(value: Any) -> Any:
    """Tables and lists as tuples that can be hashed."""
    if isinstance(value, Mapping):
        return ("table", tuple((key, frozen(entry)) for key, entry in value.items()))
    return ("list", tuple(map(frozen, value))) if isinstance(value, list | tuple) else value


def thawed(value: Any) -> Any:
    """Tables and lists again."""
    if not isinstance(value, tuple):
        return value
    kind, held = value
    return {key: thawed(entry) for key, entry in held} if kind == "table" else [thawed(entry) for entry in held]

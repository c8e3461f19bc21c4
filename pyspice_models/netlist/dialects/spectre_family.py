"""What Spectre and VACASK have in common: nodes in brackets, a master behind them, parameters by name."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyspice_models.cells import sources
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.netlist.dialects.base import Dialect, Value
from pyspice_models.netlist.dialects.enclosing import pins_shown
from pyspice_models.netlist.dialects.parts import corners, wrapped
from pyspice_models.stimulus import Waveform


class SpectreFamily(Dialect):
    """Cells, selectors, switches and limiters are modules of Verilog-A."""

    comment_mark = "//"
    go_on = "+ "  # begins a line that continues the one before
    transconductance: str  # name of the parameter of a voltage-controlled current source

    def instance(self, name: str, nodes: str, master: str, parameters: Mapping[str, Value]) -> str:
        """An element."""
        values = "".join(f" {key}={self.number(value)}" for key, value in parameters.items())
        return f"{name} ({nodes}) {master}{values}"

    @abstractmethod
    def model(self, name: str, master: str, values: Mapping[str, str]) -> str:
        """A model card."""

    @abstractmethod
    def pwl(self, points: list[str]) -> str:
        """Parameters of a piecewise-linear source; each point is a time and a voltage."""

    def resistor(self, name: str, a: str, b: str, value: Value) -> str:
        """See `Dialect.resistor`."""
        return f"r{name} ({a} {b}) resistor r={self.number(value)}"

    def capacitor(self, name: str, a: str, b: str, value: Value) -> str:
        """See `Dialect.capacitor`."""
        return f"c{name} ({a} {b}) capacitor c={self.number(value)}"

    def source(self, name: str, a: str, b: str, wave: Waveform) -> str:
        """See `Dialect.source`."""
        if wave.is_constant:
            return f"v{name} ({a} {b}) vsource dc={self.number(wave.rest)}"
        return f"v{name} ({a} {b}) vsource {self.pwl([self.point(t, v) for t, v in corners(wave)])}"

    def point(self, time: float, value: float) -> str:
        """A corner of a wave."""
        return f"{self.moment(time)} {self.number(value)}"

    def gated_resistor(self, name: str, a: str, b: str, gate: str, r_on: float, r_off: float) -> str:
        """See `Dialect.gated_resistor`."""
        return self.instance(f"r{name}", f"{a} {b} {gate}", "gated_resistor", {"r_on": r_on, "r_off": r_off})

    def amplifier(
        self, name: str, plus: str, minus: str, out: str, *,
        gain: float, gbw: float, r_feedback: float, c_feedback: float,
    ) -> Iterator[str]:  # fmt: skip
        """See `Dialect.amplifier`."""
        pole = 1e6  # any resistance does: only its product with the capacitance counts
        yield self.instance(f"g{name}", f"0 {name} {plus} {minus}", "vccs", {self.transconductance: gain / pole})
        yield self.resistor(name, name, "0", pole)
        yield self.capacitor(name, name, "0", gain / (2 * math.pi * gbw * pole))
        yield self.instance(f"e{name}", f"{out} 0 {name} 0", "vcvs", {"gain": 1.0})
        yield self.resistor(f"f{name}", out, minus, r_feedback)
        yield self.capacitor(f"f{name}", out, minus, c_feedback)

    def cell(
        self, form: str, model: CellModel, name: str, terminals: tuple[str, str], parameters: Mapping[str, Value]
    ) -> str:
        """See `Dialect.cell`."""
        return self.instance(f"n{name}", model.wired(name, terminals), model.card, parameters)

    def cell_definition(self, form: str, model: CellModel, params: ParameterSet) -> str:
        """See `Dialect.cell_definition`."""
        values = model.written(params.as_dict())
        return self.model(model.card, model.master, {key: self.number(v) for key, v in values.items()})

    def threshold(self, form: str, name: str, a: str, b: str) -> str:
        """See `Dialect.threshold`."""
        return self.instance(f"ns{name}", f"{a} {b}", "ag2s_select", {})

    def threshold_definition(self, form: str, selector: ThresholdParams) -> str:
        """See `Dialect.threshold_definition`."""
        given = {key: self.number(v) for key, v in sources.threshold(selector).items()}
        return self.model("ag2s_select", sources.threshold_module(selector), given)

    def module_definition(self, form: str, selector: ForeignSelector) -> str:
        """See `Dialect.module_definition`."""
        return self.model("ag2s_select", selector.module, {key: self.number(v) for key, v in selector.parameters})

    def transistor(
        self, form: str, name: str, drain: str, gate: str, source: str, selector: TransistorParams
    ) -> str:  # fmt: skip
        """See `Dialect.transistor`."""
        if selector.swing > 0:
            return self.instance(f"nm{name}", f"{drain} {gate} {source}", "ag2s_select", {})
        return self.instance(
            f"m{name}", f"{drain} {gate} {source} 0", "ag2s_select", {"w": selector.width, "l": selector.length}
        )

    def transistor_definition(self, form: str, selector: TransistorParams, temperature: float) -> str:
        """See `Dialect.transistor_definition`."""
        if selector.swing > 0:
            given = sources.channel(selector)
            return self.model("ag2s_select", "transistor", {key: self.number(v) for key, v in given.items()})
        return self.level_1(selector, temperature)

    @abstractmethod
    def level_1(self, selector: TransistorParams, temperature: float) -> str:
        """The card of the tool's own level-1 transistor, whose values hold at this temperature [K]."""

    def limiter(
        self, name: str, a: str, b: str, *, r: float, i_limit: float, kind: str, bandwidth: float = 0.0
    ) -> str:  # fmt: skip
        """See `Dialect.limiter`."""
        if kind != "smooth":
            raise self.refuse(f"the current limiter {kind!r}", "choose smooth.")
        values = {"r": r, "i_limit": i_limit} | ({"bandwidth": bandwidth} if bandwidth > 0 else {})
        return self.instance(f"nlim{name}", f"{a} {b}", sources.limiter_library(bandwidth), values)

    def limiter_definition(self, module: str = "compliance") -> str:
        """See `Dialect.limiter_definition`; the module stands for itself."""
        return self.comment(f"current limiters are {module}.va")

    def subcircuit(self, name: str, pins: Sequence[str], models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.subcircuit`."""
        yield from self.loading(models)
        yield f"subckt {name} ({wrapped(pins, self.go_on)})"

    def subcircuit_end(self, name: str) -> str:
        """See `Dialect.subcircuit_end`."""
        return f"ends {name}"

    def instantiated(self, name: str, pins: Sequence[str]) -> str:
        """See `Dialect.instantiated`."""
        return f"x1 ({pins_shown(pins)}) {name}"

    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """See `Dialect.cell_vector`."""
        return f"n{name}:{quantity}"

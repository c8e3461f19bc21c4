"""What the SPICE family has in common: letters in front of names, lines that continue with a plus."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from pyspice_models.cells import sources
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.netlist.dialects.base import Dialect, Printed, Value
from pyspice_models.netlist.dialects.enclosing import pins_shown
from pyspice_models.netlist.dialects.parts import corners, wrapped
from pyspice_models.stimulus import Waveform


class Spice(Dialect):
    """Elements as SPICE 3 writes them, cells and selectors as subcircuits."""

    suffix = ".cir"
    reference: ClassVar[str] = "tnom"  # what a transistor's model calls the temperature at which its values hold

    def resistor(self, name: str, a: str, b: str, value: Value) -> str:
        """See `Dialect.resistor`."""
        return f"r{name} {a} {b} {self.number(value)}"

    def capacitor(self, name: str, a: str, b: str, value: Value) -> str:
        """See `Dialect.capacitor`."""
        return f"c{name} {a} {b} {self.number(value)}"

    def source(self, name: str, a: str, b: str, wave: Waveform) -> str:
        """See `Dialect.source`."""
        if wave.is_constant:
            return f"v{name} {a} {b} {self.number(wave.rest)}"
        points = corners(wave)
        lines = [
            " ".join(f"{self.moment(t)} {self.number(v)}" for t, v in points[i : i + 6])
            for i in range(0, len(points), 6)
        ]
        return f"v{name} {a} {b} pwl(" + "\n+ ".join(lines) + ")"

    def gated_resistor(self, name: str, a: str, b: str, gate: str, r_on: float, r_off: float) -> str:
        """See `Dialect.gated_resistor`."""
        on, off = 1 / r_on, 1 / r_off
        return self.behavioural(name, a, b, f"v({a},{b})*({self.number(off)}+{self.number(on - off)}*v({gate}))")

    def behavioural(self, name: str, a: str, b: str, current: str) -> str:
        """Source of a current that is an expression."""
        return f"b{name} {a} {b} i={current}"

    def amplifier(
        self, name: str, plus: str, minus: str, out: str, *,
        gain: float, gbw: float, r_feedback: float, c_feedback: float,
    ) -> Iterator[str]:  # fmt: skip
        """See `Dialect.amplifier`."""
        pole = 1e6  # any resistance does: only its product with the capacitance counts
        yield f"g{name} 0 {name} {plus} {minus} {self.number(gain / pole)}"
        yield self.resistor(name, name, "0", pole)
        yield self.capacitor(name, name, "0", gain / (2 * math.pi * gbw * pole))
        yield f"e{name} {out} 0 {name} 0 1"
        yield self.resistor(f"f{name}", out, minus, r_feedback)
        yield self.capacitor(f"f{name}", out, minus, c_feedback)

    def instance(self, form: str, name: str, nodes: str, master: str, parameters: Mapping[str, Value]) -> str:
        """An element that is a subcircuit, or a module of Verilog-A."""
        values = "".join(f" {key}={self.number(value)}" for key, value in parameters.items())
        return f"x{name} {nodes} {master}{values}"

    def cell(
        self, form: str, model: CellModel, name: str, terminals: tuple[str, str], parameters: Mapping[str, Value]
    ) -> str:
        """See `Dialect.cell`."""
        wired = " ".join(terminals) if form == "subckt" else model.wired(name, terminals)
        return self.instance(form, name, wired, model.card, parameters)

    def cell_definition(self, form: str, model: CellModel, params: ParameterSet) -> str:
        """See `Dialect.cell_definition`."""
        if form == "subckt" and model.subcircuit is not None:
            return "\n".join(filter(None, [model.library.rstrip(), model.subcircuit(params, model.card).rstrip()]))
        return self._definition(form, model.master, model.card, params, model.written(params.as_dict()))

    def threshold(self, form: str, name: str, a: str, b: str) -> str:
        """See `Dialect.threshold`."""
        return self.instance(form, f"s{name}", f"{a} {b}", "ag2s_select", {})

    def threshold_definition(self, form: str, selector: ThresholdParams) -> str:
        """See `Dialect.threshold_definition`."""
        module = sources.threshold_module(selector)
        return self._definition(form, module, "ag2s_select", selector, sources.threshold(selector))

    def module_definition(self, form: str, selector: ForeignSelector) -> str:
        """See `Dialect.module_definition`."""
        if form == "subckt":
            what = f"the Verilog-A selector of {selector.source.name} beside a cell of form subckt"
            raise self.refuse(what, "take the form osdi, or another tool.")
        values = [f"+ {key}={self.number(value)}" for key, value in selector.parameters]
        return "\n".join([f".model ag2s_select {selector.module}", *values])

    def _definition(
        self, form: str, module: str, name: str, params: ParameterSet, given: Mapping[str, float]
    ) -> str:  # fmt: skip
        """A model card with what is `given`, or a subcircuit with the values of `params`."""
        if form != "subckt":
            values = [f"+ {key}={self.number(value)}" for key, value in given.items()]
            return "\n".join([f".model {name} {module}", *values])
        text = self.library(sources.subcircuit_source(params, module))
        return (
            text.replace(f".subckt {module} ", f".subckt {name} ").replace(f".ends {module}", f".ends {name}").rstrip()
        )

    def transistor(
        self, form: str, name: str, drain: str, gate: str, source: str, selector: TransistorParams
    ) -> str:  # fmt: skip
        """See `Dialect.transistor`."""
        if selector.swing > 0:
            return self.instance(form, f"m{name}", f"{drain} {gate} {source}", "ag2s_select", {})
        size = f"w={self.number(selector.width)} l={self.number(selector.length)}"
        return f"m{name} {drain} {gate} {source} 0 ag2s_select {size}"

    def transistor_definition(self, form: str, selector: TransistorParams, temperature: float) -> str:
        """See `Dialect.transistor_definition`."""
        if selector.swing > 0:
            return self._definition(form, "transistor", "ag2s_select", selector, sources.channel(selector))
        # is=0, no junctions: lines go negative in a reset, and a real array keeps its wells below them
        return (
            f".model ag2s_select nmos level=1 vto={self.number(selector.vto)} kp={self.number(selector.kp)}"
            f" lambda={self.number(selector.lambda_)} gamma=0 is=0 {self.reference}={self.number(temperature - 273.15)}"
        )

    def limiter(
        self, name: str, a: str, b: str, *, r: float, i_limit: float, kind: str, bandwidth: float = 0.0
    ) -> str:  # fmt: skip
        """See `Dialect.limiter`."""
        master = "compliance_mos" if kind == "mos" else sources.limiter_library(bandwidth)
        loop = f" bandwidth={self.number(bandwidth)}" if bandwidth > 0 else ""
        return f"xlim{name} {a} {b} {master} r={self.number(r)} i_limit={self.number(i_limit)}{loop}"

    def limiter_definition(self, module: str = "compliance") -> str:
        """See `Dialect.limiter_definition`."""
        return self.library(sources.model_file("netlists", f"{module}.lib").read_text(encoding="ascii")).rstrip()

    def loading(self, models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.loading`; libraries stand in the deck itself."""
        return iter(())

    def printed_lines(
        self, printed: Iterable[Printed | str] | None, command: str, written: Callable[[str], str] = str
    ) -> Iterator[str]:
        """The lines that print: remarks, and measurements by `command` of vectors as they are `written`."""
        for line in printed or ():
            if isinstance(line, str):
                yield self.comment(line)
            else:
                yield f"{command} tran {line.name} find {written(line.vector)} at={self.moment(line.time)}"

    def subcircuit(self, name: str, pins: Sequence[str], models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.subcircuit`."""
        yield from self.loading(models)
        yield f".subckt {name} {wrapped(pins, '+ ')}"

    def subcircuit_end(self, name: str) -> str:
        """See `Dialect.subcircuit_end`."""
        return f".ends {name}"

    def instantiated(self, name: str, pins: Sequence[str]) -> str:
        """See `Dialect.instantiated`."""
        return f"x1 {pins_shown(pins)} {name}"

    def voltage(self, node: str) -> str:
        """See `Dialect.voltage`."""
        return f"v({node})"

    def source_current(self, name: str) -> str:
        """See `Dialect.source_current`."""
        return f"i({name})"

    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """See `Dialect.cell_vector`."""
        return f"v(x{name}:{quantity})"

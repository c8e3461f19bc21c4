"""ngspice: the compiled Verilog-A through OSDI from version 44 on, the behavioural subcircuit in older ones too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells import sources
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.netlist.dialects.base import Analysis, Method, Printed, Value
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spice import Spice

WAVES = "waves.raw"
"""The file that an engine finds waves in."""

_TOLD = "recount"
"""A resistor and its model. ngspice computes what follows from parameters of a device anew where some model, whichever,
is altered, and not where the device is."""

SENSE = "vsense"
"""The source of 0 V in a cell of which the terminals alone are known."""


class NgspiceDialect(Spice):
    """ngspice as a program, as a library, and behind PySpice and KiCad."""

    name = "ngspice"
    forms = ("osdi", "subckt")
    run = "ngspice -b {deck}"
    foreign_subcircuits = True
    sees_nodes = True
    # it gives up at 1e-11 of the longest step: an edge must stand 50,000 times above that
    longest_step = 2e6
    spice_models = True

    def instance(self, form: str, name: str, nodes: str, master: str, parameters: Mapping[str, Value]) -> str:
        """An N element is a module of Verilog-A, an X element a subcircuit."""
        text = super().instance(form, name, nodes, master, parameters)
        return f"n{text[1:]}" if form == "osdi" else text

    def foreign_transistor(
        self, name: str, drain: str, gate: str, source: str, selector: ForeignTransistor
    ) -> str:  # fmt: skip
        """See `Dialect.foreign_transistor`."""
        letter = "x" if selector.master.type == "subckt" else "m"
        values = "".join(f" {key}={self.number(value)}" for key, value in selector.values.items())
        return f"{letter}m{name} {selector.ordered(drain, gate, source, '0')} {selector.master.name}{values}"

    def foreign_definition(self, selector: ForeignTransistor) -> Iterator[str]:
        """See `Dialect.foreign_definition`; the file's text stands in the deck."""
        chosen = f", section {selector.section}" if selector.section else ""
        yield self.comment(f"models of the transistors, as in the user's file{chosen}")
        yield selector.library.deck_text(selector.section)

    def module_file(self, model: str) -> str:
        """See `Dialect.module_file`."""
        return f"{model}.osdi"

    def modules(self, form: str, used: Iterable[str]) -> tuple[str, ...]:
        """See `Dialect.modules`; switches and limiters are behavioural sources."""
        return super().modules(form, (model for model in used if model not in sources.OF_DRIVERS))

    def loading(self, models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.loading`; the objects are loaded in the control block."""
        for model in models:
            yield self.comment(f"needs {model}.osdi beside this file: openvaf-r {model}.va -o {model}.osdi")

    def made_known(self, model: str) -> str:
        """See `Dialect.made_known`."""
        return f"Testbench: `pre_osdi {self.module_file(model)}` in its .control block, before the run."

    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """See `Dialect.cell_vector`."""
        return f"@n{name}[{quantity}]" if form == "osdi" else f"v(x{name}.{quantity})"

    def sees_inside(self, form: str) -> bool:
        """See `Dialect.sees_inside`. A parameter such as @n1[p] is looked up by name at every time point: four of
        them for each cell take as long as the solution itself."""
        return form == "osdi"

    def inner_node(self, name: str, node: str) -> str:
        """See `Dialect.inner_node`."""
        return f"v(n{name}#{node})"

    def cell_current(self, name: str) -> str:
        """See `Dialect.cell_current`."""
        return f"i(v.x{name}.{SENSE})"

    def options(self, accuracy: Accuracy, temperature: float, method: Method = "trap") -> str:
        """Solver, integration, tolerances, temperature [K]. The default solver takes a hundred times longer than KLU
        at 128 x 128. Iterations end at a tenth of reltol, which costs none: a charge is kept as the last but one
        left it. trtol brings steps back to reltol."""
        return (
            f".options klu method={method} reltol={self.number(accuracy.reltol / 10)}"
            f" abstol={self.number(accuracy.abstol)} vntol={self.number(accuracy.vntol)}"
            f" chgtol={self.number(accuracy.chgtol)} gmin=1e-15 trtol=10 temp={self.number(temperature - 273.15)}"
        )

    def saves(self, vectors: Iterable[str]) -> Iterator[str]:
        """Save these vectors and nothing else."""
        return (".save " + " ".join(group) for group in eight_by_eight(vectors))

    def control(self, models: Iterable[str], commands: Iterable[str] = ()) -> str:
        """Commands around the run. One thread: on a crossbar OpenMP costs more than it gives."""
        load = [f"pre_osdi {self.module_file(model)}" for model in models]
        return "\n".join([".control", *load, "set num_threads=1", *commands, ".endc"])

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`."""
        yield self.options(run.accuracy, run.temperature, run.method)
        if run.changes:  # where a run goes on, ngspice would take corners closer than 5e-5 of a step for one
            yield f".options minbreak={self.number(1e-10 * run.longest_step)}"
        yield from self.saves(vectors)
        yield f".tran {self.number(run.first_step)} {self.moment(run.stop)} 0 {self.number(run.longest_step)}"
        running = list(self.running(run.changes))
        if printed is not None:
            yield self.control(models, [*running, *map(self._printed_line, printed), "quit"])
        else:
            yield self.control(models, [*running, f"write {WAVES}", "quit"] if run.changes else ())
        yield ".end"

    def running(self, changes: Sequence[tuple[float, str]]) -> Iterator[str]:
        """The run; it is halted where parameters change, and goes on from there with every charge as it is."""
        lines: dict[float, list[str]] = {}
        for moment, line in changes:
            lines.setdefault(moment, []).append(line)
        yield from (f"stop when time = {self.moment(moment)}" for moment in lines)
        yield "run"
        for group in lines.values():
            yield from (*group, f"altermod {_TOLD} tc1 = 0", "resume")

    def recounted(self) -> Iterator[str]:
        """What a run with changes needs beside the circuit."""
        yield f".model {_TOLD} r(tc1=0)"
        yield f"r{_TOLD} {_TOLD} 0 {_TOLD} 1"

    def altered(self, name: str, key: str, value: Value) -> str:
        """A command that gives a cell of Verilog-A another parameter."""
        return f"alter @n{name}[{key}] = {self.number(value)}"

    def shown_alone(self, vector: str) -> str:
        """By this line a bare `ngspice -b` runs a deck of an engine and shows something; with -r it is idle."""
        return f".print tran {vector}"

    def _printed_line(self, line: Printed | str) -> str:
        if isinstance(line, str):
            return f"echo {line}"
        return f"meas tran {line.name} find {line.vector} at={self.moment(line.time)}"

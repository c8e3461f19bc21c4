"""VACASK: the Verilog-A compiled by openvaf-r, the same objects that ngspice loads. Run here, see engine/vacask.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyspice_models.cells import sources
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.netlist.dialects.base import Analysis, Printed
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spectre_family import SpectreFamily

WAVES = "waves"
"""Name of the transient, and of its raw file."""

_SHARE = 0.015
"""Longest step as a share of the way to the next corner of a source. The first step after a corner has no error
control: with the default of a quarter it jumps over the charging of the lines, and drivers seem to lose 8 % less."""

# tran_lteratio 1: the default of 3.5 leaves energies of half-selected cells 0.7 % off, in one of fifty random studies
_METHODS = {"trap": "trap", "gear": "gear2"}


class VacaskDialect(SpectreFamily):
    """VACASK 0.3."""

    name = "vacask"
    forms = ("osdi",)
    suffix = ".sim"
    run = "vacask {deck}"
    transconductance = "gain"
    go_on = ""  # brackets hold lines together
    paced = False  # its own error control does, and its small first steps after corners would make restarts dear

    def title(self, text: str) -> Iterator[str]:
        """See `Dialect.title`; VACASK takes the first line as it stands."""
        yield text
        yield "ground 0"

    def loading(self, models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.loading`; its own elements are modules too."""
        for model in models:
            yield self.comment(f"needs {model}.osdi beside this file: openvaf-r {model}.va -o {model}.osdi")
        for model in models:
            yield f'load "{self.module_file(model)}"'
        yield 'load "resistor.osdi"'
        yield 'load "capacitor.osdi"'
        for master in ("resistor", "capacitor", "vsource", "vccs", "vcvs"):
            yield f"model {master} {master}"
        for module in sources.OF_DRIVERS:
            if module in models:
                yield f"model {module} {module}"

    def module_file(self, model: str) -> str:
        """See `Dialect.module_file`."""
        return f"{model}.osdi"

    def model(self, name: str, master: str, values: Mapping[str, str]) -> str:
        """See `SpectreFamily.model`; it takes no empty brackets."""
        if not values:
            return f"model {name} {master}"
        return "\n".join([f"model {name} {master} (", *(f"  {key}={value}" for key, value in values.items()), ")"])

    def point(self, time: float, value: float) -> str:
        """See `SpectreFamily.point`."""
        return f"{self.moment(time)}, {self.number(value)}"

    def pwl(self, points: list[str]) -> str:
        """See `SpectreFamily.pwl`."""
        lines = [", ".join(points[i : i + 6]) for i in range(0, len(points), 6)]
        return 'type="pwl" wave=[' + ",\n  ".join(lines) + "]"

    def level_1(self, selector: TransistorParams, temperature: float) -> str:
        """See `SpectreFamily.level_1`."""
        return 'load "spice/mos1.osdi"\n' + self.model(
            "ag2s_select", "sp_mos1",
            {
                "type": "1", "vto": self.number(selector.vto), "kp": self.number(selector.kp),
                "lambda": self.number(selector.lambda_), "gamma": "0", "is": "0",
                "tnom": self.number(temperature - 273.15),
            },
        )  # fmt: skip

    def subcircuit_end(self, name: str) -> str:
        """See `Dialect.subcircuit_end`; it names none."""
        return "ends"

    def voltage(self, node: str) -> str:
        """See `Dialect.voltage`."""
        return f"v({node})"

    def source_current(self, name: str) -> str:
        """See `Dialect.source_current`."""
        return f"i({name})"

    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """See `Dialect.cell_vector`."""
        return f"p(n{name},{quantity})"

    sees_nodes = True
    all_nodes = "default"

    def inner_node(self, name: str, node: str) -> str:
        """See `Dialect.inner_node`; it knows modules and what is in them in small letters."""
        return f'v("n{name}:{node.lower()}")'

    def result_name(self, vector: str) -> str:
        """`v(a)` is called a in its raw file, `i(v1)` v1:flow(br) and `p(n1,w)` n1.w."""
        kind, inside = vector[0], vector[2:-1].strip('"')
        return {"v": inside, "i": f"{inside}:flow(br)", "p": inside.replace(",", ".")}[kind]

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`; it leaves waves.raw beside the deck and prints no measured numbers."""
        accuracy = run.accuracy
        yield "control"
        yield (
            f"  options reltol={self.number(accuracy.reltol)} abstol={self.number(accuracy.abstol)}"
            f" vntol={self.number(accuracy.vntol)} chgtol={self.number(accuracy.chgtol)} gmin=1e-15 tran_lteratio=1"
            f" tran_fbr={_SHARE}"
            f' temp={self.number(run.temperature - 273.15)} tran_method="{_METHODS[run.method]}" rawfile="binary"'
        )
        for group in eight_by_eight(vectors):
            yield "  save " + " ".join(group)
        yield (
            f"  analysis {WAVES} tran step={self.number(run.first_step)} stop={self.moment(run.stop)}"
            f" maxstep={self.number(run.longest_step)}"
        )
        yield "endc"

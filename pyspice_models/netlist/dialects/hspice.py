"""HSPICE: the Verilog-A, which it compiles itself. Written from its manual, not run here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyspice_models.netlist.dialects.base import Analysis, Printed
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spice import Spice


class HspiceDialect(Spice):
    """HSPICE with Verilog-A; switches and limiters are modules too, since it has no B source."""

    name = "hspice"
    forms = ("veriloga",)
    suffix = ".sp"
    run = "hspice -i {deck} -o {name}"
    reference = "tref"

    def title(self, text: str) -> Iterator[str]:
        """See `Dialect.title`; models of any voltage and node names in lower case are HSPICE's own default."""
        yield self.comment(text)

    def loading(self, models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.loading`."""
        for model in models:
            yield f'.hdl "{self.module_file(model)}"'

    def gated_resistor(self, name: str, a: str, b: str, gate: str, r_on: float, r_off: float) -> str:
        """See `Dialect.gated_resistor`."""
        return f"x{name} {a} {b} {gate} gated_resistor r_on={self.number(r_on)} r_off={self.number(r_off)}"

    def limiter(
        self, name: str, a: str, b: str, *, r: float, i_limit: float, kind: str, bandwidth: float = 0.0
    ) -> str:  # fmt: skip
        """See `Dialect.limiter`."""
        if kind != "smooth":
            raise self.refuse(f"the current limiter {kind!r}", "choose smooth.")
        return super().limiter(name, a, b, r=r, i_limit=i_limit, kind=kind, bandwidth=bandwidth)

    def limiter_definition(self, module: str = "compliance") -> str:
        """See `Dialect.limiter_definition`; the module stands for itself."""
        return self.comment(f"current limiters are {module}.va")

    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """See `Dialect.cell_vector`; HSPICE prints a module's variables by the instance's name."""
        return f"x{name}:{quantity}"

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`; runlvl=0: the tolerances that are written, not those of a level."""
        accuracy = run.accuracy
        yield (
            f".option post=2 probe runlvl=0 method={run.method} reltol={self.number(accuracy.reltol)}"
            f" abstol={self.number(accuracy.abstol)} absv={self.number(accuracy.vntol)}"
            f" chgtol={self.number(accuracy.chgtol)} gmin=1e-15 delmax={self.number(run.longest_step)}"
        )
        yield f".temp {self.number(run.temperature - 273.15)}"
        for group in eight_by_eight(vectors):
            yield ".probe tran " + " ".join(group)
        yield f".tran {self.number(run.first_step)} {self.moment(run.stop)}"
        yield from self.printed_lines(printed, ".measure", lambda v: v if v.endswith(")") else f"par('{v}')")
        yield ".end"

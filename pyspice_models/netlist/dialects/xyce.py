"""Xyce: the behavioural subcircuit. Written from its reference guide, not run here.

Xyce takes Verilog-A through ADMS, as a plug-in that its user compiles. ADMS reads ag2s.va; whether the plug-in holds
the states until the transient starts ($abstime) was not tried, so that form is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyspice_models.netlist.dialects.base import Analysis, Printed
from pyspice_models.netlist.dialects.behavioural import rewritten
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spice import Spice


class XyceDialect(Spice):
    """Xyce 7 and later."""

    name = "xyce"
    forms = ("subckt",)
    run = "Xyce {deck}"

    def library(self, text: str) -> str:
        """The temperature is `temp`, the unit step `stp`; expressions stand in braces; VT and TEMP are Xyce's own."""
        text = text.replace(" dc 0 pwl(", " pwl(")
        return rewritten(
            text,
            words={"temper": "temp", "ternary_fcn": "if", "u": "stp", "vt": "v_kt"},
            source=lambda head, current: f"{head} I={{{current}}}",
        )

    def behavioural(self, name: str, a: str, b: str, current: str) -> str:
        """See `Spice.behavioural`."""
        return f"b{name} {a} {b} i={{{current}}}"

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`; the waves go to a CSV file beside the deck."""
        accuracy = run.accuracy
        yield f".options device temp={self.number(run.temperature - 273.15)} gmin=1e-15"
        yield (
            f".options timeint method={run.method} reltol={self.number(accuracy.reltol)}"
            f" abstol={self.number(accuracy.vntol)}"
        )
        yield f".tran {self.number(run.first_step)} {self.moment(run.stop)} 0 {self.number(run.longest_step)}"
        yield ".print tran format=csv"
        for group in eight_by_eight(vectors):
            yield "+ " + " ".join(group)
        yield from self.printed_lines(printed, ".measure")
        yield ".end"

"""LTspice: the behavioural subcircuit; LTspice takes no Verilog-A. Written from its help, not run here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyspice_models.netlist.dialects.base import Analysis, Printed
from pyspice_models.netlist.dialects.behavioural import rewritten
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spice import Spice


class LTspiceDialect(Spice):
    """LTspice XVII and later."""

    name = "ltspice"
    forms = ("subckt",)
    run = "ltspice -b {deck}"

    def library(self, text: str) -> str:
        """The temperature is `temp`; a source takes no `dc` before its waveform."""
        text = text.replace(" dc 0 pwl(", " pwl(")
        return rewritten(
            text, words={"temper": "temp", "ternary_fcn": "if"}, source=lambda head, current: f"{head} I={current}"
        )

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`; no compression, so that the waves hold every time point."""
        accuracy = run.accuracy
        yield (
            f".options method={run.method} reltol={self.number(accuracy.reltol)} abstol={self.number(accuracy.abstol)}"
            f" vntol={self.number(accuracy.vntol)} chgtol={self.number(accuracy.chgtol)} gmin=1e-15 plotwinsize=0"
            " numdgt=15"
        )
        yield f".temp {self.number(run.temperature - 273.15)}"
        for group in eight_by_eight(vectors):
            yield ".save " + " ".join(group)
        yield f".tran 0 {self.moment(run.stop)} 0 {self.number(run.longest_step)}"
        yield from self.printed_lines(printed, ".meas")
        yield ".end"

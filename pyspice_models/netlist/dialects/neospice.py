"""neospice, an independent SPICE in a Python package: the behavioural subcircuit. Run in the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyspice_models.netlist.dialects.base import Analysis, Printed
from pyspice_models.netlist.dialects.behavioural import rewritten
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spice import Spice


class NeospiceDialect(Spice):
    """neospice 0.2: no control blocks, no functions without arguments, no variable for the temperature."""

    name = "neospice"
    forms = ("subckt",)
    run = "python -c \"import neospice; waves = neospice.run('{deck}').transient\""

    def library(self, text: str) -> str:
        """See `Spice.library`; the parameter temper is given by the deck."""
        return rewritten(text, words={}, source=lambda head, current: f"{head} i={current}")

    def cell_vector(self, form: str, name: str, quantity: str) -> str:
        """See `Dialect.cell_vector`."""
        return f"v(x{name}.{quantity})"

    def subcircuit(self, name: str, pins: Sequence[str], models: Iterable[str]) -> Iterator[str]:
        """See `Enclosing.subcircuit`; expressions read the temperature from a parameter."""
        yield self.comment("neospice: the testbench needs `.param temper=...`, the temperature in degrees Celsius")
        yield from super().subcircuit(name, pins, models)

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`; the print step would cap the steps, so it is the longest one."""
        accuracy, celsius = run.accuracy, self.number(run.temperature - 273.15)
        yield f".param temper={celsius}"
        yield (
            f".options method={run.method} reltol={self.number(accuracy.reltol)} abstol={self.number(accuracy.abstol)}"
            f" vntol={self.number(accuracy.vntol)} chgtol={self.number(accuracy.chgtol)} gmin=1e-15 temp={celsius}"
        )
        for group in eight_by_eight(vectors):
            yield ".save " + " ".join(group)
        yield f".tran {self.number(run.longest_step)} {self.moment(run.stop)} 0 {self.number(run.longest_step)}"
        yield ".end"

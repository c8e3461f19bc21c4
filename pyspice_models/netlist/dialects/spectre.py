"""Spectre: the Verilog-A, which it compiles itself. Written from public documentation, not run here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.netlist.dialects.base import Analysis, Printed
from pyspice_models.netlist.dialects.parts import eight_by_eight
from pyspice_models.netlist.dialects.spectre_family import SpectreFamily

_METHODS = {"trap": "trap", "gear": "gear2"}


class SpectreDialect(SpectreFamily):
    """Spectre in its own language."""

    name = "spectre"
    forms = ("veriloga",)
    suffix = ".scs"
    run = "spectre {deck}"
    transconductance = "gm"

    def title(self, text: str) -> Iterator[str]:
        """See `Dialect.title`."""
        yield self.comment(text)
        yield "simulator lang=spectre"
        yield "global 0"

    def loading(self, models: Iterable[str]) -> Iterator[str]:
        """See `Dialect.loading`."""
        for model in models:
            yield f'ahdl_include "{self.module_file(model)}"'

    def model(self, name: str, master: str, values: Mapping[str, str]) -> str:
        """See `SpectreFamily.model`."""
        return "\n".join([f"model {name} {master}", *(f"+ {key}={value}" for key, value in values.items())])

    def pwl(self, points: list[str]) -> str:
        """See `SpectreFamily.pwl`."""
        lines = [" ".join(points[i : i + 6]) for i in range(0, len(points), 6)]
        return "type=pwl wave=[" + "\n+ ".join(lines) + "]"

    def level_1(self, selector: TransistorParams, temperature: float) -> str:
        """See `SpectreFamily.level_1`."""
        return (
            f"model ag2s_select mos1 type=n vto={self.number(selector.vto)} kp={self.number(selector.kp)}"
            f" lambda={self.number(selector.lambda_)} gamma=0 is=0 tnom={self.number(temperature - 273.15)}"
        )

    def voltage(self, node: str) -> str:
        """See `Dialect.voltage`."""
        return node

    def source_current(self, name: str) -> str:
        """See `Dialect.source_current`."""
        return f"{name}:p"

    def analysis(
        self, run: Analysis, vectors: Iterable[str], models: Iterable[str], printed: Iterable[Printed | str] | None
    ) -> Iterator[str]:
        """See `Dialect.analysis`."""
        accuracy = run.accuracy
        yield (
            f"tolerances options reltol={self.number(accuracy.reltol)} iabstol={self.number(accuracy.abstol)}"
            f" vabstol={self.number(accuracy.vntol)} gmin=1e-15 temp={self.number(run.temperature - 273.15)}"
            " save=selected rawfmt=nutascii"
        )
        for group in eight_by_eight(vectors):
            yield "save " + " ".join(group)
        yield (
            f"waves tran stop={self.moment(run.stop)} step={self.number(run.first_step)}"
            f" maxstep={self.number(run.longest_step)} method={_METHODS[run.method]}"
        )

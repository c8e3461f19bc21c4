"""Writes every default and its range: run it after a change that is meant, and read what git shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

from pyspice_models.array import Faults
from pyspice_models.bench import Apply, RankOne, Read, ReadAll, Vmm, Wait, Write, WritePattern
from pyspice_models.bench.cell_bench import CellBench
from pyspice_models.bench.steps import MAX_PULSES
from pyspice_models.deck import Accuracy
from pyspice_models.params import CellParams, DriverParams, SensingParams, ThresholdParams, TransistorParams, WireParams
from pyspice_models.params.variability import CUT, MAX_SAMPLES, VariabilityParams
from pyspice_models.study.spec import Limits

FILE = Path(__file__).parent / "declarations.txt"
_SETS = (
    CellParams, WireParams, DriverParams, TransistorParams, ThresholdParams, VariabilityParams, Accuracy, Limits,
    SensingParams,
    Faults, Write, WritePattern, RankOne, Read, ReadAll, Vmm, Apply, Wait, CellBench,
)  # fmt: skip


def text() -> str:
    """A line for every parameter: name, default, unit, range, and whether cells may differ."""
    constants = {"MAX_PULSES": MAX_PULSES, "MAX_SAMPLES": MAX_SAMPLES, "CUT": CUT}
    return "\n".join([*_lines(), *(f"{name} = {value!r}" for name, value in constants.items()), ""])


def _lines() -> Iterator[str]:
    for kind in _SETS:
        for field in fields(kind):
            name = f"{kind.__name__}.{field.name}"
            if (declared := field.metadata.get("quantity")) is not None:
                low = f"{'above' if declared.open_low else 'from'} {declared.low:g} to {declared.high:g}"
                more = [declared.tag, *(["per cell"] if declared.per_cell else [])]
                more += [f"calibrated to {declared.calibrated_to}"] if declared.calibrated_to else []
                yield f"{name} = {field.default!r} {declared.unit}; {low}; {', '.join(more)}"
            elif (option := field.metadata.get("choice")) is not None:
                yield f"{name} = {field.default!r}; one of {', '.join(map(repr, option.options))}"
            elif field.default is not MISSING:
                yield f"{name} = {field.default!r}"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

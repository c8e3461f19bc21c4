"""Writes every default and its range: run it after a change that is meant, and read what git shows."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

import pyspice_models
from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.variability import CUT, MAX_SAMPLES, VariabilityParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import Plausible
from pyspice_models.stimulus import Apply, RankOne, RankOneStreams, Read, ReadAll, Vmm, Wait, Write, WritePattern
from pyspice_models.stimulus.cell_bench import CellBench
from pyspice_models.stimulus.steps.fields import MAX_PULSES
from pyspice_models.study.limits import Limits

FILE = Path(__file__).parent / "declarations.txt"
SIGNATURES = Path(__file__).parent / "signatures.txt"
_SETS = (
    CellParams, WireParams, DriverParams, TransistorParams, ThresholdParams, VariabilityParams, Accuracy, Limits,
    SensingParams, AgingParams, FluctuationParams,
    Faults, Write, WritePattern, RankOne, RankOneStreams, Read, ReadAll, Vmm, Apply, Wait, CellBench,
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
                if isinstance(known := declared.plausible, Plausible):
                    more += [f"plausible {known.low:g} to {known.high:g}, {known.tag}"]
                yield f"{name} = {field.default!r} {declared.unit}; {low}; {', '.join(more)}"
            elif (option := field.metadata.get("choice")) is not None:
                yield f"{name} = {field.default!r}; one of {', '.join(map(repr, option.options))}"
            elif field.default is not MISSING:
                yield f"{name} = {field.default!r}"


def signatures() -> str:
    """A line for every public function and method below the commands, with the defaults that can be written down."""
    lines: set[str] = set()
    for found in pkgutil.walk_packages(pyspice_models.__path__, "pyspice_models."):
        if found.name.split(".")[1] in ("cli", "report"):
            continue
        module = importlib.import_module(found.name)
        for name, held in vars(module).items():
            if name.startswith("_") or getattr(held, "__module__", "") != module.__name__:
                continue
            callables = {name: held} if inspect.isfunction(held) else {}
            if inspect.isclass(held):
                own = {n: getattr(held, n) for n in vars(held) if n == "__init__" or not n.startswith("_")}
                callables = {f"{name}.{n}": method for n, method in own.items() if callable(method)}
            for place, function in callables.items():
                plain = {
                    key: parameter.default
                    for key, parameter in inspect.signature(function).parameters.items()
                    if isinstance(parameter.default, bool | int | float | str | tuple | None)
                }
                if plain:
                    told = ", ".join(f"{key}={value!r}" for key, value in plain.items())
                    lines.add(f"{module.__name__.removeprefix('pyspice_models.')}.{place}({told})")
    return "\n".join([*sorted(lines), ""])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    SIGNATURES.write_text(signatures(), encoding="utf-8")

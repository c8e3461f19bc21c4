"""A fit as plain data, as JSON holds it, and as files that studies take."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.cells.registry import model_of
from pyspice_models.lab.fit.measured.train import PulseTrain
from pyspice_models.lab.fit.result import FitResult
from pyspice_models.units import show


def as_data(result: FitResult, *, file: Path, preset: Path, figure: Path | None = None) -> dict[str, Any]:
    """What was fitted to what: each parameter in its unit with its uncertainty, and where the files lie.

    Args:
        result: of `fit`.
        file: the data, the first of them.
        preset: the file with the fitted cell.
        figure: the picture of data and fit, if there is one.

    Returns:
        Residuals are in siemens for a pulse train, and without unit for a loop, see `Part.residuals`. An open end of an
        interval, and the uncertainty of what has one, is None.
    """
    first = result.parts[0]
    data: dict[str, Any] = {
        "file": str(file),
        "kind": result.data.kind,
        "points": result.points,
        "base": getattr(result.base, "name", model_of(result.cell).name),
        "parameters": {
            p.name: {
                "value": p.value, "sigma": _finite(p.sigma), "unit": p.unit, "start": p.start, "at_bound": p.at_bound,
                "low": _finite(p.low), "high": _finite(p.high), "by": "profile" if p.profiled else "curvature",
            }
            for p in result.parameters
        },
        "correlation": [[round(float(value), 4) for value in row] for row in result.correlation],
        "rms_residual": {"value": first.rms, "unit": _unit(first.data)},
        "data": [
            {
                "file": part.data.name, "device": part.data.device, "kind": part.data.kind,
                "points": len(part.prediction), "rms_residual": part.rms, "noise": part.noise, "unit": _unit(part.data),
                "outliers": [int(row) for row in np.flatnonzero(part.outliers)], "start": part.start,
            }
            for part in result.parts
        ],
        "noise": [
            {"data": one.label, "read": one.read, "update": one.update, "step": one.step, "outliers": one.outliers,
             "unit": "S"}
            for one in result.noise
        ],
        "variability": _spreads(result),
        "warnings": list(result.warnings),
        "notes": list(result.notes),
        "held": list(result.held),
        "preset": str(preset),
    }  # fmt: skip
    return data | ({"figure": str(figure)} if figure is not None else {})


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _unit(data: Any) -> str:
    return "S" if isinstance(data, PulseTrain) else ""


def _spreads(result: FitResult) -> dict[str, Any]:
    if result.spreads is None:
        return {}
    return {
        one.key: {"value": one.value, "low": one.low, "high": one.high, "count": one.count}
        for one in result.spreads.entries
    }


def study_text(result: FitResult, preset: str) -> str:
    """A study of an array of the fitted cell: a write with the data's own pulse, a read, and how cells differ.

    Args:
        result: of a cell that ships, fitted to pulse trains among others.
        preset: the file with the fitted cell, as the study sees it.
    """
    trains = [part.data for part in result.parts if isinstance(part.data, PulseTrain)]
    sets = [(one.voltage[n], one.width[n]) for one in trains for n in range(len(one.pulse)) if one.voltage[n] > 0]
    volts, width = max(sets, default=(0.3, 1e-6))
    model = model_of(result.cell).name
    lines = [
        f"# An array of the cell that was fitted to {', '.join(result.files)}: one write, one read.",
        "", "[study]", 'title = "an array of the fitted cell"', "",
        "[array]", "rows = 8", "cols = 8", "", "[array.initial]", 'pattern = "checkerboard"', "",
        "[cell]", *([f'model = "{model}"'] if model != "ag2s" else []), f'preset = "{preset}"', "",
        "[[program]]", 'do = "write"', "row = 3", "col = 4", f'voltage = "{show(float(volts), "V", 6)}"',
        f'width = "{show(float(width), "s", 6)}"', "", "[[program]]", 'do = "read"', "row = 3", "",
    ]  # fmt: skip
    if result.spreads is not None:
        lines += [result.spreads.text(), "[montecarlo]", "runs = 20", ""]
    return "\n".join(lines)


def cell_text(result: FitResult) -> str:
    """A table [cell] with the fitted numbers, for a study of a cell of one's own; and how such cells differ."""
    lines = [f"# Fitted to {', '.join(result.files)}: these belong into the table [cell] of the study.", "[cell]"]
    for p in result.parameters:
        known = f"68 %: {p.interval}" if math.isfinite(p.low) or math.isfinite(p.high) else "not known"
        value = f'"{p.value!r} {p.unit}"' if p.unit else f"{p.value!r}"
        lines.append(f"{p.name} = {value}    # {known}")
    return "\n".join([*lines, "", result.spreads.text() if result.spreads else ""])

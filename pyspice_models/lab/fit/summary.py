"""A fit as plain data, as JSON holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspice_models.lab.fit.measured.train import PulseTrain
from pyspice_models.lab.fit.estimate import FitResult


def as_data(result: FitResult, *, file: Path, preset: Path, figure: Path | None = None) -> dict[str, Any]:
    """What was fitted to what: each parameter in its unit with its standard uncertainty, and where the files lie.

    Args:
        result: of `fit`.
        file: the data.
        preset: the file with the fitted cell.
        figure: the picture of data and fit, if there is one.

    Returns:
        `rms_residual` is in siemens for a pulse train, and without unit for a loop, see `FitResult.residuals`.
    """
    data: dict[str, Any] = {
        "file": str(file),
        "kind": result.data.kind,
        "points": len(result.prediction),
        "base": result.base.name,
        "parameters": {
            p.name: {"value": p.value, "sigma": p.sigma, "unit": p.unit, "start": p.start, "at_bound": p.at_bound}
            for p in result.parameters
        },
        "correlation": [[round(float(value), 4) for value in row] for row in result.correlation],
        "rms_residual": {"value": result.rms, "unit": "S" if isinstance(result.data, PulseTrain) else ""},
        "warnings": list(result.warnings),
        "preset": str(preset),
    }
    return data | ({"figure": str(figure)} if figure is not None else {})

"""What device.json holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pyspice_models.export.aihwkit.curve import SETS, Points
from pyspice_models.export.aihwkit.device import KINDS
from pyspice_models.export.aihwkit.fit import Device, Fitted
from pyspice_models.export.aihwkit.spread import DEVICES
from pyspice_models.version import __version__

_DIGITS = 12


def as_data(fitted: Fitted) -> dict[str, Any]:
    """Plain numbers, lists and texts: levels and weights in parts of the window, the rest in SI units."""
    asked, run = fitted.asked, fitted.train
    cell, pulses, zero = asked.cell.cell, asked.pulses, zero_of(fitted)
    found = {
        "made_by": f"ag2s-crossbar {__version__}",
        "preset": {"name": asked.cell.name, "description": asked.cell.description},
        "pulses": {
            name: {"value": getattr(pulses, name), "unit": q.unit, "tag": q.tag, "source": q.source}
            for name, q in pulses.quantities().items()
        },
        "weight": {"is": "level w of the cell less `zero`, in parts of the window", "zero": zero},
        "symmetric_points": _of_points(fitted.points),
        "step": fitted.step,
        "spread": {
            "tag": "assumed", "source": f"{DEVICES} samples of the spreads that [variability] has",
            **asdict(fitted.spread),
        },
        "devices": {kind: _of_device(device, fitted) for kind, device in fitted.devices.items()},
        "train": {
            "is": f"weights after each of {SETS} sets and {SETS} resets, by the cell's own simulation",
            "start": run.start - zero, "signs": run.signs.tolist(), "cell": (run.levels - zero).tolist(),
        },
        "left_out": {
            name: {"after_sets": sets, "after_resets": resets} for name, (sets, resets) in run.others.items()
        },
        "map_error": fitted.map_error,
        "cell": {
            name: {"value": getattr(cell, name), "unit": q.unit, "tag": asked.cell.origin(name).tag,
                   "source": asked.cell.origin(name).source}
            for name, q in cell.quantities().items()
        },
    }  # fmt: skip
    rounded: dict[str, Any] = _rounded(found)
    return rounded


def zero_of(fitted: Fitted) -> float:
    """The level whose weight is 0."""
    return -float(fitted.devices["piecewise_step"].parameters["w_min"])


def distances(device: Device, fitted: Fitted) -> dict[str, float]:
    """How far a device is from the cell, in parts of the window."""
    return {
        "train": device.train,
        "symmetric_point": abs(device.points.alternating - fitted.points.alternating),
        "equal_steps": abs(device.points.equal - fitted.points.equal),
    }


def _of_device(device: Device, fitted: Fitted) -> dict[str, Any]:
    return {
        "class": KINDS[device.kind],
        "parameters": dict(device.parameters),
        "distance": distances(device, fitted),
        "symmetric_points": _of_points(device.points),
        "scatter_of_symmetric_points": device.scatter,
        "scatter_with_one_window": device.scatter_with_one_window,
    }


def _of_points(points: Points) -> dict[str, Any]:
    return {"are": "levels", **asdict(points)}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value

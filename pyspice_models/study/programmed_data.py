"""The report of closed-loop programming as JSON holds it: SI numbers with their units, null for what is not there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyspice_models.study.programmed import LevelFigures, Place, Report


def as_data(name: str, engine: str, found: Report) -> dict[str, Any]:
    """The report of the study `name`, simulated by `engine`."""
    return {
        "study": name,
        "engine": engine,
        "converged": found.converged,
        "rounds": found.rounds,
        "scale": {"low": _siemens(found.scale.low), "high": _siemens(found.scale.high)},
        "tolerance": {"value": found.tolerance, "unit": ""},
        "measures": _measures(found),
        "errors": found.errors,
        "typical_errors": found.typical,
        "cells_off": found.off,
        "levels": [_level(one) for one in found.by_level()],
        "missed": [_cell(found, place) for place in found.missed],
        "wrong_levels": [_cell(found, place) for place in found.wrong],
        "pulses": found.pulses.tolist(),
    }


def _measures(found: Report) -> dict[str, Any]:
    def largest(share: np.ndarray) -> tuple[float, str]:
        return float(found.scale.difference(np.abs(share).max())), "S"

    sound = ~found.faulty
    numbers: dict[str, tuple[float, str]] = {
        "largest_error": (found.errors[-1], ""),
        "largest_error_conductance": largest(found.read - found.target),
        "largest_held_error_conductance": largest(found.held_error),
        "largest_read_error_conductance": largest(found.read_error),
        "typical_held_error_conductance": (
            float(found.scale.difference(np.sqrt(np.mean(found.held_error[sound] ** 2)))) if sound.any() else math.nan,
            "S",
        ),
        "tolerance_conductance": (float(found.scale.difference(found.tolerance)), "S"),
        "missed_cells": (float(len(found.missed)), ""),
        "wrong_levels": (float(len(found.wrong)) if len(found.levels) else math.nan, ""),
        "cells_out_of_reach": (float(len(found.beyond)), ""),
        "largest_filament_state": (float(found.filament.max()), ""),
        "pulses": (float(found.pulses.sum()), ""),
        "most_pulses": (float(found.pulses.max()), ""),
        "energy": (found.energy, "J"),
    }
    return {name: {"value": _plain(value), "unit": unit} for name, (value, unit) in numbers.items()}


def _level(one: LevelFigures) -> dict[str, Any]:
    names = ("conductance", "mean_error", "largest_error", "lowest", "highest")
    siemens = {name: _siemens(getattr(one, name)) for name in names}
    counts = {name: getattr(one, name) for name in ("cells", "faulty", "wrong", "pulses")}
    return {"level": one.level} | siemens | counts


def _cell(found: Report, place: Place) -> dict[str, Any]:
    shares = {"target": found.target, "read": found.read, "held": found.held}
    cell: dict[str, Any] = {"row": place[0], "col": place[1], "why": found.why(place)}
    cell |= {name: float(levels[place]) for name, levels in shares.items()}
    cell |= {
        f"{name}_conductance": _siemens(float(found.scale.conductances(levels[place])))
        for name, levels in shares.items()
    }
    if len(found.levels):
        cell |= {"level": int(found.level_of(found.target[place])), "held_level": int(found.held_level[place])}
    cell["reach"] = [_siemens(float(found.scale.conductances(end))) for end in found.reach[:, place[0], place[1]]]
    return cell | {"state": float(found.states[place]), "pulses": int(found.pulses[place])}


def _siemens(value: float) -> dict[str, Any]:
    return {"value": _plain(value), "unit": "S"}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

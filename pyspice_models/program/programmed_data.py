"""The report of closed-loop programming as JSON holds it: SI numbers with their units, null for what is not there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.program.programmed import LevelFigures, Place, Programmed
from pyspice_models.program.read_out import ReadOut


def as_data(name: str, engine: str, found: Programmed, read_out: ReadOut | None = None) -> dict[str, Any]:
    """The report of the study `name`, simulated by `engine`, read with `read_out`."""
    return {
        "study": name,
        "engine": engine,
        "converged": found.converged,
        "rounds": found.rounds,
        "scale": {"low": _siemens(found.scale.low), "high": _siemens(found.scale.high)},
        "tolerance": {"value": found.tolerance, "unit": ""},
        "sensing": None if read_out is None else _sensing(read_out),
        "measures": _measures(found),
        "errors": found.errors,
        "typical_errors": found.typical,
        "cells_off": found.off,
        "levels": [_level(one) for one in found.by_level()],
        "gaps": [{"levels": [low, high], "gap": _siemens(gap)} for low, high, gap in found.gaps()],
        "missed": [_cell(found, place) for place in found.missed],
        "wrong_levels": [_cell(found, place) for place in found.wrong],
        "pulses": found.pulses.tolist(),
        "cells": {
            name: {"unit": unit, "about": about, "values": [[_plain(float(v)) for v in row] for row in values]}
            for name, (values, unit, about) in _maps(found).items()
        },
    }


def as_dataset(found: Programmed) -> xr.Dataset:
    """What became of each cell, over (row, col), each variable with its unit and what it is."""
    maps = {
        name: (("row", "col"), values, {"units": unit or "1", "long_name": about})
        for name, (values, unit, about) in _maps(found).items()
    }
    rows, cols = found.target.shape
    return xr.Dataset(maps, {"row": np.arange(rows), "col": np.arange(cols)})


def _maps(found: Programmed) -> dict[str, tuple[np.ndarray, str, str]]:
    """By name: a number for each cell, shape (rows, cols), unit, what it is."""
    to, by = found.scale.conductances, found.scale.difference
    maps = {
        "target": (to(found.target), "S", "conductance of the level that the cell was to hold"),
        "read": (to(found.read), "S", "what the last read took for the conductance"),
        "held": (to(found.held), "S", "conductance that the cell has; no hardware knows it"),
        "error": (by(found.held_error), "S", "held less target"),
        "overshoot": (by(found.overshoot), "S", "furthest that a read showed it beyond its level after its own pulse"),
        "disturb": (by(found.disturb), "S", "largest change of what it holds in a round without a pulse of its own"),
        "noise": (by(found.noise), "S", "standard deviation of its reads"),
        "pulses": (found.pulses.astype(float), "", "pulses that it got"),
        **{name: (states, "", f"state {name}") for name, states in found.states.items()},
    }
    if len(found.levels):
        maps["level"] = (found.level_of(found.target).astype(float), "", "number of the level it was to hold")
        maps["held_level"] = (found.held_level.astype(float), "", "number of the level nearest to what it holds")
    return maps


def _sensing(read_out: ReadOut) -> dict[str, Any]:
    params, sense = read_out.sense.params, read_out.sense
    found = {name: {"value": getattr(params, name), "unit": q.unit} for name, q in params.quantities().items()}
    found["full_scale"] = {"value": sense.full_scale, "unit": "A"}
    found["r_feedback"] = {"value": sense.r_feedback, "unit": "ohm"}
    return {"read_seed": read_out.seed} | found


def _measures(found: Programmed) -> dict[str, Any]:
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
        **{f"largest_{name}": (float(states.max()), "") for name, states in found.states.items()},
        "pulses": (float(found.pulses.sum()), ""),
        "most_pulses": (float(found.pulses.max()), ""),
        "energy_source": (found.energy_source, "J"),
        "energy_supply": (found.energy_supply, "J"),
        "time": (found.time, "s"),
        "pulse_time": (found.pulse_time, "s"),
        "cells_overshot": (float((found.overshoot > found.tolerance).sum()), ""),
        "largest_overshoot": largest(found.overshoot),
        "largest_disturb": largest(found.disturb),
        "read_noise": largest(found.noise),
        "smallest_gap": (min((gap for _, _, gap in found.gaps()), default=math.nan), "S"),
    }
    return {name: {"value": _plain(value), "unit": unit} for name, (value, unit) in numbers.items()}


def _level(one: LevelFigures) -> dict[str, Any]:
    names = ("conductance", "mean_error", "largest_error", "lowest", "highest", "deviation")
    siemens = {name: _siemens(getattr(one, name)) for name in names}
    counts = {name: getattr(one, name) for name in ("cells", "faulty", "wrong", "pulses")}
    return {"level": one.level} | siemens | counts


def _cell(found: Programmed, place: Place) -> dict[str, Any]:
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
    return cell | {
        "states": {name: float(states[place]) for name, states in found.states.items()},
        "pulses": int(found.pulses[place]),
    }


def _siemens(value: float) -> dict[str, Any]:
    return {"value": _plain(value), "unit": "S"}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""The report of closed-loop programming as JSON holds it: SI numbers with their units, null for what is not there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.program.programmed import LevelFigures, Place, Programmed
from pyspice_models.program.read_out import ReadOut


def as_data(name: str, engine: str, programmed: Programmed, read_out: ReadOut | None = None) -> dict[str, Any]:
    """The report of the study `name`, simulated by `engine`, read with `read_out`."""
    return {
        "study": name,
        "engine": engine,
        "algorithm": programmed.algorithm,
        "converged": programmed.converged,
        "diverged": programmed.diverged,
        "rounds": programmed.rounds,
        "kept_round": programmed.kept_round,
        "scale": {"low": _siemens(programmed.scale.low), "high": _siemens(programmed.scale.high)},
        "tolerance": {"value": programmed.tolerance, "unit": ""},
        "sensing": None if read_out is None else _sensing(read_out),
        "measures": _measures(programmed),
        "errors": programmed.errors,
        "typical_errors": programmed.typical,
        "cells_off": programmed.off,
        "levels": [_level(one) for one in programmed.by_level()],
        "gaps": [{"levels": [low, high], "gap": _siemens(gap)} for low, high, gap in programmed.gaps()],
        "missed": [_cell(programmed, place) for place in programmed.missed],
        "wrong_levels": [_cell(programmed, place) for place in programmed.wrong],
        "pulses": programmed.pulses.tolist(),
        "cells": {
            name: {"unit": unit, "about": about, "values": [[_plain(float(v)) for v in row] for row in values]}
            for name, (values, unit, about) in _maps(programmed).items()
        },
    }


def as_dataset(programmed: Programmed) -> xr.Dataset:
    """What became of each cell, over (row, col), each variable with its unit and what it is."""
    maps = {
        name: (("row", "col"), values, {"units": unit or "1", "long_name": about})
        for name, (values, unit, about) in _maps(programmed).items()
    }
    rows, cols = programmed.target.shape
    return xr.Dataset(maps, {"row": np.arange(rows), "col": np.arange(cols)})


def _maps(programmed: Programmed) -> dict[str, tuple[np.ndarray, str, str]]:
    """By name: a number for each cell, shape (rows, cols), unit, what it is."""
    to, by = programmed.scale.conductances, programmed.scale.difference
    maps = {
        "target": (to(programmed.target), "S", "conductance of the level that the cell was to hold"),
        "read": (to(programmed.read), "S", "what the last read took for the conductance"),
        "held": (to(programmed.held), "S", "conductance that the cell has; no hardware knows it"),
        "error": (by(programmed.held_error), "S", "held less target"),
        "overshoot": (
            by(programmed.overshoot),
            "S",
            "furthest that a read showed it beyond its level after its own pulse",
        ),
        "disturb": (
            by(programmed.disturb),
            "S",
            "largest change of what it holds in a round without a pulse of its own",
        ),
        "noise": (by(programmed.noise), "S", "standard deviation of its reads"),
        "pulses": (programmed.pulses.astype(float), "", "pulses that it got"),
        "pulse_time": (programmed.pulse_time_cells, "s", "time under pulses of its own"),
        "energy": (programmed.energy_cells, "J", "drawn from the supplies for its pulses, and its share of the reads"),
        **{name: (states, "", f"state {name}") for name, states in programmed.states.items()},
    }
    if len(programmed.levels):
        maps["level"] = (programmed.level_of(programmed.target).astype(float), "", "number of the level it was to hold")
        maps["held_level"] = (programmed.held_level.astype(float), "", "number of the level nearest to what it holds")
    return maps


def _sensing(read_out: ReadOut) -> dict[str, Any]:
    params, sense = read_out.sense.params, read_out.sense
    figures = {name: {"value": getattr(params, name), "unit": q.unit} for name, q in params.quantities().items()}
    figures["full_scale"] = {"value": sense.full_scale, "unit": "A"}
    figures["r_feedback"] = {"value": sense.r_feedback, "unit": "ohm"}
    return {"read_seed": read_out.seed} | figures


def _measures(programmed: Programmed) -> dict[str, Any]:
    def largest(share: np.ndarray) -> tuple[float, str]:
        return float(programmed.scale.difference(np.abs(share).max())), "S"

    sound = ~programmed.faulty
    numbers: dict[str, tuple[float, str]] = {
        "largest_error": (programmed.errors[-1], ""),
        "largest_error_conductance": largest(programmed.read - programmed.target),
        "largest_held_error_conductance": largest(programmed.held_error),
        "largest_read_error_conductance": largest(programmed.read_error),
        "typical_held_error_conductance": (
            float(programmed.scale.difference(np.sqrt(np.mean(programmed.held_error[sound] ** 2))))
            if sound.any()
            else math.nan,
            "S",
        ),
        "tolerance_conductance": (float(programmed.scale.difference(programmed.tolerance)), "S"),
        "missed_cells": (float(len(programmed.missed)), ""),
        "wrong_levels": (float(len(programmed.wrong)) if len(programmed.levels) else math.nan, ""),
        "cells_out_of_reach": (float(len(programmed.beyond)), ""),
        **{f"largest_{name}": (float(states.max()), "") for name, states in programmed.states.items()},
        "pulses": (float(programmed.pulses.sum()), ""),
        "most_pulses": (float(programmed.pulses.max()), ""),
        "energy_source": (programmed.energy_source, "J"),
        "energy_supply": (programmed.energy_supply, "J"),
        "time": (programmed.time, "s"),
        "pulse_time": (programmed.pulse_time, "s"),
        "cells_overshot": (float((programmed.overshoot > programmed.tolerance).sum()), ""),
        "largest_overshoot": largest(programmed.overshoot),
        "largest_disturb": largest(programmed.disturb),
        "read_noise": largest(programmed.noise),
        "smallest_gap": (min((gap for _, _, gap in programmed.gaps()), default=math.nan), "S"),
    }
    return {name: {"value": _plain(value), "unit": unit} for name, (value, unit) in numbers.items()}


def _level(one: LevelFigures) -> dict[str, Any]:
    names = ("conductance", "mean_error", "largest_error", "lowest", "highest", "deviation")
    siemens = {name: _siemens(getattr(one, name)) for name in names}
    counts = {name: getattr(one, name) for name in ("cells", "faulty", "wrong", "pulses")}
    return {"level": one.level} | siemens | counts


def _cell(programmed: Programmed, place: Place) -> dict[str, Any]:
    shares = {"target": programmed.target, "read": programmed.read, "held": programmed.held}
    cell: dict[str, Any] = {"row": place[0], "col": place[1], "why": programmed.why(place)}
    cell |= {name: float(levels[place]) for name, levels in shares.items()}
    cell |= {
        f"{name}_conductance": _siemens(float(programmed.scale.conductances(levels[place])))
        for name, levels in shares.items()
    }
    if len(programmed.levels):
        cell |= {
            "level": int(programmed.level_of(programmed.target[place])),
            "held_level": int(programmed.held_level[place]),
        }
    cell["reach"] = [
        _siemens(float(programmed.scale.conductances(end))) for end in programmed.reach[:, place[0], place[1]]
    ]
    return cell | {
        "states": {name: float(states[place]) for name, states in programmed.states.items()},
        "pulses": int(programmed.pulses[place]),
    }


def _siemens(value: float) -> dict[str, Any]:
    return {"value": _plain(value), "unit": "S"}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

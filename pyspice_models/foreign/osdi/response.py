"""A lone cell through time: what a foreign module does behind an ideal source, or behind a resistor with a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.osdi.evaluate import ROOM, Values, check_ended, check_evaluable, parameters_of
from pyspice_models.foreign.osdi.module import Compiled
from pyspice_models.foreign.osdi.worker import TIME_LIMIT, ask

Array = NDArray[np.float64]

TOLERANCE = 1e-5
"""Share of a node's voltage that one time step may be wrong by."""

_FLOORS = {"state": 1e-12, "current": 1e-12, "voltage": 1e-6}
"""The least magnitude of an unknown that the tolerance is a share of [V], [A]; a state may be a gap in metres."""


@dataclass(frozen=True)
class Response:
    """Waves of one cell, each of shape (time,), at its own time points.

    Attributes:
        time: [s].
        v_source, v: source, and cell from its top to its bottom terminal [V].
        i: current into the top terminal, displacement included [A].
        energy: taken in by the cell through all its terminals since the start [J]; better than a sum over v i, which
            jumps at corners.
        nodes: voltages of all nodes, by name [V].
    """

    time: Array
    v_source: Array
    v: Array
    i: Array
    energy: Array
    nodes: Mapping[str, Array]


def respond(
    module: Compiled,
    terminals: tuple[str, str],
    times: ArrayLike,
    voltages: ArrayLike,
    parameters: Values | None = None,
    *,
    start: Values | None = None,
    series_resistance: ArrayLike = 0.0,
    i_limit: ArrayLike = np.inf,
    temperature: float = ROOM,
    tolerance: float = TOLERANCE,
    max_step: float = np.inf,
    scales: Mapping[str, float] | None = None,
    seconds: float = TIME_LIMIT,
) -> list[Response]:
    """Lone cells on piecewise-linear sources, each with steps of its own.

    They start at rest: from a static solution at the first corner, at `$abstime` 0, with a leak of 1e-12 S from each
    node inside as simulators have it, and the nodes of `start` held there; all nodes are free from then on.

    Args:
        module: the module.
        terminals: top and bottom: the source drives the first, the second lies at 0 V, as do all others.
        times: corners of the sources, shape (corner,) [s].
        voltages: at the corners, shape (corner,) for all cells or (cell, corner) [V].
        parameters: by name, in the module's own units; a number, or shape (cell,).
        start: voltages of nodes inside at the start, by name; a number, or shape (cell,) [V].
        series_resistance, i_limit: of the source, a number or shape (cell,) [ohm], [A]: the resistor R carries
            dv/R / sqrt(1 + (dv/(R i_limit))^2).
        temperature: of all cells [K].
        tolerance: share of a node's voltage that one step may be wrong by.
        max_step: longest step [s].
        scales: magnitudes of nodes by name that `tolerance` is at least a share of [V].
        seconds: how long it may take.

    Raises:
        RequestError: corners that are not finite or do not increase, no such node or parameter, a resistor before a
            source that does not start at 0 V.
        SimulationError: no start was found, the time step became too small, or the module's code crashed or hung.
    """
    found = check_evaluable(module)
    names = [node.name for node in found.nodes]
    for name in (*terminals, *(start or {}), *(scales or {})):
        if name not in names:
            raise RequestError.for_value("node", name, allowed=f"one of {', '.join(names)}, in {module.shown}")
    corners, volts = np.asarray(times, np.float64), np.atleast_2d(np.asarray(voltages, np.float64))
    if corners.ndim != 1 or len(corners) < 2 or volts.shape[1:] != corners.shape or not (np.diff(corners) > 0).all():
        raise RequestError("the corners of a source must be two or more of them, at increasing times. Correct them.")
    if not (np.isfinite(corners).all() and np.isfinite(volts).all()):
        raise RequestError("the corners of a source must be finite numbers. Correct them.")
    per_cell = [np.atleast_1d(np.asarray(one, np.float64)) for one in (series_resistance, i_limit)]
    every = [*(parameters or {}).values(), *(start or {}).values(), *per_cell]
    cells = max([len(volts), *(np.size(one) for one in every)])
    series = np.stack(np.broadcast_arrays(*per_cell), axis=1)
    if len(volts) not in {1, cells} or len(series) not in {1, cells}:
        raise RequestError(f"{len(volts)} sources and {len(series)} resistors do not fit {cells} cells.")
    if (series[:, 0] > 0).any() and (volts[:, 0] != 0).any():
        raise RequestError("a source behind a resistor must start at 0 V. Add a corner.")
    if (series[:, 0] < 0).any():
        raise RequestError.for_value("series_resistance", series_resistance, unit="ohm", allowed=">= 0")
    rows = np.zeros((cells, len(names)))
    rows[:, names.index(terminals[0])] = volts[:, 0]
    for name, value in (start or {}).items():
        rows[:, names.index(name)] = value
    floors = [
        (scales or {}).get(node.name, _FLOORS["current" if node.flow else "state" if node.held else "voltage"])
        for node in found.nodes
    ]
    answer = ask(
        module,
        {
            "do": "respond", "voltages": rows, "times": np.zeros(cells), "cells": cells,
            "parameters": parameters_of(module, parameters, cells), "temperature": float(temperature),
            "held": [names.index(name) for name in {*found.terminals, *(start or {})}],
            "top": names.index(terminals[0]), "corners": corners, "sources": volts, "series": series,
            "scales": np.array(floors), "tolerance": float(tolerance),
            "longest": float(min(max_step, corners[-1] - corners[0])), "first": float(corners[1] - corners[0]) * 1e-3,
        },
        seconds,
    )  # fmt: skip
    if answer["ended"][0] and answer["moment"] is not None:
        try:
            check_ended(module, found, answer["ended"], "its response")
        except (RequestError, SimulationError) as error:
            raise SimulationError(
                f"{str(error).rstrip('.')}, at {answer['moment']:g} s of {corners[-1]:g} s."
            ) from None
    check_ended(module, found, answer["ended"], "its start")
    runs = []
    for n, (moments, node_volts, currents, energy) in enumerate(answer["runs"]):
        top, bottom = (names.index(name) for name in terminals)
        runs.append(
            Response(
                moments, np.interp(moments, corners, volts[n % len(volts)]), node_volts[:, top] - node_volts[:, bottom],
                currents[:, top], energy, {name: node_volts[:, k] for k, name in enumerate(names)},
            )
        )  # fmt: skip
    return runs

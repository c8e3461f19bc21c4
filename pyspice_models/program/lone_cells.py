"""Cells of an array by themselves, each on an ideal source, in the NumPy twin: pulses that differ, and noisy reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.fluctuation import FluctuationParams, ReadNoise, check_effect, parameters_of_pulse
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.program.held import held
from pyspice_models.study.fluctuation import check_conduction
from pyspice_models.units import number

Array = NDArray[np.float64]


def lone_pulses(
    crossbar: Crossbar, fluctuation: FluctuationParams, voltages: Sequence[float], width: float
) -> dict[str, Array]:  # fmt: skip
    """What pulses, one after another, make of each cell, with the draws that the array has in a study.

    Args:
        crossbar: its cells, from their initial states; no lines, no drivers but for the edge of a pulse.
        fluctuation: spreads from pulse to pulse, and the seed.
        voltages: of the pulses, all cells alike [V].
        width: at half height [s].

    Returns:
        States by name before the first pulse and after each, shape (pulses + 1, rows, cols).

    Raises:
        RequestError: cells without equations or spread; a width that is not longer than an edge.
    """
    crossbar.check_one_kind("a train of pulses on lone cells")
    model, edge, volts = crossbar.model, crossbar.driver.t_edge, real_array(voltages, "V", name="voltages")
    if model.alone is None:
        raise RequestError(
            f"pulses on lone cells need the cell's equations in Python, and {model.name!r} has none. Use a Study."
        )
    top = number(width, "s", name="width", allowed=f"> {edge:g}") - edge
    if not top > 0:
        raise RequestError.for_value("width", width, unit="s", allowed=f"> {edge:g}, an edge of a pulse")
    if fluctuation.pulses:
        check_effect(crossbar.cell, fluctuation)
    design = {**crossbar.cell.as_dict(), **crossbar.per_cell}
    equations = crossbar.equations
    now = [np.asarray(equations.clip(values)) for values in crossbar.initial_states]
    found = [now]
    for count, volt in enumerate(volts.ravel().tolist()):
        own = {name: np.broadcast_to(values, crossbar.shape) for name, values in crossbar.per_cell.items()}
        if fluctuation.pulses:
            own |= parameters_of_pulse(crossbar.cell, design, fluctuation, np.full(crossbar.shape, count))
        own |= {name: held(equations, values) for name, values in zip(model.initial, now, strict=True)}
        flat = {name: np.asarray(values, dtype=float).ravel() for name, values in own.items()}
        times, corners = [0.0, edge, edge + top, 2 * edge + top], [0.0, volt, volt, 0.0]
        moved = model.alone(crossbar.cell, flat, times, corners, temperature=crossbar.temperature)
        now = [values + np.reshape(change, crossbar.shape) for values, change in zip(now, moved, strict=True)]
        found.append(now)
    return {
        state.name: np.stack([states[n] for states in found]) for n, state in enumerate(model.states)
    }  # fmt: skip


def lone_reads(
    crossbar: Crossbar, fluctuation: FluctuationParams, times: ArrayLike, voltage: float = 5e-3
) -> Array:  # fmt: skip
    """Currents of each cell in its initial states, read at some moments.

    Args:
        crossbar: the cells.
        fluctuation: read noise, and the seed.
        times: since the array was made, >= 0, shape (n,) [s].
        voltage: of the reads [V].

    Returns:
        Shape (n, rows, cols) [A].

    Raises:
        RequestError: cells without equations, or whose conductance no parameter scales; a time before 0.
    """
    moments = real_array(times, "s", name="times").ravel()
    if not (np.isfinite(moments) & (moments >= 0)).all():
        raise RequestError.for_value("times", times, unit="s", allowed=">= 0")
    check_conduction(crossbar)
    row, col = np.indices(crossbar.shape)
    quiet = crossbar.current(voltage, *crossbar.initial_states)
    return np.asarray(quiet * (1 + ReadNoise(fluctuation).shares(moments[:, None, None], row, col)))

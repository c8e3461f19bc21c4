"""What must hold for a module's numbers whatever it models: finite, not made of time, and passive."""

from __future__ import annotations

import numpy as np

from pyspice_models.errors import SimulationError
from pyspice_models.foreign.check.excite import Excitation, triangle
from pyspice_models.foreign.osdi import Compiled, Response, describe, evaluate, respond, solve_static

_POINTS, _WITHIN = 2000, 5.0
_MOMENTS = np.array([1e-9, 1e-6, 1e-3, 1.0])


def not_finite(module: Compiled) -> float:
    """Share of evaluations at random node voltages within 5 V whose currents or slopes are not finite."""
    rng = np.random.default_rng(15)
    nodes = describe(module).nodes
    found = evaluate(module, {one.name: rng.uniform(-_WITHIN, _WITHIN, _POINTS) for one in nodes}, jacobians=True)
    parts = (found.resistive, found.reactive, found.of_resistive, found.of_reactive)
    sound = np.ones(_POINTS, bool)
    for part in parts:
        assert part is not None
        sound &= np.isfinite(part.reshape(_POINTS, -1)).all(axis=1)
    return float(1.0 - sound.mean())


def made_of_time(module: Compiled, amplitude: float) -> float:
    """How much currents at the same voltages differ from one moment to another, as a share of the largest."""
    rng = np.random.default_rng(16)
    nodes = describe(module).nodes
    voltages = {one.name: rng.uniform(-amplitude, amplitude, 50)[:, None] for one in nodes}
    found = evaluate(module, voltages, time=_MOMENTS).resistive
    sound = np.isfinite(found).all(axis=(1, 2))
    if not sound.any():
        return 0.0
    spread = np.abs(found - found[:, -1:, :])[sound].max(axis=(0, 1))
    return float((spread / (np.abs(found[sound]).max(axis=(0, 1)) + 1e-300)).max())


def loop_of(module: Compiled, terminals: tuple[str, str], excitation: Excitation) -> Response:
    """Two cycles of a triangle."""
    times, volts = triangle(excitation.amplitude, excitation.width, 2)
    return respond(module, terminals, times, volts, seconds=60.0)[0]


def gives_energy(run: Response) -> float:
    """Energy that the second of two cycles takes in, as a share of all that goes in and out; below 0 it is given."""
    half = 0.5 * run.time[-1]
    taken = run.energy[-1] - float(np.interp(half, run.time, run.energy))
    second = run.time >= half
    gross = float(np.trapezoid(np.abs(run.v * run.i)[second], run.time[second]))
    return taken / gross if gross > 0 else 0.0


def drives(
    module: Compiled, terminals: tuple[str, str], run: Response, held: tuple[str, ...], amplitude: float
) -> float:
    """The power that the cell gives at rest of all states, at most, as a share of the largest that it takes."""
    chosen = np.unique(np.linspace(0, len(run.time) - 1, 20).astype(int))
    volts = np.linspace(-amplitude, amplitude, 21)[:, None]
    states = {name: run.nodes[name][chosen] for name in held}
    try:
        found = solve_static(module, {terminals[0]: volts, terminals[1]: np.zeros(len(chosen)), **states}, leak=1e-15)
    except SimulationError:
        return 0.0
    power = volts * found.currents[..., found.terminals.index(terminals[0])]
    largest = float(np.abs(power).max())
    return max(0.0, float(-power.min())) / largest if largest else 0.0


def not_pinched(run: Response) -> float:
    """Current where the voltage passes 0, as a share of the largest."""
    crossing = np.flatnonzero(np.diff(np.sign(run.v)) != 0)
    crossing = crossing[crossing > 2]
    if not len(crossing) or not np.abs(run.i).max():
        return 0.0
    values = []
    for k in crossing:
        a, b = run.v[k], run.v[k + 1]
        share = a / (a - b) if a != b else 0.0
        values.append(abs(run.i[k] + share * (run.i[k + 1] - run.i[k])))
    return float(max(values) / np.abs(run.i).max())

"""The states of a module: where each starts, which parameter reaches that, and how far it goes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.check.excite import EDGE, Excitation, conductances, pulse
from pyspice_models.foreign.osdi import Compiled, ParameterOf, describe, evaluate, respond, solve_static

_SATURATED = 0.01  # change of a conductance from one pulse to one of ten times the width
_LONGEST = 5  # powers of ten of the pulse's width


@dataclass(frozen=True)
class StateOf:
    """A state that was seen to move.

    Attributes:
        node: that holds it.
        start: voltage of the node at the start [V].
        initial: the parameter that reaches its initial value; empty if none does.
        offset: whether the node holds how far the state is from that parameter.
        zero, one: the state in the least and in the most conductive cell, in the parameter's own unit, or in volts of
            the node if no parameter reaches it.
    """

    node: str
    start: float
    initial: str
    offset: bool
    zero: float
    one: float


@dataclass(frozen=True)
class Ends:
    """The least and the most conductive cell that long pulses made.

    Attributes:
        low, high: conductances [S].
        nodes: voltages of nodes by name, in the least and in the most conductive cell [V].
    """

    low: float
    high: float
    nodes: dict[str, tuple[float, float]]


def ends_of(module: Compiled, terminals: tuple[str, str], excitation: Excitation, held: tuple[str, ...]) -> Ends:
    """Drive the cell both ways by ever longer pulses until its conductance stays where it is.

    Raises:
        SimulationError: as `respond`.
    """
    last = None
    for power in range(_LONGEST):
        width = excitation.width * 10.0**power
        times = pulse(1.0, width)[0]
        volts = [pulse(sign * excitation.amplitude, width)[1] for sign in (1.0, -1.0)]
        try:
            runs = respond(module, terminals, times, volts, tolerance=1e-4, seconds=60.0)
        except SimulationError:
            if last is None:
                raise
            break
        nodes = {name: np.array([run.nodes[name][-1] for run in runs]) for name in held}
        found = conductances(module, terminals, excitation.read_voltage, nodes, 2)
        if last is not None and bool((np.abs(found / last[0] - 1.0) < _SATURATED).all()):
            break  # a state without bounds goes on, and changes nothing
        last = found, nodes
    assert last is not None
    found, nodes = last
    order = np.argsort(found)
    return Ends(
        float(found[order[0]]), float(found[order[1]]),
        {name: (float(one[order[0]]), float(one[order[1]])) for name, one in nodes.items()},
    )  # fmt: skip


def states_of(module: Compiled, terminals: tuple[str, str], excitation: Excitation, ends: Ends) -> list[StateOf]:
    """Each node that kept something, with the parameter that reaches its initial value."""
    names = [one for one in describe(module).parameters if one.type == "real" and not one.name.startswith("$")]
    found = []
    for node in excitation.kept:
        start = excitation.start[node]
        low, high = ends.nodes.get(node, (start, start))
        direct = next((one for one in names if _reaches(module, node, one)), None)
        if direct is not None:
            found.append(StateOf(node, start, direct.name, False, *_allowed(module, direct, low, high)))
            continue
        shift = next((one for one in names if _shifts(module, terminals, node, one, excitation, ends)), None)
        if shift is not None and shift.default is not None:
            scale = _allowed(module, shift, shift.default + low, shift.default + high)
            found.append(StateOf(node, start, shift.name, True, *scale))
        else:
            found.append(StateOf(node, start, "", False, *rounded(low, high)))
    return found


def rounded(low: float, high: float) -> tuple[float, float]:
    """Both ends of a scale as people write them: to a thousandth of the way between them."""
    digits = 3 - math.floor(math.log10(abs(high - low))) if high != low else 6
    return round(low, digits) + 0.0, round(high, digits) + 0.0


def _allowed(module: Compiled, parameter: ParameterOf, low: float, high: float) -> tuple[float, float]:
    """Both ends of a scale, rounded, as far as the module takes them for the parameter."""
    low, high = rounded(low, high)
    return _within(module, parameter, low), _within(module, parameter, high)


def _within(module: Compiled, parameter: ParameterOf, end: float) -> float:
    """The value between the default and an end that is nearest to the end and in the module's range."""

    def takes(value: float) -> bool:
        try:
            evaluate(module, dict.fromkeys(describe(module).terminals, 0.0), {parameter.name: value})
        except RequestError:
            return False
        return True

    if takes(end):
        return end
    inside, outside = parameter.default or 0.0, end
    for _ in range(40):
        middle = 0.5 * (inside + outside)
        inside, outside = (middle, outside) if takes(middle) else (inside, middle)
    short = float(f"{inside:.6g}")
    return short if takes(short) else inside


def _tries(parameter: ParameterOf) -> list[float]:
    default = parameter.default or 0.0
    return [default * 1.1, default * 0.9] if default else [0.01, -0.01]


def _reaches(module: Compiled, node: str, parameter: ParameterOf) -> bool:
    """Whether the start of a node follows a parameter one to one."""
    terminals: dict[str, ArrayLike] = dict.fromkeys(describe(module).terminals, 0.0)
    for value in _tries(parameter):
        try:
            found = solve_static(
                module, terminals, {parameter.name: [parameter.default or 0.0, value]}, time=0.0, leak=1e-12
            )
        except (RequestError, SimulationError):
            continue
        moved = np.diff(np.resize(found.voltages[node], 2))[0]
        return bool(abs(moved - (value - (parameter.default or 0.0))) < 1e-3 * abs(value - (parameter.default or 0.0)))
    return False


def _shifts(
    module: Compiled, terminals: tuple[str, str], node: str, parameter: ParameterOf, excitation: Excitation, ends: Ends
) -> bool:  # fmt: skip
    """Whether a parameter plus the node's voltage is all that the equations see of both.

    Nodes without a state settle; what flows into the terminals and into the nodes of states is then compared.
    """
    low, high = ends.nodes.get(node, (0.0, 1.0))
    default = parameter.default or 0.0
    held: dict[str, ArrayLike] = {name: excitation.start[name] for name in ends.nodes}
    names = [one.name for one in describe(module).nodes]
    seen = [names.index(name) for name in (*terminals, *held)]
    for value in _tries(parameter):
        change = value - default
        if not 0.0 < abs(change) <= max(abs(high - low), abs(default)):
            continue
        voltage = np.array([excitation.start[node] + 0.5 * change, excitation.start[node] - 0.5 * change])
        try:
            flows = []
            for given in ([default, value], [default, default]):
                fixed: dict[str, ArrayLike] = {
                    terminals[0]: excitation.amplitude,
                    terminals[1]: 0.0,
                    **held,
                    node: voltage,
                }
                settled = solve_static(module, fixed, {parameter.name: given}, leak=1e-15).voltages
                flows.append(evaluate(module, settled, {parameter.name: given}).resistive[:, seen])
        except (RequestError, SimulationError):
            continue
        both, node_alone = flows
        scale = np.abs(node_alone).max(axis=0) + 1e-300
        same = np.abs(both[0] - both[1]) <= 1e-7 * scale
        matters = np.abs(node_alone[0] - node_alone[1]) > 1e-6 * scale
        return bool(same.all() and matters.any())
    return False


def start_jumps(module: Compiled, terminals: tuple[str, str], excitation: Excitation) -> dict[str, tuple[float, float]]:
    """Nodes that are elsewhere one short step after the start, at rest: before and after [V]."""
    times = [0.0, EDGE * excitation.width]
    run = respond(module, terminals, times, [0.0, 0.0], tolerance=1e-4)[0]
    found = {}
    for name in excitation.kept:
        before, after = float(run.nodes[name][0]), float(run.nodes[name][1])
        if abs(after - before) > 0.01 * max(abs(before), abs(after), 1e-6):
            found[name] = before, after
    return found

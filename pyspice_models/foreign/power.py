"""States, power and stored energy of foreign cells from the voltages that a simulator saved of all their nodes.

The module itself is evaluated. By Kirchhoff's current law the power that goes into the terminals is the sum of v i over
terminals and inner nodes alike: the part of resistive currents is dissipated, that of charges is stored. Which inner
nodes count decides only how a moment's power is split between the two, never their sum; nodes of states do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pyspice_models.foreign.osdi import describe, evaluate, powers
from pyspice_models.foreign.spec import Spec

Array = NDArray[np.float64]

INSIDE = "inside "
"""Before the name of a node, where a run's waves are gathered."""

_FLOATING = 1e-9


def waves_of_cells(
    spec: Spec, parameters: Mapping[str, Array], temperature: float, top: Array, bottom: Array,
    nodes: Mapping[str, Array],
) -> dict[str, Array]:  # fmt: skip
    """States, power [W] and stored energy [J], each of shape (time, row, col).

    Args:
        spec: the cell.
        parameters: in the file's own spelling and scale: numbers, or arrays of shape (row, col).
        temperature: [K].
        top, bottom: voltages of the terminals [V], shape (time, row, col).
        nodes: of the nodes inside, under `INSIDE` and the name, and `time` [s].
    """
    time, shape = nodes["time"], top.shape
    rows, cells = shape[0], shape[1] * shape[2]
    volts = {spec.terminals[0]: top, spec.terminals[1]: bottom}
    volts |= {name: nodes[INSIDE + name] for name in (*spec.extra, *spec.inner)}
    flat = {name: np.reshape(wave, (rows, cells)) for name, wave in volts.items()}
    given, cell = parameters, (shape[1], shape[2])
    usual = {one.name: one.default for one in describe(spec.compiled, temperature).parameters}
    parameters = {name: value for name, value in parameters.items() if np.ndim(value) or value != usual.get(name)}
    own = {name: value if np.ndim(value) == 0 else np.reshape(value, cells) for name, value in parameters.items()}
    shown = [state.variable for state in spec.states if state.variable]
    found = powers(spec.compiled, flat, counting(spec), time, own, temperature=temperature, show=shown)
    states = {}
    for state in spec.states:
        wave = flat[state.node] if state.node else found.shown[state.variable]
        if state.change:
            wave = wave + np.broadcast_to(spec.shift(state, given), cell).reshape(cells)
        states[state.name] = np.clip((wave - state.zero) / (state.one - state.zero), 0.0, 1.0)
    return {name: wave.reshape(shape) for name, wave in {**states, "p": found.dissipated, "es": found.stored}.items()}


@lru_cache(maxsize=64)
def counting(spec: Spec) -> frozenset[str]:
    """Nodes whose v i count: the terminals, and inner nodes whose currents depend on differences of voltages alone.

    A node between a resistance and a capacitance is of that kind. One that stands for a state or a temperature is not:
    its equation leads to ground.
    """
    module = spec.compiled
    said = describe(module)
    declared = {state.node for state in spec.states}
    inner = [node.name for node in said.nodes if node.internal and not node.flow and node.name not in declared]
    if not inner:
        return frozenset(said.terminals)
    names = [node.name for node in said.nodes]
    draw = np.random.default_rng(1).uniform(-0.1, 0.1, (8, len(names)))
    found = evaluate(module, {name: draw[:, n] for n, name in enumerate(names)}, jacobians=True)
    assert found.of_resistive is not None
    assert found.of_reactive is not None
    counted = set(said.terminals)
    for name in inner:
        n = names.index(name)
        rows = [matrix[:, n, :] for matrix in (found.of_resistive, found.of_reactive)]
        if all((np.abs(row.sum(axis=-1)) <= _FLOATING * np.abs(row).sum(axis=-1)).all() for row in rows):
            counted.add(name)
    return frozenset(counted)

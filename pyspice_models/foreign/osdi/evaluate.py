"""Evaluates a foreign module: its descriptor, currents and charges at given voltages, and static solutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.engine.osdi.descriptor import Descriptor, descriptor
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.osdi.module import Compiled
from pyspice_models.foreign.osdi.worker import TIME_LIMIT, ask

Array = NDArray[np.float64]
Values = Mapping[str, ArrayLike]

ROOM = 300.0
"""Temperature unless another one is given [K]."""

LATER = 1.0
"""Time of an evaluation unless another one is given [s]: many models hold their states at 0 until time begins."""

_MOST_AT_ONCE = 1 << 22  # numbers of one kind in one message


@dataclass(frozen=True)
class Evaluation:
    """What a module says at given voltages; shapes begin with that of the voltages.

    Attributes:
        nodes: names along the last axes.
        resistive: current out of each node into the module without charges, (..., node) [A]; for a terminal the
            current that flows into it. The equation of a node inside is that resistive plus the time derivative of
            reactive is 0.
        reactive: the charge of each node, (..., node) [C].
        of_resistive, of_reactive: their derivatives, (..., node, node) [S], [F]; None if not asked for.
        shown: output variables that were asked for, by name.
    """

    nodes: tuple[str, ...]
    resistive: Array
    reactive: Array
    of_resistive: Array | None
    of_reactive: Array | None
    shown: Mapping[str, Array]


@dataclass(frozen=True)
class Static:
    """Static solutions: no charge flows, declared states are held.

    Attributes:
        terminals: names along the last axis of `currents` and the last two of `conductance`.
        currents: into each terminal, (..., terminal) [A].
        conductance: their derivatives by the voltages of the terminals, (..., terminal, terminal) [S].
        voltages: of all nodes, by name [V].
    """

    terminals: tuple[str, ...]
    currents: Array
    conductance: Array
    voltages: Mapping[str, Array]


@lru_cache(maxsize=64)
def describe(module: Compiled, temperature: float = ROOM) -> Descriptor:
    """What a compiled module says of itself; defaults are those at a temperature [K].

    Raises:
        RequestError: the object cannot be read.
        ToolError: it does not compile.
        SimulationError: its code crashed or hung.
    """
    return descriptor(ask(module, {"do": "describe", "temperature": temperature})["descriptor"])


def check_evaluable(module: Compiled) -> Descriptor:
    """The descriptor of a module that can be evaluated.

    Raises:
        RequestError: one with `$limit` or delays, whose equations depend on earlier evaluations; and as `describe`.
    """
    found = describe(module)
    for count, what, advice in (
        (found.limits, "$limit", "Write the voltage itself, and bound what the exponentials see of it."),
        (found.delays, "absdelay", "Write a delay as a node with a capacitor and a resistor."),
    ):
        if count:
            raise RequestError(
                f"{module.shown} uses {what}: its currents depend on earlier evaluations, and it is not evaluated "
                f"outside a simulator. {advice}"
            )
    return found


def evaluate(
    module: Compiled,
    voltages: Values,
    parameters: Values | None = None,
    *,
    temperature: float = ROOM,
    time: ArrayLike = LATER,
    jacobians: bool = False,
    show: Sequence[str] = (),
    terminals_only: bool = False,
    seconds: float = TIME_LIMIT,
) -> Evaluation:
    """Currents and charges of many cells at many moments.

    Args:
        module: the module.
        voltages: of nodes by name [V]; broadcast against each other, the last axis is that of the cells. Nodes that
            are not named lie at 0 V.
        parameters: by name, in the module's own units; a number, or shape (cell,). The others have their defaults.
        temperature: of all cells [K].
        time: that `$abstime` tells [s], broadcast with the voltages.
        jacobians: whether derivatives are asked for.
        show: names of output variables.
        terminals_only: leave the nodes inside out of the answer.
        seconds: how long it may take.

    Raises:
        RequestError: no such node, parameter or variable, shapes that do not fit, a parameter out of its range.
        SimulationError: the module's code crashed or hung.
    """
    found = check_evaluable(module)
    names = [node.name for node in found.nodes]
    shape, cells, rows, moments = laid_out(module, found, voltages, time, parameters)
    sent = parameters_of(module, parameters, cells)
    nodes = len(found.terminals) if terminals_only else None
    width = len(names) ** 2 if jacobians else len(names)
    stride = max(1, _MOST_AT_ONCE // (width * cells)) * cells
    asked = {
        "do": "evaluate", "parameters": sent, "temperature": float(temperature), "jacobians": jacobians,
        "show": list(show), "nodes": nodes,
    }  # fmt: skip
    parts = []
    for k in range(0, max(1, len(rows)), stride):
        some = {"voltages": rows[k : k + stride], "times": moments[k : k + stride], "cells": cells}
        parts.append(ask(module, {**asked, **some}, seconds))

    def whole(key: str) -> Array:
        joined = parts[0][key] if len(parts) == 1 else np.concatenate([one[key] for one in parts])
        return joined.reshape(*shape, *joined.shape[1:])

    shown = whole("shown") if show else None
    return Evaluation(
        tuple(names[:nodes]), whole("resistive"), whole("reactive"), whole("of_resistive") if jacobians else None,
        whole("of_reactive") if jacobians else None,
        {} if shown is None else {name: shown[..., k] for k, name in enumerate(show)},
    )  # fmt: skip


def solve_static(
    module: Compiled,
    held: Values,
    parameters: Values | None = None,
    *,
    guess: Values | None = None,
    temperature: float = ROOM,
    time: ArrayLike = LATER,
    leak: float = 0.0,
    seconds: float = TIME_LIMIT,
) -> Static:
    """Currents with the terminals, and nodes that hold states, at given voltages; the other nodes settle.

    Args:
        module: the module.
        held: voltages by name [V]: all terminals, and the nodes of declared states; shapes as in `evaluate`.
        parameters: as in `evaluate`.
        guess: of nodes that are solved for [V], 0 without.
        temperature: [K].
        time: as in `evaluate`; at 0 the solution is the operating point from which a transient starts.
        leak: conductance from every node that is solved for to ground [S]; simulators have 1e-12.
        seconds: how long it may take.

    Raises:
        RequestError: as `evaluate`; a terminal that is not held; a node without a static equation of its own.
        SimulationError: no solution was found, or the module's code crashed or hung.
    """
    found = check_evaluable(module)
    if missing := [name for name in found.terminals if name not in held]:
        raise RequestError(f"{module.shown}: no voltage is given for the terminal {missing[0]}. Name every terminal.")
    names = [node.name for node in found.nodes]
    shape, cells, rows, moments = laid_out(module, found, {**(guess or {}), **held}, time, parameters)
    answer = ask(
        module,
        {
            "do": "static", "voltages": rows, "times": moments, "cells": cells, "leak": float(leak),
            "parameters": parameters_of(module, parameters, cells), "temperature": float(temperature),
            "held": [names.index(name) for name in held],
        },
        seconds,
    )  # fmt: skip
    check_ended(module, found, answer["ended"], "a static solution")
    voltages = answer["voltages"].reshape(*shape, len(names))
    return Static(
        found.terminals, answer["currents"].reshape(*shape, -1),
        answer["conductance"].reshape(*shape, len(found.terminals), len(found.terminals)),
        {name: voltages[..., k] for k, name in enumerate(names)},
    )  # fmt: skip


def laid_out(
    module: Compiled, found: Descriptor, voltages: Values, time: ArrayLike, parameters: Values | None = None
) -> tuple[tuple[int, ...], int, Array, Array]:  # fmt: skip
    """Shape, number of cells, rows (row, node) and times of what was asked.

    Raises:
        RequestError: no such node, or shapes that do not fit.
    """
    names = [node.name for node in found.nodes]
    if unknown := [name for name in voltages if name not in names]:
        raise RequestError.for_value("node", unknown[0], allowed=f"one of {', '.join(names)}, in {module.shown}")
    cells = np.zeros(max([np.size(one) for one in (parameters or {}).values()], default=1))
    cells = cells if cells.size > 1 else cells[0]
    try:
        every = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (*voltages.values(), time)), cells)
    except ValueError:
        shapes = {name: np.shape(one) for name, one in voltages.items()} | {"time": np.shape(time)}
        raise RequestError(
            f"{module.shown}: the shapes {shapes} and {cells.size} cells cannot be broadcast. Give arrays that fit."
        ) from None
    shape = every[-1].shape
    every = every[:-1]
    rows = np.zeros((every[-1].size, len(names)))
    for name, one in zip(voltages, every[:-1], strict=True):
        rows[:, names.index(name)] = one.ravel()
    return shape, (shape[-1] if shape else 1), rows, np.ascontiguousarray(every[-1]).ravel()


def parameters_of(module: Compiled, given: Values | None, cells: int) -> dict[str, Array]:
    """Parameters as the child takes them: shape (1,) or (cell,).

    Raises:
        RequestError: one that is no finite number, or as many as there are no cells.
    """
    sent = {}
    for name, value in (given or {}).items():
        array = np.atleast_1d(np.asarray(value, dtype=np.float64))
        if array.ndim != 1 or len(array) not in {1, cells}:
            raise RequestError(
                f"{module.shown}: the parameter {name} has shape {array.shape}. Give a number, or ({cells},) of them."
            )
        if not np.isfinite(array).all():
            raise RequestError.for_value(name, value, allowed="finite numbers")
        sent[name] = array
    return sent


def check_ended(module: Compiled, found: Descriptor, ended: Sequence[Any], what: str) -> None:
    """Raise for what a compiled loop did not bring to its end: how, at which node, of which row."""
    how, node, row = (int(one) for one in ended)
    if how == 0:
        return
    names = [one.name for one in found.nodes]
    name = names[node] if node < len(names) else "ground"
    if how == 1:
        raise RequestError(
            f"{module.shown}: {what} needs the voltage of the node {name}, which no equation fixes (row {row}). "
            "Declare it as the node of a state, or give it a conductance."
        )
    reason = {
        2: "Newton's method does not converge", 3: "a current is not finite", 4: "the time step became too small",
        5: "it takes more than four million time steps",
    }.get(how, "it failed")  # fmt: skip
    raise SimulationError(f"{module.shown}: {what} was not found: {reason}, at the node {name}, row {row}.")

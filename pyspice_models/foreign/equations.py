"""The equations of a foreign cell: its compiled module, evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.foreign.osdi import Static, describe, evaluate, respond, solve_static
from pyspice_models.foreign.osdi.evaluate import LATER
from pyspice_models.foreign.spec import ForeignState, Spec
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

_NUDGE = 1e-6


@dataclass(frozen=True)
class ForeignEquations:
    """Of cells of one kind with these parameters (each a number, or an array over the cells) at a temperature [K].

    A state that a node holds is held there; one that only a variable shows is set as the cell itself sets it, by the
    parameter of its initial value at the moment 0.

    Attributes:
        spec: the cell.
        cell: its parameters.
        temperature: [K].
    """

    spec: Spec
    cell: ParameterSet
    temperature: float

    @property
    def conductance(self) -> Callable[..., Any]:
        """I/V [S], at 0 V its limit."""
        return self._conductance

    @property
    def current(self) -> Callable[..., Any]:
        """Current into the first terminal when all has settled but the states [A]."""
        return self._current

    @property
    def rates(self) -> Callable[..., tuple[Any, ...]]:
        """Time derivatives of the states [1/s], as they are shown: where a variable rounds its ends, less there."""
        return self._rates

    @property
    def clip(self) -> Callable[[ArrayLike], Any]:
        """A state inside [0, 1]."""
        return lambda state: np.clip(state, 0.0, 1.0)

    @cached_property
    def c_geo(self) -> Any:
        """Charge that the first terminal takes at once for a volt, at 0 V, states at their initial values [F]."""
        states = [getattr(self.cell, state.initial) for state in self.spec.states]
        rest, shape = self._rest(0.0, states)
        found = evaluate(
            self.spec.compiled, rest.voltages, self._given(shape, states), temperature=self.temperature, jacobians=True,
            time=self._moment,
        )  # fmt: skip
        assert found.of_reactive is not None
        top = found.nodes.index(self.spec.terminals[0])
        return _shaped(found.of_reactive[..., top, top], shape)

    def _conductance(self, v: ArrayLike, *states: ArrayLike) -> Any:
        volts = np.asarray(v, dtype=float)
        rest, shape = self._rest(volts, states)
        top, bottom = (rest.terminals.index(name) for name in self.spec.terminals)
        slope = _shaped((rest.conductance[..., top, top] - rest.conductance[..., top, bottom]) / 2, shape)
        volts = np.broadcast_to(volts, shape)
        current = _shaped(rest.currents[..., top], shape)
        return np.divide(current, volts, out=np.array(slope, dtype=float), where=volts != 0)[()]

    def _current(self, v: ArrayLike, *states: ArrayLike) -> Any:
        rest, shape = self._rest(v, states)
        return _shaped(rest.currents[..., rest.terminals.index(self.spec.terminals[0])], shape)

    def _rates(self, v: ArrayLike, *states: ArrayLike) -> tuple[Any, ...]:
        """By the chain rule from the nodes that remember: C dV/dt = -I for all of them together."""
        module, said = self.spec.compiled, describe(self.spec.compiled)
        rest, shape = self._rest(v, states)
        given, kelvin = self._given(shape, states), self.temperature
        found = evaluate(module, rest.voltages, given, temperature=kelvin, time=LATER, jacobians=True)
        assert found.of_reactive is not None
        held = [found.nodes.index(name) for name in said.remembering]
        charge = found.of_reactive[..., held, :][..., :, held]
        moves = -np.linalg.solve(charge, found.resistive[..., held][..., None])[..., 0]
        rates = []
        for state in self.spec.states:
            if state.node:
                speed = moves[..., said.remembering.index(state.node)]
            else:
                speed = np.zeros(moves.shape[:-1])
                shown = [state.variable]
                for n, name in enumerate(said.remembering):
                    ends = []
                    for step in (-_NUDGE, _NUDGE):
                        moved = {**rest.voltages, name: rest.voltages[name] + step}
                        found = evaluate(module, moved, given, temperature=kelvin, show=shown)
                        ends.append(found.shown[state.variable])
                    speed = speed + (ends[1] - ends[0]) / (2 * _NUDGE) * moves[..., n]
            rates.append(_shaped(speed / (state.one - state.zero), shape))
        return tuple(rates)

    @property
    def _moment(self) -> float:
        """Of an evaluation at rest [s]: 0 where a state has to be set by its initial value, or is not declared."""
        held = {state.node for state in self.spec.states}
        return LATER if held.issuperset(describe(self.spec.compiled).remembering) else 0.0

    def _rest(self, v: ArrayLike, states: Any) -> tuple[Static, tuple[int, ...]]:
        """The solution at these voltages and states, over rows and cells, and the shape of all together."""
        volts = np.asarray(v, dtype=float)
        values = self.cell.as_dict().values()
        shape = np.broadcast_shapes(np.shape(volts), *(np.shape(s) for s in (*states, *values)))
        laid = _laid(shape, self._cells(states))
        held: dict[str, Any] = {name: np.zeros(laid) for name in self.spec.extra}
        held |= {self.spec.terminals[0]: np.broadcast_to(volts, shape).reshape(laid), self.spec.terminals[1]: 0.0}
        own = self.spec.written(self.cell.as_dict())
        for state, value in zip(self.spec.states, states, strict=True):
            if state.node:
                there = state.zero + (state.one - state.zero) * np.asarray(value, dtype=float)
                held[state.node] = np.broadcast_to(there - self.spec.shift(state, own), shape).reshape(laid)
        given = self._given(shape, states)
        module = self.spec.compiled
        return solve_static(module, held, given, temperature=self.temperature, time=self._moment), shape

    def _cells(self, states: Any) -> int:
        """How many of the last axes are those of the cells, over which parameters differ."""
        sized = [np.ndim(value) for value in self.cell.as_dict().values()]
        sized += [np.ndim(s) for state, s in zip(self.spec.states, states, strict=True) if state.variable]
        return max(sized, default=0)

    def _given(self, shape: tuple[int, ...], states: Any) -> dict[str, Any]:
        """Parameters as the module spells and scales them: numbers, or one for each cell."""
        axes = self._cells(states)
        cells = shape[len(shape) - axes :]
        own = self.cell.as_dict()
        own |= {state.initial: s for state, s in zip(self.spec.states, states, strict=True) if not state.change}
        values = self.spec.written({name: np.asarray(value, dtype=float) for name, value in own.items()})
        found: dict[str, Any] = {}
        for name, value in values.items():
            found[name] = _of_cells(np.asarray(value), cells) if np.ndim(value) else float(value)
        return found


def _of_cells(value: Array, cells: tuple[int, ...]) -> Array:
    """Over the cells; a state that a node holds may differ over more, and its parameter says nothing then."""
    if value.ndim > len(cells):
        value = value[(0,) * (value.ndim - len(cells))]
    return np.broadcast_to(value, cells).ravel() if cells else np.asarray(float(value))


def _laid(shape: tuple[int, ...], axes: int) -> tuple[int, int]:
    """Rows and cells."""
    cells = int(np.prod(shape[len(shape) - axes :], dtype=int))
    return int(np.prod(shape[: len(shape) - axes], dtype=int)), cells


def _shaped(found: NDArray[Any], shape: tuple[int, ...]) -> Any:
    return np.reshape(found, shape)[()]


def states_after(
    spec: Spec, cell: ParameterSet, per_cell: Mapping[str, ArrayLike], times: ArrayLike, voltages: ArrayLike, *,
    temperature: float = 300.0,
) -> tuple[Array, ...]:  # fmt: skip
    """Change of each state of N cells, each on a piecewise-linear ideal source; arguments as of `CellModel.alone`.

    Raises:
        RequestError: masked, complex or no numbers.
        SimulationError: the module cannot be followed, or its code crashed.
    """
    given: dict[str, Any] = {**cell.as_dict()}
    given |= {name: real_array(values, name=f"per_cell.{name}") for name, values in per_cell.items()}
    cells = max((np.size(value) for value in per_cell.values()), default=1)
    own = spec.written(given)
    runs = respond(
        spec.compiled, spec.terminals, real_array(times, "s", name="times"), real_array(voltages, "V", name="voltages"),
        {name: np.broadcast_to(value, cells) if np.ndim(value) else value for name, value in own.items()},
        start=spec.starts(own), temperature=temperature,
    )  # fmt: skip
    found = []
    for state in spec.states:
        ends = [_shown_at(spec, state, own, run.nodes, temperature, n, len(runs)) for n, run in enumerate(runs)]
        begun, ended = np.array(ends).T
        change = np.clip(ended, 0.0, 1.0) - np.clip(begun, 0.0, 1.0)
        found.append(np.broadcast_to(change, cells).copy())
    return tuple(found)


def _shown_at(
    spec: Spec, state: ForeignState, own: Mapping[str, Any], nodes: Mapping[str, Array], temperature: float, n: int,
    runs: int,
) -> tuple[float, float]:  # fmt: skip
    """A state at the first and at the last moment of a run, on the scale from 0 to 1."""
    mine = {name: float(np.broadcast_to(value, runs)[n]) for name, value in own.items()}
    ends = {name: wave[[0, -1]] for name, wave in nodes.items()}
    low, high = shown_over(spec, state, mine, ends, temperature).tolist()
    return low, high


def shown_over(
    spec: Spec, state: ForeignState, own: Mapping[str, float], nodes: Mapping[str, Array], temperature: float
) -> Array:
    """A state of one cell over time, on the scale from 0 to 1.

    Args:
        spec, state: the cell, and one of its states.
        own: parameters as the module spells them.
        nodes: voltages of all nodes, each of shape (time,) [V].
        temperature: [K].
    """
    if state.node:
        values = nodes[state.node] + spec.shift(state, own)
    else:
        rows = {name: wave[:, None] for name, wave in nodes.items()}
        found = evaluate(spec.compiled, rows, own, temperature=temperature, show=[state.variable])
        values = found.shown[state.variable][:, 0]
    return np.asarray((values - state.zero) / (state.one - state.zero))

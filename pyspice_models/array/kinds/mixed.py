"""The equations of an array of several kinds: every cell by those of its own kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.kinds.population import Population
from pyspice_models.cells.equations import CellEquations

Array = NDArray[np.float64]


class MixedEquations:
    """Equations of all cells, in the shape of the array.

    States are those of all kinds together, in the order of `states`; a kind takes its own of them, whatever the others
    are at its places. What a kind does not have is not a number there.
    """

    def __init__(
        self, populations: Sequence[Population], states: tuple[str, ...], temperature: float, *, asked: str
    ) -> None:
        """Of these cells at a temperature [K]; `asked` is what needs them, in words.

        Raises:
            RequestError: a kind without equations in Python.
        """
        self.states = states
        self._kinds = [(one, one.solved(temperature, asked=asked)) for one in populations]
        self._shape = populations[0].where.shape

    @property
    def c_geo(self) -> Any:
        """Capacitance between the terminals that is there whatever the state [F]."""
        return self._gathered(self._shape, lambda _, equations: equations.c_geo)

    @property
    def conductance(self) -> Callable[..., Any]:
        """I/V [S]."""
        return lambda v, *states: self._asked("conductance", v, states)

    @property
    def current(self) -> Callable[..., Any]:
        """Conduction current [A]."""
        return lambda v, *states: self._asked("current", v, states)

    @property
    def rates(self) -> Callable[..., tuple[Any, ...]]:
        """Time derivatives of the states [1/s]."""
        return self._rates

    @property
    def clip(self) -> Callable[[ArrayLike], Any]:
        """A state inside [0, 1], as each kind has it."""
        return lambda state: self._gathered(
            np.broadcast_shapes(np.shape(state), self._shape),
            lambda one, equations: equations.clip(self._of(one, state)),
        )

    def _of(self, one: Population, values: ArrayLike) -> Array:
        shape = np.broadcast_shapes(np.shape(values), self._shape)
        return one.picked(np.broadcast_to(values, shape))

    def _own(self, one: Population, states: Sequence[ArrayLike]) -> list[Array]:
        held = dict(zip(self.states, states, strict=True))
        return [self._of(one, held[name]) for name in one.states]

    def _asked(self, what: str, v: ArrayLike, states: Sequence[ArrayLike]) -> Array:
        return self._gathered(
            self._whole(v, states),
            lambda one, equations: getattr(equations, what)(self._of(one, v), *self._own(one, states)),
        )

    def _rates(self, v: ArrayLike, *states: ArrayLike) -> tuple[Array, ...]:
        found = {name: np.full(self._whole(v, states), np.nan) for name in self.states}
        for one, equations in self._kinds:
            moved = equations.rates(self._of(one, v), *self._own(one, states))
            for name, rate in zip(one.states, moved, strict=True):
                found[name][..., one.where] = rate
        return tuple(found.values())

    def _whole(self, v: ArrayLike, states: Sequence[ArrayLike]) -> tuple[int, ...]:
        return np.broadcast_shapes(np.shape(v), *map(np.shape, states), self._shape)

    def _gathered(self, shape: tuple[int, ...], asked: Callable[[Population, CellEquations], Any]) -> Array:
        found = np.empty(shape)
        for one, equations in self._kinds:
            found[..., one.where] = asked(one, equations)
        return found

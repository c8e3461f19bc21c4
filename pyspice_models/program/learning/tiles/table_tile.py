"""A tile by maps: the response of the cell to a pulse, looked up for the voltage across every cell.

What it leaves out is said in `TableTile`, and measured by `audit.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.program.learning.tile import (
    Bounds,
    Crossed,
    Product,
    Pulses,
    Spent,
    checked_states,
    checked_vectors,
)
from pyspice_models.program.learning.tiles.response import Response, response_of

Array = NDArray[np.float64]


class TableTile:
    """A crossbar whose cells follow the map of their response; lines without resistance so far.

    Attributes:
        crossbar: its cells, lines and ends.
        pulses: whole pulses that every cell has had, shape (rows, cols).
    """

    def __init__(
        self, crossbar: Crossbar, *, bounds: Mapping[str, float] | None = None, rest: float = 15e-6,
        read_duration: float = 10e-6,
    ) -> None:  # fmt: skip
        """Start from the crossbar's initial states.

        Args:
            crossbar: without selectors.
            bounds: of states, by name: cells beyond one are told in `crossed`.
            rest: after the slots of an update, before anything is read [s].
            read_duration: of one product [s].
        """
        self.crossbar = crossbar
        names = [state.name for state in crossbar.model.states]
        self._states = dict(zip(names, (np.array(s) for s in crossbar.initial_states), strict=True))
        self.pulses: NDArray[np.int_] = np.zeros(crossbar.shape, dtype=int)
        self._bounds = Bounds(bounds or {}, self._states)
        self._rest, self._read_duration = rest, read_duration
        self._responses: dict[tuple[float, float], Response] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """See `Tile`."""
        return self.crossbar.shape

    @property
    def states(self) -> dict[str, Array]:
        """See `Tile`."""
        return {name: values.copy() for name, values in self._states.items()}

    @property
    def crossed(self) -> Sequence[Crossed]:
        """See `Tile`."""
        return self._bounds.found

    def program(self, states: Mapping[str, ArrayLike]) -> None:
        """See `Tile`."""
        self._states = checked_states(states, self._states)

    def forward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self._product(checked_vectors(voltages, self.shape[0], "voltages"), back=False)

    def backward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self._product(checked_vectors(voltages, self.shape[1], "voltages"), back=True)

    def _product(self, volts: Array, *, back: bool) -> Product:
        currents, power = np.empty((len(volts), self.shape[0 if back else 1])), 0.0
        conduct = self.crossbar.current_at(*self._states.values())
        for n, vector in enumerate(volts):
            across = np.broadcast_to(vector if back else vector[:, None], self.shape)
            each = conduct(across)
            currents[n] = each.sum(axis=1 if back else 0)
            power += float((each * across).sum())
        return Product(currents, power * self._read_duration, len(volts) * self._read_duration)

    def update(self, pulses: Pulses) -> Spent:
        """See `Tile`."""
        pulses.check(self.shape)
        response, edge = self._response(pulses), self.crossbar.driver.t_edge
        energies, had = np.zeros(2), np.zeros(self.shape, dtype=int)
        for word, bit, on_word, on_bit in zip(*pulses.lines, pulses.word, pulses.bit, strict=True):
            across, whole = word[:, None] - bit, on_word[:, None] & on_bit
            before = self.crossbar.conductance(across, *self._states.values())
            for name, change in response.change(across, self._states).items():
                self._states[name] = np.clip(self._states[name] + change, 0, 1)
            mean = 0.5 * (before + self.crossbar.conductance(across, *self._states.values()))
            lost = np.square(across) * mean * (pulses.width - edge / 3)
            energies += lost[whole].sum(), lost[~whole].sum()
            had += whole
        self.pulses += had
        self._bounds.look(self._states, self.pulses)
        time = pulses.slots * (pulses.width + edge) + self._rest
        return Spent(*energies.tolist(), 0.0, 0.0, time, had)

    def _response(self, pulses: Pulses) -> Response:
        """The map for pulses of this voltage and width; made once."""
        key, bar = (pulses.voltage, pulses.width), self.crossbar
        if key not in self._responses:
            self._responses[key] = response_of(bar.cell, bar.temperature, *key, bar.driver.t_edge)
        return self._responses[key]

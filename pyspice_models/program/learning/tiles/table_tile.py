"""A tile by maps: the response of the cell to a pulse, looked up for the voltage across every cell."""

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
from pyspice_models.program.learning.tiles import difference
from pyspice_models.program.learning.tiles.branch import branch_of
from pyspice_models.program.learning.tiles.conduction import Conduction
from pyspice_models.program.learning.tiles.lines import Charging, lines_of
from pyspice_models.program.learning.tiles.response import check_model, response_of, settled
from pyspice_models.program.learning.tiles.slot import Cells, Known, follow, products

Array = NDArray[np.float64]

_LEAST = 0.1  # [V] that a map of conduction reaches
_BEYOND = 1.02  # of the largest voltage


class TableTile:
    """A crossbar whose cells follow the map of their response.

    In every slot the voltages across all cells are those of the static network, with the conductance that each cell
    has in the middle of its pulse and the mean current of its slow branch; states and energies follow from them. Slots
    follow each other without a gap, and the array rests after the last.

    Left out: that voltages change while a pulse lasts, the time in which lines settle, what couples from edge to edge,
    pulses by which products move states, and what edges and slow branches do to products. `audit.py` measures what
    that comes to.

    Attributes:
        crossbar: its cells, lines and ends.
        pulses: whole pulses that every cell has had, shape (rows, cols).
        rest: after the slots of an update, before anything is read [s].
        read_duration: of one product [s].
    """

    def __init__(
        self, crossbar: Crossbar, *, bounds: Mapping[str, float] | None = None, rest: float = 15e-6,
        read_duration: float = 10e-6, ir_drop: bool = True,
    ) -> None:  # fmt: skip
        """Start from the crossbar's initial states.

        Args:
            crossbar: without selectors.
            bounds: of states, by name: cells beyond one are told in `crossed`.
            rest: three times the recovery (Note S1) by default; assumed.
            read_duration: as that of the step Read; assumed.
            ir_drop: false for lines and ends without resistance.

        Raises:
            RequestError: an array that a table does not know, an unknown state, a bound or a time out of range.
        """
        check_model(crossbar.model)
        self.crossbar, self._lines = crossbar, lines_of(crossbar, ir_drop=ir_drop)
        self._charging = Charging.of(crossbar, self._lines)
        self.rest, self.read_duration = settled(rest, "rest"), settled(read_duration, "read_duration")
        self._names = tuple(state.name for state in crossbar.model.states)
        count = crossbar.rows * crossbar.cols
        self._states = np.stack([np.asarray(s, dtype=float).reshape(count) for s in crossbar.initial_states])
        self.pulses: NDArray[np.int_] = np.zeros(crossbar.shape, dtype=int)
        self._bounds = Bounds(bounds or {}, self.states)
        self._known: dict[tuple[float, float], Known] = {}
        self._conductions: dict[float, Conduction] = {}
        self._held: Cells | None = None
        self._last = self._states, self.pulses  # before the last update, and whole pulses in it

    @property
    def shape(self) -> tuple[int, int]:
        """See `Tile`."""
        return self.crossbar.shape

    @property
    def states(self) -> dict[str, Array]:
        """See `Tile`."""
        return {name: self._states[n].reshape(self.shape).copy() for n, name in enumerate(self._names)}

    @property
    def crossed(self) -> Sequence[Crossed]:
        """See `Tile`."""
        return self._bounds.found

    def program(self, states: Mapping[str, ArrayLike]) -> None:
        """See `Tile`."""
        found = checked_states(states, self.states)
        self._states = np.stack([found[name].ravel() for name in self._names])

    def forward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self._product(checked_vectors(voltages, self.shape[0], "voltages"), of_words=True)

    def backward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self._product(checked_vectors(voltages, self.shape[1], "voltages"), of_words=False)

    def _product(self, volts: Array, *, of_words: bool) -> Product:
        from pyspice_models.engine.nodal.tabulated.pulsed import largest

        top = largest(volts.ravel())
        straight = top <= self._conduction(0.0).straight
        ends, segments = self._lines.ends, self._lines.segments
        currents, power = products(
            volts, of_words, ends, segments, self._conduction(top), self._cells(), straight=straight
        )
        return Product(currents, power * self.read_duration, len(volts) * self.read_duration)

    def update(self, pulses: Pulses) -> Spent:
        """See `Tile`.

        Raises:
            RequestError: lines that the array does not have, pulses that no map follows.
            SimulationError: lines that take so much of the voltage that sweeps along them do not come to rest; states
                are as they were.
        """
        pulses.check(self.shape)
        known, edge, before = self.known(pulses.voltage, pulses.width), self.crossbar.driver.t_edge, self._cells()
        cells = Cells(before.states.copy(), before.at_rest.copy())
        energies, had = follow(pulses, self._lines, known, cells)
        self._states, self._held, self.pulses = cells.states, cells, self.pulses + had
        self._last = before.states, had
        self._look()
        in_whole, half, in_lines, in_ends = energies.tolist()
        return Spent(in_whole, half, in_lines, in_ends, pulses.slots * (pulses.width + edge) + self.rest, had)

    def scatter(self, state: str, shares: Array) -> None:
        """See `Tile`."""
        from pyspice_models.engine.nodal.tabulated.update import scattered

        (before, had), k, places = self._last, self._names.index(state), np.empty(len(shares), dtype=np.intp)
        scattered(self._states[k], before[k], had.ravel(), shares, places)
        self._conduction(0.0).renew(self._states, places, self._cells().at_rest)
        self._look()

    def _look(self) -> None:
        """For cells beyond a bound; seldom there is one."""
        from pyspice_models.engine.nodal.tabulated.pulsed import largest

        for name, limit in self._bounds.limits.items():
            if largest(self._states[self._names.index(name)]) > limit:
                self._bounds.look(self.states, self.pulses)

    def known(self, voltage: float, width: float) -> Known:
        """Maps for pulses of this voltage [V] and width [s]; made when they are first asked for."""
        key, bar = (voltage, width), self.crossbar
        if key not in self._known:
            edge, needed = bar.driver.t_edge, difference.needed_reach(bar, voltage)
            response = response_of(bar.cell, bar.temperature, *key, edge, needed=needed)
            shifts = difference.shifts_of(bar, voltage, width, response.reach)
            error = max(response.error, difference.error_of(bar, response, shifts))
            # a pulse heats as a plateau does that lasts as long as its top, and a third of both edges
            length = width - edge / 3
            self._known[key] = Known(
                response, self._conduction(voltage), self._conduction(0.0), shifts, branch_of(bar, width),
                self._charging, length, error,
            )  # fmt: skip
        return self._known[key]

    def _cells(self) -> Cells:
        """What the cells hold; their conductances near 0 V are kept until a state changes."""
        if self._held is None or self._held.states is not self._states:
            at_rest = self._conduction(0.0).at(np.zeros(self._states.shape[1]), self._states)
            self._held = Cells(self._states, at_rest)
        return self._held

    def _conduction(self, largest: float) -> Conduction:
        """Map of what cells conduct up to this voltage [V]; which one it is depends on nothing that was before."""
        reach = _LEAST
        while reach < _BEYOND * largest:
            reach *= 2
        if reach not in self._conductions:
            self._conductions[reach] = Conduction.of(self.crossbar, reach)
        return self._conductions[reach]

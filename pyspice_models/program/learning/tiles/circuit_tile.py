"""A tile by the circuit: every update is a transient, every product an operating point of the solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.static.solve import OperatingPoints
from pyspice_models.errors import SimulationError
from pyspice_models.measure.energy import energy_split, stored_energy
from pyspice_models.program.held import held
from pyspice_models.program.learning.tile import (
    Bounds,
    Crossed,
    Product,
    Pulses,
    Spent,
    checked_states,
    checked_vectors,
)
from pyspice_models.program.learning.tiles.response import settled
from pyspice_models.program.session import Session
from pyspice_models.result.program import windows
from pyspice_models.stimulus import Apply, Step, Wait
from pyspice_models.stimulus.scheme import vector_bias
from pyspice_models.study.books import missing_energy
from pyspice_models.study.limits import Limits
from pyspice_models.study.run import simulate_study
from pyspice_models.study.states import last_states
from pyspice_models.study.study import Study

Array = NDArray[np.float64]

_TIME_LIMIT = Limits().time_limit


class CircuitTile:
    """A crossbar that the solver simulates, update by update.

    The slots of an update and the rest after them are one transient from the cells' states, every node at 0 V; in the
    package's own solver it is done on an array that is kept alive. Energy that capacitances still hold at its end is
    lost in the rest that follows it, and counts as the cells'. A product is the operating point of all cells with their
    drivers and sense circuits.

    Attributes:
        crossbar: its cells, lines and ends, with the states that it started from.
        pulses: whole pulses that every cell has had, shape (rows, cols).
        rest: after the slots of an update, before anything is read [s].
        read_duration: of one product [s].
        engine: name of the simulator of the updates.
    """

    def __init__(
        self, crossbar: Crossbar, *, bounds: Mapping[str, float] | None = None, rest: float = 15e-6,
        read_duration: float = 10e-6, engine: str = "nodal", accuracy: Accuracy | None = None,
    ) -> None:  # fmt: skip
        """Start from the crossbar's initial states.

        Args:
            crossbar: that the engine can simulate, without selectors.
            bounds, rest, read_duration: as of `TableTile`.
            engine: of the updates.
            accuracy: of the transients.

        Raises:
            RequestError: an array that the engine cannot simulate, an unknown state, a bound or a time out of range.
        """
        self.crossbar, self.engine = crossbar, engine
        self.rest, self.read_duration = settled(rest, "rest"), settled(read_duration, "read_duration")
        self._accuracy = accuracy or Accuracy()
        self._study([Wait(1e-6)], crossbar)  # refuses by name what the engine cannot do
        self._alive = Session(crossbar, accuracy=self._accuracy) if engine == "nodal" else None
        names = (state.name for state in crossbar.model.states)
        self._states = dict(zip(names, (np.array(s) for s in crossbar.initial_states), strict=True))
        self.pulses: NDArray[np.int_] = np.zeros(crossbar.shape, dtype=int)
        self._points: OperatingPoints | None = None  # of the present states
        self._bounds = Bounds(bounds or {}, self._states)
        self._last = self._states, self.pulses  # before the last update, and whole pulses in it

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
        self._put(checked_states(states, self._states))

    def scatter(self, state: str, shares: Array) -> None:
        """See `Tile`."""
        (before, had), after = self._last, self._states[state].copy()
        whole = had > 0
        after[whole] = np.clip(after[whole] + (after - before[state])[whole] * shares, 0.0, 1.0)
        self._put({**self._states, state: after})

    def forward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self._product(checked_vectors(voltages, self.shape[0], "voltages"), back=False)

    def backward(self, voltages: ArrayLike) -> Product:
        """See `Tile`."""
        return self._product(checked_vectors(voltages, self.shape[1], "voltages"), back=True)

    def _product(self, volts: Array, *, back: bool) -> Product:
        if self._points is None:
            self._points = OperatingPoints(self.crossbar, *self._states.values())
        currents, power = np.empty((len(volts), self.shape[0 if back else 1])), 0.0
        silent = [0.0] * self.shape[0 if back else 1]
        for n, vector in enumerate(volts.tolist()):
            bias = vector_bias(silent, vector) if back else vector_bias(vector, silent)
            found = self._points.solve(bias)
            currents[n] = -(found.word_ends if back else found.bit_ends)
            power += found.dissipated
        return Product(currents, power * self.read_duration, len(volts) * self.read_duration)

    def update(self, pulses: Pulses) -> Spent:
        """See `Tile`.

        Raises:
            RequestError: lines that the array does not have, a pulse not longer than its edge.
            SimulationError: the simulator failed; states are as they were.
        """
        pulses.check(self.shape)
        had = (pulses.word[:, :, None] & pulses.bit[:, None, :]).sum(axis=0)
        if not pulses.slots:
            return Spent(0.0, 0.0, 0.0, 0.0, self.rest, had)
        after, spent = self._driven(pulses, had) if self._alive is None else self._lived(self._alive, pulses, had)
        self._last = self._states, had
        self._put({name: held(self.crossbar.equations, values) for name, values in after.items()})
        self.pulses = self.pulses + had
        self._bounds.look(self._states, self.pulses)
        return spent

    def _lived(self, alive: Session, pulses: Pulses, had: NDArray[np.int_]) -> tuple[dict[str, Array], Spent]:
        """States after the pulses and what these cost, on the array that is kept alive."""
        alive.set_states(**self._states)
        began, sums, delivered, moved = alive.time, np.zeros(4), 0.0, 0.0
        *slots, last = self._steps(pulses)
        for n, step in enumerate(slots):
            done = alive.apply(step, time_limit=_TIME_LIMIT)
            whole = _whole(pulses, n, had)
            sums += done.cells[whole].sum(), done.cells[~whole].sum(), done.lines, done.drivers
            delivered, moved = delivered + done.delivered, moved + done.moved
        dataset = alive.record(last, time_limit=_TIME_LIMIT)
        end, whole = float(dataset["time"][-1]), _whole(pulses, len(slots), had)
        split, left = energy_split(dataset, 0.0, end), stored_energy(dataset, end)
        sums += split.cells.values[whole].sum(), split.cells.values[~whole].sum(), split.lines, split.drivers
        spent, moved = float(sums.sum()) + left, moved + split.moved
        if broken := missing_energy(delivered + split.source, spent, moved, self._accuracy):
            raise SimulationError(broken)
        cells, half, lines, drivers = sums.tolist()
        after = {name: np.clip(values, 0.0, 1.0) for name, values in alive.states.items()}
        return after, Spent(cells + left, half, lines, drivers, alive.time - began, had)

    def _driven(self, pulses: Pulses, had: NDArray[np.int_]) -> tuple[dict[str, Array], Spent]:
        """The same as a study."""
        dataset = simulate_study(self._study(self._steps(pulses), self.crossbar.with_states(**self._states)))
        cells, half, lines, drivers = 0.0, 0.0, 0.0, 0.0
        for n, window in enumerate(windows(dataset)):
            split = energy_split(dataset, window.start, window.stop)
            whole = _whole(pulses, n, had)
            cells += float(split.cells.values[whole].sum())
            half += float(split.cells.values[~whole].sum())
            lines += split.lines
            drivers += split.drivers
        time = float(dataset["time"][-1])
        left = stored_energy(dataset, time)
        return last_states(dataset, self.crossbar.model), Spent(cells + left, half, lines, drivers, time, had)

    def _steps(self, pulses: Pulses) -> list[Step]:
        """Of the transient: a pulse for each slot, and the rest."""
        edge, steps = self.crossbar.driver.t_edge, list[Step]()
        for word, bit in zip(*pulses.lines, strict=True):
            if word.any() or bit.any():
                steps.append(Apply(tuple(word.tolist()), tuple(bit.tolist()), width=pulses.width))
            else:
                steps.append(Wait(pulses.width + edge))
        return [*steps, Wait(self.rest)] if self.rest else steps

    def _put(self, states: dict[str, Array]) -> None:
        self._states, self._points = states, None

    def _study(self, steps: Sequence[Step], crossbar: Crossbar) -> Study:
        return Study("update", crossbar, steps, engine=self.engine, accuracy=self._accuracy)


def _whole(pulses: Pulses, n: int, had: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Cells with whole pulses in a slot; what the slow branches lose in the rest belongs to all that were pulsed."""
    whole: NDArray[np.bool_] = pulses.word[n][:, None] & pulses.bit[n] if n < pulses.slots else had > 0
    return whole

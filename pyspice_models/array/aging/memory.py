"""What the cells of an array owe to their past: how far they are from having come back, how old, how worn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.array.crossbar import Crossbar
from pyspice_models.array.places import uniform_at_places
from pyspice_models.cells.aging.laws import lifetime, lognormal, modes, window
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]
States = Mapping[str, Array]

_CUT = 3.1671241833119857e-05
"""Of a normal distribution, beyond four standard deviations on one side."""


def check_aging(crossbar: Crossbar) -> None:
    """Raise RequestError for cells of which nothing is known that could be forgotten."""
    if not crossbar.states:
        name = crossbar.populations[0].model.name
        raise RequestError(
            f"[aging] acts on the declared states of a cell, and the cell {name!r} declares none. Declare one in "
            "[cell.states], or leave [aging] out."
        )
    for model in (one.model for one in crossbar.populations):
        for state in model.states:
            if not state.initial:
                raise RequestError(
                    f"[aging] has to set the state {state.name!r} of the cell {model.name!r}, which has no parameter "
                    f"for its initial value: give cell.states.{state.name}.initial, or leave [aging] out."
                )


class Memory:
    """The past of all cells, from which `rest` tells what becomes of their states.

    States are mappings by name to arrays of shape (rows, cols), with NaN where a cell has none of the name; broken
    cells stay as they are. Relaxation: each write adds its change, times a share drawn for it, to what is owed; what is
    owed comes back by the sum of exponentials that `laws.modes` makes of the law. Retention: each state has an age,
    which a write ends. Wear: each cell has cycles behind it, half the way that its level has gone.

    Attributes:
        params: the laws.
        cycles: of every cell so far, shape (rows, cols).
    """

    def __init__(self, crossbar: Crossbar, params: AgingParams) -> None:
        """Of an array whose cells have just been written to their initial states, long ago enough to owe nothing.

        Raises:
            RequestError: cells without states that could be set.
        """
        check_aging(crossbar)
        self.params, self._shape, self._levels = params, crossbar.shape, _levels(crossbar)
        self._sound = np.isnan(crossbar.broken)
        self._times, weights = modes(params)
        self._weights = weights[:, None, None]
        self._owed = {name: np.zeros((len(weights), *crossbar.shape)) for name in crossbar.states}
        self._age = {name: np.zeros(crossbar.shape) for name in crossbar.states}
        self.cycles = np.full(crossbar.shape, params.cycles)
        self._slower = lognormal(params.retain_spread, self._drawn("retention"))
        self._half = max(params.wear_cycles, 1e-300) * lognormal(params.wear_spread, self._drawn("wear"))
        self._writes = 0

    def _drawn(self, cause: str) -> Array:
        """Standard normal deviates, cut at four of them."""
        uniform = uniform_at_places(self.params.seed, f"aging {cause}", self._shape)
        return np.asarray(scipy.special.ndtri(_CUT + (1 - 2 * _CUT) * uniform))

    def written(self, before: States, after: States) -> dict[str, Array]:
        """Tell of a change that pulses made; gives the states with what a worn cell cannot hold taken off."""
        found = self.bounded(after)
        drawn = np.minimum(self.params.relax_share * lognormal(self.params.relax_spread, self._share()), 1.0)
        for name, values in found.items():
            change = np.where(self._sound, values - before[name], 0.0)
            change = np.nan_to_num(change)
            if self.params.relaxes:
                self._owed[name] = self._owed[name] + drawn * self._weights * change
            self._age[name] = np.where(np.abs(change) >= self.params.retain_written, 0.0, self._age[name])
            self.cycles = self.cycles + np.where(self._levels == name, np.abs(change) / 2, 0.0)
        return found

    def _share(self) -> Array:
        self._writes += 1
        if not (self.params.relaxes and self.params.relax_spread):
            return np.zeros(self._shape)
        return self._drawn(f"relaxation {self.params.draw} {self._writes}")

    def rest(self, states: States, time: float, temperature: float) -> dict[str, Array]:
        """States after a time at rest [s] at a temperature [K]."""
        found, life = {}, lifetime(self.params, temperature)
        left = np.exp(-time / self._times)[:, None, None]
        for name, values in states.items():
            now = values
            if self.params.relaxes:
                owed = self._owed[name]
                now = now - (owed * (1 - left)).sum(axis=0)
                self._owed[name] = owed * left
            if self.params.loses:
                target = np.where(self._levels == name, self.params.retain_level, 0.0)
                age = self._age[name]
                older = age + time / (life * self._slower)
                now = target + (now - target) * _ratio(self.params, age, older)
                self._age[name] = older
            found[name] = np.where(self._sound, np.clip(now, 0.0, 1.0), values)
        return self.bounded(found)

    def bounded(self, states: States) -> dict[str, Array]:
        """States that worn cells can still hold."""
        found = {name: np.array(values, dtype=float) for name, values in states.items()}
        if not self.params.wears:
            return found
        low, high = self.window
        for name, values in found.items():
            mine = (self._levels == name) & self._sound
            found[name] = np.where(mine, np.clip(values, low, high), values)
        return found

    @property
    def window(self) -> tuple[Array, Array]:
        """Ends of the levels that each cell can still hold, shape (rows, cols)."""
        if not self.params.wears:
            return np.zeros(self._shape), np.ones(self._shape)
        return window(self.params, self.cycles, self._half)

    def as_arrays(self) -> dict[str, Array]:
        """All that the past has left, by name; see `with_arrays`."""
        found: dict[str, Array] = {f"owed {name}": values for name, values in self._owed.items()}
        for name, values in self._age.items():
            found[f"age {name}"] = values
        return found | {"cycles": self.cycles, "writes": np.array(float(self._writes))}

    def with_arrays(self, kept: Mapping[str, Array]) -> Memory:
        """Another one of the same array, with the past that `as_arrays` told."""
        other = self.copy()
        other._owed = {name: np.asarray(kept[f"owed {name}"]) for name in self._owed}
        other._age = {name: np.asarray(kept[f"age {name}"]) for name in self._age}
        other.cycles, other._writes = np.asarray(kept["cycles"]), int(kept["writes"])
        return other

    def copy(self) -> Memory:
        """Another one with the same past."""
        other = object.__new__(Memory)
        other.__dict__ |= self.__dict__
        other._owed, other._age = dict(self._owed), dict(self._age)
        return other


def _ratio(params: AgingParams, age: Array, older: Array) -> Array:
    """What is left between two ages of what there was at the first: by the difference, which both may underflow."""
    return np.asarray(np.exp(age**params.retain_stretch - older**params.retain_stretch))


def _levels(crossbar: Crossbar) -> NDArray[np.str_]:
    """Name of the state that levels set, of every cell."""
    found = np.full(crossbar.shape, "", dtype="<U64")
    for one in crossbar.populations:
        found[one.where] = one.model.level
    return found

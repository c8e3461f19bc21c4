"""What rectangular pulses do to cells of any kind: states after each row of a train, for many trial cells at once.

At a constant voltage a state that depends on no other one follows ds/dt = f(s): the way through its window is
integrated once, and a pulse moves along it by its length. Edges of pulses are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.equations import CellEquations
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit.measured.train import PulseTrain

Array = NDArray[np.float64]

FINE, COARSE = 801, 401
"""Points of a state's way through its window: of a fit, and where only the nearest valley is looked for."""

_REACH = 30.0  # of ln(s/(1 - s)): 1e-13 from either bound
_STILL = 1e-12  # share of the window below which a state does not move
_PROBES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
_ENDS = 1 / (1 + np.exp(-np.linspace(-24.0, 24.0, 25)))
_ALIKE = 1e-4  # two voltages move a state alike, but for a factor, within this
_MOST_WAYS = 200
_KNOWN: dict[type[ParameterSet], bool] = {}  # whether the states of a kind of cells are independent


def conductances(
    train: PulseTrain, cell: ParameterSet, trials: Mapping[str, Array], *, read_voltage: float, temperature: float,
    points: int = FINE, factors: Array | None = None,
) -> Array:  # fmt: skip
    """Conductance read after each row's pulses [S].

    Args:
        train: its stimulus is used alone.
        cell: parameters common to all trials.
        trials: those that differ, arrays of shape (trial,), one at least.
        read_voltage: [V].
        temperature: where the train has none of its own [K].
        points: of a state's way.
        factors: by which a row's pulses act longer, shape (trial, row); 1 without.

    Returns:
        Shape (trial, row).
    """
    model = model_of(cell)
    count = max(len(values) for values in trials.values())
    own = {name: np.broadcast_to(np.asarray(values, dtype=float), (count,)) for name, values in trials.items()}
    cells = replace(cell, **own)
    stress = np.broadcast_to(train.stress, (count, len(train.pulse)))
    if factors is not None:
        stress = stress * factors
    kelvin = np.full(len(train.pulse), temperature) if train.temperature is None else train.temperature
    starts = [np.broadcast_to(np.asarray(getattr(cells, name), dtype=float), (count,)) for name in model.initial]
    if type(cell) not in _KNOWN:
        _KNOWN[type(cell)] = independent(model, cell)
    if _KNOWN[type(cell)]:
        states = [
            _followed(model, cells, n, start, train.voltage, stress, kelvin, points) for n, start in enumerate(starts)
        ]
    else:
        states = _stepped(model, cell, own, starts, train.voltage, stress, kelvin)
    found = np.empty((count, len(train.pulse)))
    for warm in np.unique(kelvin):
        rows = kelvin == warm
        solved = model.solved(cells, float(warm), asked="a fit")
        found[:, rows] = np.asarray(solved.conductance(read_voltage, *(state[:, rows].T for state in states))).T
    return found


def independent(model: CellModel, cell: ParameterSet) -> bool:
    """Whether no state's rate depends on another state, so that each can be followed by itself.

    Raises:
        RequestError: a cell without states, or without equations.
    """
    if not model.states:
        raise RequestError(
            f"the cell {model.name!r} declares no state: pulses change nothing that could be fitted. Declare one in "
            "[cell.states]."
        )
    if (count := len(model.states)) == 1:
        return True
    solved = model.solved(cell, 300.0, asked="a fit")
    # every state in the middle, then one of them after the other moved
    at = np.full((count, count + 1), 0.5)
    at[np.arange(count), 1 + np.arange(count)] = 0.8
    for volt in (0.3, -0.3):
        for n, rate in enumerate(solved.rates(volt, *at)):
            others = np.delete(np.asarray(rate), 1 + n)
            if not np.allclose(others, others[0], rtol=1e-9, atol=0):
                return False
    return True


class _Way:
    """A state's way through its window at one voltage, for each trial: s = 1/(1 + exp(-u)), time as a function of u."""

    def __init__(self, grid: Array, rates: Array, kind: NDArray[np.int_], faster: Array) -> None:
        """Rates of shape (grid, kind) [1/s]; the kind of each trial, and its rates as a multiple of its kind's."""
        self.grid, self.rates, self.kind, self.faster = grid, rates, kind, faster
        state = 1 / (1 + np.exp(-np.abs(grid)))
        with np.errstate(divide="ignore", over="ignore"):
            # du/dt = f/(s (1 - s))
            self.slow = np.minimum((state * (1 - state))[:, None] / np.abs(rates), 1e200)
        self.tables: dict[tuple[int, bool], Array] = {}
        # from either end of the grid, how many places lead away from it without an equilibrium between them
        self.reach = {
            up: np.where(forward.all(axis=0), len(grid), np.argmin(forward, axis=0))
            for up, forward in ((True, rates > 0), (False, rates[::-1] < 0))
        }

    def after(self, trial: int, begin: float, spans: Array) -> Array:
        """Where a trial comes from `begin` in these times [s]; an equilibrium is not passed."""
        spans, kind = spans * self.faster[trial], int(self.kind[trial])
        for up, sign in ((True, 1.0), (False, -1.0)):
            # the grid is symmetric: down from u is up from -u
            if self.reach[up][kind] >= 2 and sign * begin < self.grid[self.reach[up][kind] - 1]:
                return sign * self._smoothly(kind, up, sign * begin, spans)
        return np.full(len(spans), begin)

    def _smoothly(self, trial: int, up: bool, begin: float, spans: Array) -> Array:
        """By cubics through times and slownesses: a fit needs derivatives that do not jump."""
        last = int(self.reach[up][trial])
        time, grid = self._table(trial, up)[:last], self.grid[:last]
        slow, spacing = (self.slow[:, trial] if up else self.slow[::-1, trial]), grid[1] - grid[0]
        k = min(max(int((begin - grid[0]) / spacing), 0), len(grid) - 2)
        now = _cubic((begin - grid[k]) / spacing, time[k], time[k + 1], spacing * slow[k], spacing * slow[k + 1])
        ends = np.minimum(now + spans, time[-1])
        m = np.clip(np.searchsorted(time, ends, side="right") - 1, 0, len(grid) - 2)
        step = time[m + 1] - time[m]
        found = _cubic((ends - time[m]) / step, grid[m], grid[m + 1], step / slow[m], step / slow[m + 1])
        return np.asarray(np.clip(found, grid[m], grid[m + 1]))

    def _table(self, trial: int, up: bool) -> Array:
        """Time since the end that is left behind [s], along the way that is gone; of fourth order."""
        if (trial, up) not in self.tables:
            slow = self.slow[:, trial] if up else self.slow[::-1, trial]
            spacing = self.grid[1] - self.grid[0]
            bend = np.gradient(slow, spacing)
            steps = spacing / 2 * (slow[1:] + slow[:-1]) - spacing**2 / 12 * np.diff(bend)
            steps = np.where(steps > 0, steps, spacing / 2 * (slow[1:] + slow[:-1]))
            self.tables[trial, up] = np.concatenate([[0.0], np.cumsum(steps)])
        return self.tables[trial, up]


def _cubic(x: Any, low: Any, high: Any, slope_low: Any, slope_high: Any) -> Any:
    """The cubic from `low` at 0 to `high` at 1 with these slopes there."""
    bend = 3 * (high - low) - 2 * slope_low - slope_high
    return low + x * (slope_low + x * (bend + x * (slope_low + slope_high - 2 * (high - low))))


def _followed(
    model: CellModel, cells: Any, n: int, start: Array, volts: Array, stress: Array, kelvin: Array, points: int
) -> Array:
    """The n-th state after each row, shape (trial, row)."""
    grid = np.linspace(-_REACH, _REACH, points)
    ways, of_row, factors = _ways(model, cells, n, grid, volts, stress, kelvin)
    spans = stress * factors
    with np.errstate(divide="ignore"):
        now = np.clip(np.log(start) - np.log1p(-start), -_REACH, _REACH)
    found = np.repeat(start[:, None], len(volts), axis=1)
    row = 0
    for way, group in groupby(of_row.tolist()):
        rows = slice(row, row := row + len(list(group)))
        if way < 0:
            found[:, rows] = found[:, [max(rows.start - 1, 0)]] if rows.start else start[:, None]
            continue
        for trial in range(len(start)):
            along = ways[way].after(trial, now[trial], np.cumsum(spans[trial, rows]))
            now[trial] = along[-1]
            found[trial, rows] = 1 / (1 + np.exp(-along))
    return found


def _ways(
    model: CellModel, cells: Any, n: int, grid: Array, volts: Array, stress: Array, kelvin: Array
) -> tuple[list[_Way], NDArray[np.int_], Array]:
    """The ways of the n-th state; which of them each row goes, -1 for none; and how much faster, shape (trial, row)."""
    of_row, factors = np.full(len(volts), -1), np.ones(stress.shape)
    ways: list[_Way] = []
    worked = stress.max(axis=0) > 0

    known: dict[tuple[float, tuple[int, ...]], CellEquations] = {}

    def rates(kelvins: float, volt: Any, state: Array, some: NDArray[np.int_] | None = None) -> Array:
        """Shape (..., state, trial); of some trials, or of all."""
        others = [np.full(1, 0.5) for _ in model.states]
        others[n] = state[:, None]
        count = stress.shape[0] if some is None else len(some)
        key = kelvins, (-1,) if some is None else tuple(some.tolist())
        if key not in known:
            of_some = {name: value[some] for name, value in cells.as_dict().items() if np.ndim(value)}
            part = cells if some is None else replace(cells, **of_some)
            known[key] = model.solved(part, kelvins, asked="a fit")
        equations = known[key]
        found = np.asarray(equations.rates(volt, *others)[n], dtype=float)
        return np.broadcast_to(found, (*np.shape(volt)[:1], len(state), count))

    for warm in np.unique(kelvin[worked]):
        solved = float(warm)
        for sign in (1.0, 0.0, -1.0):
            mine = worked & (kelvin == warm) & (np.sign(volts) == sign)
            left = np.unique(volts[mine])
            while len(left):
                # the largest voltage first: what others do is a multiple of it, or not
                main = left[np.argmax(np.abs(left))]
                probed = rates(solved, left[:, None, None], _PROBES)
                lead = probed[np.flatnonzero(left == main)[0]]
                share = probed / np.where(lead == 0, 1.0, lead)
                middle = share[:, len(_PROBES) // 2]
                alike = (np.abs(share - middle[:, None]) <= _ALIKE * np.abs(middle[:, None])).all(axis=(1, 2))
                alike &= (middle > 0).all(axis=1) & (lead != 0).all()
                alike |= left == main
                total = np.array([stress[:, mine & (volts == volt)].sum(axis=1).max() for volt in left])
                way = -1 if (np.abs(probed).max(axis=(1, 2)) * total).max() < _STILL else len(ways)
                if way >= 0:
                    ways.append(_way(grid, partial(rates, solved, main)))
                for volt, factor in zip(left[alike], middle[alike], strict=True):
                    rows = mine & (volts == volt)
                    of_row[rows], factors[:, rows] = way, np.where(volt == main, 1.0, factor)[:, None]
                left = left[~alike]
                if len(ways) > _MOST_WAYS:
                    raise RequestError.for_value(
                        "number of different voltages", len(np.unique(volts)), allowed=f"<= {_MOST_WAYS} of this cell",
                        advice="Round the voltages to those that were set.",
                    )  # fmt: skip
    return ways, of_row, factors


def _way(grid: Array, rates: Callable[..., Array]) -> _Way:
    """The way at one voltage; trials whose rates differ by a factor alone go the same one, integrated once."""
    probed = rates(_ENDS)
    middle = probed[len(_ENDS) // 2]
    shapes = np.round(probed / np.where(middle == 0, 1.0, middle), 9).T
    _, first, kind = np.unique(shapes, axis=0, return_index=True, return_inverse=True)
    kind = np.ravel(kind)
    faster = np.where(middle == 0, 1.0, middle) / np.where(middle == 0, 1.0, middle)[first][kind]
    return _Way(grid, rates(1 / (1 + np.exp(-grid)), first), kind, faster)


def _stepped(
    model: CellModel, cell: ParameterSet, trials: Mapping[str, Array], starts: list[Array], volts: Array, stress: Array,
    kelvin: Array,
) -> list[Array]:  # fmt: skip
    """States that depend on each other, each of shape (trial, row): every row is a run of the cells alone."""
    if model.alone is None:
        raise RequestError(f"the cell {model.name!r} cannot be followed by itself: simulators alone know it.")
    count = len(starts[0])
    own = {name: np.asarray(values, dtype=float) for name, values in trials.items()}
    own |= {name: np.array(start) for name, start in zip(model.initial, starts, strict=True)}
    found = [np.empty((count, len(volts))) for _ in starts]
    for row, volt in enumerate(volts):
        if (span := float(stress[:, row].max())) > 0:
            changes = model.alone(cell, own, [0.0, span], [volt, volt], temperature=float(kelvin[row]))
            for name, change in zip(model.initial, changes, strict=True):
                own[name] = np.clip(own[name] + change, 0.0, 1.0)
        for state, name in zip(found, model.initial, strict=True):
            state[:, row] = own[name]
    return found

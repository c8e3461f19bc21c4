"""Integrates many cells at once, each behind its own source: every cell is a column with its own clock and step.

Method: Rodas3 (Sandu et al., Atmospheric Environment 31 (1997) 3459), four stages, third order, stiffly accurate,
linearly implicit. The unknowns of a column are the two states, the ionic voltage and the dissipated energy, and the
cell voltage, which obeys Kirchhoff's law and no differential equation. Its Jacobian has non-zero entries only on the
diagonal and beside the cell voltage, so that a stage is solved by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s import law
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.errors import SimulationError

Array = NDArray[np.float64]

# stage i: from which combination of earlier stages it starts (A), what it adds to the right-hand side (C), both to be
# read row by row; the share of the step at which it looks (ALPHA); the weight of the time derivative (SLOPE)
_GAMMA = 0.5
_A = ((), (0.0,), (2.0, 0.0), (2.0, 0.0, 1.0))
_C = ((), (4.0,), (1.0, -1.0), (1.0, -1.0, -8 / 3))
_ALPHA = (0.0, 0.0, 1.0, 1.0)
_SLOPE = (0.5, 1.5, 0.0, 0.0)

_DELTA = 1e-7  # of the difference quotients, in volts and in units of the states
_LEAST = 1e-25  # [s] a column whose step became so short does not get on
_LOSS_FLOOR = 1e-15  # [J] a loss below this share of the tolerance needs no step of its own


@dataclass(frozen=True)
class Bench:
    """Cells and what drives them; N columns.

    Attributes:
        eq: the cells' equations, parameters of shape (N,) or numbers.
        times, voltages: corners of the sources, shape (N, corner) [s], [V].
        r: resistance between source and cell, shape (N,) [ohm]; 0 for none.
        per_limit: 1/(r i_limit), shape (N,) [1/V]; 0 where the current is not limited.
    """

    eq: Equations
    times: Array
    voltages: Array
    r: Array
    per_limit: Array

    def start(self, w: Array, x: Array) -> Array:
        """Unknowns (w, x, v_ion, loss, v) at rest at the first corner, shape (5, N): no ionic current flows."""
        source = self.voltages[:, 0]
        low, high = np.minimum(source, 0.0), np.maximum(source, 0.0)
        for _ in range(60):
            v = 0.5 * (low + high)
            surplus = self.balance(source, v, v, self.eq.conductance(v, w, x)) > 0
            low, high = np.where(surplus, v, low), np.where(surplus, high, v)
        v = np.where(self.r == 0, source, 0.5 * (low + high))
        return np.array([w, x, v, np.zeros_like(v), v])

    def balance(self, source: Array, v: Array, v_ion: Array, g: Array) -> Array:
        """Voltage on the series element by its own law, less what the cell's current needs [V]: 0 by Kirchhoff."""
        drop = source - v
        return drop / np.sqrt(1 + (self.per_limit * drop) ** 2) - self.r * (v * g + self.eq.ionic(v, v_ion))

    def right_hand_sides(self, source: Array, y: Array, rates: tuple[Array, Array], g: Array) -> Array:
        """Of w, x, v_ion, loss and Kirchhoff's law, shape (5, N), from the rates of w and x [1/s] and I/V [S]."""
        _, _, v_ion, _, v = y
        ionic = self.eq.ionic(v, v_ion)
        burnt = law.dissipated(v, v_ion, v * g, ionic)
        return np.array([*rates, ionic / self.eq.c_ion, burnt, self.balance(source, v, v_ion, g)])


@dataclass(frozen=True)
class _Linear:
    """Right-hand sides and their derivatives at one point of every column."""

    value: Array  # (5, N) of w, x, v_ion, loss and Kirchhoff's law
    own: Array  # (3, N) of the first three by themselves
    by_v: Array  # (3, N) of the first three by the cell voltage
    loss: Array  # (4, N) of the loss by w, x, v_ion, v
    law: Array  # (4, N) of Kirchhoff's law by w, x, v_ion, v
    law_by_source: Array  # (N,)


def _right_hand_side(bench: Bench, source: Array, y: Array) -> Array:
    w, x, _, _, v = y
    return bench.right_hand_sides(source, y, bench.eq.rates(v, w, x), bench.eq.conductance(v, w, x))


def _linearise(bench: Bench, source: Array, y: Array) -> _Linear:
    w, x, v_ion, _, v = y
    eq, r = bench.eq, bench.r
    # three points at once: here, a little more voltage, a little more of both states (dw/dt does not see x)
    zero = np.zeros_like(v)
    v3 = np.array([v, v + _DELTA, v])
    w3, x3 = np.array([w, w, w + _DELTA]), np.array([x, x, x + _DELTA])
    (dw, dx), (g_int, g_fil) = eq.rates(v3, w3, x3), eq.paths(v3, w3, x3)
    g = g_int[0] + g_fil[0]
    g_v, g_w, g_x = (g_int[1] - g_int[0]) / _DELTA, (g_int[2] - g_int[0]) / _DELTA, (g_fil[2] - g_fil[0]) / _DELTA
    per_r = 1 / eq.r_ion + zero
    per_tau = per_r / eq.c_ion
    ionic = eq.ionic(v, v_ion)
    by_source = (1 + (bench.per_limit * (source - v)) ** 2) ** -1.5
    return _Linear(
        value=bench.right_hand_sides(source, y, (dw[0], dx[0]), g),
        own=np.array([(dw[2] - dw[0]) / _DELTA, (dx[2] - dx[0]) / _DELTA, -per_tau]),
        by_v=np.array([(dw[1] - dw[0]) / _DELTA, (dx[1] - dx[0]) / _DELTA, per_tau]),
        loss=np.array([v * v * g_w, v * v * g_x, -2 * ionic, 2 * v * g + v * v * g_v + 2 * ionic]),
        law=np.array([-r * v * g_w, -r * v * g_x, r * per_r, -by_source - r * (g + v * g_v + per_r)]),
        law_by_source=by_source,
    )


def _step(bench: Bench, at: _Linear, y: Array, h: Array, source: Array, slope: Array) -> tuple[Array, Array]:
    """Unknowns after a step `h` of every column, and the estimate of their error, both of shape (5, N)."""
    pivot = 1 / (_GAMMA * h) - at.own
    coupling = at.by_v / pivot
    law_pivot = -(at.law[3] + (at.law[:3] * coupling).sum(axis=0))
    stages: list[Array] = []
    for a, c, alpha, weight in zip(_A, _C, _ALPHA, _SLOPE, strict=True):
        if alpha == 0.0:
            right = at.value.copy()
        else:
            start = y + sum(share * k for share, k in zip(a, stages, strict=True) if share)
            right = _right_hand_side(bench, source + alpha * h * slope, start)
        for share, k in zip(c, stages, strict=True):
            right[:4] += share / h * k[:4]
        right[4] += weight * h * at.law_by_source * slope
        k_v = (right[4] + (at.law[:3] * right[:3] / pivot).sum(axis=0)) / law_pivot
        k_states = right[:3] / pivot + coupling * k_v
        k_loss = _GAMMA * h * (right[3] + (at.loss[:3] * k_states).sum(axis=0) + at.loss[3] * k_v)
        stages.append(np.array([*k_states, k_loss, k_v]))
    return y + 2 * stages[0] + stages[2] + stages[3], stages[3]


def integrate(bench: Bench, y: Array, *, tolerance: float, max_step: float) -> list[Array]:
    """Run every column from its first to its last corner.

    Args:
        bench: cells and sources.
        y: unknowns at the first corner, shape (5, N), as `Bench.start` gives them.
        tolerance: of the states and voltages [1], [V] in each step.
        max_step: longest time step [s].

    Returns:
        For each column its accepted points, shape (6, point): time, w, x, v_ion, loss, v.

    Raises:
        SimulationError: the step of a column became too small; the message tells which and when.
    """
    count, last = bench.times.shape[0], bench.times.shape[1] - 1
    column = np.arange(count)
    segment = np.zeros(count, dtype=int)
    t = bench.times[:, 0].copy()
    # time counts from the last corner: what follows it is as fine after a day as at the start
    since = np.zeros(count)
    wanted = 1e-3 * np.diff(bench.times[:, :2], axis=1)[:, 0]
    kept = [np.concatenate([t[None], y])]
    marks = [np.ones(count, dtype=bool)]
    running = np.ones(count, dtype=bool)
    floor = np.array([[1.0], [1.0], [1.0], [_LOSS_FLOOR], [1.0]])
    while running.any():
        begin, end = bench.times[column, segment], bench.times[column, segment + 1]
        v_begin, v_end = bench.voltages[column, segment], bench.voltages[column, segment + 1]
        slope = (v_end - v_begin) / (end - begin)
        source = v_begin + slope * since
        left = (end - begin) - since
        h = np.minimum(wanted, max_step)
        # land on the corner; two equal steps rather than one and a sliver
        lands = h >= 0.999 * left
        h = np.where(lands, left, np.minimum(h, 0.5 * left))
        with np.errstate(all="ignore"):  # a step that is too long may overflow: it is refused below
            new, error = _step(bench, _linearise(bench, source, y), y, h, source, slope)
            scale = floor.copy() + np.array([[0.0], [0.0], [0.0], [1.0], [0.0]]) * np.abs(new)
            size = (np.abs(error) / (tolerance * scale)).max(axis=0)
        size = np.where(np.isfinite(new).all(axis=0) & np.isfinite(size), size, np.inf)
        accepted = running & (size <= 1.0)
        before = t
        since = np.where(accepted, np.where(lands, 0.0, since + h), since)
        t = np.where(accepted, np.where(lands, end, np.minimum(begin + since, np.nextafter(end, -np.inf))), t)
        y = np.where(accepted, new, y)
        factor = np.clip(0.9 * np.maximum(size, 1e-9) ** (-1 / 3), 0.1, 6.0)
        # a step cut short by a corner tells nothing against the longer one that was wanted
        wanted = np.where(accepted & (h < wanted), np.maximum(wanted, h * factor), h * factor)
        segment = np.where(accepted & lands, np.minimum(segment + 1, last - 1), segment)
        running &= ~(accepted & lands & (t >= bench.times[:, -1]))
        stuck = running & ((wanted < _LEAST) | (since + wanted == since))
        if stuck.any():
            first = int(np.argmax(stuck))
            raise SimulationError(f"the twin's time step became too small at {t[first]:g} s in column {first}.")
        kept.append(np.concatenate([t[None], y]))
        marks.append(accepted & (t > before))  # but for steps that a float cannot tell from the one before
    points, mark = np.array(kept), np.array(marks)
    return [points[mark[:, n], :, n].T for n in range(count)]

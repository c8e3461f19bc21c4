"""Transient of a crossbar: TR-BDF2 with error control, restarted at every corner of a source.

Each step has two implicit stages with one matrix. The first is trapezoidal, the second a backward difference; together
they are of second order and damp what a corner excites. The difference to a third-order formula, filtered by the
matrix, controls the step. Source: Bank et al., IEEE Trans. CAD 4 (1985) 436; Hosea and Shampine, Appl. Numer. Math. 20
(1996) 21.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.bench import Schedule
from pyspice_models.deck import Accuracy
from pyspice_models.engine.nodal.cells import Cells, States
from pyspice_models.engine.nodal.ends import Ends
from pyspice_models.engine.nodal.network import Network, Pair, Solver
from pyspice_models.errors import SimulationError

Array = NDArray[np.float64]

_STAGE = 1 - np.sqrt(0.5)  # share of a step that each implicit stage spans
_WEIGHT = np.sqrt(0.5) / 2  # weight of the first two slopes in a step
_ERROR = (_WEIGHT - (1 - _WEIGHT) / 3, _WEIGHT - (3 * _WEIGHT + 1) / 3, _STAGE - _STAGE / 3)
_NEWTON = 12


@dataclass
class Point:
    """Everything at one moment.

    Attributes:
        time: [s].
        unknowns: voltages of the lines.
        states: of the cells.
        left, right: weights of this sample and of the next in an integral over the time between them [s].
    """

    time: float
    unknowns: Pair
    states: States
    left: float = 0.0
    right: float = 0.0


class Transient:
    """One run."""

    def __init__(self, crossbar: Crossbar, schedule: Schedule, accuracy: Accuracy) -> None:
        """Lay out network, cells and sources."""
        self.crossbar, self.schedule, self.accuracy = crossbar, schedule, accuracy
        self.network, self.cells = Network(crossbar), Cells(crossbar)
        self.ends = Ends(crossbar, schedule)

    def run(self, deadline: float, report: Callable[[float], None] | None, keep: Callable[[Point], None]) -> None:
        """Integrate from rest to the end of the schedule; `keep` is given every point.

        Raises:
            SimulationError: the step became too small, or the deadline (of `time.monotonic`) passed.
        """
        point = Point(0.0, self.network.zeros(), self.cells.initial())
        stop = self.schedule.stop
        longest = self.accuracy.longest_step(self.schedule.shortest_pulse, stop)
        corners = [t for t in self.schedule.corners if 0 < t < stop] + [stop]
        edge = self.crossbar.driver.t_edge
        for corner in corners:
            step = min(edge / 20, corner - point.time)
            while point.time < corner:
                if clock.monotonic() > deadline:
                    raise SimulationError(f"the nodal engine reached its time limit at {point.time:g} s of {stop:g} s")
                step = min(step, longest)
                # the last step before a corner ends on it; two even steps rather than a long and a tiny one
                left = corner - point.time
                step = left if step > left * (1 - 1e-9) else min(step, left / 2) if step > left / 2 else step
                (first, middle, last), step = self._advance(point, step, corner)
                keep(first)
                keep(middle)
                point = last
                if report is not None:
                    report(point.time / stop)
        keep(point)

    def _advance(self, point: Point, step: float, corner: float) -> tuple[tuple[Point, Point, Point], float]:
        """Start, middle and end of an accepted step, and the length to try next."""
        while True:
            tried = self._try(point, step, corner)
            if tried is not None:
                points, error = tried
                scale = 0.9 * max(error, 1e-4) ** (-1 / 3)
                if error <= 1:
                    return points, step * min(scale, 3.0)
                step *= max(scale, 0.2)
            else:
                step *= 0.25
            if step < 1e-12 * self.schedule.stop:
                raise SimulationError(f"the nodal engine's step became too small at {point.time:g} s ({step:g} s)")

    def _try(self, point: Point, step: float, corner: float) -> tuple[tuple[Point, Point, Point], float] | None:
        """A step without judgement: its points, its error as a multiple of what is allowed; None if Newton fails."""
        net, cells = self.network, self.cells
        slope = step * _STAGE
        middle_time, end_time = point.time + 2 * slope, point.time + step
        if abs(end_time - corner) < 1e-9 * step:
            end_time = corner
        across = _across(net, point.unknowns)
        rates = cells.slopes(across, point.states)
        flow = self._flow(point.time, point.unknowns, point.states)
        charge = net.charge(point.unknowns, cells.c_parallel)
        conductance = cells.conductance(across, point.states, slope)
        solver = net.solver(self.ends.conductances(middle_time), conductance, 1 / slope, cells.c_parallel)

        start = _advance_states(point.states, rates, slope)
        middle = self._stage(solver, slope, middle_time, charge, flow, point.unknowns, start, point.states)
        if middle is None:
            return None
        flow_middle = self._flow(middle_time, middle[0], middle[1])
        rates_middle = cells.slopes(_across(net, middle[0]), middle[1])
        share = _WEIGHT / _STAGE
        known = (share * (flow[0] + flow_middle[0]), share * (flow[1] + flow_middle[1]))
        both = States(rates.w + rates_middle.w, rates.x + rates_middle.x, rates.q + rates_middle.q)
        start = _advance_states(point.states, both, step * _WEIGHT)
        if self.ends.gated:
            solver = net.solver(self.ends.conductances(end_time), conductance, 1 / slope, cells.c_parallel)
        end = self._stage(solver, slope, end_time, charge, known, middle[0], start, middle[1])
        if end is None:
            return None
        flow_end = self._flow(end_time, end[0], end[1])
        rates_end = cells.slopes(_across(net, end[0]), end[1])
        error = self._error(solver, step, slope, (flow, flow_middle, flow_end), (rates, rates_middle, rates_end))
        # power sums with the weights of the formula: then sources, losses and charges agree
        first = replace(point, left=step * _WEIGHT, right=step * _WEIGHT)
        return (first, Point(middle_time, *middle, right=slope), Point(end_time, *end)), error

    def _stage(
        self,
        solver: Solver,
        slope: float,
        moment: float,
        charge: Pair,
        known: Pair,
        guess: Pair,
        start: States,
        near: States,
    ) -> tuple[Pair, States] | None:
        """Solve charge(y) - charge = slope (known + flow(y)) for the lines, with the cells' states following."""
        net, cells = self.network, self.cells
        unknowns, states = guess, near
        for _ in range(_NEWTON):
            states = cells.implicit(_across(net, unknowns), start, slope, states)
            flow, stored = self._flow(moment, unknowns, states), net.charge(unknowns, cells.c_parallel)
            out = tuple((stored[side] - charge[side]) / slope for side in (0, 1))
            residual = known[0] + flow[0] - out[0], known[1] + flow[1] - out[1]
            change = solver.solve(residual, 1e-4)
            unknowns = (unknowns[0] + change[0], unknowns[1] + change[1])
            largest = max(float(np.abs(part).max()) for part in change)
            if not np.isfinite(largest):
                return None
            if largest < 1e-3 * self.accuracy.reltol * self.ends.scale:
                return unknowns, cells.implicit(_across(net, unknowns), start, slope, states)
        return None

    def _flow(self, moment: float, unknowns: Pair, states: States) -> Pair:
        """Currents into the unknowns from sources, segments and cells."""
        net = self.network
        word, bit = net.crossings(unknowns)
        cell = self.cells.current(word - bit, states)
        from_word, from_bit = self.ends.currents(moment, word, bit)
        into, segments = net.into(from_word - cell, from_bit + cell), net.segments(unknowns)
        return into[0] - segments[0], into[1] - segments[1]

    def _error(
        self, solver: Solver, step: float, slope: float, flows: Sequence[Pair], rates: Sequence[States]
    ) -> float:  # fmt: skip
        """Difference to the third-order formula, as a multiple of what is allowed."""
        weights = tuple(step * weight for weight in _ERROR)
        word, bit = (sum(w * f[side] for w, f in zip(weights, flows, strict=True)) / slope for side in (0, 1))
        lines = solver.solve((word, bit), 1e-2)
        scale = self.ends.scale
        worst = max(float(np.abs(part).max()) for part in lines) / (10 * self.accuracy.reltol * scale)
        for name in ("w", "x"):
            difference = sum(w * getattr(r, name) for w, r in zip(weights, rates, strict=True))
            worst = max(worst, float(np.abs(difference).max()) / self.accuracy.reltol)
        q = sum(w * r.q for w, r in zip(weights, rates, strict=True)) / (1 + slope / self.cells.tau)
        return max(worst, float(np.abs(q).max()) / (10 * self.accuracy.reltol * scale))


def _across(net: Network, unknowns: Pair) -> Array:
    word, bit = net.crossings(unknowns)
    return word - bit


def _advance_states(states: States, rates: States, step: float) -> States:
    return States(states.w + step * rates.w, states.x + step * rates.x, states.q + step * rates.q)

"""The cells of an array from the currents at its terminals: Newton's method, and least squares where there is more.

As many currents as cells: they are interpolated. The derivatives come from the fields of the whole array, and the
logarithms of currents follow those of conductances closely, so that six to twelve turns reach ten digits [1]. A line's
own current is one reading more, which tells the resistance of segments and what the cells of a line have in common;
then it is least squares, for the few own currents beside the many cells by the matrix that they span alone [2].

1. C. T. Kelley, Solving Nonlinear Equations with Newton's Method, SIAM (2003).
2. M. A. Woodbury, Inverting modified matrices, Statistical Research Group, Memo. Report 42, Princeton (1950).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed.linear import Linearised, Point
from pyspice_models.lab.deembed.readings import MIN_SEGMENT, Combined, Lines

Array = NDArray[np.float64]

_TURNS = 60
_JOINT_TURNS = 20
_HALVINGS = 8
_DONE = 1e-10  # of a step
_CLOSE = 1e-7  # steps that rounding alone makes
_JOINT_DONE = 1e-7
_SMALL, _LARGE = 32 * 32, 64 * 64  # cells
_KEPT = 0.03  # step for which the own currents' derivatives are kept
_START = 0.2  # of the end's resistance, along a whole line: where segments that are recovered begin


@dataclass(frozen=True, eq=False)
class Fit:
    """Where the readings are met.

    Attributes:
        at: the array there.
        spans: what the own currents answer to, by the readings between lines, shape (own current, rows, cols).
        turns: of Newton's method.
        chi_square, freedom: of what was read beyond what had to be found.
    """

    at: Linearised
    spans: Array
    turns: int
    chi_square: float
    freedom: int


def fit(data: Combined, lines: Lines, *, floating: bool) -> Fit:
    """Find conductances, and the segments that are not known.

    Raises:
        RequestError: no array of these lines gives such currents.
    """
    try:
        return _Search(data, lines, floating=floating).found()
    except np.linalg.LinAlgError as error:
        raise _contradiction(f"they leave nothing to solve, {error}", lines) from None


class _Search:
    def __init__(self, data: Combined, lines: Lines, *, floating: bool) -> None:
        self._data, self._lines, self._floating = data, lines, floating
        seen = data.through[data.measured & (data.through > 0)]
        self._expected = float(np.exp(np.mean(np.log(seen)))) if len(seen) else 1e-6

    def found(self) -> Fit:
        try:
            at, turns = self._newton()
        except RequestError:
            if not self._lines.unknown:
                raise
            # noise that leaves segments open drives them anywhere: they wait for the weighted fit
            at, turns = self._newton(held=True)
        # what is not read is expected to be like what was found, not like what was read
        measured = self._data.measured
        if not measured.all() and measured.any():
            g = at.point.g.copy()
            self._expected = float(np.exp(np.mean(np.log(np.maximum(g[measured], 1e-15)))))
            g[~measured] = self._expected
            at, more = self._newton(Point(g, at.point.segments))
            turns += more
        extra = len(at.own_residual)
        if not extra:
            return Fit(at, np.zeros((0, *at.cells.shape)), turns, self._data.chi_square, self._data.freedom)
        at, spans, more = self._joint(at)
        of_readings = np.sum((np.square(at.residual) / at.variance)[measured])
        left = of_readings + np.sum(np.square(at.own_residual) / at.own_variance)
        # cells without a reading take what the own currents have to tell
        freedom = max(extra - len(at.point.segments) - int(np.count_nonzero(~measured)), 0)
        return Fit(at, spans, turns + more, self._data.chi_square + float(left), self._data.freedom + freedom)

    def _begin(self) -> Point:
        g = np.where(self._data.measured, np.maximum(self._data.through, 1e-3 * self._expected), self._expected)
        rows, cols = g.shape
        along = {"word_segment": self._lines.word_end / cols, "bit_segment": self._lines.bit_end / rows}
        return Point(g, {name: max(_START * along[name], MIN_SEGMENT) for name in self._lines.unknown})

    def _linearised(self, point: Point) -> Linearised | None:
        return Linearised.at(point, self._data, self._lines, self._expected, floating=self._floating)

    def _newton(self, point: Point | None = None, *, held: bool = False) -> tuple[Linearised, int]:
        """Meet the readings between lines exactly, and the own currents with the segments alone, if not held."""
        at = self._linearised(point or self._begin())
        if at is None:
            raise _contradiction("they ask for more than such ends let through", self._lines)
        before = np.inf
        for turn in range(_TURNS):
            residual = np.where(self._data.measured, at.residual, 0.0)
            cells = at.inverse.solve(residual, 1e-7)
            segments: Array = np.zeros(len(at.point.segments))
            if len(segments) and not held:
                through = [at.inverse.solve(one, 1e-5) for one in at.by_segments]
                answers = at.own_by_segments - np.stack([at.own_changes(one) for one in through], axis=1)
                weight = 1 / np.sqrt(at.own_variance)
                left = (at.own_residual - at.own_changes(cells)) * weight
                found = np.linalg.lstsq(answers * weight[:, None], left)[0]
                segments = np.asarray(np.clip(found, -1.0, 1.0))
                cells = cells - np.tensordot(segments, through, 1)
            step = float(max(np.abs(cells).max(), np.abs(segments).max(initial=0.0)))
            after = self._improved(at, cells, segments, step)
            if after is None:
                if step < _CLOSE:
                    return at, turn
                raise _contradiction(_worst_in_words(at, self._data), self._lines)
            at = after
            # what rounding leaves does not shrink any more
            if step < _DONE or (before < _CLOSE and step > 0.3 * before):
                return at, turn + 1
            before = step
        raise _contradiction(_worst_in_words(at, self._data), self._lines)

    def _improved(self, at: Linearised, cells: Array, segments: Array, step: float) -> Linearised | None:
        """After the step, or a share of it that does not make the worst residual much worse."""
        allowed = 2 * at.worst if step > 0.1 else 1.5 * at.worst
        for halved in range(_HALVINGS):
            after = self._linearised(at.moved(cells, segments, 0.5**halved))
            if after is not None and (after.worst <= max(allowed, 1e-12) or not np.isfinite(at.worst)):
                return after
        return None

    def _joint(self, at: Linearised) -> tuple[Linearised, Array, int]:
        """Least squares of all readings."""
        spans, stale, turns = self._spans(at), False, 0
        linear = bool(self._data.measured.all()) and not at.point.segments
        while turns < _JOINT_TURNS:
            turns += 1
            if stale:
                spans = self._spans(at)
            flat, variance = spans.reshape(len(spans), -1), at.variance.ravel()
            by_segments = np.reshape(at.by_segments, (-1, at.cells.size)).T
            answers = at.own_by_segments - flat @ by_segments
            spread = np.diag(at.own_variance) + (flat * variance) @ flat.T
            left = at.own_residual - flat @ at.residual.ravel()
            segments: Array = np.zeros(0)
            if at.point.segments:
                weighted = np.linalg.solve(spread, answers)
                segments = np.asarray(np.linalg.lstsq(answers.T @ weighted, weighted.T @ left)[0])
            pulled = variance * (flat.T @ np.linalg.solve(spread, left - answers @ segments))
            wanted = at.residual.ravel() + pulled - by_segments @ np.clip(segments, -1.0, 1.0)
            cells = at.inverse.solve(wanted.reshape(at.cells.shape), 1e-7)
            moved = float(max(np.abs(cells).max(), np.abs(segments).max(initial=0.0)))
            stale = not linear and max(np.sqrt(np.mean(np.square(cells))), np.abs(segments).max(initial=0.0)) > _KEPT
            steps = (self._linearised(at.moved(cells, segments, 0.5**halved)) for halved in range(_HALVINGS))
            after = next((one for one in steps if one is not None), None)
            if after is None:
                raise _contradiction(_worst_in_words(at, self._data), self._lines)
            at = after
            if moved < _JOINT_DONE:
                break
        return at, spans, turns

    @staticmethod
    def _spans(at: Linearised) -> Array:
        # they are weights: what they lack is a share of what the own currents add
        if at.cells.size > _LARGE:
            return np.stack([at.inverse.nearly_adjoint(one) for one in at.own_by_cells])
        tolerance = 1e-4 if at.cells.size <= _SMALL else 1e-2
        return np.stack([at.inverse.solve_adjoint(one, tolerance) for one in at.own_by_cells])


def _worst_in_words(at: Linearised, data: Combined) -> str:
    residual = np.where(data.measured, np.abs(at.residual), 0.0)
    row, col = (int(n) for n in np.unravel_index(residual.argmax(), residual.shape))
    return f"they are met worst between word line {row} and bit line {col}"


def _contradiction(why: str, lines: Lines) -> RequestError:
    tells = (
        f" {' and '.join(lines.unknown)} may be more than they tell: give it with --segment." if lines.unknown else ""
    )
    return RequestError(
        f"no array of passive cells with these ends and segments gives such currents: {why}. Look at the resistance of "
        "the ends (--end), at the segments, at units and signs, and at whether undriven lines are held or floating."
        + tells
    )

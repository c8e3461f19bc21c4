"""An array linearised at trial conductances: residuals of the readings, scaled, and what they answer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pyspice_models.lab.deembed.inverse import Inverse
from pyspice_models.lab.deembed.readings import MAX_SEGMENT, MIN_SEGMENT, Combined, Lines
from pyspice_models.lab.deembed.response import Response

Array = NDArray[np.float64]

SPREAD = float(np.log(10))
"""Of the logarithm of a conductance that nothing was read of: a factor of ten to either side."""

_DARK = 0.1  # of the expected conductance: below, a cell without a reading is fitted as it is, down to nothing
_SEEN = 5.0  # standard deviations; below, a current has no logarithm
_FINEST = (
    3.0  # standard deviations of a reading, as a conductance: below, cells are fitted as they are, not by logarithm
)
_LARGEST = 1.0  # [S] a cell that shorts its lines: nothing behind them tells more
_CELL_STEP, _SEGMENT_STEP = 1.5, 1.0


@dataclass(frozen=True)
class Point:
    """Trial values: conductances of all cells, shape (rows, cols) [S]; segments that are recovered, by name [ohm]."""

    g: Array
    segments: Mapping[str, float]


class Linearised:
    """At a point; residuals and steps have no unit, and are changes of logarithms wherever there is one.

    Attributes:
        expected: conductance of a cell without a reading [S].
        residual: of the readings between word and bit lines; where there is none, of the cell's expected conductance.
        variance: of that, by the noise.
        own_residual, own_variance: of the driven lines' own currents, words first, those that were read.
    """

    def __init__(self, point: Point, response: Response, data: Combined, expected: float) -> None:
        self.point, self.response, self.expected, self._data = point, response, expected, data
        model, sigma, g = response.through, data.through_sigma, point.g
        direct = response.direct
        measured = data.measured
        finest = np.divide(_FINEST * sigma, direct, out=np.full_like(direct, _LARGEST), where=direct > 0)
        self._finest = np.where(measured, np.minimum(finest, _LARGEST), _DARK * expected)
        self.cells = np.maximum(np.abs(g), self._finest)
        known = np.where(measured, data.through, model)
        noise = np.where(measured, sigma, 0.0)
        by_log = measured & (known > _SEEN * noise) & (model > 0)
        self.currents = np.where(by_log, model, np.maximum(np.abs(model), _SEEN * noise))
        ratio = np.divide(known, model, out=np.ones_like(model), where=by_log)
        self.residual: Array = np.where(by_log, np.log(ratio), (known - model) / self.currents)
        dark = _DARK * expected
        unread = np.where(g > dark, np.log(expected / np.maximum(g, dark)), (dark - g) / dark - np.log(_DARK))
        self.residual = np.where(measured, self.residual, unread)
        self.variance: Array = np.where(measured, np.square(noise / self.currents), SPREAD**2)
        own_model = np.concatenate([response.own_words, response.own_bits])
        own = np.concatenate([data.own_words, data.own_bits])
        own_sigma = np.concatenate([data.own_words_sigma, data.own_bits_sigma])
        self._read = np.flatnonzero(np.isfinite(own))
        own, own_model, own_sigma = own[self._read], own_model[self._read], own_sigma[self._read]
        by_log = (own > _SEEN * own_sigma) & (own_model > 0)
        self._own = np.where(by_log, own_model, np.maximum(np.abs(own_model), _SEEN * own_sigma))
        ratio = np.divide(own, own_model, out=np.ones_like(own), where=by_log)
        self.own_residual: Array = np.where(by_log, np.log(ratio), (own - own_model) / self._own)
        self.own_variance: Array = np.square(own_sigma / self._own)

    @classmethod
    def at(cls, point: Point, data: Combined, lines: Lines, expected: float, *, floating: bool) -> Linearised | None:
        """None where these cells make no passive array, or currents that no reading can be compared with."""
        response = Response.of(point.g, lines.at(**point.segments), floating=floating)
        if response is None or not np.isfinite(response.through).all():
            return None
        return cls(point, response, data, expected)

    @cached_property
    def inverse(self) -> Inverse:
        """Of the derivatives of `residual` by the cells."""
        return Inverse(self.response, self.cells, self.currents, self._data.measured)

    @cached_property
    def by_segments(self) -> list[Array]:
        """Derivatives of the currents by the logarithms of the segments that are recovered, shape (rows, cols) each."""
        found = [self.response.by_segments[name][0] / self.currents for name in self.point.segments]
        return [np.where(self._data.measured, one, 0.0) for one in found]

    @cached_property
    def own_by_segments(self) -> Array:
        """Of the own currents, shape (current, segment)."""
        parts = [np.concatenate(self.response.by_segments[name][1:])[self._read] for name in self.point.segments]
        return np.reshape(parts, (len(parts), len(self._read))).T / self._own[:, None]

    @cached_property
    def own_by_cells(self) -> Array:
        """Of the own currents by the cells, shape (current, rows, cols)."""
        whole = np.concatenate(self.response.own_by_cells)[self._read]
        return np.asarray((whole * self.cells.ravel() / self._own[:, None]).reshape(-1, *self.cells.shape))

    def own_changes(self, cells: Array) -> Array:
        """Of the own currents for changes of the cells."""
        return np.asarray(self.own_by_cells.reshape(-1, cells.size) @ cells.ravel())

    @property
    def worst(self) -> float:
        """Largest residual of a reading."""
        found = np.abs(self.residual[self._data.measured])
        return float(max(found.max(initial=0.0), np.abs(self.own_residual).max(initial=0.0)))

    def moved(self, cells: Array, segments: Array, share: float = 1.0) -> Point:
        """The point after a step, or after this share of it; steps are held where a logarithm is good for them."""
        step = share * np.clip(cells, -_CELL_STEP, _CELL_STEP)
        g = np.where(self.point.g > self._finest, self.point.g * np.exp(step), self.point.g + self.cells * step)
        held = np.exp(share * np.clip(segments, -_SEGMENT_STEP, _SEGMENT_STEP))
        after = {
            name: float(np.clip(value * factor, MIN_SEGMENT, MAX_SEGMENT))
            for (name, value), factor in zip(self.point.segments.items(), held, strict=True)
        }
        return replace(self.point, g=g, segments=after)

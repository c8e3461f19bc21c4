"""Conductances of the segments of lines: one number where all are alike, an array where some are open or lines differ.

Compiled loops ask by place. Where segments are alike the answer is the number itself, put there by the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.linear.compiled import numba

Array = NDArray[np.float64]

Segments = float | Array
"""Of the lines of a side [S]: infinite for lines without resistance; or of shape (row, col + 1) for word lines, of the
segment before each crossing, or (row + 1, col) for bit lines, of that before each crossing in its column. The outermost
are 0: they belong to what stands at the ends."""


def conductance(g: Segments, row: int, col: int) -> float:
    """Of the segment before a crossing in its line; 0 beyond the ends of an array."""
    return float(g[row, col]) if isinstance(g, np.ndarray) else g


def ideal(g: Segments) -> bool:
    """Whether lines have no resistance."""
    return not isinstance(g, np.ndarray) and bool(np.isinf(g))


def of_rows(g: Segments, first: int, last: int) -> Segments:
    """Of some of the rows alone."""
    return g[first:last] if isinstance(g, np.ndarray) else g


def _conductance(g: Any, row: Any, col: Any) -> Callable[..., Any]:
    return (lambda g, row, col: g[row, col]) if isinstance(g, numba.types.Array) else (lambda g, row, col: g)


def _ideal(g: Any) -> Callable[..., Any]:
    return (lambda g: False) if isinstance(g, numba.types.Array) else (lambda g: np.isinf(g))


def _of_rows(g: Any, first: Any, last: Any) -> Callable[..., Any]:
    return (lambda g, first, last: g[first:last]) if isinstance(g, numba.types.Array) else (lambda g, first, last: g)


for asked, answer in ((conductance, _conductance), (ideal, _ideal), (of_rows, _of_rows)):
    numba.extending.overload(asked, strict=False)(answer)


def segments_of(crossbar: Crossbar) -> tuple[Segments, Segments]:
    """Of the word lines and of the bit lines of a crossbar; where some differ, of both sides by place."""
    rows, cols = crossbar.shape
    g_word, g_bit = (1 / r if r > 0 else np.inf for r in (crossbar.r_word, crossbar.r_bit))
    words = [(row, col) for row, col in crossbar.faults.open_words if col > 0]
    bits = [(row + 1, col) for row, col in crossbar.faults.open_bits if row + 1 < rows]
    if not words and not bits and {"word_width", "bit_width"}.isdisjoint(crossbar.instances):
        return g_word, g_bit
    word, bit = np.full((rows, cols + 1), g_word), np.full((rows + 1, cols), g_bit)
    if np.isfinite(g_word):
        word[:] = 1 / crossbar.r_words[:, None]
    if np.isfinite(g_bit):
        bit[:] = 1 / crossbar.r_bits
    for each, places in ((word, words), (bit, bits)):
        if places:
            each[tuple(np.array(places).T)] = crossbar.faults.g_open
    word[:, [0, -1]] = 0.0
    bit[[0, -1]] = 0.0
    return word if np.isfinite(g_word) else g_word, bit if np.isfinite(g_bit) else g_bit


def first_segments_of(crossbar: Crossbar) -> tuple[Array, Array]:
    """Resistances between the terminals and the crossings next to them, shapes (row,) and (col,) [ohm]."""
    rows, cols = crossbar.shape
    word = np.array([crossbar.r_word_before(row, 0) for row in range(rows)])
    return word, np.array([crossbar.r_bit_after(rows - 1, col) for col in range(cols)])

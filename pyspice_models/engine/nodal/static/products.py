"""Many vector-matrix products on one array: what a crossbar makes of its inputs is one matrix, found once.

Row by row from the far end, everything above a row is replaced by what its bit lines see of it: a conductance matrix
between the bit lines and a current from every input so far. That is block elimination; the word line of each row goes
in through a tridiagonal solve. The work is that of `cols`^3 for every row, whatever the number of vectors.
Source: George and Liu, Computer Solution of Large Sparse Positive Definite Systems (1981), ch. 8 (block elimination).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpttrf, dpttrs

from pyspice_models.array import Crossbar
from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.engine.nodal.linear.threads import one_thread
from pyspice_models.engine.nodal.static.solve import solve_static
from pyspice_models.engine.nodal.static.structured import end_conductances, why_not_structured
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array
from pyspice_models.stimulus.scheme import vector_bias

Array = NDArray[np.float64]

_AGREE = 1e-9  # of the largest current


def solve_products(
    crossbar: Crossbar, conductances: ArrayLike, inputs: ArrayLike, *, transposed: bool = False
) -> Array:  # fmt: skip
    """Currents into the sense circuits, held at 0 V, for every vector of input voltages.

    Args:
        crossbar, conductances: as in `solve_static`.
        inputs: voltages of the word lines, shape (vectors, rows) [V]; transposed of the bit lines, (vectors, cols).
        transposed: the bit lines are driven through their ends and the word lines sensed through theirs. Resistors
            are reciprocal: the matrix is the same one, transposed.

    Returns:
        Shape (vectors, cols) [A]; transposed (vectors, rows).

    Raises:
        RequestError: inputs of another shape or not finite, or what `solve_static` refuses.
    """
    volts = np.atleast_2d(real_array(inputs, "V", name="inputs"))
    lines = crossbar.cols if transposed else crossbar.rows
    if volts.ndim != 2 or volts.shape[1] != lines or not np.isfinite(volts).all():
        raise RequestError.for_value("inputs' shape", volts.shape, allowed=f"(vectors, {lines}), finite")
    through = transfer_matrix(crossbar, conductances)
    return np.asarray(volts @ (through if transposed else through.T))


def transfer_matrix(crossbar: Crossbar, conductances: ArrayLike) -> Array:
    """Current into every sense circuit for a volt on every word line, all lines driven, shape (cols, rows) [S].

    With lines without resistance it is the transpose of `conductances` but for drivers and sense circuits. Lines
    with two drivers, faults, or without resistance are solved input by input, and so is an array whose elimination
    does not agree with one solution for all inputs together: with segments of far less resistance than a cell the
    differences that it takes are rounding.

    Raises:
        RequestError: as `solve_static`.
    """
    g = real_array(conductances, "S", name="conductances")
    plain = not crossbar.driver.both_ends and crossbar.driver.compliance == "none" and g.shape == crossbar.shape
    rows, cols = crossbar.shape
    if plain and not why_not_structured(crossbar, g):
        with one_thread():
            found = eliminated(crossbar, g)
        if found is not None:
            together = -solve_static(crossbar, vector_bias([1.0] * rows, [0.0] * cols), g).bit_ends
            if np.abs(found.sum(axis=1) - together).max() <= _AGREE * np.abs(together).max():
                return found
    units = (vector_bias(np.eye(rows)[row].tolist(), [0.0] * cols) for row in range(rows))
    return np.stack([-solve_static(crossbar, unit, g).bit_ends for unit in units], axis=1)


def eliminated(crossbar: Crossbar, g: Array) -> Array | None:
    """None where rounding has taken the matrix its sign."""
    rows, cols = crossbar.shape
    _, near, _ = end_conductances(ResistiveNetwork(crossbar), vector_bias([0.0] * rows, [0.0] * cols))
    g_word, g_bit = 1 / crossbar.r_word, 1 / crossbar.r_bit
    diagonal = np.diag_indices(cols)
    currents = np.empty((cols, rows))  # into the bit lines of the row at hand, for a volt on every input so far
    seen = np.zeros((cols, cols))  # what the bit lines see of everything above
    for row in range(rows):
        lifted, driven = _word_line(g[row], g_word, near[row])
        currents[:, row] = g[row] * driven
        matrix = seen - g[row][:, None] * lifted
        matrix[diagonal] += g[row] + (g_bit if row < rows - 1 else near[rows:])
        inverse = _inverse(matrix)
        if inverse is None:
            return None
        voltages = inverse @ currents[:, : row + 1]
        if row < rows - 1:
            currents[:, : row + 1] = g_bit * voltages
            seen = -(g_bit**2) * inverse
            seen[diagonal] += g_bit
    return np.asarray(near[rows:, None] * voltages)


def _word_line(cells: Array, g_segment: float, near: float) -> tuple[Array, Array]:
    """Voltages of a word line for a volt on each bit line through its cell, and for a volt on its source."""
    pivots = cells.copy()
    pivots[:-1] += g_segment
    pivots[1:] += g_segment
    pivots[0] += near
    d, e, _ = dpttrf(pivots, np.full(len(cells) - 1, -g_segment))
    source = np.zeros(len(cells))
    source[0] = near
    solved, _ = dpttrs(d, e, np.column_stack([np.diag(cells), source]))
    return solved[:, :-1], solved[:, -1]


def _inverse(matrix: Array) -> Array | None:
    """Of a symmetric matrix; None where it is not positive definite."""
    factor, failed = dpotrf(matrix, lower=True, clean=False)
    if failed:
        return None
    lower, _ = dpotri(factor, lower=True)
    lower = np.tril(lower)
    return np.asarray(lower + np.tril(lower, -1).T)

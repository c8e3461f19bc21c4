"""What the pulses for other cells do to a cell in one round, as the nominal cell on ideal lines has it.

The controller of closed-loop programming needs it to tell a cell that does not answer from one whose answer the others
undid. It is an estimate from what hardware knows: scheme, voltage, widths, and the film's nominal kinetics.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.program.correction import nominal_bounds
from pyspice_models.stimulus.scheme import write_bias

Array = NDArray[np.float64]


def doses(
    crossbar: Crossbar, scheme: str, voltage: float, width: Array, up: NDArray[np.bool_], row_time: Array | None = None,
) -> Array:  # fmt: skip
    """Time at full voltage that would move each cell as far as the pulses of all others together.

    Args:
        crossbar: its common cell, and whether transistors select.
        scheme: of the pulses, see `write_bias`.
        voltage: of the pulses, > 0 [V].
        width: of the pulse that each cell gets [s], 0 for none; shape (rows, cols).
        up: whether it is a set, else a reset.
        row_time: for how long each row is pulsed by sets and by resets [s], shape (2, rows); None where cells are
            pulsed one by one.

    Returns:
        Of setting and of resetting [s], shape (2, rows, cols).
    """
    full, found = nominal_bounds(crossbar, voltage).rates, np.zeros((2, *width.shape))
    for n, (times, sign) in enumerate(((np.where(up, width, 0.0), 1), (np.where(up, 0.0, width), -1))):
        rows = times.sum(axis=1) if row_time is None else row_time[n]
        for share, seen in zip(_shares(crossbar, scheme), _of_others(times, rows), strict=True):
            if share:
                way = 0 if share * sign > 0 else 1
                found[way] += seen * nominal_bounds(crossbar, abs(share) * voltage).rates[way] / full[way]
    return found


def _shares(crossbar: Crossbar, scheme: str) -> tuple[float, float, float]:
    """What a cell sees of a pulse for another one: of the same word line, of the same bit line, of neither."""
    bias = write_bias(scheme, (2, 2), [0], [0], 1.0)
    # with the other lines of both sides cut off, each settles about half way; those of one side follow the driven ones
    loose = not (bias.word_driven.all() or bias.bit_driven.all())
    word, bit = (np.where(driven | (not loose), volts, 0.5)
                 for volts, driven in ((bias.word, bias.word_driven), (bias.bit, bias.bit_driven)))  # fmt: skip
    seen = word[:, None] - bit
    if crossbar.kind == "1T1R":
        seen = seen * bias.gates
    return float(seen[0, 1]), float(seen[1, 0]), float(seen[1, 1])


def _of_others(times: Array, rows: Array) -> tuple[Array, Array, Array]:
    """Times under pulses for others of the same row, of the same column, of neither; `rows`: each row's, shape (rows,).

    Cells of a row that are pulsed at once are no others to each other.
    """
    row, col = rows[:, None] - times, times.sum(axis=0) - times
    return row, col, rows.sum() - times - row - col

"""What a read of a whole array loses on lines and at their ends, reckoned back by what the design says of them.

The current of a cell falls short of its conductance times the read voltage: drivers, sense circuits and segments take a
part, which grows with what all cells of the word and of the bit line conduct. Hardware knows all these reads, and the
nominal resistances: that is enough to tell what the cells must hold for the currents to be what they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.faults import Faults
from pyspice_models.engine.nodal.static.products import transfer_matrix

Array = NDArray[np.float64]

_TURNS = 20
_CLOSE = 1e-6  # of the largest current: far below what a read can tell


def without_lines(crossbar: Crossbar, seen: Array) -> Array:
    """Conductances of cells by which a grounded read of every row would show these [S], shape (rows, cols).

    Each turn adds what is missing between the reads and what the nominal lines would make of the present guess. It
    ends where no read is off by more than a millionth of the largest, or gets no closer: then the best guess counts.

    Args:
        crossbar: as designed: its lines and their ends; what is faulty about them hardware does not know.
        seen: current of each cell over the read voltage [S], shape (rows, cols); noise may have taken it below 0.

    Raises:
        RequestError: drivers with a current limiter.
    """
    sound = crossbar.replace(faults=Faults())
    guess, best, least = seen, seen, np.inf
    for _ in range(_TURNS):
        missing = seen - transfer_matrix(sound, np.clip(guess, 0, None)).T
        # what noise took below 0 stays there: no cell conducts less than nothing
        missing = np.where(seen < 0, 0.0, missing)
        off = float(np.abs(missing).max())
        if off >= least:
            break
        best, least = guess, off
        if off <= _CLOSE * float(np.abs(seen).max()):
            break
        guess = guess + missing
    return best

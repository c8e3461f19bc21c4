"""What went wrong in a compiled cell, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.osdi.devices import ASKED, NO_CONVERGENCE, NOT_FINITE, SINGULAR
from pyspice_models.engine.osdi.layout import FATAL

_WHAT = {
    SINGULAR: "has equations without a single solution",
    NOT_FINITE: "gives currents, charges or slopes that are no numbers",
    NO_CONVERGENCE: "has equations that Newton's method does not solve",
}  # fmt: skip


def in_words(
    fault: int, asked: int, place: tuple[int, int], cell: str, names: Sequence[str], volts: NDArray[np.float64],
    words: Sequence[str], when: str,
) -> str:  # fmt: skip
    """Which cell it was, what it did, at which voltages of its nodes."""
    if fault == ASKED:
        word = "$fatal" if asked & FATAL else "$finish or $stop"
        what = f"asks for the end of the simulation by {word}"
        if words:
            what += f" ({words[-1]})"
    else:
        what = _WHAT[fault]
    where = ", ".join(f"{name} = {volt:.6g} V" for name, volt in zip(names, volts, strict=False))
    return f"the cell {place} ({cell}) {what} {when}, at {where}"

"""Compiles the loops, or loads their machine code where it is kept: before a request whose time is limited."""

from __future__ import annotations

import numpy as np

from pyspice_models.foreign.osdi.loops import rows, static
from pyspice_models.foreign.osdi.loops.compiled import KEPT
from pyspice_models.foreign.osdi.loops.follow import follow
from pyspice_models.foreign.osdi.loops.powers import powers

_KEPT = {
    "evaluate": ("rows.evaluate",), "powers": ("powers.powers",), "static": ("static.static",),
    "respond": ("static.static", "follow.follow"),
}  # fmt: skip
"""Files of machine code by what is asked."""


def make_ready(asked: str) -> None:
    """Call the loops of a request with nothing to do: no row of voltages, no time left. No address is called."""
    whole, one, table, cube = np.zeros(1, np.int64), np.zeros(1), np.zeros((0, 2)), np.zeros((0, 1, 1))
    entries = (whole, whole, np.zeros(2, np.int64))
    if asked == "evaluate":
        rows.evaluate(whole, whole, one, whole, whole, 0, one, table, table, table, entries, cube, cube, whole, table)
    elif asked == "powers":
        powers(whole, whole, one, whole, whole, 0, one, table, whole, whole, table, one, one)
    else:
        ended = np.zeros(3, np.int64)
        static.static(
            whole, whole, one, whole, whole, 0, one, table, whole, entries, table, table, cube, 1, 0.0, ended
        )  # fmt: skip
    if asked == "respond":
        follow(
            whole, whole, one, 0, 0, 0, np.zeros(2), whole, entries, 1, one, one, np.zeros(4), np.zeros(2),
            0, 1.0, 1e-5,
            np.zeros(4), one, np.zeros((1, 2)), np.zeros((1, 1)), one,
        )  # fmt: skip


def load_what_is_kept() -> None:
    """Load the machine code that is kept: what is forked afterwards need not do it again."""
    for asked, files in _KEPT.items():
        if all(any(KEPT.rglob(f"{name}-*.nbc")) for name in files):
            make_ready(asked)

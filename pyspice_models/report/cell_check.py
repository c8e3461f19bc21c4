"""The loop of a cell that was checked, as every engine saw it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.foreign.check import Checked
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures
from pyspice_models.report.style import BLUE, ORANGE, words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_check(checked: Checked, folder: Path) -> list[Path]:
    """Write loop.png into a folder; nothing for a cell without a loop.

    Raises:
        PictureError: it cannot be drawn or written.
    """
    return save_figures(folder, {"loop.png": lambda: loop_figure(checked)}) if checked.loops else []


def loop_figure(checked: Checked) -> Figure:
    """Current against voltage, plainly and with its magnitude on a logarithm."""
    figure = blank(figsize=(7.0, 2.9), layout="constrained")
    plain, logarithm = figure.subplots(1, 2)
    for loop, colour, style in zip(checked.loops, (BLUE, ORANGE), ("-", "--"), strict=False):
        plain.plot(loop.voltage, loop.current, style, color=colour, label=loop.engine)
        size = np.where(np.abs(loop.voltage) < 0.01 * np.abs(loop.voltage).max(), np.nan, np.abs(loop.current))
        logarithm.semilogy(loop.voltage, size, style, color=colour)
    plain.axhline(0.0, lw=0.5, color="0.5")
    plain.axvline(0.0, lw=0.5, color="0.5")
    plain.legend(loc="upper left")
    plain.set(xlabel="voltage from top to bottom (V)", ylabel="current (A)")
    plain.set_title(words(f"{checked.module}: {checked.verdict}"))
    logarithm.set(xlabel="voltage from top to bottom (V)", ylabel="|current| (A)")
    span = checked.loops[0].time[-1]
    logarithm.set_title(f"one loop in {span:.3g} s" if checked.form == "verilog_a" else f"two loops in {span:.3g} s")
    return figure

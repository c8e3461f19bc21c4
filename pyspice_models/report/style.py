"""Look of all figures: sizes, fonts and colours that survive a journal's column and a grey printer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyspice_models.report.blank import matplotlib
from pyspice_models.report.page.blocks import shown

# Okabe and Ito's palette: told apart by colour-blind readers
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000",
)  # fmt: skip


LINES = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""In this order where lines are told apart by colour alone."""


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the package's settings to the figures drawn inside the block.

    Nothing of a user's own matplotlibrc is in them, nor of one in the current folder: TeX would take every text for
    markup, and run what it names.
    """
    settings: dict[Any, Any] = {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.linewidth": 0.6,
        "axes.grid": True,
        "grid.linewidth": 0.3,
        "grid.alpha": 0.5,
        "axes.prop_cycle": matplotlib().cycler("color", LINES),
        "lines.linewidth": 1.2,
        "legend.fontsize": 7,
        "legend.frameon": False,
        "figure.dpi": 150,
        "savefig.dpi": 200,
        "image.cmap": "viridis",
        "svg.hashsalt": "ag2s",  # names inside an SVG are drawn by lot otherwise
    }
    mpl = matplotlib()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def colours(name: str) -> Any:
    """A colour map."""
    return matplotlib().colormaps[name]


def words(text: str) -> str:
    """Text of a user for a picture: a dollar sign is one, and begins no formula."""
    # Matplotlib sees no formula if every dollar is escaped, and then shows the escapes as dollars
    return text.replace("$", r"\$")


def told(value: float, unit: str = "", digits: int = 4) -> str:
    """A number in a picture: an SI prefix, and where the unit takes none a power of ten in steps of three."""
    text = shown(value, unit, digits)
    number, _, of = text.partition(" ")
    if "e" not in number:
        return text
    power = 3 * math.floor(math.log10(abs(value)) / 3)
    return f"{value / 10.0**power:.{digits}g} × 10{str(power).translate(_RAISED)} {of}".rstrip()


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

"""What an output current answers to, from the solution of the network and its adjoint."""

from __future__ import annotations

from functools import partial

import numpy as np
import xarray as xr

from pyspice_models.engine.nodal.static.sensitivity import Sensitivity
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card, squares
from pyspice_models.report.page.blocks import Paragraph
from pyspice_models.report.sensitivity import draw_effects
from pyspice_models.units import micro, shown


def card_of_sensitivity(found: Sensitivity) -> Card:
    """A map of what 1 % of each cell changes, the current, and what is held."""
    values = 0.01 * found.cell_effects
    top = float(np.abs(values).max()) or 1e-18
    about = "change of the current where a cell conducts 1 % more"
    shown_map = squares(
        "cells", about, values, "A", colours="RdBu_r", scale="symlog", low=-top, high=top, small=top * 1e-3
    )  # fmt: skip
    current = f"current {shown(found.current, 'A', 6)}, at most {shown(found.error, 'A', 2)} off the exact solution"
    return Card(repr(found).strip("<>"), [shown_map, Paragraph(current), Paragraph(micro(found.held), "note")])


def drawing_of_sensitivity(found: Sensitivity, what: str) -> Drawing:
    """Maps of what 1 % more of each cell and segment changes; on one given axes that of the cells alone."""
    crossbar = found.solution.network.crossbar
    maps = [("cells conduct 1 % more", found.cell_effects)]
    for name, by, ohms in (
        ("word", found.word_segments, crossbar.r_word), ("bit", found.bit_segments, crossbar.r_bit),
    ):  # fmt: skip
        if by is not None:
            maps.append((f"{name} segments resist 1 % more", by * ohms))
    panels = [
        partial(draw_effects, values=xr.DataArray(0.01 * values, dims=("row", "col")), title=title)
        for title, values in maps
    ]
    return Drawing(panels, cols=len(panels), size=(3.4, 3.0), title=repr(found).strip("<>"), least=1)

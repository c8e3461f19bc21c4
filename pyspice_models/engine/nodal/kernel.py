"""Which cells the nodal engine has a compiled form of: asked before anything is compiled."""

from __future__ import annotations

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel


def no_kernel(model: CellModel) -> str:
    """Why the engine cannot simulate a cell, in words that follow its name; empty if it can."""
    return "" if model.kernel == AG2S.kernel else f"has no compiled form of the cell {model.name!r}"

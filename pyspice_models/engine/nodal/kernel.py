"""Which cells the nodal engine can solve: asked before anything is compiled."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.params import ThresholdParams


def has_kernel(model: CellModel) -> bool:
    """Whether a cell has compiled loops of its own; any other one is solved by its compiled Verilog-A."""
    return model.kernel == AG2S.kernel


def no_kernel(model: CellModel) -> str:
    """Why the engine cannot simulate a cell, in words that follow its name; empty if it can."""
    if model.subcircuit is not None:
        return f"solves cells that are Verilog-A, and the cell {model.name!r} is a SPICE subcircuit"
    if has_kernel(model) or ("osdi" in model.forms and model.from_nodes is not None):
        return ""
    return f"has no compiled form of the cell {model.name!r}"


def by_objects(crossbar: Crossbar) -> bool:
    """Whether the cells of an array are called by their objects: all of them, where some have no loops of their own."""
    return not all(has_kernel(one.model) for one in crossbar.populations) or bool(crossbar.kinds)


def selected_by_objects(crossbar: Crossbar) -> bool:
    """Whether each place of an array is a cell and its selector that are called by their objects."""
    return by_objects(crossbar) and isinstance(crossbar.selector, ThresholdParams)


def of_others(crossbar: Crossbar) -> list[str]:
    """Cells whose code comes from a user: it runs in a process of its own."""
    return [one.model.name for one in crossbar.populations if one.model.verilog_a]

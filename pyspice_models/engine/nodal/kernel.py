"""Which cells and selectors the nodal engine can solve: asked before anything is compiled."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import TransistorParams


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


def of_others(crossbar: Crossbar) -> list[str]:
    """Cells whose code comes from a user: it runs in a process of its own."""
    return [one.model.name for one in crossbar.populations if one.model.verilog_a]


def no_selector(crossbar: Crossbar) -> str:
    """Why it cannot simulate a crossbar's selectors, likewise; empty if it can, or if there are none."""
    selector = crossbar.selector
    if isinstance(selector, ForeignTransistor):
        return f"has no compiled form of a transistor from a SPICE file, {selector.name} of {selector.library.name}"
    if isinstance(selector, ForeignSelector):
        return f"has no compiled form of the selector {selector.module!r}, a module of your own"
    if isinstance(selector, TransistorParams) and by_objects(crossbar):
        return "solves cells behind a [transistor] by their own loops alone, and Ag2S alone has any"
    return ""

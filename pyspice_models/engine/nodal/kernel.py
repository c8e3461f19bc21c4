"""Which cells and selectors the nodal engine has a compiled form of: asked before anything is compiled."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import TransistorParams


def no_kernel(model: CellModel) -> str:
    """Why the engine cannot simulate a cell, in words that follow its name; empty if it can."""
    return "" if model.kernel == AG2S.kernel else f"has no compiled form of the cell {model.name!r}"


def no_selector(crossbar: Crossbar) -> str:
    """Why it cannot simulate a crossbar's selectors, likewise; empty if it can, or if there are none."""
    selector = crossbar.selector
    if isinstance(selector, ForeignTransistor):
        return f"has no compiled form of a transistor from a SPICE file, {selector.name} of {selector.library.name}"
    if isinstance(selector, ForeignSelector):
        return f"has no compiled form of the selector {selector.module!r}, a module of your own"
    if isinstance(selector, TransistorParams) and crossbar.driver.kind == "rail":
        return "has no gate lines on rails (driver.kind = 'rail' with a [transistor])"
    return ""

"""Which cells and selectors the nodal engine can solve, and by what: asked before anything is compiled."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.engine.nodal.joined.cards import lacks
from pyspice_models.inputs.spice.circuit import Untranslated


def has_kernel(model: CellModel) -> bool:
    """Whether a cell has compiled loops of its own; any other one is solved by its compiled Verilog-A."""
    return model.kernel == AG2S.kernel


def no_kernel(model: CellModel) -> str:
    """Why the engine cannot simulate a cell, in words that follow its name; empty if it can."""
    if model.rewritten is not None:
        try:
            model.rewritten()
        except Untranslated as why:
            return f"solves a subcircuit by its equations, and those of {model.name!r} it cannot translate: {why}"
        return ""
    if has_kernel(model) or ("osdi" in model.forms and model.from_nodes is not None):
        return ""
    return f"has no compiled form of the cell {model.name!r}"


def by_objects(crossbar: Crossbar) -> bool:
    """Whether the cells of an array are called by their objects: all of them, where some have no loops of their own."""
    return not all(has_kernel(one.model) for one in crossbar.populations) or bool(crossbar.kinds)


def joined(crossbar: Crossbar) -> bool:
    """Whether its crossings are solved as several objects that meet at inner nodes; cells that are subcircuits, too."""
    selector = crossbar.selector
    if isinstance(selector, ForeignTransistor | ForeignSelector):
        return True
    if isinstance(selector, TransistorParams) and by_objects(crossbar):
        return True
    return any(one.model.rewritten is not None for one in crossbar.populations)


def of_others(crossbar: Crossbar) -> list[str]:
    """Cells and selectors whose code comes from a user, in words: it runs in a process of its own."""
    models = [one.model for one in crossbar.populations]
    found = [f"the cell {model.name!r}" for model in models if model.verilog_a or model.rewritten is not None]
    if isinstance(crossbar.selector, ForeignSelector):
        found.append(f"the selector {crossbar.selector.module!r}")
    return found


def no_selector(crossbar: Crossbar) -> str:
    """Why it cannot simulate a crossbar's selectors, likewise; empty if it can, or if there are none."""
    selector = crossbar.selector
    if isinstance(selector, ForeignTransistor) and (reason := lacks(selector)):
        return f"solves the transistor {selector.name!r} by compiled models, and cannot: {reason}"
    return ""

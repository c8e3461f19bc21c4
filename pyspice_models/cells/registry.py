"""Which cells there are: the model of a parameter set."""

from __future__ import annotations

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.gap.model import GAP
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.threshold.model import THRESHOLD
from pyspice_models.cells.vteam.model import VTEAM
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError

OWN = "cell_model"
"""Attribute of a class of parameters that is made for one file of a user's: the model that they are parameters of."""

MODELS: dict[type[ParameterSet], CellModel] = {model.parameters: model for model in (AG2S, VTEAM, GAP, THRESHOLD)}


def model_of(cell: ParameterSet) -> CellModel:
    """The model that these are parameters of.

    Raises:
        RequestError: they are parameters of no cell.
    """
    found = MODELS.get(type(cell), getattr(type(cell), OWN, None))
    if not isinstance(found, CellModel):
        names = ", ".join(kind.__name__ for kind in MODELS)
        raise RequestError.for_value("array.cell", cell, allowed=f"parameters of a cell: {names}")
    return found


def model_named(name: str, *, where: str = "cell") -> CellModel:
    """The cell called `name`; `where` is what an error calls it.

    Raises:
        RequestError: there is none.
    """
    for model in MODELS.values():
        if model.name == name:
            return model
    raise RequestError.for_value(where, name, allowed=f"one of {', '.join(model_names())}")


def model_names() -> tuple[str, ...]:
    """Names of all cells."""
    return tuple(model.name for model in MODELS.values())


def register(model: CellModel) -> None:
    """Make a cell known.

    Raises:
        RequestError: another cell has its name.
    """
    for kind, known in MODELS.items():
        if known.name == model.name and kind is not model.parameters:
            raise RequestError.for_value("cell.name", model.name, allowed="a name that no other cell has")
    MODELS[model.parameters] = model

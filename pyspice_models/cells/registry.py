"""Which cells there are: the model of a parameter set."""

from __future__ import annotations

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.gap.model import GAP
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.threshold.model import THRESHOLD
from pyspice_models.cells.vteam.model import VTEAM
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError

MODELS: dict[type[ParameterSet], CellModel] = {model.parameters: model for model in (AG2S, VTEAM, GAP, THRESHOLD)}


def model_of(cell: ParameterSet) -> CellModel:
    """The model that these are parameters of.

    Raises:
        RequestError: they are parameters of no cell.
    """
    try:
        return MODELS[type(cell)]
    except KeyError:
        names = ", ".join(kind.__name__ for kind in MODELS)
        raise RequestError.for_value("array.cell", cell, allowed=f"parameters of a cell: {names}") from None


def model_named(name: str) -> CellModel:
    """The cell called `name`.

    Raises:
        RequestError: there is none.
    """
    for model in MODELS.values():
        if model.name == name:
            return model
    raise RequestError.for_value("cell", name, allowed=f"one of {', '.join(model_names())}")


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

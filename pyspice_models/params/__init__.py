"""Parameters: frozen, checked, each with unit, range and provenance."""

from pyspice_models.params.cell import CellParams
from pyspice_models.params.quantity import ParameterSet, Quantity, quantity, refuse_unknown

__all__ = ["CellParams", "ParameterSet", "Quantity", "quantity", "refuse_unknown"]

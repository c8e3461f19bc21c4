"""Parameters: frozen, checked, each with unit, range and provenance."""

from pyspice_models.params.cell import CellParams
from pyspice_models.params.driver import DriverParams
from pyspice_models.params.quantity import ParameterSet, Quantity, quantity, refuse_unknown
from pyspice_models.params.selector import Selector, ThresholdParams, TransistorParams
from pyspice_models.params.variability import VariabilityParams
from pyspice_models.params.wire import WireParams

__all__ = [
    "CellParams",
    "DriverParams",
    "ParameterSet",
    "Quantity",
    "Selector",
    "ThresholdParams",
    "TransistorParams",
    "VariabilityParams",
    "WireParams",
    "quantity",
    "refuse_unknown",
]

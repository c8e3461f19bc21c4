"""Parameters: frozen, checked, each with unit, range and provenance."""

from pyspice_models.params.cell import CellParams
from pyspice_models.params.driver import DriverParams
from pyspice_models.params.quantity import Choice, ParameterSet, Plausible, Quantity, choice, quantity, refuse_unknown
from pyspice_models.params.selector import SWITCHING, Selector, ThresholdParams, TransistorParams
from pyspice_models.params.sensing import SensingParams
from pyspice_models.params.variability import VariabilityParams
from pyspice_models.params.wire import WireParams

__all__ = [
    "SWITCHING",
    "CellParams",
    "Choice",
    "DriverParams",
    "ParameterSet",
    "Plausible",
    "Quantity",
    "Selector",
    "SensingParams",
    "ThresholdParams",
    "TransistorParams",
    "VariabilityParams",
    "WireParams",
    "choice",
    "quantity",
    "refuse_unknown",
]

"""Spreads beyond those of single cells: of lots, along the wafer, between neighbours; of lines, ends and selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspice_models.declare.quantity import ParameterSet, choice, quantity

FILM = ("thickness", "nucleation", "mobility", "interface")
"""Causes that follow from the film, and so change along it."""
LOT = ("area", *FILM, "asymmetry", "gap", "on", "off")
"""Causes that arrays differ by as a whole: all those of devices."""

_NONE = "none is known of this film: 0, the part is switched off, and a value is yours to state"


def _lot(what: str, high: float = 0.5) -> Any:
    return quantity(
        0.0, "", low=0, high=high, tag="assumed", source=_NONE,
        about=f"spread of {what} between arrays (lots, dies), common to all cells of one, beside device_ of the name",
    )  # fmt: skip


def _slope(what: str) -> Any:
    return quantity(
        0.0, "1/m", low=-1e3, high=1e3, tag="assumed", source=_NONE,
        about=f"stated gradient of {what} along slope_direction: relative change for a metre, 0 at the cell (0, 0)",
    )  # fmt: skip


def _tilt(what: str) -> Any:
    return quantity(
        0.0, "1/m", low=0, high=1e3, tag="assumed", source=_NONE,
        about=f"spread between arrays of the gradient of {what}, of its part along columns and of that along rows",
    )  # fmt: skip


def _field(what: str, high: float = 0.5) -> Any:
    return quantity(
        0.0, "", low=0, high=high, tag="assumed", source=_NONE,
        about=f"spread of {what} between cells of which neighbours are alike: correlated over field_length",
    )  # fmt: skip


def _within(what: str, high: float = 0.5) -> Any:
    return quantity(0.0, "", low=0, high=high, tag="assumed", source=_NONE, about=f"lognormal spread of {what}")


_AREA, _THICKNESS, _NUCLEATION = "the cross-point area", "the film thickness", "both nucleation voltages"
_MOBILITY, _INTERFACE = "the ions' mobility", "the interface conductances"


@dataclass(frozen=True)
class WaferSpreadParams(ParameterSet):
    """Parts of spreads that cells share (lot, stated and drawn gradients, a correlated field), and those of lines, ends
    and selectors within an array; all 0 unless stated."""

    lot_area: float = _lot(_AREA)
    lot_thickness: float = _lot(_THICKNESS, 0.2)
    lot_nucleation: float = _lot(_NUCLEATION, 0.2)
    lot_mobility: float = _lot(_MOBILITY)
    lot_interface: float = _lot(_INTERFACE)
    lot_asymmetry: float = _lot("the ratio of reset rate to set rate")
    lot_gap: float = _lot("the conductance that a filament starts from")
    lot_on: float = _lot("the conductances of cells that are on")
    lot_off: float = _lot("the conductances of cells that are off")
    slope_thickness: float = _slope(_THICKNESS)
    slope_nucleation: float = _slope(_NUCLEATION)
    slope_mobility: float = _slope(_MOBILITY)
    slope_interface: float = _slope(_INTERFACE)
    slope_direction: float = quantity(
        0.0, "deg", low=-360, high=360, tag="assumed", source="choice of the user",
        about="in which stated gradients rise: 0 along the word lines, to higher columns; 90 to higher rows",
    )  # fmt: skip
    tilt_thickness: float = _tilt(_THICKNESS)
    tilt_nucleation: float = _tilt(_NUCLEATION)
    tilt_mobility: float = _tilt(_MOBILITY)
    tilt_interface: float = _tilt(_INTERFACE)
    field_thickness: float = _field(_THICKNESS, 0.2)
    field_nucleation: float = _field(_NUCLEATION, 0.2)
    field_mobility: float = _field(_MOBILITY)
    field_interface: float = _field(_INTERFACE)
    field_length: float = quantity(
        0.0, "m", low=0, high=1, tag="assumed", source=_NONE,
        about="distance at which the correlation of the fields is 1/e: from 1 to 64 times wire.pitch; 0: no field",
    )  # fmt: skip
    field_shape: str = choice(
        "gaussian", "gaussian", "exponential",
        about="how the correlation falls over a distance d: exp(-(d/field_length)^2), or exp(-d/field_length)",
    )  # fmt: skip

    line_width: float = _within("line width from line to line of one array: its segments' resistance", 0.2)
    line_driver: float = _within("the drivers' resistance from word line to word line of one array")
    line_sense: float = _within("the sense circuits' resistance from bit line to bit line of one array")
    line_feedback: float = _within("the amplifiers' feedback resistors from bit line to bit line of one array")
    transistor_vto: float = quantity(
        0.0, "V", low=0, high=1, tag="assumed", source=_NONE,
        about="normal spread of the transistors' threshold voltage from cell to cell of one array",
    )  # fmt: skip
    transistor_kp: float = _within("the transistors' kp from cell to cell of one array")
    selector_v_th: float = _within("the selectors' threshold (and hold) voltage from cell to cell of one array")
    selector_g_on: float = _within("the selectors' conductance when on, from cell to cell of one array", 1.0)
    area_follows_width: bool = choice(
        False, about="a cell's area is the product of the drawn widths of its two lines (array_width, line_width)"
    )

"""Area of an array's cells, in square metres and in squares of a feature size."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.kinds import Transistor


@dataclass(frozen=True)
class CellArea:
    """Area of one cell, of which an array without its drivers and sense circuits is made.

    Attributes:
        area: [m^2].
        feature: feature size F [m].
        set_by: "line pitch" or "transistor", the larger of the two.
    """

    area: float
    feature: float
    set_by: str

    @property
    def squares(self) -> float:
        """In F^2."""
        return self.area / self.feature**2


def cell_area(crossbar: Crossbar, feature: float = 0.0) -> CellArea:
    """A crossing takes the square of the line pitch, 4 F^2 where F is half of it; a transistor may need more.

    Args:
        crossbar: lines, and the transistor of a 1T1R cell, whose area is 3 (W/L + 1) L^2: a contacted planar transistor
            (Dong et al., NVSim, IEEE Trans. CAD 31 (2012) 994). A threshold selector lies in the crossing.
        feature: F [m]; 0: half the pitch.
    """
    crossing, feature = crossbar.wire.pitch**2, feature or crossbar.wire.pitch / 2
    if isinstance(crossbar.selector, Transistor):
        width, length = crossbar.selector.width, crossbar.selector.length
        transistor = 3 * (width / length + 1) * length**2
        if transistor > crossing:
            return CellArea(transistor, feature, "transistor")
    return CellArea(crossing, feature, "line pitch")

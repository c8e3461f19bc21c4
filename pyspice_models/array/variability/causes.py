"""What moves a cell's parameters, from device to device and from cycle to cycle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.params import VariabilityParams
from pyspice_models.cells.ag2s.law import log_nucleation
from pyspice_models.cells.ag2s.params import CellParams

Array = NDArray[np.float64]

_RATES = ("rate_int_set", "rate_int_reset", "rate_fil_set", "rate_fil_reset")


def device_parameters(cell: Mapping[str, Any], spread: VariabilityParams, draw: Deviates) -> dict[str, Array]:
    sample = _Sample(cell)
    sample.scale(("area",), spread.device_area * draw("area", spread.device_area))
    sample.scale(("thickness",), spread.device_thickness * draw("thickness", spread.device_thickness))
    quality = spread.device_nucleation * draw("nucleation", spread.device_nucleation)
    sample.raise_barrier("v_nuc_int", quality, ("rate_int_set", "rate_int_reset"))
    sample.raise_barrier("v_nuc_fil", quality, ("rate_fil_set", "rate_fil_reset"))
    mobility = spread.device_mobility * draw("mobility", spread.device_mobility)
    sample.scale(_RATES, mobility)
    sample.scale(("r_ion",), -mobility)
    asymmetry = spread.device_asymmetry * draw("asymmetry", spread.device_asymmetry)
    sample.scale(("rate_int_reset",), asymmetry / 2)
    sample.scale(("rate_int_set",), -asymmetry / 2)
    sample.scale(("g_int_min", "g_int_max"), spread.device_interface * draw("interface", spread.device_interface))
    sample.scale(("g_fil_min",), spread.device_gap * draw("gap", spread.device_gap))
    return sample.finished()


def cycle_parameters(cell: Mapping[str, Any], spread: VariabilityParams, draw: Deviates) -> dict[str, Array]:
    sample = _Sample(cell)
    sample.scale(_RATES, spread.cycle_mobility * draw("mobility", spread.cycle_mobility))
    filament = ("rate_fil_set", "rate_fil_reset")
    sample.scale(filament, spread.cycle_growth * draw("growth", spread.cycle_growth))
    sample.raise_barrier("v_nuc_fil", spread.cycle_site * draw("site", spread.cycle_site), filament)
    sample.scale(("g_fil_min",), spread.cycle_gap * draw("gap", spread.cycle_gap))
    return sample.finished()


class _Sample:
    """Parameters under construction: sums of logarithms, so that common causes add up.

    The nominal ones are numbers or arrays by name.
    """

    def __init__(self, cell: Mapping[str, Any]) -> None:
        self.cell = cell
        self.logs: dict[str, Array] = {}

    def scale(self, names: tuple[str, ...], log_factor: Array) -> None:
        for name in names:
            self.logs[name] = self.logs.get(name, np.zeros_like(log_factor)) + log_factor

    def raise_barrier(self, name: str, relative: Array, rates: tuple[str, ...]) -> None:
        """A nucleation voltage times 1 + `relative`; rates hold at v_ref, where the nucleation is part of them."""
        self.scale((name,), np.log1p(relative))
        self.scale(rates, log_nucleation(self.cell[name] * relative, self.cell["v_ref"]))

    def finished(self) -> dict[str, Array]:
        declared = CellParams.quantities()
        values = {
            name: self.cell[name] * np.exp(log_factor) for name, log_factor in self.logs.items() if log_factor.any()
        }
        for name, array in values.items():
            declared[name].check(f"sampled {name}", array)
        return values

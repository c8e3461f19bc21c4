"""How far Ag2S cells and their cycles differ, and which parameters each cause moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.law import log_nucleation
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.quantity import ParameterSet, quantity

Array = NDArray[np.float64]
Draw = Callable[[str, float], Array]
"""Standard normal deviates of a cause, zeros where its spread is 0."""

_CHOSEN = "choice: the paper shows curves (S7, S13), no number"
_RATES = ("rate_int_set", "rate_int_reset", "rate_fil_set", "rate_fil_reset")

SLOWS = {
    "area": 1, "thickness": -1, "nucleation": 1, "mobility": -1, "asymmetry": 1, "interface": 1, "gap": 1, "site": 1,
    "growth": -1, "on": 1, "off": 1,
}  # fmt: skip
"""Which way each cause makes a write slower: a thinner film needs more voltage, and a cell that conducts more leaves
less of it, since lines and drivers take the rest."""


@dataclass(frozen=True)
class CellSpreadParams(ParameterSet):
    """Relative standard deviations (of the logarithm where lognormal), all assumed; 0 switches a cause off."""

    not_varied: ClassVar[str] = "a spread moves distributions, and no single array: see ag2s montecarlo"

    # device to device
    device_area: float = quantity(
        0.05, "", low=0, high=0.5, tag="assumed", source="lithography of a 5 um square, 0.1 um per edge",
        about="lognormal spread of the cross-point area between devices",
    )  # fmt: skip
    device_thickness: float = quantity(
        0.01, "", low=0, high=0.2, tag="assumed", source="sputtered film, 2 nm in 200 nm",
        about="lognormal spread of the film thickness between devices",
    )  # fmt: skip
    device_nucleation: float = quantity(
        0.03, "", low=0, high=0.2, tag="assumed", source=_CHOSEN,
        about="normal spread of both nucleation voltages between devices, common to both (film quality)",
    )  # fmt: skip
    device_mobility: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of the silver ions' mobility between devices",
    )  # fmt: skip
    device_asymmetry: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of the ratio of interface reset rate to set rate between devices",
    )  # fmt: skip
    device_interface: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source="3 meV of Schottky barrier height",
        about="lognormal spread of the interface conductances between devices, common to both bounds",
    )  # fmt: skip
    device_gap: float = quantity(
        0.20, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of g_fil_min between devices",
    )  # fmt: skip
    device_on: float = quantity(
        0.0, "", low=0, high=1, tag="assumed", source="none is known apart from device_interface",
        about="lognormal spread of the conductance of cells that are on, apart from those that are off",
    )  # fmt: skip
    device_off: float = quantity(
        0.0, "", low=0, high=1, tag="assumed", source="none is known apart from device_interface and device_gap",
        about="lognormal spread of the conductance of cells that are off, apart from those that are on",
    )  # fmt: skip
    # cycle to cycle
    cycle_mobility: float = quantity(
        0.02, "", low=0, high=1, tag="assumed", source="many ions take part in each interface pulse",
        about="lognormal spread of all four rates between cycles",
    )  # fmt: skip
    cycle_site: float = quantity(
        0.03, "", low=0, high=0.2, tag="assumed", source=_CHOSEN,
        about="normal spread of the filament's nucleation voltage between cycles",
    )  # fmt: skip
    cycle_growth: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source=_CHOSEN,
        about="lognormal spread of both filament rates between cycles",
    )  # fmt: skip
    cycle_gap: float = quantity(
        0.10, "", low=0, high=1, tag="assumed", source="each reset leaves another gap",
        about="lognormal spread of g_fil_min between cycles",
    )  # fmt: skip
    g_step: float = quantity(
        7.75e-6, "S", low=0, high=1e-3, tag="assumed",
        source="a tenth of the conductance quantum 77.5 uS: one atom moved at a constriction of several channels",
        about="conductance of one atomic step of the filament; sets the counting spread, see scatter_conductance",
    )  # fmt: skip


def device_parameters(cell: Mapping[str, Any], spread: CellSpreadParams, draw: Draw) -> dict[str, Array]:
    """Parameters that differ from device to device, from nominal ones (numbers or arrays by name), in SI units.

    Raises:
        RequestError: a sample leaves a parameter's range.
    """
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
    sample.scale(("g_int_max", "g_fil_max"), spread.device_on * draw("on", spread.device_on))
    sample.scale(("g_int_min", "g_fil_min"), spread.device_off * draw("off", spread.device_off))
    return sample.finished()


def cycle_parameters(cell: Mapping[str, Any], spread: CellSpreadParams, draw: Draw) -> dict[str, Array]:
    """Parameters that differ from cycle to cycle; as `device_parameters`."""
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

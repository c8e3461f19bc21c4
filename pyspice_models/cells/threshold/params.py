"""The parameters of the volatile cell: a threshold switch whose state conducts while it fades.

The default numbers are those of no one device: of the kind of silver in an oxide (Wang et al., Nature Mater. 16 (2017)
101, describe one) in its order of magnitude. All are assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pyspice_models.cells.one_state import refuse_reversed
from pyspice_models.declare.quantity import ParameterSet, chosen, quantity
from pyspice_models.errors import RequestError

_NUMERICAL = "numerical device; results must not depend on it"
_ORDER = "order of magnitude of volatile cells with silver; no one device"
_LEAK = 0.05
"""Share of a fade at 0 V by which the law may be off, see `_least_hold`."""


@dataclass(frozen=True)
class ThresholdCellParams(ParameterSet):
    """Parameters of one volatile cell, SI units; voltages of both signs switch it on, and it forgets by itself.

    Raises:
        RequestError: a cell that conducts no more when it is on, a hold voltage that is not below the threshold, or one
            too small against v_slope for the state to fade at 0 V.
    """

    several: ClassVar[bool] = True

    s0: float = quantity(
        0.0, "", low=0, high=1, tag="assumed", source="a cell at rest is off", per_cell=True,
        about="initial state (0: off, 1: on)", plausible="the initial state is the study's to choose",
    )  # fmt: skip
    g_off: float = quantity(
        1e-9, "S", above=0, high=1, tag="assumed", source=_ORDER, per_cell=True, about="conductance when off, s = 0",
        plausible=chosen(1e-11, 1e-8, "silver in an oxide"),
    )  # fmt: skip
    g_on: float = quantity(
        20e-6, "S", above=0, high=10, tag="assumed", source=_ORDER, per_cell=True, about="conductance when on, s = 1",
        plausible=chosen(1e-6, 1e-3, "by the current that formed it"),
    )  # fmt: skip
    v_th: float = quantity(
        0.3, "V", above=0, high=100, tag="assumed", source=_ORDER, per_cell=True, about="threshold voltage",
        plausible=chosen(0.15, 0.6, "a factor of two either way"),
    )  # fmt: skip
    v_hold: float = quantity(
        0.1, "V", above=0, high=100, tag="assumed", source=_ORDER,
        about="hold voltage: above it an on state stays on",
        plausible=chosen(0.05, 0.15, "10 v_slope to half of the threshold"),
    )  # fmt: skip
    v_slope: float = quantity(
        5e-3, "V", above=0, high=1, tag="assumed", source=_ORDER, about="width of both transitions",
        plausible=chosen(2e-3, 10e-3, "a factor of two and more either way"),
    )  # fmt: skip
    t_delay: float = quantity(
        0.2e-6, "s", low=1e-12, high=1e3, tag="assumed", source=_ORDER, per_cell=True,
        about="time well above v_th until the state is 0.56: from 0.5 on it holds itself",
        plausible=chosen(10e-9, 10e-6, "by the voltage, which the law leaves out"),
    )  # fmt: skip
    t_relax: float = quantity(
        5e-6, "s", low=1e-12, high=1e6, tag="assumed", source=_ORDER, per_cell=True,
        about="half-life of the state well below v_hold",
        plausible=chosen(0.1e-6, 1e-3, "microseconds to milliseconds"),
    )  # fmt: skip
    c_cell: float = quantity(
        10e-15, "F", above=0, high=1e-6, tag="assumed", source="a film of 25 um^2",
        about="capacitance between the electrodes", plausible=chosen(1e-15, 100e-15, "a decade either way"),
    )  # fmt: skip
    s_clip: float = quantity(
        1e-4, "", above=0, high=0.01, tag="assumed", source=_NUMERICAL,
        about="rounding of the clip that keeps the state in [0, 1]", plausible=_NUMERICAL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a cell that does not switch, or does not forget."""
        super().__post_init__()
        refuse_reversed(self, "g_off", "g_on", "S")
        refuse_reversed(self, "v_hold", "v_th", "V")
        slopes = self._least_hold()
        least = slopes * float(np.max(self.v_slope))
        if float(np.min(self.v_hold)) < least:
            raise RequestError.for_value(
                "cell.v_hold", float(np.min(self.v_hold)), unit="V",
                allowed=f">= {least:.4g}",
                advice=f"With less than {slopes:.3g} v_slope the state would not fade at 0 V as t_relax says.",
            )  # fmt: skip

    def _least_hold(self) -> float:
        """Hold voltage in v_slope, at least.

        The state is held down to 3 v_slope below v_hold. At 0 V the tail of that transition still turns it, by the
        speed of t_delay, which must be small against that of t_relax.
        """
        ratio = float(np.max(np.divide(self.t_relax, self.t_delay)))
        return 3.1 + math.log(max(1.18 * ratio, 1.0) / _LEAK)

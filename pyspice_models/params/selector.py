"""What may stand in series with the cell at every crossing: a transistor (1T1R) or a threshold selector (1S1R)."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.errors import RequestError
from pyspice_models.params.quantity import ParameterSet, quantity

_CHOICE = "choice of the user; the paper's array has no selector"


@dataclass(frozen=True)
class TransistorParams(ParameterSet):
    """An n-channel transistor between cell and bit line, SPICE level 1 with linear capacitances; SI units.

    The gate lines run along the bit lines, one per column: a cell is selected by its word line and its column's gate.

    Raises:
        RequestError: a gate voltage that turns no transistor on.
    """

    width: float = quantity(1e-6, "m", above=0, high=1e-3, tag="assumed", source=_CHOICE, about="channel width")
    length: float = quantity(0.5e-6, "m", above=0, high=1e-3, tag="assumed", source=_CHOICE, about="channel length")
    vto: float = quantity(
        0.4,
        "V",
        low=0,
        high=5,
        tag="assumed",
        source=_CHOICE,
        about="threshold voltage; not negative, because a gate at rest is at 0 V and has to shut its column",
    )
    kp: float = quantity(
        100e-6,
        "A/V^2",
        above=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="transconductance parameter",
    )
    lambda_: float = quantity(
        0.05,
        "1/V",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="channel-length modulation",
    )
    c_gate: float = quantity(
        1e-15,
        "F",
        low=0,
        high=1e-9,
        tag="assumed",
        source=_CHOICE,
        about="gate to each of source and drain; linear, so that charge is conserved",
    )
    g_off: float = quantity(
        1e-12,
        "S",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="leakage beside the channel: level 1 has none below its threshold",
    )
    v_gate: float = quantity(
        1.2,
        "V",
        low=0,
        high=10,
        tag="assumed",
        source=_CHOICE,
        about="gate voltage of a selected column; a low one limits the current (compliance)",
    )
    r_gate_line: float = quantity(
        10.0,
        "ohm",
        above=0,
        high=1e6,
        tag="assumed",
        source=_CHOICE,
        about="resistance of a gate-line segment",
    )
    c_gate_line: float = quantity(
        2e-15,
        "F",
        low=0,
        high=1e-9,
        tag="assumed",
        source=_CHOICE,
        about="capacitance of a gate-line segment",
    )

    def __post_init__(self) -> None:
        """Refuse transistors that never conduct."""
        super().__post_init__()
        if self.v_gate <= self.vto:
            raise RequestError.for_value("transistor.v_gate", self.v_gate, unit="V", allowed=f"> vto, {self.vto:g}")


@dataclass(frozen=True)
class ThresholdParams(ParameterSet):
    """A bidirectional threshold selector between cell and bit line, smooth and without memory; SI units.

    Its conductance climbs from g_off to g_on, evenly in its logarithm, within a few v_slope around v_th.

    Raises:
        RequestError: a selector that conducts less above its threshold than below.
    """

    g_off: float = quantity(1e-11, "S", above=0, high=1, tag="assumed", source=_CHOICE, about="conductance below v_th")
    g_on: float = quantity(1e-4, "S", above=0, high=10, tag="assumed", source=_CHOICE, about="conductance above v_th")
    v_th: float = quantity(0.2, "V", above=0, high=10, tag="assumed", source=_CHOICE, about="threshold voltage")
    v_slope: float = quantity(
        10e-3,
        "V",
        above=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="width of the transition at v_th",
    )
    c_sel: float = quantity(1e-15, "F", low=0, high=1e-9, tag="assumed", source=_CHOICE, about="parallel capacitance")

    def __post_init__(self) -> None:
        """Refuse a selector that selects nothing."""
        super().__post_init__()
        if self.g_on <= self.g_off:
            raise RequestError.for_value("selector.g_on", self.g_on, unit="S", allowed=f"> g_off, {self.g_off:g}")


Selector = TransistorParams | ThresholdParams

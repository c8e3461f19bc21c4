"""What may stand in series with the cell at every crossing: a transistor (1T1R) or a threshold selector (1S1R)."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.errors import RequestError
from pyspice_models.params.quantity import ParameterSet, chosen, quantity

_CHOICE = "choice of the user; the paper's array has no selector"


@dataclass(frozen=True)
class TransistorParams(ParameterSet):
    """An n-channel transistor between cell and bit line, SPICE level 1 with linear capacitances; SI units.

    The gate lines run along the bit lines, one per column: a cell is selected by its word line and its column's gate.

    Raises:
        RequestError: a gate voltage that turns no transistor on.
    """

    width: float = quantity(
        1e-6,
        "m",
        above=0,
        high=1e-3,
        tag="assumed",
        source=_CHOICE,
        about="channel width",
        plausible="a dimension of the circuit, the study's to choose",
    )
    length: float = quantity(
        0.5e-6,
        "m",
        above=0,
        high=1e-3,
        tag="assumed",
        source=_CHOICE,
        about="channel length",
        plausible="a dimension of the circuit, the study's to choose",
    )
    vto: float = quantity(
        0.4,
        "V",
        low=0,
        high=5,
        tag="assumed",
        source=_CHOICE,
        about="threshold voltage; not negative, because a gate at rest is at 0 V and has to shut its column",
        plausible=chosen(0.3, 0.6, "processes from 65 to 350 nm"),
    )
    kp: float = quantity(
        100e-6,
        "A/V^2",
        above=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="transconductance parameter",
        plausible=chosen(50e-6, 300e-6, "processes from 65 to 350 nm"),
    )
    lambda_: float = quantity(
        0.05,
        "1/V",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="channel-length modulation",
        plausible=chosen(0.02, 0.2, "long to short channels"),
    )
    c_gate: float = quantity(
        1e-15,
        "F",
        low=0,
        high=1e-9,
        tag="assumed",
        source=_CHOICE,
        about="gate to each of source and drain; linear, so that charge is conserved",
        plausible=chosen(0.3e-15, 3e-15, "a factor of three either way"),
    )
    g_off: float = quantity(
        1e-12,
        "S",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="leakage beside the channel: level 1 has none below its threshold",
        plausible=chosen(1e-14, 1e-10, "two decades either way"),
    )
    v_gate: float = quantity(
        1.2,
        "V",
        low=0,
        high=10,
        tag="assumed",
        source=_CHOICE,
        about="gate voltage of a selected column; a low one limits the current (compliance)",
        plausible="a bias, the study's to choose",
    )
    r_gate_line: float = quantity(
        10.0,
        "ohm",
        above=0,
        high=1e6,
        tag="assumed",
        source=_CHOICE,
        about="resistance of a gate-line segment",
        plausible=chosen(1.0, 100.0, "a decade either way"),
    )
    c_gate_line: float = quantity(
        2e-15,
        "F",
        low=0,
        high=1e-9,
        tag="assumed",
        source=_CHOICE,
        about="capacitance of a gate-line segment",
        plausible=chosen(0.5e-15, 10e-15, "a factor of four and more either way"),
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

    g_off: float = quantity(
        1e-11,
        "S",
        above=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="conductance below v_th",
        plausible=chosen(1e-12, 1e-10, "a decade either way"),
    )
    g_on: float = quantity(
        1e-4,
        "S",
        above=0,
        high=10,
        tag="assumed",
        source=_CHOICE,
        about="conductance above v_th",
        plausible=chosen(1e-5, 1e-3, "a decade either way"),
    )
    v_th: float = quantity(
        0.2,
        "V",
        above=0,
        high=10,
        tag="assumed",
        source=_CHOICE,
        about="threshold voltage",
        plausible=chosen(0.15, 0.25, "a quarter either way"),
    )
    v_slope: float = quantity(
        10e-3,
        "V",
        above=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="width of the transition at v_th",
        plausible=chosen(5e-3, 20e-3, "a factor of two either way"),
    )
    c_sel: float = quantity(
        1e-15,
        "F",
        low=0,
        high=1e-9,
        tag="assumed",
        source=_CHOICE,
        about="parallel capacitance",
        plausible=chosen(0.1e-15, 10e-15, "a decade either way"),
    )

    def __post_init__(self) -> None:
        """Refuse a selector that selects nothing."""
        super().__post_init__()
        if self.g_on <= self.g_off:
            raise RequestError.for_value("selector.g_on", self.g_on, unit="S", allowed=f"> g_off, {self.g_off:g}")


Selector = TransistorParams | ThresholdParams

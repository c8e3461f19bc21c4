"""What may stand in series with the cell at every crossing: a transistor (1T1R) or a threshold selector (1S1R)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pyspice_models.declare.constants import boltzmann, elementary_charge
from pyspice_models.declare.quantity import ParameterSet, chosen, quantity
from pyspice_models.errors import RequestError

_CHOICE = "choice of the user; the paper's array has no selector"

_STEEPEST = math.log(10) * boltzmann * 300 / elementary_charge
"""Gate voltage for a decade of a current that thermal emission limits, at 300 K [V]."""

_OPTION = "an option that is off by default; the numbers of a selector with a memory are the study's to choose"

_WIDEST = 6.0
"""Hold voltage in v_slope, at least: it is held down to 3 v_slope below v_hold, and at 0 V it has to let go."""

_SHORTEST = 1e-12
"""Delay and relaxation, at least [s]: faster than any selector, and what simulators can still follow."""


@dataclass(frozen=True)
class TransistorParams(ParameterSet):
    """An n-channel transistor between cell and bit line, SPICE level 1 with linear capacitances; SI units.

    With a `swing` it conducts below its threshold, too, by the law of verilog_a/transistor.va, which well above the
    threshold is that of level 1. The gate lines run along the bit lines, one per column: a cell is selected by its word
    line and its column's gate.

    Raises:
        RequestError: a gate voltage that turns no transistor on, or a swing below that of thermal emission.
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
    swing: float = quantity(
        0.0,
        "V",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="gate voltage for a decade of the current below the threshold, at 300 K; 0: none there, as in level 1",
        plausible=chosen(0.0, 0.1, "none, as in level 1, to a transistor that its gate controls poorly"),
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
        about="leakage beside the channel, whatever the gate's voltage",
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
        if 0 < self.swing < _STEEPEST:
            raise RequestError.for_value(
                "transistor.swing", self.swing, unit="V",
                allowed=f"0 (no current below the threshold), or >= {_STEEPEST:.4g}, the limit of thermal emission",
            )  # fmt: skip


@dataclass(frozen=True)
class ThresholdParams(ParameterSet):
    """A bidirectional threshold selector between cell and bit line, smooth, by default without memory; SI units.

    Its conductance climbs from g_off to g_on, evenly in its logarithm, within a few v_slope around v_th. With v_hold,
    t_delay and t_relax, all three, it remembers, by the law of verilog_a/threshold_switch.va: it turns on after t_delay
    above v_th, conducts down to v_hold, and has forgotten it after t_relax below.

    Raises:
        RequestError: a selector that conducts less above its threshold than below; a memory without one of its three
            numbers; a v_hold that is not below v_th, or too small against v_slope to turn off at 0 V.
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
    v_hold: float = quantity(
        0.0,
        "V",
        low=0,
        high=10,
        tag="assumed",
        source=_CHOICE,
        about="hold voltage: a selector that is on conducts down to it; 0: no memory, it turns on and off at v_th",
        plausible=_OPTION,
    )
    t_delay: float = quantity(
        0.0,
        "s",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="time well above v_th until the conductance is half-way to g_on, in the logarithm; 0: no memory",
        plausible=_OPTION,
    )
    t_relax: float = quantity(
        0.0,
        "s",
        low=0,
        high=1,
        tag="assumed",
        source=_CHOICE,
        about="time well below v_hold until v_th and the delay count again; 0: no memory",
        plausible=_OPTION,
    )

    def __post_init__(self) -> None:
        """Refuse a selector that selects nothing."""
        super().__post_init__()
        if self.g_on <= self.g_off:
            raise RequestError.for_value("selector.g_on", self.g_on, unit="S", allowed=f"> g_off, {self.g_off:g}")
        self._check_memory()

    @property
    def remembers(self) -> bool:
        """Whether it has a hold voltage and a delay; without, its conductance follows from its voltage alone."""
        return self.v_hold > 0

    def _check_memory(self) -> None:
        """Refuse a memory that lacks one of its three numbers, or is none."""
        given = {"v_hold": self.v_hold, "t_delay": self.t_delay, "t_relax": self.t_relax}
        zero = [name for name, value in given.items() if value == 0]
        if 0 < len(zero) < len(given):
            unit = "V" if zero[0] == "v_hold" else "s"
            there = ", ".join(name for name in given if name not in zero)
            raise RequestError.for_value(
                f"selector.{zero[0]}", 0.0, unit=unit,
                allowed="> 0",
                advice=f"It stands beside {there}: a selector has v_hold, t_delay and t_relax, or none of them.",
            )  # fmt: skip
        if zero:
            return
        if self.v_hold >= self.v_th:
            raise RequestError.for_value("selector.v_hold", self.v_hold, unit="V", allowed=f"< v_th, {self.v_th:g}")
        if self.v_hold < _WIDEST * self.v_slope:
            raise RequestError.for_value(
                "selector.v_hold", self.v_hold, unit="V",
                allowed=f">= {_WIDEST:g} v_slope, {_WIDEST * self.v_slope:g}, or it would not turn off at 0 V",
            )  # fmt: skip
        for name in ("t_delay", "t_relax"):
            if given[name] < _SHORTEST:
                raise RequestError.for_value(
                    f"selector.{name}", given[name], unit="s", allowed=f">= {_SHORTEST:g}, or 0 without a memory"
                )


SWITCHING = ThresholdParams(v_hold=0.1, t_delay=20e-9, t_relax=200e-9)
"""An example of a selector with a memory: what verilog_a/threshold_switch.va and its subcircuit have as defaults."""

"""The parameters of the gap model: a filament with a tunnelling gap that opens and closes, with local heating.

The law is that of Guan, Yu and Wong, "A SPICE compact model of metal oxide resistive switching memory with variations",
IEEE Electron Device Lett. 33 (2012) 1405, and Jiang et al., "Verilog-A compact model for oxide-based resistive random
access memory", SISPAD 2014, 41. The default numbers are those of a model file of Stanford and ASU that is understood to
go with Chen and Yu, "Compact modeling of RRAM devices and its applications in 1T1R and 1S1R array design", IEEE Trans.
Electron Devices 62 (2015) 4022, and an HfOx cell. The file was read in a public copy; the papers were not at hand, so
that neither the fit nor the device could be checked.

"derived" says here: a fit to measurements, as published in that file. What the file does not have is "assumed".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.cells.one_state import refuse_reversed
from pyspice_models.declare.quantity import ParameterSet, chosen, quantity, stated

_NUMERICAL = "numerical device; results must not depend on it"
_FIT = "published fit: model file of Stanford and ASU for HfOx (IEEE TED 62, 4022)"


@dataclass(frozen=True)
class GapParams(ParameterSet):
    """Parameters of one filamentary oxide cell, SI units; a positive voltage from `te` to `be` sets it: the gap closes.

    Raises:
        RequestError: a smallest gap that is not below the largest.
    """

    several: ClassVar[bool] = True

    x0: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source="choice of the user", per_cell=True,
        about="initial state (0: gap_max, 1: gap_min)", plausible="the initial state is the study's to choose",
    )  # fmt: skip
    # geometry
    gap_min: float = quantity(
        0.1e-9, "m", low=0, high=1e-7, tag="derived", source=_FIT, per_cell=True, about="smallest gap, x = 1",
    )  # fmt: skip
    gap_max: float = quantity(
        1.7e-9, "m", above=0, high=1e-7, tag="derived", source=_FIT, per_cell=True, about="largest gap, x = 0",
    )  # fmt: skip
    t_ox: float = quantity(
        5e-9, "m", above=0, high=1e-6, tag="derived", source=_FIT, per_cell=True, about="thickness of the oxide",
    )  # fmt: skip
    a0: float = quantity(
        0.25e-9, "m", above=0, high=1e-8, tag="derived", source=_FIT, about="distance of an ion's hop",
    )  # fmt: skip
    # conduction
    i0: float = quantity(
        61.4e-6, "A", above=0, high=1, tag="derived", source=_FIT, per_cell=True,
        about="current scale: I = i0 exp(-gap/g0) sinh(V/v0)",
    )  # fmt: skip
    g0: float = quantity(
        0.27505e-9, "m", above=0, high=1e-8, tag="derived", source=_FIT,
        about="gap that lowers the current by e",
    )  # fmt: skip
    v0: float = quantity(
        0.43, "V", low=0.05, high=100, tag="derived", source=_FIT, about="voltage scale of the current",
    )  # fmt: skip
    # kinetics
    vel0: float = quantity(
        300.0, "m/s", above=0, high=1e6, tag="derived", per_cell=True,
        source=f"{_FIT}: 150 m/s for each direction of the hop, which are twice that times a sinh",
        about="speed scale of the gap",
    )  # fmt: skip
    e_a: float = quantity(
        1.5, "eV", low=0, high=5, tag="derived",
        source=f"{_FIT}; it has 1.501 eV for generation and 1.5 eV for recombination: 4 % of speed at 300 K",
        about="activation energy of the gap's speed",
    )  # fmt: skip
    gamma0: float = quantity(
        16.5, "", above=0, high=100, tag="derived", source=_FIT,
        about="enhancement of the local field without a gap: gamma = gamma0 - beta (gap/1 nm)^3",
    )  # fmt: skip
    beta: float = quantity(
        1.25, "", low=0, high=100, tag="derived", source=_FIT, about="how a wider gap lowers that enhancement",
    )  # fmt: skip
    f_min: float = quantity(
        0.0, "V/m", low=0, high=1e12, tag="assumed",
        source="SISPAD 2014 has one, 1.4 V/nm; the file for HfOx has none",
        about="smallest field gamma |V|/t_ox at which the gap moves; 0: none",
        plausible=chosen(0.0, 1.4e9, "none, or that of SISPAD 2014"),
    )  # fmt: skip
    r_th: float = quantity(
        7.227e5, "K/W", low=0, high=1e9, tag="derived",
        source=f"{_FIT}: thermal time constant 0.23 ns over heat capacity 3.1825e-16 J/K",
        about="thermal resistance: local temperature T + r_th V I, reached at once",
        plausible=stated(2.1e3, 7.3e5, "SISPAD 2014, to the file for HfOx"),
    )  # fmt: skip
    v_limit: float = quantity(
        10.0, "m/s", above=0, high=1e4, tag="assumed",
        source="the whole gap in 0.16 ns: heat follows in 0.23 ns and is taken to follow at once",
        about="largest speed of the gap, reached smoothly",
        plausible=chosen(2.0, 50.0, "the whole gap in 0.8 ns or in 30 ps"),
    )  # fmt: skip
    c_cell: float = quantity(
        0.1e-15, "F", above=0, high=1e-6, tag="assumed",
        source="10 nm x 10 nm of 5 nm HfOx are 4 aF; with its surroundings",
        about="capacitance between the electrodes",
        plausible=chosen(4e-18, 1e-15, "the plates alone, to a decade more"),
    )  # fmt: skip
    # numerical
    v_linear: float = quantity(
        5.0, "V", low=0.1, high=100, tag="assumed", source=_NUMERICAL,
        about="up to this voltage kinetics and heat are exact; beyond, they see 1.2 times it at most",
        plausible=_NUMERICAL,
    )  # fmt: skip
    v_bend: float = quantity(
        4.0, "V", low=0.1, high=100, tag="assumed", source=_NUMERICAL,
        about="the same for the current's sinh: exact up to this voltage, 1.2 times it is seen at most",
        plausible=_NUMERICAL,
    )  # fmt: skip
    dt_linear: float = quantity(
        1000.0, "K", low=10, high=1e5, tag="assumed", source=_NUMERICAL,
        about="the same for the local heating", plausible=_NUMERICAL, difference=True,
    )  # fmt: skip
    v_smooth: float = quantity(
        1e-3, "V", above=0, high=0.01, tag="assumed", source=_NUMERICAL,
        about="width of the smooth |V| and sign around 0 V", plausible=_NUMERICAL,
    )  # fmt: skip
    s_smooth: float = quantity(
        0.01, "", above=0, high=0.1, tag="assumed", source=_NUMERICAL,
        about="width over which the state comes to rest at its bounds: the published clamp is sharp",
        plausible=_NUMERICAL,
    )  # fmt: skip
    s_clip: float = quantity(
        1e-4, "", above=0, high=0.01, tag="assumed", source=_NUMERICAL,
        about="rounding of the clip that keeps the state in [0, 1]", plausible=_NUMERICAL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a gap that cannot change."""
        super().__post_init__()
        refuse_reversed(self, "gap_min", "gap_max", "m")

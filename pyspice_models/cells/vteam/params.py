"""The parameters of VTEAM, the voltage-threshold adaptive memristor model.

"TCAS-II 62, 786" is Kvatinsky, Ramadan, Friedman and Kolodny, "VTEAM: a general model for voltage-controlled
memristors", IEEE Trans. Circuits Syst. II 62 (2015) 786. "Table S1" is that of the Ag2S crossbar paper (Nano-Micro
Letters 17 (2025) 69), whose row of the HfSe2 crossbar gives the defaults their energy. VTEAM's voltages are the
opposite of ours: its positive voltage switches off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.cells.one_state import refuse_reversed
from pyspice_models.declare.quantity import ParameterSet, chosen, quantity, stated

_NUMERICAL = "numerical device; results must not depend on it"
_KINETICS = "Table S1, HfSe2: one pulse of 0.8 V and 50 ns; that it crosses the window is a reading"


@dataclass(frozen=True)
class VteamParams(ParameterSet):
    """Parameters of one VTEAM cell, SI units; a positive voltage from `te` to `be` sets it (switches it on).

    Raises:
        RequestError: a cell that conducts no more when it is on than when it is off.
    """

    several: ClassVar[bool] = True

    w0: float = quantity(
        0.05, "", low=0, high=1, tag="assumed", source="choice of the user", per_cell=True,
        about="initial state (0: off, 1: on)", plausible="the initial state is the study's to choose",
    )  # fmt: skip
    # kinetics
    v_on: float = quantity(
        0.5, "V", above=0, high=100, tag="assumed", per_cell=True,
        source="above V/2 of the 0.8 V write pulse of Table S1 (HfSe2), so that half-selected cells rest",
        about="threshold voltage of setting", plausible=chosen(0.41, 0.7, "between V/2 and the write voltage"),
    )  # fmt: skip
    v_off: float = quantity(
        0.5, "V", above=0, high=100, tag="assumed", per_cell=True, source="as v_on",
        about="threshold voltage of resetting, its size",
        plausible=chosen(0.41, 0.7, "between V/2 and the write voltage"),
    )  # fmt: skip
    k_on: float = quantity(
        0.93, "m/s", above=0, high=1e6, tag="assumed", per_cell=True, source=_KINETICS,
        about="speed of setting: k_on (V/v_on - 1)^alpha_on; the paper writes it with a minus",
        plausible=stated(0.31, 2.8, "the pulse crosses a third of the window, or takes a third of its time"),
    )  # fmt: skip
    k_off: float = quantity(
        0.93, "m/s", above=0, high=1e6, tag="assumed", per_cell=True, source="as k_on",
        about="speed of resetting: k_off (|V|/v_off - 1)^alpha_off",
        plausible=chosen(0.31, 2.8, "as k_on"),
    )  # fmt: skip
    alpha_on: float = quantity(
        3.0, "", low=0.1, high=20, tag="assumed", source="published sets have 1 to 4",
        about="exponent of setting", plausible=chosen(1.0, 4.0, "as in published sets"),
    )  # fmt: skip
    alpha_off: float = quantity(
        3.0, "", low=0.1, high=20, tag="assumed", source="published sets have 1 to 4",
        about="exponent of resetting", plausible=chosen(1.0, 4.0, "as in published sets"),
    )  # fmt: skip
    length: float = quantity(
        10e-9, "m", above=0, high=1e-6, tag="assumed", per_cell=True,
        source="w_off - w_on of the paper; only k_on/length and k_off/length count",
        about="way of the state from off to on", plausible="a scale: it acts as the speeds do",
    )  # fmt: skip
    p_window: float = quantity(
        0.0, "", low=0, high=10, tag="assumed", source="TCAS-II 62, 786: the ideal rectangular window",
        about="exponent of the window: (1-w)^p towards on, w^p towards off; 0 is the rectangular one",
        plausible=chosen(0.0, 1.0, "rectangular to linear soft bounds"),
    )  # fmt: skip
    # conduction
    r_on: float = quantity(
        8.4e3, "ohm", above=0, high=1e12, tag="assumed", per_cell=True,
        source="reading of Table S1, HfSe2: 0.82 pJ at 0.8 V in 50 ns are 25.6 uS in the mean, over a state that moves "
        "evenly from off to on",
        about="resistance when on, w = 1",
        plausible=stated(1.8e3, 39e3, "the linear law, or a cell that is on for the whole pulse"),
    )  # fmt: skip
    r_off: float = quantity(
        840e3, "ohm", above=0, high=1e15, tag="assumed", per_cell=True, source="100 times r_on",
        about="resistance when off, w = 0", plausible=chosen(84e3, 8.4e6, "a decade either way"),
    )  # fmt: skip
    exponential: float = quantity(
        1.0, "", low=0, high=1, tag="assumed", source="TCAS-II 62, 786 has both laws",
        about="share of the exponential law R = r_on (r_off/r_on)^(1-w) in the conductance; 0: R linear in w alone",
        plausible=chosen(0.0, 1.0, "one law or the other"),
    )  # fmt: skip
    c_cell: float = quantity(
        10e-15, "F", above=0, high=1e-6, tag="assumed", source="a film of 25 um^2; the paper has none",
        about="capacitance between the electrodes", plausible=chosen(1e-15, 100e-15, "a decade either way"),
    )  # fmt: skip
    # numerical
    softness: float = quantity(
        0.01, "", above=0, high=0.1, tag="assumed", source=_NUMERICAL,
        about="width of the thresholds as a share of them: the paper's are sharp", plausible=_NUMERICAL,
    )  # fmt: skip
    v_linear: float = quantity(
        5.0, "V", low=0.1, high=100, tag="assumed", source=_NUMERICAL,
        about="up to this voltage the kinetics are exact; beyond, they see 1.2 times it at most: nothing overflows",
        plausible=_NUMERICAL,
    )  # fmt: skip
    s_smooth: float = quantity(
        0.01, "", above=0, high=0.1, tag="assumed", source=_NUMERICAL,
        about="width over which the window ends linearly", plausible=_NUMERICAL,
    )  # fmt: skip
    s_clip: float = quantity(
        1e-4, "", above=0, high=0.01, tag="assumed", source=_NUMERICAL,
        about="rounding of the clip that keeps the state in [0, 1]", plausible=_NUMERICAL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a cell that does not switch."""
        super().__post_init__()
        refuse_reversed(self, "r_on", "r_off", "ohm")

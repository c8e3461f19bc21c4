"""The Ag2S cell's parameters: one declaration each, from which the Verilog-A, the subcircuit and the twin are fed.

Sources: "Table S1", "Note S2", "S8" and so on are figures, tables and notes of the supporting information of the
Ag2S crossbar paper, Nano-Micro Letters 17 (2025) 69. The equations are explained in verilog_a/README.md. Values with
`calibrated_to` were solved for by lab/calibration.py, to four digits.

"derived" is kept for arithmetic on stated numbers alone. A value that meets a published number only together with a
reading of it, or with a choice (which pulses, which ramp, which definition), is "assumed", and its source says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.cells.ag2s.paths import PathParams
from pyspice_models.declare.quantity import chosen, quantity, stated

_NUMERICAL = "numerical device; results must not depend on it"


@dataclass(frozen=True)
class CellParams(PathParams):
    """Parameters of one Ag2S cell, SI units; a positive voltage from `te` (Ag) to `be` (Au) sets it.

    Those of the geometry and of the two paths come first, and stand in `paths.py`.
    """

    # kinetics common to both paths
    v_ref: float = quantity(
        0.3,
        "V",
        above=0,
        high=10,
        tag="measured",
        source="write pulse, Table S1, S14a, S16",
        about="voltage at which the four rates hold",
    )
    alpha: float = quantity(
        0.2,
        "",
        above=0,
        high=2,
        tag="assumed",
        source="Butler-Volmer growth behind a nucleation barrier",
        about="charge-transfer coefficient: rate ~ sinh(alpha q V/kT)",
        plausible=stated(0.1, 1.0, "Butler-Volmer, 595 to 59.5 mV a decade at 300 K; the low end is chosen"),
    )
    e_act: float = quantity(
        0.3,
        "eV",
        low=0,
        high=2,
        tag="assumed",
        source="silver-ion hopping, 0.2 to 0.6 eV",
        about="activation energy of the rates",
        plausible=stated(0.2, 0.6, "silver-ion hopping in the literature"),
    )
    t_nom: float = quantity(
        300.0,
        "K",
        above=0,
        high=1000,
        tag="assumed",
        source="room temperature",
        about="temperature at which all values hold",
        plausible="a definition: where the values hold",
    )
    rate_limit: float = quantity(
        1e3,
        "",
        low=2,
        high=1e9,
        tag="assumed",
        source="transport of silver ions in series with their reduction: what is fast at high voltage waits for it",
        about="the transport limit of the rates at v_ref and t_nom, as a multiple of the rates there",
        plausible=chosen(100.0, 10e3, "a decade either way"),
    )
    e_limit: float = quantity(
        0.3,
        "eV",
        low=0,
        high=3,
        tag="assumed",
        source="silver-ion hopping in the film, as e_act; barriers from first principles: 0.21 to 0.67 eV "
        "(J. Chem. Phys. 128 (2008) 014704); another Ag2S switch: 1.32 eV (10.1021/jz900375a)",
        about="activation energy of the transport limit",
        plausible=stated(
            0.212,
            1.32,
            "lowest barrier from first principles, to what another Ag2S switch showed at high bias",
        ),
    )
    alpha_limit: float = quantity(
        0.0,
        "",
        low=0,
        high=2,
        tag="assumed",
        source="a limit without field dependence",
        about="slope of the transport limit: ~ exp(alpha_limit q |V|/kT)",
        plausible=chosen(0.0, 0.5, "none, to half of a transferred charge"),
    )
    # parasitic capacitance
    eps_r: float = quantity(
        7.77,
        "",
        low=1,
        high=1e3,
        tag="assumed",
        source="optical fit of an evaporated Ag2S film, literature",
        about="relative permittivity of the film",
        plausible=chosen(5.0, 20.0, "optical fit to ionic solids at low frequency"),
    )
    c_ion: float = quantity(
        20e-15,
        "F",
        above=0,
        high=1e-6,
        tag="assumed",
        per_cell=True,
        source="large enough to be seen in the read, small enough to leave the 15 fJ (Table S1) alone",
        about="capacitance of the slow ionic branch",
        plausible=stated(5e-15, 100e-15, "1.2 to 17 us of recovery at the default r_ion"),
    )
    r_ion: float = quantity(
        46.18e6,
        "ohm",
        above=0,
        high=1e15,
        tag="assumed",
        calibrated_to="recovery",
        per_cell=True,
        source="read current settled 5 us after a write pulse (Note S1); the 5 % band, the pulse, the read voltage and "
        "c_ion are choices (c_ion of 5 to 100 fF at this r_ion: 1.2 to 17 us)",
        about="ionic resistance in series with c_ion",
        plausible=chosen(23.14e6, 92.56e6, "a factor of two: what counts as settled after 5 us is not stated"),
    )
    r_ion_exponent: float = quantity(
        0.5,
        "",
        low=0,
        high=2,
        tag="assumed",
        source="a smaller cross-point recovers faster (Note S1): below 1, as for a spreading resistance",
        about="r_ion scales as (area_ref/area)^r_ion_exponent",
        plausible=chosen(0.0, 1.0, "from no dependence on the area to that of a plate"),
    )
    # numerical
    v_linear: float = quantity(
        5.0,
        "V",
        low=1,
        high=10,
        tag="assumed",
        source=_NUMERICAL,
        about="up to this voltage the kinetics are exact; beyond, they see 1.2 times it at most: nothing overflows",
        plausible=_NUMERICAL,
    )
    v_bend: float = quantity(
        3.0,
        "V",
        low=1,
        high=10,
        tag="assumed",
        source="numerical device; with 4 V and more the subcircuit fails in slow resets behind a resistor",
        about="the same for the interface conductance: exact up to this voltage, 1.2 times it is seen at most",
        plausible=_NUMERICAL,
    )
    v_smooth: float = quantity(
        1e-3,
        "V",
        above=0,
        high=0.01,
        tag="assumed",
        source=_NUMERICAL,
        about="width of the smooth |V| and sign around 0 V",
        plausible=_NUMERICAL,
    )
    s_smooth: float = quantity(
        0.01,
        "",
        above=0,
        high=0.1,
        tag="assumed",
        source=_NUMERICAL,
        about="width over which the soft bounds end linearly",
        plausible=_NUMERICAL,
    )
    s_clip: float = quantity(
        1e-4,
        "",
        above=0,
        high=0.01,
        tag="assumed",
        source=_NUMERICAL,
        about="rounding of the clip that keeps both states in [0, 1]",
        plausible=_NUMERICAL,
    )

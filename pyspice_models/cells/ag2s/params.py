"""The Ag2S cell's parameters: one declaration each, from which the Verilog-A, the subcircuit and the twin are fed.

Sources: "Table S1", "Note S2", "S8" and so on are figures, tables and notes of the supporting information of the
Ag2S crossbar paper, Nano-Micro Letters 17 (2025) 69. The equations are explained in verilog_a/README.md. Values with
`calibrated_to` were solved for by lab/calibration.py, to four digits.

"derived" is kept for arithmetic on stated numbers alone. A value that meets a published number only together with a
reading of it, or with a choice (which pulses, which ramp, which definition), is "assumed", and its source says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.declare.quantity import ParameterSet, chosen, quantity, stated

_NUMERICAL = "numerical device; results must not depend on it"


@dataclass(frozen=True)
class CellParams(ParameterSet):
    """Parameters of one Ag2S cell, SI units; a positive voltage from `te` (Ag) to `be` (Au) sets it."""

    several: ClassVar[bool] = True

    # geometry
    area: float = quantity(
        25e-12,
        "m^2",
        above=0,
        high=1e-6,
        tag="measured",
        source="Table S1",
        per_cell=True,
        about="cross-point area",
    )
    thickness: float = quantity(
        200e-9,
        "m",
        low=10e-9,
        high=2e-6,
        tag="measured",
        source="S9, S12, S13",
        per_cell=True,
        about="Ag2S film thickness",
    )
    area_ref: float = quantity(
        25e-12,
        "m^2",
        above=0,
        high=1e-6,
        tag="measured",
        source="Table S1",
        about="area at which conductances and capacitances below hold",
    )
    thickness_ref: float = quantity(
        200e-9,
        "m",
        low=10e-9,
        high=2e-6,
        tag="measured",
        source="S13",
        about="thickness at which the rates below hold",
    )
    thickness_exponent: float = quantity(
        1.0,
        "",
        low=0,
        high=3,
        tag="derived",
        source="threshold x thickness is 20 V nm both at 200 nm (S13) and at 250 nm (S12): taken from that pair",
        about="kinetics see V (thickness/thickness_ref)^thickness_exponent: a thicker film switches at less voltage",
        plausible=stated(0.5, 1.5, "thresholds of about 0.1 V and 0.08 V, each known to 5 mV"),
    )
    # initial state
    w0: float = quantity(
        0.05,
        "",
        low=0,
        high=1,
        tag="assumed",
        source="choice of the user",
        per_cell=True,
        about="initial interface state (0: bottom of the analog window, 1: top)",
        plausible="the initial state is the study's to choose",
    )
    x0: float = quantity(
        0.0,
        "",
        low=0,
        high=1,
        tag="assumed",
        source="a fresh cell has no filament",
        per_cell=True,
        about="initial filament state (0: full gap, 1: bridged)",
        plausible="the initial state is the study's to choose",
    )
    # interface path: conduction
    g_int_min: float = quantity(
        18.69e-9,
        "S",
        above=0,
        high=1,
        tag="assumed",
        source="a tenth of g_int_max",
        per_cell=True,
        about="interface conductance near 0 V at w = 0",
        plausible=chosen(2e-9, 60e-9, "a hundredth to a third of g_int_max"),
    )
    g_int_max: float = quantity(
        186.9e-9,
        "S",
        above=0,
        high=1,
        tag="assumed",
        calibrated_to="energy",
        per_cell=True,
        source="reading: 15 fJ of a 0.3 V, 1 us pulse (Table S1) are the interface's, and the mean of 30 (S15)",
        about="interface conductance near 0 V at w = 1",
        plausible=stated(136e-9, 745e-9, "15 fJ read as the last or as the first of 30 pulses, not as their mean"),
    )
    v_int: float = quantity(
        0.3,
        "V",
        low=0.05,
        high=100,
        tag="assumed",
        source="mildly superlinear Schottky-type path",
        per_cell=True,
        about="voltage scale of the interface path: I = g v_int sinh(V/v_int)",
        plausible=chosen(0.1, 1.0, "from strongly superlinear to almost ohmic at 0.3 V"),
    )
    e_int: float = quantity(
        0.1,
        "eV",
        low=0,
        high=2,
        tag="assumed",
        source="thermally activated interface conduction",
        about="activation energy of the interface conductance",
        plausible=chosen(0.0, 0.3, "from a tunnelling to a thermionic path"),
    )
    # interface path: kinetics
    rate_int_set: float = quantity(
        71.01e3,
        "1/s",
        above=0,
        high=1e12,
        tag="assumed",
        calibrated_to="potentiation_window",
        per_cell=True,
        source="reading: the 30 cycles of S15 are 0.3 V, 1 us pulses that fill the window: 1/(30 (1 - p_int)) per us",
        about="set rate of w at v_ref, at w = 0",
        plausible=chosen(35.48e3, 141.9e3, "a window filled by 60 or by 15 pulses"),
    )
    rate_int_reset: float = quantity(
        120.6e3,
        "1/s",
        above=0,
        high=1e12,
        tag="assumed",
        calibrated_to="asymmetry",
        per_cell=True,
        source="reading: 0.25 (S15, definition not stated) is the imbalance of whole pulses at mid-window; 5/3 of "
        "rate_int_set for small ones",
        about="reset rate of w at -v_ref, at w = 1",
        plausible=chosen(85e3, 212.9e3, "1.2 to 3 times rate_int_set: the definition of 0.25 is not stated"),
    )
    p_int: float = quantity(
        0.5306,
        "",
        above=0,
        high=10,
        tag="assumed",
        calibrated_to="sym_point",
        source="symmetric point 0.27 (Note S2) with that reading of the asymmetry (S15); 0.514 for small pulses",
        about="exponent of the soft bounds of w",
        plausible=chosen(0.3, 1.0, "from an almost constant step to linear soft bounds"),
    )
    v_nuc_int: float = quantity(
        0.5,
        "V",
        low=0,
        high=10,
        tag="assumed",
        per_cell=True,
        source="0.1 to 2 V fit what is published; 10^4 s at 5 mV (another device, 10.1021/acsami.2c11183) needs "
        "> 0.094 V; the disturb at V/2 and V/3 hangs on it",
        about="nucleation voltage of the interface path: rate ~ exp(-v_nuc/|V|)",
        plausible=stated(0.1, 2.0, "what retention and the published pulses leave open"),
    )
    # filament path: conduction
    g_fil_min: float = quantity(
        1e-9,
        "S",
        above=0,
        high=1,
        tag="assumed",
        source="well below the interface path",
        per_cell=True,
        about="filament-path conductance across the full gap, x = 0",
        plausible=chosen(0.1e-9, 10e-9, "a decade either way"),
    )
    g_fil_max: float = quantity(
        20e-3,
        "S",
        above=0,
        high=10,
        tag="assumed",
        source="above the 5 mS of 500 uA / 0.1 V (S8)",
        per_cell=True,
        about="filament-path conductance of the bridged gap, x = 1",
        plausible=chosen(10e-3, 60e-3, "twice the 5 mS of 500 uA / 0.1 V, to three times the default"),
    )
    tcr_fil: float = quantity(
        3.7e-3,
        "1/K",
        low=0,
        high=0.1,
        tag="assumed",
        source="bulk silver",
        about="temperature coefficient of the bridged filament's resistance, of which a gap has the share x",
        plausible=chosen(1e-3, 4e-3, "a thin, disordered filament to bulk silver"),
    )
    # filament path: kinetics
    rate_fil_set: float = quantity(
        780.2,
        "1/s",
        above=0,
        high=1e12,
        tag="assumed",
        calibrated_to="vth_200",
        per_cell=True,
        source="d.c. set threshold of 0.1 V at 200 nm (S13); the ramp of 0.1 V/s and the 1 uA are choices, and the "
        "ramp alone keeps microsecond pulses from growing a filament",
        about="set rate of x at v_ref",
        plausible=stated(78.33, 7833.0, "the threshold met on a ramp of 0.01 or of 1 V/s; 0.1 V/s is assumed"),
    )
    rate_fil_reset: float = quantity(
        2000.0,
        "1/s",
        above=0,
        high=1e12,
        tag="assumed",
        per_cell=True,
        source="dissolving beats growing, so that 10 ms at -0.3 V undo 10 ms at 0.3 V (S14a)",
        about="reset rate of x at -v_ref",
        plausible=chosen(800.0, 20e3, "as fast as growth, to ten times the default"),
    )
    p_fil: float = quantity(
        0.25,
        "",
        above=0,
        high=10,
        tag="assumed",
        source="growth hardly depends on the gap until it closes",
        about="exponent of the soft bounds of x",
        plausible=chosen(0.1, 1.0, "from an almost constant step to linear soft bounds"),
    )
    v_nuc_fil: float = quantity(
        0.5,
        "V",
        low=0,
        high=10,
        tag="assumed",
        per_cell=True,
        source="0.1 V acts in 0.1 s (S13 at an assumed ramp), 0.3 V in 1 ms (S14a), 30 pulses of 1 us grow nothing",
        about="nucleation voltage of the filament path: rate ~ exp(-v_nuc/|V|)",
        plausible=chosen(0.2, 1.0, "a factor of two and more either way"),
    )
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

"""The first half of the cell's parameters: its geometry, its initial state, and its two paths side by side.

What the tags mean and where the sources are, `params.py` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.declare.quantity import ParameterSet, chosen, quantity, stated


@dataclass(frozen=True)
class PathParams(ParameterSet):
    """Geometry, initial state, interface path and filament path, SI units; `CellParams` has them all."""

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
        calibrated_to="sym_point_mid",
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

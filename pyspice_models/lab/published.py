"""Published numbers of the Ag2S cell, the rows of the device sheet, as data; and Table S1's other devices.

Sources are figures, notes and tables of the supporting information of the Ag2S crossbar paper, Nano-Micro Letters 17
(2025) 69. A number is measured where it is stated there, derived where it is arithmetic on such numbers, assumed where
nothing is stated and a plausible demand was chosen. How each row is simulated stands in docs/device_sheet.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pyspice_models.declare.quantity import Tag
from pyspice_models.errors import RequestError

Criterion = Literal["relative", "absolute", "below", "above", "shown"]
Basis = Literal["calibrated", "built in", "chosen", "check", "predicted"]


@dataclass(frozen=True)
class Target:
    """What a simulation is held against.

    Attributes:
        id: of the row.
        quantity: what it is.
        published: the number, or None where the paper shows a trend or a shape.
        unit: SI unit of `published` and of the simulated number ("" for a pure number).
        tolerance: with "relative" and "absolute" the allowed distance from `published`; with "below" and "above" the
            bound itself.
        criterion: how the two are compared; "below" and "above" are strict. "shown" rows demand nothing: they say what
            the model gives where the paper states no number that could be compared.
        tag: measured, derived or assumed.
        source: where it stands, or why it was chosen.
        tuned: parameters that were chosen to meet this row.
        basis: why the row comes out as it does. "calibrated": a parameter was chosen to meet it. "built in": the
            equations were chosen so that they show it. "chosen": what is simulated was chosen, too, as a spread.
            "check": of the model itself. "predicted": none of these, an independent prediction.
    """

    id: str
    quantity: str
    published: float | None
    unit: str
    tolerance: float
    criterion: Criterion
    tag: Tag
    source: str
    tuned: tuple[str, ...] = ()
    basis: Basis = "calibrated"

    @property
    def number(self) -> float:
        """What is published, of a row for which the paper states a number.

        Raises:
            RequestError: it shows a trend or a shape alone.
        """
        if self.published is None:
            raise RequestError(f"the row {self.id} has no published number: the paper shows a trend or a shape")
        return self.published

    def met_by(self, simulated: float) -> bool:
        """The simulated number meets the target; any number meets one that is only shown."""
        if not math.isfinite(simulated):
            return False
        if self.criterion == "shown":
            return True
        if self.criterion == "below":
            return simulated < self.tolerance
        if self.criterion == "above":
            return simulated > self.tolerance
        scale = abs(self.number) if self.criterion == "relative" else 1.0
        return abs(simulated - self.number) <= self.tolerance * scale

    @property
    def demand(self) -> str:
        """The comparison in words, for example "within 5 %"."""
        if self.criterion == "shown":
            return "shown only"
        if self.criterion == "relative":
            return f"within {100 * self.tolerance:g} %"
        if self.criterion == "absolute":
            return f"within {self.tolerance:g} {self.unit}".rstrip()
        return f"{self.criterion} {self.tolerance:g} {self.unit}".rstrip()


_SYMMETRIC = "alternating 0.3 V, 1 us pulses from w = "
_SYMMETRIC_TUNED = ("p_int", "rate_int_set", "rate_int_reset")

TARGETS: tuple[Target, ...] = (
    Target(
        "energy", "energy per 0.3 V, 1 us set pulse, mean of 30 from the bottom of the window",
        15e-15, "J", 0.05, "relative", "measured",
        "Table S1: one pulse of 0.3 V, 1 us; that it is the interface's energy and the mean of 30 pulses is a reading",
        ("g_int_max", "g_int_min"),
    ),
    Target(
        "sym_point_low", _SYMMETRIC + "0.05 lead to this state",
        0.27, "", 0.01, "absolute", "measured", "Note S2, S16", _SYMMETRIC_TUNED,
    ),
    Target(
        "sym_point_mid", _SYMMETRIC + "0.5 lead to this state",
        0.27, "", 0.01, "absolute", "measured", "Note S2, S16", _SYMMETRIC_TUNED,
    ),
    Target(
        "sym_point_high", _SYMMETRIC + "0.95 lead to this state",
        0.27, "", 0.01, "absolute", "measured", "Note S2, S16", _SYMMETRIC_TUNED,
    ),
    Target(
        "asymmetry", "mid-window imbalance (d- - d+)/(d- + d+) of one pulse down and one up from w = 0.5",
        0.25, "", 0.01, "absolute", "measured", "S15; the definition is not stated there and is assumed here",
        ("rate_int_reset", "p_int"),
    ),
    Target(
        "asymmetry_mirrored", "max|Gp(n) - Gd(n)|/(Gp(30) - Gd(30)), depression mirrored: another usual definition",
        None, "", math.inf, "shown", "assumed",
        "S15 gives 0.25 and no definition: this one is another number for the same curves", basis="chosen",
    ),
    Target(
        "potentiation_window", "share of the window that 30 set pulses cover",
        1.0, "", 0.05, "absolute", "assumed",
        'a reading of "30-cycle potentiation" (S15): pulses, their width and voltage are not stated there',
        ("rate_int_set",),
    ),
    Target(
        "recovery", "read current after a 0.3 V, 1 us pulse settled to within 5 %",
        5e-6, "s", 0.05, "relative", "measured",
        "Note S1; the 5 % band, the read voltage and c_ion are chosen", ("r_ion",),
    ),
    Target(
        "vth_200", "d.c. set threshold at 200 nm, paper's sign",
        -0.1, "V", 0.05, "relative", "measured", "Table S1, S13; the ramp of 0.1 V/s is assumed", ("rate_fil_set",),
    ),
    Target(
        "vth_250", "d.c. set threshold at 250 nm, paper's sign",
        -0.08, "V", 0.05, "relative", "measured", "S12; the exponent was taken from it",
        ("thickness_exponent",),
    ),
    Target(
        "no_switch", "change of the read conductance over a loop to 1 V either way, 50 nm, un-annealed",
        0.0, "", 0.01, "absolute", "measured", "S10; the 1 % is chosen", ("v_nuc_int", "v_nuc_fil"),
    ),
    Target(
        "vth_trend", "largest ratio of a film's set threshold to the next thinner film's, 50 to 250 nm",
        None, "", 1.0, "below", "measured", "S11: a thicker film lowers the threshold", ("thickness_exponent",),
    ),
    Target(
        "compliance_mean", "smallest ratio of mean conductance at a compliance to the next lower, 10 to 500 uA",
        None, "", 1.0, "above", "measured", "S8: the mean rises; the filament path stands in the model because of it",
        basis="built in",
    ),
    Target(
        "compliance_cv", "largest ratio of the conductance's coefficient of variation to the next lower compliance's",
        None, "", 1.0, "below", "measured", "S8: a higher compliance suppresses it", ("g_step",),
    ),
    Target(
        "vth_c2c", "median set threshold of 100 cycles of a 50 nm device over the nominal cycle's",
        1.0, "", 0.05, "relative", "assumed", "S7 shows the shape only; the spread is chosen, its median is nominal",
        basis="chosen",
    ),
    Target(
        "vth_c2c_reset", "median reset threshold of 100 cycles of a 50 nm device over the nominal cycle's",
        1.0, "", 0.05, "relative", "assumed", "S7 shows the shape only; the spread is chosen, its median is nominal",
        basis="chosen",
    ),
    Target(
        "vth_d2d", "median set threshold of 30 devices of 200 nm, paper's sign",
        -0.1, "V", 0.05, "relative", "measured", "S13, Table S1", ("rate_fil_set",),
    ),
    Target(
        "vth_d2d_reset", "median reset threshold of 30 devices of 200 nm over the nominal device's",
        1.0, "", 0.05, "relative", "assumed", "S13 shows the shape only; the spread is chosen, its median is nominal",
        basis="chosen",
    ),
    Target(
        "endurance", "smallest ratio of on to off read conductance in 1000 cycles of 0.3 V, 10 ms either way",
        None, "", 10.0, "above", "assumed", "S14a shows an open window; the 10 is chosen", ("rate_fil_reset",),
    ),
    Target(
        "retention", "largest drift of the read conductance at 5 mV over 10^4 s, both states",
        0.0, "", 0.1, "absolute", "assumed",
        "S14b shows kept states without a time; 10^4 s is another device's of the same group (10.1021/acsami.2c11183)",
        ("v_nuc_int", "v_nuc_fil"),
    ),
    Target(
        "downscaling", "largest ratio of energy per pulse or recovery time at a lateral size to the next larger's",
        None, "", 1.0, "below", "measured", "Note S1: both fall from 5 um on; sizes chosen", ("r_ion_exponent",),
    ),
    Target(
        "power", "smallest dissipated power over the largest of the same run, all experiments above",
        0.0, "", 1e-6, "absolute", "derived", "a passive cell never delivers energy; 1e-6 is a simulator's rounding",
        basis="check",
    ),
    Target(
        "state", "largest excursion of a state from [0, 1] in all experiments above",
        0.0, "", 2e-4, "absolute", "derived", "a state is a share of the window; 2e-4 is twice the tolerance of a run",
        basis="check",
    ),
)  # fmt: skip
"""Rows of the device sheet, in order."""

_BY_ID = {row.id: row for row in TARGETS}


def target(row: str) -> Target:
    """The row of that id.

    Raises:
        RequestError: there is none.
    """
    if row not in _BY_ID:
        raise RequestError.for_value("row", row, allowed=", ".join(_BY_ID))
    return _BY_ID[row]


WANTED: tuple[str, ...] = (
    "currents of the published I-V curves (S7, S9, S12) before and after switching, read off with their ramp",
    "reset thresholds in volts, and set thresholds of the films of 50 to 150 nm (S11, S13)",
    "the conductance after each of the 30 pulses (S15), their voltage and width, and the definition of 0.25",
    "the same pulses at a second voltage or a second width: what decides the disturb of half-selected cells",
    "switching time or threshold at a second temperature, and threshold at a second ramp rate",
    "retention against time at a stated read voltage",
)
"""Measurements of this device that would make a row an independent prediction: none of them was tuned to."""


@dataclass(frozen=True)
class Peer:
    """A device of Table S1; None where nothing is stated.

    Attributes:
        device: name; CBM is a conductive-bridge memristor.
        configuration: single device, crossbar, textile, tip array.
        area: as stated, text.
        write_voltage: [V], text where more than a number is stated.
        pulse: [s].
        energy: per switching [J].
    """

    device: str
    configuration: str
    area: str
    write_voltage: str
    pulse: float | None
    energy: float | None


PEERS: tuple[Peer, ...] = (
    Peer("MoS2 CBM", "single", "0.1 mm^2", "0.066", None, None),
    Peer("BiOI CBM", "single", "250 um^2", "0.5 (0.05 d.c.)", 1.0, None),
    Peer("CuZnS CBM", "textile", "1000 um^2", "0.5 (0.089 d.c.)", 30e-9, 3.7e-12),
    Peer("Ag/PMMA/CH3NH3PbI3/Au tip", "tip array", "3 um tip radius", "-0.11 d.c.", None, None),
    Peer("HfSe2 RRAM", "crossbar", "25 um^2", "0.8", 50e-9, 8.2e-13),
    Peer("HxWO3 ECRAM", "crossbar", "30 um^2", "4", 3.0, 1.0e-11),
    Peer("MoS2 RRAM", "crossbar", "0.63 um^2", "60", 1e-3, 2.0e-12),
    Peer("graphene/BN RRAM", "crossbar", "1 um^2", "10", 500e-9, 1.5e-9),
    Peer("WSe2 RRAM", "crossbar", "4900 um^2", "0.5", 1e-6, 2.9e-12),
    Peer("HfOx RRAM", "crossbar", "100 nm^2", "> 1.4", 5e-9, 1.0e-13),
    Peer("Ag2S CBM", "crossbar", "25 um^2", "0.3 (0.1 d.c.)", 1e-6, 1.5e-14),
)
"""Table S1, all measured by their authors; the last one is the cell of this package."""

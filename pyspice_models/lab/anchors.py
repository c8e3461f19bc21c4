"""Numbers that others have published about Ag2S devices, to compare the model with.

All are of other devices than the cell of this package, and were read in abstracts and excerpts alone: conditions that
are not stated there are said to be assumed here. The model is calibrated to none of them unless `calibrated` says so.
Table S1's devices, the paper's own comparison, are `published.PEERS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AnchorTag = Literal["other device", "other device, same group"]
Relation = Literal["value", "at least", "ratio"]


@dataclass(frozen=True)
class Anchor:
    """One published number.

    Attributes:
        id: of the row.
        quantity: what was measured there.
        published: smallest and largest number that is stated, equal if there is one.
        unit: SI unit ("" for a pure number).
        relation: "value": a number; "at least": the device did no worse; "ratio": of two numbers, of which only the
            side of 1 is compared.
        tag: whose device.
        source: authors and year or journal, what of it was read, DOI or arXiv number.
        simulated: what is simulated to compare with it, with what had to be assumed.
        calibrated: parameters that were chosen with this number in mind. Empty: none was.
    """

    id: str
    quantity: str
    published: tuple[float, float]
    unit: str
    relation: Relation
    tag: AnchorTag
    source: str
    simulated: str
    calibrated: tuple[str, ...] = ()


_NAYAK = "Nayak 2010, abstract or excerpt, doi:10.1021/jz900375a"
_RETENTION = "ACS AMI 2022, abstract, doi:10.1021/acsami.2c11183"

ANCHORS: tuple[Anchor, ...] = (
    Anchor(
        "activation_low", "activation energy of the switching time of an Ag2S atomic switch, low bias",
        (0.58, 0.58), "eV", "value", "other device", _NAYAK,
        "time of a filament's set at 0.1 V, 290 and 310 K; the voltage is assumed",
    ),
    Anchor(
        "activation_high", "the same at high bias",
        (1.32, 1.32), "eV", "value", "other device", _NAYAK,
        "time of a filament's set at 1 V, 290 and 310 K; the voltage is assumed",
    ),
    Anchor(
        "activation_trend", "activation energy at high bias over that at low bias",
        (1.32 / 0.58, 1.32 / 0.58), "", "ratio", "other device", _NAYAK,
        "the two rows above",
    ),
    Anchor(
        "steepness_trend", "voltage per decade of time, high bias over low bias: steeper at low bias, no number",
        (1.0, float("inf")), "", "ratio", "other device", _NAYAK,
        "time of a filament's set 5 % below and above 1 V, and 0.1 V; the voltages are assumed",
    ),
    Anchor(
        "threshold", "voltage above which Ag2S switches fully",
        (0.07, 0.07), "V", "value", "other device", "Morales-Masis, abstract or excerpt, arXiv:1108.5293",
        "d.c. set threshold, 1 uA, of ramps of 1 mV/s and 0.1 V/s; the ramp is assumed, and the second one calibrated "
        "to another number (S13)",
    ),
    Anchor(
        "fastest", "switching time of Ag2S nanojunctions: nanoseconds",
        (1e-9, 1e-8), "s", "value", "other device", "Geresdi 2013, abstract or excerpt, doi:10.1039/c3nr05682a",
        "time of a filament's set at 1 V, to one conductance quantum; another geometry, and the voltage is assumed",
    ),
    Anchor(
        "noise", "current noise of silver filaments, share of the current",
        (1e-4, 1e-2), "", "value", "other device", "Santa 2019, abstract or excerpt, doi:10.1039/c8nr09985e",
        "nothing: the cell has thermal noise alone, in small-signal analyses",
    ),
    Anchor(
        "on_off", "ratio of on to off conductance",
        (1e6, 1e6), "", "value", "other device, same group",
        "Zhu 2022, abstract or excerpt, doi:10.1021/acsami.2c02264",
        "reads at 5 mV after 0.3 V and -0.3 V of 10 ms",
    ),
    Anchor(
        "retention", "time over which a state is kept",
        (1e4, 1e4), "s", "at least", "other device, same group", _RETENTION,
        "a high state until a tenth of the window is lost at 5 mV; the loss that counts is assumed",
        ("v_nuc_int", "v_nuc_fil"),
    ),
    Anchor(
        "endurance", "write cycles",
        (1e5, 1e5), "", "at least", "other device, same group", _RETENTION,
        "nothing: the cell does not wear",
    ),
    Anchor(
        "interface_energy", "energy of one interface switching",
        (2e-16, 2e-16), "J", "value", "other device, same group", _RETENTION,
        "first and last of 30 set pulses of 0.3 V, 1 us; their mean is calibrated to 15 fJ (Table S1)",
    ),
)  # fmt: skip

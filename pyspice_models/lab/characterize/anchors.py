"""The anchors: numbers of other people's devices beside what this cell gives under the same question."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.constants import boltzmann, elementary_charge
from pyspice_models.engine import Progress
from pyspice_models.errors import SimulationError
from pyspice_models.lab.anchors import ANCHORS, Anchor
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.characterize.loops import ramp_bench, set_threshold
from pyspice_models.lab.characterize.maps.change import SWITCHES, change_experiment
from pyspice_models.lab.characterize.maps.disturb import LOSSES
from pyspice_models.lab.characterize.maps.run import run_findings
from pyspice_models.lab.characterize.memory import endurance_bench, endurance_reads
from pyspice_models.lab.characterize.peers import ComparedPeer, compare_peer, peer_experiment
from pyspice_models.lab.characterize.pulses import STEP, after_pulse, potentiation_benches
from pyspice_models.lab.conditions import LONG_PULSE, RATE, READ, TRAIN
from pyspice_models.lab.published import PEERS

LOW, HIGH = 0.1, 1.0  # [V] what is taken for low and high bias; assumed
COOL, WARM = 290.0, 310.0  # [K]
NEAR = 0.05  # the slope is taken over this share of the voltage, either way
RAMPS = (1e-3, RATE)  # [V/s] slow, and that of the device sheet
TOP = 0.3  # [V] of the ramps


CONSISTENT, SAME_TREND, REACHED = "consistent", "same trend", "reached"


@dataclass(frozen=True)
class Compared:
    """An anchor and the model's answer.

    Attributes:
        anchor: what is published.
        simulated: smallest and largest number of the model, equal if there is one; None where it has none.
        note: why it has none, or what belongs to it.
        is_bound: it is the time for which was waited, and nothing happened.
    """

    anchor: Anchor
    simulated: tuple[float, float] | None
    note: str = ""
    is_bound: bool = False

    @property
    def agrees(self) -> bool:
        """The verdict is that the two do not contradict each other."""
        return self.verdict in (CONSISTENT, SAME_TREND, REACHED)

    @property
    def verdict(self) -> str:
        """How the two compare, in words; nothing is demanded."""
        if self.simulated is None:
            return "not in the model"
        (low, high), (least, most) = self.simulated, self.anchor.published
        if self.anchor.relation == "ratio":
            return SAME_TREND if (low > 1) == (most > 1) else "opposite trend"
        if self.anchor.relation == "at least":
            return REACHED if low >= least else f"{_ratio(low / least)} of it"
        if low <= most and high >= least:
            return CONSISTENT
        return f"{_ratio(high / least)} of it" if high < least else f"{_ratio(low / most)} times it"

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        a = self.anchor
        return {
            "id": a.id,
            "quantity": a.quantity,
            "published": [number if math.isfinite(number) else None for number in a.published],
            "simulated": None if self.simulated is None else list(self.simulated),
            "unit": a.unit,
            "relation": a.relation,
            "verdict": self.verdict,
            "note": self.note,
            "simulated_is_bound": self.is_bound,
            "tag": a.tag,
            "source": a.source,
            "how": a.simulated,
            "calibrated": list(a.calibrated),
        }


@dataclass(frozen=True)
class Anchors:
    """All comparisons of one form."""

    form: str
    rows: tuple[Compared, ...]
    peers: tuple[ComparedPeer, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "form": self.form,
            "anchors": [row.as_dict() for row in self.rows],
            "table_s1": [peer.as_dict() for peer in self.peers],
        }


def compare_anchors(
    form: str, folder: Path, *, cell: CellParams | None = None, progress: Progress | None = None
) -> Anchors:  # fmt: skip
    """Simulate what every anchor asks for, on `cell`.

    Args:
        form: "osdi", "subckt" or "twin".
        folder: decks and logs go to folders in it.
        cell: nominal parameters [the 200 nm cell annealed at 160 C].
        progress: is told the share of the work that is done.

    Raises:
        RequestError: unknown form.
        SimulationError, ToolError: a simulator failed. A cell that does not switch is no failure: the row says so.
    """
    cell = cell or CellParams()
    peers = {peer: e for peer in PEERS if (e := peer_experiment(cell, peer)) is not None}
    experiments = [*_experiments(cell), *peers.values()]
    found = run_findings(experiments, form, folder, progress)
    answers = _answers(found)
    rows = tuple(Compared(anchor, *answers[anchor.id]) for anchor in ANCHORS)
    return Anchors(form, rows, tuple(compare_peer(peer, peers.get(peer), found) for peer in PEERS))


# ---- what is simulated


def _experiments(cell: CellParams) -> list[Experiment]:
    _, _, filament_set, _ = SWITCHES
    places = [
        *((voltage, kelvin) for voltage in (LOW, HIGH) for kelvin in (COOL, WARM)),
        *((voltage * near, 300.0) for voltage in (LOW, HIGH) for near in (1 - NEAR, 1 + NEAR)),
        (HIGH, 300.0),
    ]
    high_falls = LOSSES[1]
    return [
        *(change_experiment(_name(*place), cell, filament_set, *place) for place in places),
        change_experiment("anchor-retention", cell, high_falls, READ),
        Experiment(
            "anchor-on-off", "one cycle of 0.3 V, 10 ms either way", (), (endurance_bench(cell, 1),), _on_off,
            LONG_PULSE / 100,
        ),
        Experiment(
            "anchor-energy", "30 set pulses", (), potentiation_benches(cell), _energy, STEP,
        ),
        *(_ramp_experiment(cell, rate) for rate in RAMPS),
    ]  # fmt: skip


def _name(voltage: float, kelvin: float) -> str:
    return f"anchor-set-{voltage:.4g}-{kelvin:g}"


def _ramp_experiment(cell: CellParams, rate: float) -> Experiment:
    return Experiment(
        f"anchor-ramp-{rate:g}", f"a set ramp of {rate:g} V/s", (), (ramp_bench(cell, TOP, rate),),
        _threshold, TOP / rate / 500,
    )  # fmt: skip


def _threshold(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    try:
        return {"threshold": Finding(set_threshold(waves[0]))}
    except SimulationError as error:
        return {"threshold": Finding(math.nan, note=str(error))}


def _on_off(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    on, off = endurance_reads(waves[0], 1)[0]
    return {"ratio": Finding(float(on / off))}


def _energy(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    each = np.diff(waves[0].at(waves[0].loss, after_pulse(TRAIN)))
    return {"energy": Finding(float(each.mean()), {"each [J]": each.tolist()})}


# ---- what is found

_Answer = tuple[tuple[float, float] | None, str, bool]
"""What `Compared` holds beside its anchor."""


def _answers(found: Mapping[str, Mapping[str, Finding]]) -> dict[str, _Answer]:
    def time(voltage: float, kelvin: float) -> float:
        return found[_name(voltage, kelvin)]["time"].simulated

    def activation(voltage: float) -> float:
        per_energy = [elementary_charge / (boltzmann * kelvin) for kelvin in (WARM, COOL)]
        return math.log(time(voltage, COOL) / time(voltage, WARM)) / (per_energy[1] - per_energy[0])

    def slope(voltage: float) -> float:
        slow, fast = (time(voltage * near, 300.0) for near in (1 - NEAR, 1 + NEAR))
        return 2 * NEAR * voltage / math.log10(slow / fast)

    cool, hot = activation(LOW), activation(HIGH)
    kept = found["anchor-retention"]["time"]
    ramps = [found[f"anchor-ramp-{rate:g}"]["threshold"].simulated for rate in RAMPS]
    each = found["anchor-energy"]["energy"].values["each [J]"]
    searched = kept.values["searched [s]"][0]
    return {
        "activation_low": _one(cool),
        "activation_high": _one(hot),
        "activation_trend": _one(hot / cool),
        "steepness_trend": _one(slope(HIGH) / slope(LOW), f"{_mv(slope(LOW))} and {_mv(slope(HIGH))} per decade"),
        "threshold": _one(sum(ramps)) if math.isnan(sum(ramps)) else ((min(ramps), max(ramps)), "", False),
        "fastest": _one(time(HIGH, 300.0)),
        "noise": (None, "1/f and telegraph noise of filaments are not modelled", False),
        "on_off": _one(found["anchor-on-off"]["ratio"].simulated),
        "retention": ((searched, searched), kept.note, True) if kept.note else _one(kept.simulated),
        "endurance": (None, "any number of cycles looks the same", False),
        "interface_energy": ((min(each), max(each)), "", False),
    }


def _ratio(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _mv(volts: float) -> str:
    return f"{1e3 * volts:.0f} mV"


def _one(value: float, note: str = "") -> _Answer:
    """A single number; one that could not be had is none."""
    if not math.isfinite(value):
        return None, note or "the cell does not switch within the time that was waited", False
    return (value, value), note, False

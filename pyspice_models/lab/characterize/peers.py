"""The devices of Table S1, and what this cell does under the pulse that each of them is written with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.characterize.experiment import Experiment, Finding
from pyspice_models.lab.characterize.maps.pulse import pulse_experiment
from pyspice_models.lab.published import PEERS, Peer

MOST = 1.5
"""[V] The largest voltage of the maps: what a peer is written with above it says nothing about this cell."""


@dataclass(frozen=True)
class ComparedPeer:
    """A device of Table S1, and what this cell does under the same pulse.

    Attributes:
        peer: the device.
        energy: that the pulse dissipates in this cell [J]; None where there is nothing to compare.
        change: of w, from 0.5 [1].
        note: why there is nothing, or what else happens.
    """

    peer: Peer
    energy: float | None
    change: float | None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        p = self.peer
        return {
            "device": p.device,
            "write_voltage": p.write_voltage,
            "pulse": p.pulse,
            "published_energy": p.energy,
            "simulated_energy": self.energy,
            "change_of_w": self.change,
            "note": self.note,
        }


def peer_experiment(cell: CellParams, peer: Peer) -> Experiment | None:
    """The peer's pulse on this cell; None where it is not stated, or is none for this cell."""
    volts = _volts(peer)
    if peer.pulse is None or peer.energy is None or volts is None or volts > MOST:
        return None
    return pulse_experiment(f"anchor-peer-{PEERS.index(peer)}", cell, [volts], peer.pulse)


def _volts(peer: Peer) -> float | None:
    """The magnitude of a peer's write voltage; of one that is a lower bound, the bound."""
    stated = re.search(r"\d+(\.\d+)?", peer.write_voltage)
    return float(stated[0]) if stated else None


def compare_peer(peer: Peer, experiment: Experiment | None, found: Mapping[str, Mapping[str, Finding]]) -> ComparedPeer:
    """What the experiment found, or why there is none."""
    if experiment is None:
        stated = peer.pulse is not None and peer.energy is not None
        return ComparedPeer(peer, None, None, f"above {MOST:g} V" if stated else "no pulse or no energy is stated")
    ends = found[experiment.name]["ends"]
    own = "this cell: calibrated to it as the mean of 30 pulses" if peer is PEERS[-1] else ""
    notes = "; ".join(note for note in (own, ends.note) if note)
    return ComparedPeer(peer, ends.values["energy"][0], ends.values["state_change"][0], notes)

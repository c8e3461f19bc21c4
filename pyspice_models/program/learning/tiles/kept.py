"""The updates that an audit has chosen so far, as arrays for a checkpoint and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.audit import AuditedTile, Kept
from pyspice_models.program.learning.tiles.table_tile import TableTile


def audit_arrays(tile: AuditedTile) -> dict[str, np.ndarray]:
    """How many updates there were, and those that are kept."""
    found: dict[str, np.ndarray] = {"updates": np.array(tile.updates), "kept": np.array(len(tile.kept))}
    for place, (drawn, kept) in enumerate(tile.kept):
        pulses = kept.pulses
        numbers = [drawn, kept.number, kept.energy, pulses.voltage, pulses.width]
        one: dict[str, NDArray] = {"numbers": np.array(numbers), "scheme": np.array(pulses.scheme)}
        one |= {"word": pulses.word, "bit": pulses.bit, "sign": pulses.sign}
        one |= {f"before {name}": values for name, values in kept.before.items()}
        one |= {f"after {name}": values for name, values in kept.after.items()}
        found |= {f"{place} {name}": values for name, values in one.items()}
    return found


def restore_audit(tile: AuditedTile, arrays: Mapping[str, np.ndarray]) -> None:
    """Go back to what `audit_arrays` gave, in place."""
    tile.updates = int(arrays["updates"])
    tile.kept = []
    for place in range(int(arrays["kept"])):
        own = {name.removeprefix(f"{place} "): value for name, value in arrays.items() if name.startswith(f"{place} ")}
        drawn, number, energy, voltage, width = (float(value) for value in own["numbers"])
        states = [
            {name.removeprefix(f"{when} "): value for name, value in own.items() if name.startswith(f"{when} ")}
            for when in ("before", "after")
        ]
        pulses = Pulses(own["word"], own["bit"], own["sign"], voltage, width, str(own["scheme"]))
        tile.kept.append((drawn, Kept(int(number), states[0], states[1], pulses, energy)))
    tile.__post_init__()  # the stream goes on behind the updates that there were


def crossbar_of(tile: AuditedTile) -> Crossbar:
    """The array whose transients an audited table is held against."""
    assert isinstance(tile.tile, TableTile)
    return tile.tile.crossbar

"""What a stated error promises: how far measures of a run may lie from those of a run that is much finer.

Every measure is compared with itself, but for those that may be nearly nothing beside what they are part of: they are
compared with a share of that, their floor. docs/studies.md tells the same to users.
"""

from __future__ import annotations

import math

from pyspice_models.measure import energy_split
from pyspice_models.study import Outcome

# the books of a run are a rest of what sources give and take, known as closely as a thousandth of that
BOOKS = 1e-3
# a part of a write's energy, such as that lost in lines, counts from a hundredth of the whole on
PART = 1e-2
# a state is followed down to a thousandth of its window: what is left of it no read resolves
STATE = 1e-3
# a sneak current is the difference of two currents, each known to the stated error; a tenth of them is its floor
SNEAK = 0.1
# leakage of the simulator itself: 1e-15 S between all nodes at some tenths of a volt, of a hundred cells [A]
CURRENT = 1e-13
# shares and margins are errors of currents already, over other currents
SHARE = 1.0

# an error itself; counts of passes; the logarithm of a difference that may be nearly nothing
UNCOMPARED = ("energy_imbalance", "writes_as_lone_cell", "pattern_reached", "target_reached", "sense_snr")


def floors(outcome: Outcome) -> dict[str, float]:
    """The least size with which an error of each measure is compared, in the measure's unit."""
    measures, dataset = outcome.measures, outcome.dataset
    moved = energy_split(dataset, 0.0, float(dataset["time"][-1])).moved
    whole = measures["energy_per_switch"].value if "energy_per_switch" in measures else 0.0
    found = {}
    for name in measures:
        if name in ("energy_source", "energy_dissipated", "energy_stored"):
            found[name] = BOOKS * moved
        elif name.startswith("energy_") and name != "energy_delay_write":
            found[name] = PART * whole
        elif name.startswith(("state_change", "disturb_")):
            found[name] = STATE
        elif name.startswith("sneak_current"):
            way = name.removeprefix("sneak_current")
            found[name] = max(SNEAK * measures[f"read_current{way}"].value, CURRENT)
        elif name.startswith(("read_current", "own_current")):
            found[name] = CURRENT
        elif name.startswith(("sneak_share", "read_margin", "read_droop", "vmm_", "target_error", "bit_error")):
            found[name] = SHARE
        else:
            found[name] = 0.0
    return found


def outside(outcome: Outcome, reference: Outcome, error: float = 5e-3) -> dict[str, float]:
    """Measures that miss the reference's by more than `error`, and by how much, as a share of itself or its floor.

    That the books balance no comparison has to look at: a run whose books are broken is an error.
    """
    found = {}
    least = floors(reference)
    for name, measure in reference.measures.items():
        if name.startswith(UNCOMPARED):
            continue
        wanted, got = measure.value, outcome.measures[name].value
        if wanted == got:  # also infinite ones
            continue
        missed = abs(got - wanted) / max(abs(wanted), least[name]) if math.isfinite(wanted) else math.inf
        if not missed <= error:
            found[name] = missed
    if set(outcome.measures) != set(reference.measures):
        found["names of measures"] = math.inf
    return found

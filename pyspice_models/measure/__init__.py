"""Pure functions from a dataset to numbers with units."""

from pyspice_models.measure.energy import EnergySplit, by_selection, energy_split, stored_energy
from pyspice_models.measure.measure import Measure
from pyspice_models.measure.paths import current_paths
from pyspice_models.measure.read import (
    cell_current,
    product_error,
    read_margin,
    recovery_time,
    sense_current,
    sneak_share,
)
from pyspice_models.measure.supply import Rail, Supply, supply
from pyspice_models.measure.write import disturb, disturb_by_selection, effective_voltage, ir_drop, state_change

__all__ = [
    "EnergySplit", "Measure", "Rail", "Supply", "by_selection", "cell_current", "current_paths", "disturb",
    "disturb_by_selection", "effective_voltage", "energy_split", "ir_drop", "product_error", "read_margin",
    "recovery_time", "sense_current", "sneak_share", "state_change", "stored_energy", "supply",
]  # fmt: skip

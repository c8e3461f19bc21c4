"""Pure functions from a dataset to numbers with units."""

from pyspice_models.measure.energy import EnergySplit, by_selection, energy_split, stored_energy
from pyspice_models.measure.fluctuation import levels_by_pulse, repeated_reads
from pyspice_models.measure.margin import current_margin, voltage_margin
from pyspice_models.measure.measure import Measure, common_text, measures_frame
from pyspice_models.measure.overshoot import current_overshoot
from pyspice_models.measure.paths import current_paths
from pyspice_models.measure.product import ErrorSplit, product_error, split_error
from pyspice_models.measure.read import (
    ReadFigures,
    cell_current,
    conductances,
    measure_read,
    recovery_time,
    sense_current,
    sneak_share,
)
from pyspice_models.measure.supply import Rail, Supply, supply
from pyspice_models.measure.write import (
    cell_kinds,
    disturb,
    disturb_by_selection,
    effective_voltage,
    ir_drop,
    level_name,
    state_change,
    state_names,
)

__all__ = [
    "EnergySplit", "ErrorSplit", "Measure", "Rail", "ReadFigures", "Supply", "by_selection", "cell_current",
    "cell_kinds",
    "common_text", "conductances", "current_margin", "current_overshoot", "current_paths", "disturb",
    "disturb_by_selection", "effective_voltage", "energy_split", "ir_drop", "level_name",
    "levels_by_pulse", "measure_read", "measures_frame",
    "product_error", "recovery_time", "repeated_reads", "sense_current", "sneak_share", "split_error",
    "state_change", "state_names",
    "stored_energy", "supply", "voltage_margin",
]  # fmt: skip

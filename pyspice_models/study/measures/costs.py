"""What an array costs in area, and its writes in energy and time together."""

from __future__ import annotations

from collections.abc import Mapping

from pyspice_models.measure import Measure
from pyspice_models.measure.area import cell_area
from pyspice_models.study.study import Study
from pyspice_models.units import show


def cost_measures(study: Study, found: Mapping[str, Measure]) -> dict[str, Measure]:
    """Area of the array; with a write's energy among what was `found`, its energy-delay product too."""
    cell = cell_area(study.crossbar, study.limits.feature_size)
    costs = {
        "array_area": Measure(
            cell.area * study.crossbar.rows * study.crossbar.cols, "m^2",
            f"cells alone, without drivers and sense circuits; a cell by its {cell.set_by}",
        ),
        "cell_area": Measure(cell.squares, "", f"of a cell, in squares of the feature size, {show(cell.feature, 'm')}"),
    }  # fmt: skip
    if "energy_per_switch" in found and "write_latency" in found:
        product = found["energy_per_switch"].value * found["write_latency"].value
        costs["energy_delay_write"] = Measure(
            product, "J*s", "energy_per_switch times write_latency: dissipated energy, and the longest write"
        )
    return costs

"""The measures of energy: what a switch turns into heat, what it draws from its supplies, and the books of the run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure import Measure, cell_kinds
from pyspice_models.measure.energy import Energies
from pyspice_models.study.measures.step_table import StepRow, mean

_PARTS = {
    "energy_selected_cell": ("energy_selected", "the written cell"),
    "energy_half_selected": ("energy_half_selected", "the other cells of its row and column"),
    "energy_unselected": ("energy_unselected", "all other cells"),
    "energy_lines": ("energy_lines", "word, bit and gate lines"),
    "energy_drivers": ("energy_drivers", "drivers and sense circuits"),
    "energy_selectors": ("energy_selectors", "transistors or threshold selectors"),
}


def switching_energies(rows: Sequence[StepRow]) -> dict[str, Measure]:
    """Of the writes of a program, means over pulses times cells; sets and resets apart where there are both."""
    writes = [row for row in rows if row.kind in {"set", "reset"}]
    if not writes:
        return {}
    of = ", ".join(row.name for row in writes[:3]) + (", ..." if len(writes) > 3 else "")
    both = len({row.kind for row in writes}) > 1
    each = f"mean over pulses and written cells{', sets and resets alike' if both else ''} ({of})"

    def measure(name: str, about: str, members: Sequence[StepRow] = writes, general: str = "") -> Measure:
        return Measure(mean(members, name), "J", about, general)

    found = {
        "energy_per_switch": measure(
            "energy_dissipated",
            f"dissipated in the whole array, {each}",
            general="dissipated in the whole array, mean over pulses and written cells",
        )
    }
    for name, (column, where) in _PARTS.items():
        if all(column in row.values for row in writes):
            found[name] = measure(column, f"the part of it dissipated in {where}")
    left = "stored beside it when the last gap of the write is over: dissipated, or given back, afterwards"
    found["energy_left_stored"] = measure("energy_left_stored", left)
    needed = ", ".join(
        {f"{name} = {rail['voltage']:.4g} V": None for row in writes for name, rail in row.rails.items()}
    )
    found["energy_supply_per_switch"] = measure(
        "energy_supply",
        f"drawn from rails, nothing taken back ({needed}), {each}",
        general="drawn from rails, nothing taken back, mean over pulses and written cells",
    )
    found["energy_supply_line_charge"] = measure(
        "energy_supply_line_charge", "the part of it that charges lines, gates and the cells' plates"
    )
    found["energy_supply_by_line"] = measure(
        "energy_supply_by_line", "drawn if no line gave anything to another one on its rail"
    )
    kinds = {kind: [row for row in writes if row.kind == kind] for kind in ("set", "reset")}
    if all(kinds.values()):
        for kind, members in kinds.items():
            found[f"energy_per_{kind}"] = measure("energy_dissipated", f"dissipated, of the {kind}s alone", members)
            found[f"energy_supply_per_{kind}"] = measure("energy_supply", f"drawn, of the {kind}s alone", members)
    return found


def run_energies(
    dataset: xr.Dataset, rows: Sequence[StepRow], energies: Energies | None = None
) -> dict[str, Measure]:  # fmt: skip
    """Of the whole run (`energies`, if known): books of the ideal sources, and what real supplies would have given."""
    split = (energies or Energies.of(dataset)).whole
    found = {
        "energy_source": Measure(split.source, "J", "delivered by all ideal sources, which take line charge back"),
        "energy_dissipated": Measure(split.dissipated, "J", "dissipated in cells, lines, drivers and sense circuits"),
        "energy_stored": Measure(split.stored, "J", "change of the energy in all capacitances"),
    }
    if split.moved:  # nothing is delivered by a program that only waits
        about = "(source - dissipated - stored) / energy that sources moved: numerical error of the books"
        found["energy_imbalance"] = Measure(split.imbalance, "", about)

    found |= _by_kind(dataset, split.each)

    def total(name: str) -> float:
        return float(np.sum([row.values[name] * row.count for row in rows if name in row.values]))

    if all("energy_supply" in row.values for row in rows):
        found["energy_supply"] = Measure(total("energy_supply"), "J", "drawn from all rails, nothing taken back")
    if any("energy_amplifiers" in row.values for row in rows):
        about = "quiescent, of the sense circuits while they sense; beside energy_supply, and as assumed as p_amplifier"
        found["energy_amplifiers"] = Measure(total("energy_amplifiers"), "J", about)
    return found


def _by_kind(dataset: xr.Dataset, cells: NDArray[np.float64]) -> dict[str, Measure]:
    """Energy dissipated in the cells of each kind over the whole run, in an array of several."""
    return {
        f"energy_cells_{name}": Measure(
            float(cells[where].sum()), "J",
            f"dissipated in the {int(where.sum())} cells of the kind {name}, over the whole run",
            f"dissipated in the cells of the kind {name}, over the whole run",
        )
        for name, where in cell_kinds(dataset).items()
    }  # fmt: skip

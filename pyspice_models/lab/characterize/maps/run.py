"""Runs the maps in one of the three forms of the cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine import Progress
from pyspice_models.lab.characterize.experiment import Experiment, Finding
from pyspice_models.lab.characterize.maps.disturb import disturb_plan
from pyspice_models.lab.characterize.maps.grid import Grid, Plan
from pyspice_models.lab.characterize.maps.pulse import pulse_plan
from pyspice_models.lab.characterize.maps.temperature import temperature_plan
from pyspice_models.lab.characterize.maps.voltage import voltage_plan
from pyspice_models.lab.characterize.run import check_form, run_all


@dataclass(frozen=True)
class DeviceMap:
    """A map that was simulated.

    Attributes:
        plan: what was done.
        dataset: what was found, with units; nan where `status` says in words why there is no number.
    """

    plan: Plan
    dataset: xr.Dataset


def plans(cell: CellParams, grid: Grid) -> list[Plan]:
    """All maps of a cell."""
    return [voltage_plan(cell, grid), pulse_plan(cell, grid), temperature_plan(cell, grid), disturb_plan(cell, grid)]


def device_maps(
    form: str,
    folder: Path,
    *,
    cell: CellParams | None = None,
    grid: Grid | None = None,
    progress: Progress | None = None,
) -> dict[str, DeviceMap]:
    """Simulate every map on `cell`.

    Args:
        form: "osdi" (Verilog-A in ngspice), "subckt" (behavioural, in ngspice) or "twin" (NumPy).
        folder: decks and logs go to folders in it.
        cell: nominal parameters [the 200 nm cell annealed at 160 C].
        grid: how many of the points [all].
        progress: is told the share of the work that is done.

    Returns:
        The maps by name.

    Raises:
        RequestError: unknown form.
        SimulationError, ToolError: a simulator failed. A cell that does not switch is no failure: the map says so.
    """
    check_form(form)
    planned = plans(cell or CellParams(), grid or Grid())
    found = run_findings([e for plan in planned for e in plan.experiments], form, folder, progress)
    made = {}
    for plan in planned:
        dataset = plan.dataset(found).assign_attrs(title=plan.title, about=plan.about, form=form)
        made[plan.name] = DeviceMap(plan, dataset)
    return made


def run_findings(
    experiments: Sequence[Experiment], form: str, folder: Path, progress: Progress | None = None
) -> dict[str, dict[str, Finding]]:
    """What each experiment found, by its name; each runs at the temperature of its first bench."""
    groups: dict[float, list[Experiment]] = defaultdict(list)
    for experiment in experiments:
        groups[experiment.benches[0].temperature].append(experiment)
    found: dict[str, dict[str, Finding]] = {}
    for group in groups.values():
        before, share = len(found) / len(experiments), len(group) / len(experiments)

        def part(done: float, before: float = before, share: float = share) -> None:
            if progress is not None:
                progress(before + share * done)

        waves = run_all(group, form, folder, part)
        found.update({e.name: dict(e.measure(waves[e.name])) for e in group})
    return found

"""Measures that a program does not give, each with the step that it would take."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from pyspice_models.measure import Measure
from pyspice_models.result import windows
from pyspice_models.stimulus.phase import DRIVE
from pyspice_models.stimulus.steps import STEPS, steps_of_kind
from pyspice_models.study.measures.reads import why_no_margin
from pyspice_models.study.measures.writes import not_alone
from pyspice_models.study.study import Study


def _needs() -> dict[str, str]:
    """By measure, which step it takes, in the words of a study file."""
    write, read = (f"needs a {steps_of_kind(kind)} step" for kind in ("write", "read"))
    pattern = " or ".join(word for word, step in STEPS.items() if step.bits)
    return {
        "energy_per_switch": write,
        "state_change": write,
        "write_latency": write,
        "writes_as_lone_cell": write,
        "energy_delay_write": write,
        "disturb_half_selected": f"{write} that leaves cells half-selected",
        "disturb_unselected": f"{write} that leaves cells unselected",
        "pattern_reached": f"needs a {pattern} step",
        "target_reached": "needs a write step with g_target, the conductance that its cells are meant to have",
        "recovery_time": "needs a write step and, right behind it, a read of the same row and a column of it",
        "read_current": read,
        "sneak_share": read,
        "read_latency": read,
        "read_margin": read,
        "bit_error_odds": read,
        "vmm_error": "needs a vmm step with an input that is not 0",
    }


_BY_EQUATIONS = {
    "read": ("own_current_nominal", "read_droop", "read_margin", "bit_error_odds"),
    "vmm": ("vmm_error",),
}
"""Measures that take a cell's conductance at other voltages than those of the run, by what the program does."""


def _unknown(study: Study, dataset: xr.Dataset) -> dict[str, str]:
    """Measures that a program would give, and for which too little is known of the cell."""
    cells = study.crossbar.populations
    done = {window.kind for window in windows(dataset)}
    found: dict[str, str] = {}
    if unknown := [one.model.name for one in cells if one.model.equations is None]:
        names = ", ".join(map(repr, dict.fromkeys(unknown)))
        why = f"needs the equations of the cell {names}, of which terminals and declared states alone are known"
        found |= {name: why for kind, names in _BY_EQUATIONS.items() if kind in done for name in names}
        if any(step.wanted_bits is not None for step in study.program):
            found["pattern_reached"] = why
        if any(step.wanted_conductance is not None for step in study.program):
            found["target_reached"] = why
        if "write" in done and study.crossbar.driver.compliance != "none":
            found["current_overshoot"] = why
    if "write" in done:
        if names := ", ".join(map(repr, dict.fromkeys(not_alone(study, windows(dataset, "write"))))):
            found["writes_as_lone_cell"] = f"needs to know what the cell {names} does alone"
        if not study.crossbar.states:
            names = ", ".join(repr(one.model.name) for one in cells)
            why = f"needs a state, and the cell {names} declares none: [cell.states]"
            found |= dict.fromkeys(("state_change", "disturb_half_selected", "disturb_unselected"), why)
    return found


def missing_measures(study: Study, dataset: xr.Dataset, found: Mapping[str, Measure]) -> dict[str, str]:
    """Measures that are not among those `found` in a run, and which step is missing, by name."""
    needs = _needs()
    missing = {name: why for name, why in needs.items() if name not in found}
    if windows(dataset, DRIVE):
        missing["energy_supply"] = "not with a drive step: waves of any shape come from sources that no rails stand for"
        if "drive_current" not in found:
            missing["drive_current"] = "needs a drive step with sample or every: moments at which currents are taken"
    missing |= {name: why for name, why in _unknown(study, dataset).items() if name not in found}
    if "read_margin" in missing and study.crossbar.solvable:
        missing["read_margin"] = why_no_margin(study, dataset, windows(dataset, "read"))
    if (
        study.crossbar.driver.compliance != "none"
        and study.crossbar.solvable and "current_overshoot" not in found
    ):  # fmt: skip
        missing["current_overshoot"] = needs["state_change"]
    if "writes_as_lone_cell" in missing and study.crossbar.kind == "1S1R":
        missing["writes_as_lone_cell"] = (
            "not of a 1S1R array: a threshold selector keeps a part of the voltage by design"
        )
    return missing

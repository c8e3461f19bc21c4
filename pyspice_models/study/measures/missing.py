"""Measures that a program does not give, each with the step that it would take."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from pyspice_models.measure import Measure
from pyspice_models.result import windows
from pyspice_models.stimulus.steps import STEPS, steps_of_kind
from pyspice_models.study.measures.reads import why_no_margin
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


def missing_measures(study: Study, dataset: xr.Dataset, found: Mapping[str, Measure]) -> dict[str, str]:
    """Measures that are not among those `found` in a run, and which step is missing, by name."""
    needs = _needs()
    missing = {name: why for name, why in needs.items() if name not in found}
    if "read_margin" in missing:
        missing["read_margin"] = why_no_margin(study, dataset, windows(dataset, "read"))
    if study.crossbar.driver.compliance != "none" and "current_overshoot" not in found:
        missing["current_overshoot"] = needs["state_change"]
    if "writes_as_lone_cell" in missing and study.crossbar.kind == "1S1R":
        missing["writes_as_lone_cell"] = (
            "not of a 1S1R array: a threshold selector keeps a part of the voltage by design"
        )
    return missing

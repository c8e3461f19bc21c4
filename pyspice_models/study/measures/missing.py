"""Measures that a program does not give, each with the step that it would take."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from pyspice_models.measure import Measure
from pyspice_models.result import windows
from pyspice_models.study.measures.reads import why_no_margin
from pyspice_models.study.study import Study

_WRITE = "needs a write, write_pattern or rank_one step"
_READ = "needs a read or read_all step"
_NEEDS: Mapping[str, str] = {
    "energy_per_switch": _WRITE,
    "state_change": _WRITE,
    "write_latency": _WRITE,
    "writes_as_lone_cell": _WRITE,
    "energy_delay_write": _WRITE,
    "disturb_half_selected": f"{_WRITE} that leaves cells half-selected",
    "disturb_unselected": f"{_WRITE} that leaves cells unselected",
    "pattern_reached": "needs a write_pattern step",
    "target_reached": "needs a write step with g_target, the conductance that its cells are meant to have",
    "recovery_time": "needs a write step and, right behind it, a read of the same row and a column of it",
    "read_current": _READ,
    "sneak_share": _READ,
    "read_latency": _READ,
    "read_margin": _READ,
    "bit_error_odds": _READ,
    "vmm_error": "needs a vmm step with an input that is not 0",
}


def missing_measures(study: Study, dataset: xr.Dataset, found: Mapping[str, Measure]) -> dict[str, str]:
    """Measures that are not among those `found` in a run, and which step is missing, by name."""
    missing = {name: why for name, why in _NEEDS.items() if name not in found}
    if "read_margin" in missing:
        missing["read_margin"] = why_no_margin(study, dataset, windows(dataset, "read"))
    if study.crossbar.driver.compliance != "none" and "current_overshoot" not in found:
        missing["current_overshoot"] = _WRITE
    if "writes_as_lone_cell" in missing and study.crossbar.kind == "1S1R":
        missing["writes_as_lone_cell"] = (
            "not of a 1S1R array: a threshold selector keeps a part of the voltage by design"
        )
    return missing

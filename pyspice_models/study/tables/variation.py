"""The `[variability]` table of a study: which array out of many is simulated, and in which of its cycles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.variability import VariabilityParams, sample_crossbar
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, whole
from pyspice_models.study.variation import MAX_CYCLE, Variation, spread_of


def variation_from(tables: Mapping[str, Any], crossbar: Crossbar) -> Variation | None:
    """The `[variability]` table of a study file, for its crossbar as designed; None without one.

    Raises:
        RequestError: no table, unknown key, wrong unit, value out of range, a spread that would have no effect.
    """
    if "variability" not in tables:
        return None
    own = tables["variability"]
    if not isinstance(own, dict):
        raise RequestError("variability must be a table: write it as [variability]")
    most_of = {"seed": MAX_SEED, "cycle": MAX_CYCLE}
    for key in own:
        refuse_unknown(key, set(VariabilityParams.quantities()) | set(most_of), "variability")
    for key, most in most_of.items():
        whole(own.get(key, 0), 0, most, name=f"variability.{key}")
    spread = VariabilityParams.from_mapping({k: v for k, v in own.items() if k not in most_of}, where="variability")
    for name in own:
        if name not in most_of and getattr(spread, name) > 0:
            _check_effect(name, getattr(spread, name), crossbar)
    faults = tables["faults"] if drawn_faults(tables) else {}
    return Variation(spread, own.get("seed", 0), own.get("cycle", 0), faults)


_SMALL = 1e-6
"""A spread that leaves no range, and yet moves what the cause moves."""


def _check_effect(name: str, value: float, crossbar: Crossbar) -> None:
    """Refuse a spread by which no cell, line, driver or voltage of this crossbar would ever differ."""
    alone = dict.fromkeys(VariabilityParams.quantities(), 0.0) | {name: _SMALL}
    wire, driver, cell = crossbar.wire, crossbar.driver, spread_of(crossbar)
    drawn = sample_crossbar(cell, {}, (1, 1), wire, driver, 0, VariabilityParams(**alone))
    moved = any(value.item() != getattr(cell, parameter) for parameter, value in drawn.cells.items())
    if not moved and (drawn.wire, drawn.driver, drawn.amplitude) == (wire, driver, 1.0):
        declared = VariabilityParams.quantities()[name]
        raise RequestError.for_value(
            f"variability.{name}", value, unit=declared.unit, allowed="no value",
            advice=f"Nothing in this study would move by it ({declared.about}). Leave it out.",
        )  # fmt: skip


def drawn_faults(tables: Mapping[str, Any]) -> bool:
    """Whether the study's faults are odds that every array draws for itself: `[variability]`, and no `faults.seed`."""
    faults = tables.get("faults")
    if "variability" not in tables or not isinstance(faults, dict) or "seed" in faults:
        return False
    return any(key in Faults.places() and not isinstance(value, list) for key, value in faults.items())

"""The `[variability]` table of a study: which array out of many is simulated, and in which of its cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.variability import VariabilityParams, sample_crossbar
from pyspice_models.array.variability.shared import FIELD
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.study.tables.faults import is_places
from pyspice_models.study.tables.registry import declared_keys, set_in, table_in
from pyspice_models.study.variation import Variation


def variation_from(tables: Mapping[str, Any], crossbar: Crossbar) -> Variation | None:
    """The `[variability]` table of a study file, for its crossbar as designed; None without one.

    Raises:
        RequestError: no table, unknown key, wrong unit, value out of range, a spread that would have no effect.
    """
    if "variability" not in tables:
        return None
    own = table_in(tables, "variability")
    for key in own:
        refuse_unknown(key, declared_keys("variability"), "variability")
    spread: VariabilityParams = set_in(tables, VariabilityParams)
    usual = VariabilityParams()
    for name in (key for key in own if key in spread.quantities() and key not in _WITHOUT):
        if getattr(spread, name) not in (0, getattr(usual, name)):
            _check_effect(name, getattr(spread, name), crossbar)
    if spread.area_follows_width and not _has_areas(spread, crossbar):
        raise RequestError.for_value(
            "variability.area_follows_width", True, allowed="false",
            advice="Nothing in this study would move by it: its cells have no area, or no width spreads.",
        )  # fmt: skip
    drawn: Variation = set_in(tables, Variation)
    return replace(drawn, spread=spread, faults=tables["faults"] if drawn_faults(tables) else {})


_SMALL = 1e-6
"""A spread that leaves no range, and yet moves what the cause moves."""
_WITHOUT = {"slope_direction", "field_length"}
"""What says how others act, and is no spread."""


def _check_effect(name: str, value: float, crossbar: Crossbar) -> None:
    """Refuse a spread by which no cell, line, driver or voltage of this crossbar would ever differ."""
    none = dict.fromkeys(VariabilityParams.quantities(), 0.0)
    wire, driver, shape = crossbar.wire, crossbar.driver, (min(crossbar.rows, 2), min(crossbar.cols, 2))
    only = none | {name: _SMALL} | ({"field_length": wire.pitch} if name.startswith(FIELD) else {})
    moved = False
    for cell in (one.cell for one in crossbar.populations):
        # a user's own cell states spreads of its own, which are drawn whatever these are
        still, drawn = (
            sample_crossbar(cell, {}, shape, wire, driver, 0, spread, selector=crossbar.selector)
            for spread in (VariabilityParams.from_mapping(none), VariabilityParams.from_mapping(only))
        )
        moved |= any(
            np.any(values != still.cells.get(parameter, getattr(cell, parameter)))
            for parameter, values in drawn.cells.items()
        )
        moved |= (drawn.wire, drawn.driver, drawn.amplitude) != (wire, driver, 1.0) or bool(drawn.instances)
    if not moved:
        declared = VariabilityParams.quantities()[name]
        raise RequestError.for_value(
            f"variability.{name}", value, unit=declared.unit, allowed="no value",
            advice=f"Nothing in this study would move by it ({declared.about}). Leave it out.",
        )  # fmt: skip


def _has_areas(spread: VariabilityParams, crossbar: Crossbar) -> bool:
    """Whether any width spreads, and any cell has an area."""
    widths = spread.array_width or spread.line_width
    return bool(widths) and any("area" in one.cell.quantities() for one in crossbar.populations)


def drawn_faults(tables: Mapping[str, Any]) -> bool:
    """Whether the study's faults are odds that every array draws for itself: `[variability]`, and no `faults.seed`."""
    faults = tables.get("faults")
    if "variability" not in tables or not isinstance(faults, dict) or "seed" in faults:
        return False
    return any(key in Faults.places() and not is_places(value) for key, value in faults.items())

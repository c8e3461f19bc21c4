"""Kinds of cells for tests: models of the docs, and studies of a few cells of several kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

STUDIES = Path(__file__).parents[2] / "scripts" / "studies"
MODELS = STUDIES / "models"

REFERENCE: dict[str, Any] = {"verilog_a": str(MODELS / "reference_cell.va"), "r": "5 Mohm"}
GAP: dict[str, Any] = {
    "verilog_a": str(MODELS / "gap_cell.va"),
    "states": {"closed": {"node": "gap", "initial": "gap0", "zero": 1.0, "one": 0.0}},
}
SUBCIRCUIT: dict[str, Any] = {
    "subckt": str(MODELS / "threshold_cell.sub"), "dialect": "ltspice",
    "states": {"w": {"node": "w", "initial": "w0"}},
}  # fmt: skip

STEPS = [
    {"do": "write", "row": 1, "col": 3, "voltage": 0.4}, {"do": "read", "row": 1, "duration": "2 us"},
]  # fmt: skip


def tables(kinds: dict[str, Any], places: Any, **more: Any) -> dict[str, Any]:
    array = {"rows": 4, "cols": 4, "initial": {"pattern": "checkerboard"}, "kinds": places}
    return {"array": array, "kinds": kinds, "program": STEPS} | more

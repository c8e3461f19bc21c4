"""Cells of one's own for tests: the two that the docs show, and the shipped Verilog-A handed over as a foreign file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "scripts" / "studies"
GAP = STUDIES / "models" / "gap_cell.va"
THRESHOLD = STUDIES / "models" / "threshold_cell.sub"

AG2S_AS_FOREIGN: dict[str, Any] = {
    "verilog_a": str(ROOT / "verilog_a" / "ag2s.va"), "terminals": ["te", "be"],
    "states": {"w": {"node": "w", "initial": "w0"}, "x": {"node": "x", "initial": "x0"}},
}  # fmt: skip
"""States by the variables that the module shows: its nodes hold changes, not states."""

CLOSED = {"node": "gap", "initial": "gap0", "zero": 1.0, "one": 0.0}
GAP_CELL: dict[str, Any] = {"verilog_a": str(GAP), "states": {"closed": CLOSED}}
THRESHOLD_CELL: dict[str, Any] = {
    "subckt": str(THRESHOLD), "dialect": "ltspice", "states": {"w": {"node": "w", "initial": "w0"}},
}  # fmt: skip

WRITE_READ = [{"do": "write", "row": 1, "col": 0, "voltage": 0.4}, {"do": "read", "row": 1, "voltage": 0.05}]


def tables(cell: dict[str, Any], rows: int = 2, cols: int = 3, **more: Any) -> dict[str, Any]:
    """A study of a few cells."""
    size = {"rows": rows, "cols": cols, "initial": {"pattern": "checkerboard"}}
    return {"array": size, "cell": cell, "program": WRITE_READ, **more}

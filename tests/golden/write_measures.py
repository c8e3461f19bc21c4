"""Writes the measures of small studies: run it after a change that is meant, and read what git shows.

.venv/bin/python -P tests/golden/write_measures.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pyspice_models import Crossbar, Outcome, Read, Study, TransistorParams, Vmm, Write, pattern, run_study

FILE = Path(__file__).parent / "measures.json"


def studies() -> Mapping[str, Study]:
    """Writes, reads and products of a few cells, with all defaults: what moves these moves the numbers of others."""
    states = {"w0": pattern("checkerboard", (3, 4))}
    bare, gated = Crossbar(3, 4, per_cell=states), Crossbar(3, 4, per_cell=states, selector=TransistorParams())
    writes = [Write(1, 2, voltage=0.3), Read(1, 2), Write(1, 1, voltage=-0.3), Read(1, 1, scheme="floating")]
    return {
        "write and read": Study("golden", bare, writes),
        "write and read, transistors": Study("golden", gated, writes[:2]),
        "products": Study("golden", bare, [Vmm((0.5, 0.0, 1.0))]),
    }


def measures(outcome: Outcome) -> dict[str, dict[str, object]]:
    """Value and unit by name, as they are written down."""
    return {
        name: {"value": float(f"{one.value:.9g}"), "unit": one.unit} for name, one in sorted(outcome.measures.items())
    }


if __name__ == "__main__":
    found = {name: measures(run_study(study)) for name, study in studies().items()}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

"""What the tests of closed loop share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyspice_models.array import Crossbar
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.programming import Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.stimulus import ReadAll
from pyspice_models.study import Study
from pyspice_models.study.variation import Variation

VOLT = 5e-3
FILE = """
[array]
rows = {rows}
cols = {cols}
[array.initial]
pattern = "uniform"
low = 0.3
[write_verify]
pattern = "random"
seed = 1
"""
NONE = dict.fromkeys(VariabilityParams.quantities(), 0.0)


def _file(folder: Path, *tables: str, rows: int = 2, cols: int = 3) -> Path:
    path = folder / "s.toml"
    path.write_text(FILE.format(rows=rows, cols=cols) + "\n".join(tables))
    return path


def _only(**spreads: float) -> VariabilityParams:
    return VariabilityParams(**(NONE | spreads))


def _crossbar(rows: int = 2, cols: int = 3, w: float = 0.4, **changes: Any) -> Crossbar:
    return Crossbar(rows, cols, per_cell={"w0": np.full((rows, cols), w)}, **changes)


def _asked(target: Any, spread: VariabilityParams | None = None, seed: int = 1, **changes: Any) -> Programming:
    target = np.asarray(target, dtype=float)
    study = Study("wv", _crossbar(*target.shape), [ReadAll()])
    return Programming(study, target, variation=Variation(spread, seed) if spread else None, **changes)


# ---- levels are conductances of the nominal window


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> tuple[Programming, Programmed]:
    """8 x 8, 16 levels, default spreads, and a budget by which some cells do not get there."""
    tables = ["levels = 16", "rounds = 4", "[variability]", "seed = 1"]
    asked = load_write_verify(_file(tmp_path_factory.mktemp("s"), *tables, rows=8, cols=8))
    return asked, write_verify(asked)[0]

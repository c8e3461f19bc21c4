"""What the tests of write verify share."""

from __future__ import annotations

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.stimulus import ReadAll
from pyspice_models.study import Study

TARGET = np.array([[0.2, 0.8, 0.5], [0.9, 0.1, 0.35], [0.6, 0.45, 0.7]])


def _study(per_cell: dict | None = None, **changes) -> Study:
    return Study("wv", Crossbar(3, 3, per_cell={"w0": 0.4, **(per_cell or {})}, **changes), [ReadAll()])

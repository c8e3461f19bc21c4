"""What the tests of would notice dataset share."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine import Waves
from pyspice_models.result import to_dataset
from pyspice_models.stimulus import Read, Schedule, Write, schedule

SHAPE = ROWS, COLS = 2, 3
DRIVER = DriverParams(r_driver=700.0, r_sense=1300.0, r_contact=40.0, r_off=1e9, r_feedback=2e5, c_feedback=3e-13)
WIRE = WireParams(thickness_bl=80e-9, coupling=True, width=2e-6, pitch=3e-6, c_crossing=7e-16)
PROGRAM = [Write(1, 2, scheme="V/3"), Read(0, 1, scheme="floating")]


def _bar(**more: object) -> Crossbar:
    own = {"w0": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "area": [[1e-11, 2e-11, 3e-11], [4e-11, 5e-11, 6e-11]]}
    return Crossbar(ROWS, COLS, per_cell=own, temperature=340.0, **{"driver": DRIVER, "wire": WIRE} | more)  # type: ignore[arg-type]


def _waves(plan: Schedule, names: dict[str, tuple[int, ...]]) -> Waves:
    """At random: inside edges and plateaus too."""
    random = np.random.default_rng(3)
    time = np.unique(np.concatenate([np.linspace(0, plan.stop, 12), [0.4e-9, 5e-9, 1.004e-6, *plan.corners]]))
    values = {name: random.uniform(-1, 1, (len(time), *shape)) for name, shape in names.items()}
    return Waves(time, values, "by hand", 1.5, "", plan.corners[1:4])


CELLS = dict.fromkeys(("w", "x", "p", "es", "v_word", "v_bit"), SHAPE)
ENDS = {"v_word_terminal": (ROWS,), "i_word_source": (ROWS,), "v_bit_terminal": (COLS,), "i_bit_source": (COLS,)}


# ---- on disk


@pytest.fixture
def data() -> xr.Dataset:
    bar = _bar()
    plan = schedule(bar, PROGRAM)
    return to_dataset(bar, plan, _waves(plan, CELLS | ENDS))

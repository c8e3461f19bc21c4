"""What the tests of would notice measures share."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.stimulus import Read, Vmm, Write
from pyspice_models.study import Study

SHAPE = (2, 3)
TIME = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 10.0]) * 1e-6


def _dataset(seed: int = 1, *, mid: bool = False, **attrs: object) -> xr.Dataset:
    """All variables at random, those of cells positive where they are energies or states."""
    random = np.random.default_rng(seed)
    over = {"row": SHAPE[0], "col": SHAPE[1]}

    def some(*dims: str, low: float = -1.0, high: float = 1.0) -> tuple[tuple[str, ...], np.ndarray]:
        shape = (len(TIME), *(over[dim] for dim in dims))
        return ("time", *dims), random.uniform(low, high, shape)

    cells = ("row", "col")
    data = {
        "v_word": some(*cells), "v_bit": some(*cells), "p": some(*cells, low=0.1), "es": some(*cells, low=0),
        "w": some(*cells, low=0), "x": some(*cells, low=0), "i_sense": some("col"),
        "v_word_source": some("row"), "v_bit_source": some("col"), "i_word_source": some("row"),
        "i_bit_source": some("col"), "v_word_terminal": some("row"), "v_bit_terminal": some("col"),
    }  # fmt: skip
    data["c_plates"] = cells, random.uniform(1e-15, 2e-15, SHAPE)
    if mid:
        data["v_mid"] = some(*cells)
    names = (
        "c_word",
        "c_bit",
        "c_crossing",
        "c_word_coupling",
        "c_bit_coupling",
        "c_gate",
        "c_gate_line",
        "c_feedback",
        "v_amplifier",
        "p_amplifier",
    )
    coords = {"time": TIME, "row": range(SHAPE[0]), "col": range(SHAPE[1])}
    plain = {"sense": "resistor", "both_ends": 0, "compliance": "none", "kind": "1R"} | dict.fromkeys(names, 1e-15)
    return xr.Dataset(data, coords, plain | attrs)


def _then(dataset: xr.Dataset, name: str, moment: float) -> np.ndarray:
    """On a straight line between two samples, worked out for every column by itself."""
    values = dataset[name].values.reshape(len(TIME), -1)
    columns = [np.interp(moment, TIME, column) for column in values.T]
    return np.array(columns).reshape(dataset[name].shape[1:])


# ---- of a study

PROGRAM = [
    Write(1, (0, 2), pulses=2, width=0.9e-6, gap=0.09e-6), Read(1, None, duration=3.99e-6),
    Read(0, 1, duration=3.99e-6), Vmm((0.5, -1.0), duration=3.99e-6),
]  # fmt: skip


def _study(**more: object) -> Study:
    own = {"w0": [[0.1, 0.5, 0.9], [0.3, 0.4, 0.7]], "area": [[2e-11, 1e-11, 3e-11], [4e-11, 25e-12, 1e-11]]}
    return Study("measures", Crossbar(*SHAPE, per_cell=own, temperature=320.0, **more), PROGRAM)

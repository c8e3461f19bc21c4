"""Raw waves become a labelled dataset: dimensions row, col, time, and for every variable its unit and meaning."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.bench import Schedule, Window
from pyspice_models.engine import Waves

_CELL = {
    "w": ("1", "interface state"),
    "x": ("1", "filament state"),
    "p": ("W", "power dissipated in the cell"),
    "es": ("J", "energy stored in the cell's capacitances"),
}
_LINES = {
    "v_word": ("V", "word line at the crossing"),
    "v_bit": ("V", "bit line at the crossing"),
}
_ENDS = {
    "v_word_terminal": ("row", "V", "word line where its driver meets it"),
    "v_bit_terminal": ("col", "V", "bit line where its sense circuit meets it"),
}


def to_dataset(crossbar: Crossbar, schedule: Schedule, waves: Waves) -> xr.Dataset:
    """The dataset of one run.

    Variables over (time, row, col): w, x, p, es, v_word, v_bit. Over (time, row): v_word_source, v_word_terminal,
    i_word_source; over (time, col): v_bit_source, v_bit_terminal, i_bit_source. A source's current counts as
    positive when the source delivers it. Over step: the windows of the program. Attributes: sizes and electrical
    values of the lines, temperature, engine.
    """
    over_cells, time = ("time", "row", "col"), waves.time
    data: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {}
    for name, (unit, about) in _CELL.items():
        data[name] = (over_cells, waves.values[name], {"units": unit, "long_name": about})
    for name, (unit, about) in _LINES.items():
        # a line without resistance is one node: its terminal
        values = waves.values.get(name)
        if values is None:
            terminal = waves.values[f"{name}_terminal"]
            spread = terminal[:, :, None] if name == "v_word" else terminal[:, None, :]
            values = np.broadcast_to(spread, (len(time), *crossbar.shape))
        data[name] = (over_cells, values, {"units": unit, "long_name": about})
    for name, (dim, unit, about) in _ENDS.items():
        data[name] = (("time", dim), waves.values[name], {"units": unit, "long_name": about})
    for side, dim, lines in (("word", "row", schedule.word), ("bit", "col", schedule.bit)):
        levels = np.stack([wave.at(time) for wave in lines], axis=1)
        data[f"v_{side}_source"] = (
            ("time", dim), levels, {"units": "V", "long_name": f"source behind the {side} line"},
        )  # fmt: skip
        # SPICE counts a source's current as positive when it flows into the plus terminal
        data[f"i_{side}_source"] = (
            ("time", dim), -waves.values[f"i_{side}_source"],
            {"units": "A", "long_name": f"current that the source of the {side} line delivers"},
        )  # fmt: skip
    dataset = xr.Dataset(
        data,
        coords={
            "time": ("time", time, {"units": "s", "long_name": "time"}),
            "row": ("row", np.arange(crossbar.rows), {"long_name": "word line"}),
            "col": ("col", np.arange(crossbar.cols), {"long_name": "bit line"}),
        },
        attrs={
            "engine": waves.engine,
            "engine_seconds": waves.seconds,
            "temperature": crossbar.temperature,
            "r_word": crossbar.r_word,
            "r_bit": crossbar.r_bit,
            "c_word": crossbar.c_word,
            "c_bit": crossbar.c_bit,
            "r_sense": crossbar.driver.r_sense,
            "windows": json.dumps([asdict(window) for window in schedule.windows]),
        },
    )
    return dataset.assign_coords(corner=("corner", np.array(schedule.corners), {"units": "s"}))


def windows(dataset: xr.Dataset, kind: str = "") -> list[Window]:
    """The program's windows, all or of one kind."""
    every = [Window(**entry) for entry in json.loads(dataset.attrs["windows"])]
    return [window for window in every if kind in {"", window.kind}]

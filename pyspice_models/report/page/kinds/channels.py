"""Waves of a simulated array, in the panels in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from pyspice_models.measure import state_names
from pyspice_models.report.page.blocks import Channel, Panel, Span, Waves
from pyspice_models.result import windows
from pyspice_models.stimulus import Window

_OF_CELLS, _OF_LINES = 1e-7, 1e-11
"""Floors of what is kept, as shares of the largest in the array: below what a simulator resolves."""


def waves_of(dataset: xr.Dataset, spans: Sequence[Span]) -> Waves:
    """Voltages, states, sense current and power, of the cell first that the program is aimed at first."""
    rows, cols = dataset.sizes["row"], dataset.sizes["col"]
    low = "v_mid" if "v_mid" in dataset else "v_bit"
    channels = {
        "word": _lines(dataset, "v_word_terminal", "row"),
        "bit": _lines(dataset, "v_bit_terminal", "col"),
        "across": Channel(
            "cell", "V", "voltage across the cell", _cells(dataset["v_word"] - dataset[low]), None, _OF_CELLS
        ),
    }
    voltages = [
        ("word", "word line {row} at its driver"), ("bit", "bit line {col} at its sense circuit"),
        ("across", "across the cell ({row}, {col})"),
    ]  # fmt: skip
    panels = [Panel("voltage", "V", voltages)]
    states = [name for name in state_names(dataset) if name in dataset]
    for name in states:
        channels[name] = Channel("cell", "1", f"state {name}", _cells(dataset[name]), None, _OF_CELLS)
    if states:
        panels.append(Panel("state", "1", [(name, f"{name} of ({{row}}, {{col}})") for name in states]))
    if "s_selector" in dataset:
        channels["selector"] = Channel("cell", "1", "selector", _cells(dataset["s_selector"]), None, _OF_CELLS)
        panels.append(Panel("how far the selector is on", "1", [("selector", "selector of ({row}, {col})")]))
    channels["sense"] = _lines(dataset, "i_sense", "col")
    panels.append(Panel("sense current", "A", [("sense", "into the sense circuit of bit line {col}")], "log"))
    channels["power"] = Channel("cell", "W", "power dissipated in the cell", _cells(dataset["p"]), None, _OF_CELLS)
    panels.append(Panel("power dissipated", "W", [("power", "in the cell ({row}, {col})")], "log"))
    return Waves(
        "waves", "Waves of a cell", (rows, cols), _first(dataset), dataset["time"].values, channels, panels, spans
    )


def _first(dataset: xr.Dataset) -> tuple[int, int]:
    aimed = [window for window in windows(dataset) if len(window.rows) and len(window.cols)]
    best: Window | None = min(aimed, key=lambda window: len(window.rows) * len(window.cols), default=None)
    return (int(best.rows[0]), int(best.cols[0])) if best is not None else (0, 0)


def _cells(values: xr.DataArray) -> np.ndarray:
    array = values.transpose("row", "col", "time").values
    return np.ascontiguousarray(array.reshape(-1, array.shape[-1]))


def _lines(dataset: xr.Dataset, name: str, over: Literal["row", "col"]) -> Channel:
    held = dataset[name]
    values = np.ascontiguousarray(held.transpose(over, "time").values)
    unit, about = (str(held.attrs.get(key, "")) for key in ("units", "long_name"))
    return Channel(over, unit, about, values, None, _OF_LINES)

"""All pictures of a device sheet, laid out as the figures of the paper's supporting information."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyspice_models.lab.characterize import Sheet
from pyspice_models.report.blank import matplotlib
from pyspice_models.report.device.loops import (
    batches_figure,
    cycles_figure,
    devices_figure,
    films_figure,
    unswitched_figure,
)
from pyspice_models.report.device.map import energy_map_figure
from pyspice_models.report.device.memory import compliance_figure, endurance_figure
from pyspice_models.report.device.pulses import potentiation_figure, recovery_figure, symmetric_point_figure
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES: dict[str, Callable[[Sheet], Figure]] = {
    "s07_cycles": cycles_figure,
    "s08_compliance": compliance_figure,
    "s09_batches": batches_figure,
    "s10_unswitched": unswitched_figure,
    "s12_films": films_figure,
    "s13_devices": devices_figure,
    "s14_endurance_retention": endurance_figure,
    "s15_potentiation": potentiation_figure,
    "s16_symmetric_point": symmetric_point_figure,
    "note1_recovery": recovery_figure,
    "table1_energy": energy_map_figure,
}
"""File name and the function that draws it; s07 is laid out as figure S7, and so on."""


def save_device_sheet(sheet: Sheet, folder: Path) -> list[Path]:
    """Write every picture as PNG into `folder`."""
    # a loop of a hundred cycles has more points than a picture has dots
    with matplotlib().rc_context({"path.simplify_threshold": 0.5, "agg.path.chunksize": 10000}):
        return save_figures(folder, {f"{name}.png": partial(draw, sheet) for name, draw in FIGURES.items()})

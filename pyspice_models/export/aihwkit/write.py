"""Writes the folder: device.py, device.json, a README and checksums."""

from __future__ import annotations

import json
from pathlib import Path

from pyspice_models.export.aihwkit.contents import TrainingDevice
from pyspice_models.export.aihwkit.data import as_data, distances
from pyspice_models.export.aihwkit.fit import Fitted, fit_devices
from pyspice_models.export.aihwkit.readme import readme
from pyspice_models.export.sums import write_sums
from pyspice_models.files import copy, whole_text


def write_training_device(asked: TrainingDevice, folder: Path) -> Fitted:
    """Write it into an empty folder.

    Raises:
        RequestError: a cell without equations or spread, pulses that no map follows, or that hardly move the cell.
    """
    fitted = fit_devices(asked)
    copy(Path(__file__).with_name("device.py"), folder / "device.py", sync=False)
    for name, text in {
        "device.json": json.dumps(as_data(fitted), indent=1) + "\n",
        "README.md": readme(fitted),
    }.items():
        with whole_text(folder / name, sync=False) as file:
            file.write(text)
    write_sums(folder)
    return fitted


def said(fitted: Fitted) -> list[str]:
    """One line for each device: how far it is from the cell."""
    lines = []
    for kind, device in fitted.devices.items():
        off = distances(device, fitted)
        lines.append(
            f"{kind}: {off['train']:.4f} of the window from the cell, symmetric point {off['symmetric_point']:.4f}"
        )
    return lines

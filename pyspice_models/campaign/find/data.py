"""What a search came to as files, and as plain data."""

from __future__ import annotations

import math
from pathlib import Path

import xarray as xr

from pyspice_models.campaign.sweep_data import as_data as points_as_data
from pyspice_models.campaign.sweep_data import save_sweep


def save_search(dataset: xr.Dataset, folder: Path) -> None:
    """Write the dataset of a search, and the same as a table.

    Raises:
        OSError: the disk is full.
    """
    save_sweep(dataset, folder, "find")


def as_data(dataset: xr.Dataset) -> dict[str, object]:
    """The dataset of a search as plain data for JSON: the answer, and all that was tried."""
    ends = {name: float(dataset.attrs[name]) for name in ("holds_at", "fails_at")}
    return {
        "vary": dataset.attrs["vary"],
        "until": dataset.attrs["until"],
        "found": all(math.isfinite(end) for end in ends.values()),
        **{name: end if math.isfinite(end) else None for name, end in ends.items()},
        **points_as_data(dataset),
    }

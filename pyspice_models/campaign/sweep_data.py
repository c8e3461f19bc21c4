"""The dataset of a sweep as files, and as plain data."""

from __future__ import annotations

import math
from pathlib import Path

import xarray as xr

from pyspice_models.files import write_text
from pyspice_models.result import save


def save_sweep(dataset: xr.Dataset, folder: Path, name: str = "sweep") -> None:
    """Write the dataset of a sweep, or of what is kept like one, and the same as a table, in files of this name.

    Raises:
        OSError: the disk is full.
    """
    save(dataset, folder / f"{name}.nc")
    write_text(folder / f"{name}.csv", as_csv(dataset))


def as_csv(dataset: xr.Dataset) -> str:
    """A line for each point; the headings carry the units, "1" for a pure number."""
    units = {str(name): values.attrs.get("units", "") for name, values in dataset.variables.items()}
    heads = {name: f"{name} [{unit}]" for name, unit in units.items() if unit}
    return str(dataset.to_dataframe().reset_index().rename(columns=heads).to_csv(index=False))


def as_data(dataset: xr.Dataset) -> dict[str, object]:
    """The dataset of a sweep as plain data for JSON; what is not finite becomes null."""
    return {
        "study": dataset.attrs["study"],
        "engine": dataset.attrs["engine"],
        "form": dataset.attrs["form"],
        "axes": [
            {"name": dim, "unit": dataset[dim].attrs.get("units", "1"), "values": dataset[dim].values.tolist()}
            for dim in dataset["failure"].dims
        ],
        "measures": {
            name: {"unit": values.attrs["units"], "about": values.attrs["long_name"]}
            for name, values in dataset.items()
            if name != "failure"
        },
        "points": [
            {
                name: None if isinstance(value, float) and not math.isfinite(value) else value
                for name, value in row.items()
            }
            # not to_json, which cuts numbers after 15 decimals: a femtojoule has none before
            for row in dataset.to_dataframe().reset_index().to_dict(orient="records")
        ],
    }

"""A map as data for other programs: plain values for JSON, CSV, netCDF."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.files import whole_text
from pyspice_models.lab.characterize.maps.run import DeviceMap
from pyspice_models.result.store import save


def maps_as_dict(form: str, maps: Mapping[str, DeviceMap]) -> dict[str, Any]:
    """Plain data for JSON; a number that there is not is None, and the map's `status` says why."""
    return {"form": form, "maps": {name: _as_dict(one.dataset) for name, one in maps.items()}}


def write_maps(maps: Mapping[str, DeviceMap], folder: Path) -> None:
    """NAME.nc with everything, and NAME.csv: a line for each point, an empty field where there is no number.

    What a map knows of other points than its main ones stands in NAME_VARIABLE.csv.

    Raises:
        OSError: a file cannot be written.
    """
    for name, one in maps.items():
        save(one.dataset, folder / f"{name}.nc")
        for file, table in _tables(name, one.dataset).items():
            with whole_text(folder / f"{file}.csv") as text:
                table.to_dataframe().reset_index().rename(columns=_headings(table)).to_csv(text, index=False)


def _tables(name: str, dataset: xr.Dataset) -> dict[str, xr.Dataset]:
    """Variables that have the same points, by the name of their file."""
    by_points: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for variable, values in dataset.data_vars.items():
        by_points[tuple(map(str, values.dims))].append(str(variable))
    first, *others = by_points.values()
    return {name: dataset[first], **{f"{name}_{group[0]}": dataset[group] for group in others}}


def _headings(dataset: xr.Dataset) -> dict[str, str]:
    units = {str(name): values.attrs.get("units", "") for name, values in dataset.variables.items()}
    return {name: f"{name} [{unit}]" for name, unit in units.items() if unit}


def _as_dict(dataset: xr.Dataset) -> dict[str, Any]:
    return {
        "title": dataset.attrs["title"],
        "about": dataset.attrs["about"],
        "coordinates": {str(name): _variable(values) for name, values in dataset.coords.items()},
        "variables": {
            str(name): {"dimensions": list(values.dims), **_variable(values)}
            for name, values in dataset.data_vars.items()
        },
    }


def _variable(values: xr.DataArray) -> dict[str, Any]:
    plain: Any = values.values
    if plain.dtype.kind == "f":
        plain = plain.astype(object)
        plain[~np.isfinite(values.values)] = None
    return {
        "unit": values.attrs.get("units", ""),
        "about": values.attrs.get("long_name", ""),
        "values": plain.tolist(),
    }

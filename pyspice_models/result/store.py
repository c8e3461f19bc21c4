"""Results on disk: netCDF, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from pyspice_models.errors import RequestError


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write `dataset` as netCDF-4; an existing file is replaced only by a complete one.

    Nothing is rounded: a line's dissipation comes from nanovolts between neighbouring nodes.
    """
    partial = path.with_name(path.name + ".partial")
    encoding = {name: {"zlib": True, "complevel": 1, "shuffle": True} for name in dataset.data_vars}
    try:
        dataset.to_netcdf(partial, engine="h5netcdf", encoding=encoding)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path) -> xr.Dataset:
    """Read a dataset back.

    Raises:
        RequestError: there is no such file, or it is not netCDF.
    """
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset.load()
    except (OSError, ValueError) as error:
        raise RequestError(f"{path} cannot be read as a netCDF result: {error}") from None

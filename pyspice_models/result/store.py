"""Results on disk: netCDF, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import xarray as xr

from pyspice_models.errors import RequestError
from pyspice_models.files import whole
from pyspice_models.result.sink import Sink


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write `dataset` as netCDF-4; an existing file is replaced only by a complete one.

    Nothing is rounded: a line's dissipation comes from nanovolts between neighbouring nodes.

    Raises:
        OSError: the disk is full, or the file cannot be written.
    """
    with whole(path) as file:
        write_netcdf(dataset, file)


def write_netcdf(dataset: xr.Dataset, file: IO[bytes]) -> None:
    """Write `dataset` into an empty file that is open; see `save`."""
    encoding = {name: {"zlib": True, "complevel": 1, "shuffle": True} for name in dataset.data_vars}
    sink = Sink(file.fileno())
    dataset.to_netcdf(sink, engine="h5netcdf", encoding=encoding)
    if sink.failure is not None:
        raise sink.failure


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

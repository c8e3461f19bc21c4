"""Results on disk: netCDF, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

from pyspice_models.errors import RequestError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, which it replaces at the end; if anything is raised, nothing stays of it."""
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write `dataset` as netCDF-4; an existing file is replaced only by a complete one.

    Nothing is rounded: a line's dissipation comes from nanovolts between neighbouring nodes.
    """
    encoding = {name: {"zlib": True, "complevel": 1, "shuffle": True} for name in dataset.data_vars}
    with whole(path) as partial:
        dataset.to_netcdf(partial, engine="h5netcdf", encoding=encoding)


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

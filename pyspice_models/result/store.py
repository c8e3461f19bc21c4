"""Results on disk: netCDF, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

from pyspice_models.reading import Unusable, check_regular, refused_if_damaged


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
        RequestError: there is no such file, it is not netCDF, damaged, or larger than this machine's memory.
    """
    import h5py  # a tenth of a second: not before it is needed

    check_regular(path, _WHAT)
    with refused_if_damaged(path, _WHAT), h5py.File(path, "r") as file:
        # where this fails inside h5netcdf, a traceback of its destructor lands on standard error
        file.attrs.get("_nc3_strict")
    with refused_if_damaged(path, _WHAT), xr.open_dataset(path, engine="h5netcdf") as dataset:
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if dataset.nbytes > there:
            raise Unusable(f"it claims to hold {dataset.nbytes:.3g} bytes, and this machine has {there:.3g}")
        return dataset.load()


_WHAT = "netCDF result"

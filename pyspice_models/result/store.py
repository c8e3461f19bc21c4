"""Results on disk: netCDF, written whole or not at all."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import xarray as xr

from pyspice_models import machine
from pyspice_models.disk import full
from pyspice_models.errors import quoted
from pyspice_models.files import whole
from pyspice_models.inputs.text import Unusable, check_regular, refused_if_damaged
from pyspice_models.result.sink import Sink

if TYPE_CHECKING:
    import h5py


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write `dataset` as netCDF-4; an existing file is replaced only by a complete one.

    Nothing is rounded: a line's dissipation comes from nanovolts between neighbouring nodes.

    Raises:
        OSError: the disk is full, or the file cannot be written.
    """
    with whole(path) as file:
        write_netcdf(dataset, file)


def save_or_rescue(dataset: xr.Dataset, path: Path) -> None:
    """The same; where the disk has no room for what may be the work of hours, that of temporary files may have.

    Raises:
        StorageError: it is not at its place; if it lies elsewhere now, the error says where.
    """
    try:
        save(dataset, path)
    except OSError as error:
        way = "It has found room nowhere else."
        with suppress(OSError):
            place = Path(tempfile.mkdtemp(prefix="ag2s-rescued-"))
            try:
                save(dataset, place / path.name)
                way = f"It lies in {place / path.name}: move it, or it may be cleared away there."
            except OSError:
                place.rmdir()
        raise full(path, error, way) from None


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
        RequestError: there is no such file, it is not netCDF, damaged, or larger than this machine's memory.
    """
    import h5py  # a tenth of a second: not before it is needed

    check_regular(path, _WHAT)
    with refused_if_damaged(path, _WHAT), h5py.File(path, "r") as file:
        # where this fails inside h5netcdf, a traceback of its destructor lands on standard error
        file.attrs.get("_nc3_strict")
        _check_claims(file)
    with refused_if_damaged(path, _WHAT), xr.open_dataset(path, engine="h5netcdf", phony_dims="access") as dataset:
        there = machine.memory()
        if dataset.nbytes > there:
            raise Unusable(f"it claims to hold {dataset.nbytes:.3g} bytes, and this machine has {there:.3g}")
        _check_text(dataset.load())
        return dataset


def _check_text(dataset: xr.Dataset) -> None:
    """Raise Unusable if a name or an attribute is no text: its bytes could not be written again.

    A value that is none is refused where HDF5 reads it.
    """
    texts: list[object] = [*dataset.attrs, *dataset.attrs.values()]
    for name, held in dataset.variables.items():
        texts += [name, *held.attrs, *held.attrs.values()]
    for text in texts:
        try:
            str(text).encode()
        except UnicodeEncodeError:
            raise Unusable(f"it holds {quoted(text)}, which is no UTF-8 text") from None


def _check_claims(file: h5py.File) -> None:
    """Raise Unusable if a variable has a shape for which the file has no numbers: HDF5 would take the memory for it."""
    import h5py

    for name in file:
        held = file.get(name)
        if not isinstance(held, h5py.Dataset) or held.shape is None:
            continue
        there, claimed = held.id.get_storage_size(), held.nbytes
        # a dimension without coordinates is written as a variable without numbers, which nobody reads
        if claimed > _UNASKED + _PACKED * there and not bytes(held.attrs.get("NAME", b"")).startswith(_NO_VARIABLE):
            raise Unusable(f"{name!r} claims to hold {claimed:.3g} bytes, and {there} are in the file")


_WHAT = "netCDF result"
_UNASKED = 1 << 20  # [bytes] of no matter
_PACKED = 1100
"""Most that zlib can make of a byte (its manual: 1032), and some room."""
_NO_VARIABLE = b"This is a netCDF dimension but not a netCDF variable"

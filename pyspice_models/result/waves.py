"""Waves in the formats of other programs: CSV, MATLAB's .mat, ngspice's raw file, netCDF."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import scipy.io
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.files import as_text, whole, writing
from pyspice_models.result.store import write_netcdf

_ROWS = 4096  # time points that are written at once


def write_waves(dataset: xr.Dataset, path: Path, variables: Sequence[str] = (), *, replace: bool = True) -> None:
    """Write the waves of a result; the ending of `path` tells the format.

    .csv and .raw hold one column for every wave, called NAME_ROW_COL, NAME_ROW or NAME_COL; .mat holds `time` and one
    array for every variable, shape (time, row, col), with the units in `units`; .nc is the dataset itself.

    Args:
        dataset: of a run.
        path: an existing file is replaced only by a complete one; a device or FIFO is written through.
        variables: those to write; all that have a time by default.
        replace: whether a file with another content may be replaced.

    Raises:
        RequestError: an unknown ending or variable, or a file that cannot be written or must not be replaced.
        StorageError: the disk is full.
    """
    if path.suffix.lower() not in _WRITERS:
        raise RequestError.for_value(
            "ending of the file of waves", path.suffix, allowed=f"one of {', '.join(_WRITERS)}"
        )
    held = [str(name) for name, values in dataset.data_vars.items() if "time" in values.dims]
    for name in variables:
        if name not in held:
            raise RequestError.for_value("variable", name, allowed=f"one of {', '.join(held)}")
    with writing(path, "file"), whole(path, replace=replace) as file:
        _WRITERS[path.suffix.lower()](dataset[list(variables) or held], file)


def _columns(dataset: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Name and unit of every wave, in the order of `_rows`."""
    for name, values in dataset.data_vars.items():
        unit = str(values.attrs.get("units", ""))
        for place in np.ndindex(values.shape[1:]):
            yield "_".join([str(name), *map(str, place)]), unit


def _rows(dataset: xr.Dataset, start: int) -> NDArray[np.float64]:
    """Time and all waves at some moments, shape (time, 1 + waves)."""
    part = dataset.isel(time=slice(start, start + _ROWS))
    count = part.sizes["time"]
    waves = [values.values.reshape(count, -1) for values in part.data_vars.values()]
    return np.concatenate([part["time"].values[:, None], *waves], axis=1)


def _to_csv(dataset: xr.Dataset, file: IO[bytes]) -> None:
    with as_text(file) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["time [s]", *(f"{name} [{unit}]" for name, unit in _columns(dataset))])
        for start in range(0, dataset.sizes["time"], _ROWS):
            writer.writerows(_rows(dataset, start).tolist())


def _to_raw(dataset: xr.Dataset, file: IO[bytes]) -> None:
    kinds = {"V": "voltage", "A": "current"}
    columns = [(name, kinds.get(unit, "notype")) for name, unit in _columns(dataset)]
    lines = [f"\t{k}\t{name}\t{kind}\n" for k, (name, kind) in enumerate([("time", "time"), *columns])]
    head = (
        f"Title: {dataset.attrs.get('title', 'Ag2S crossbar')}\nDate: \nPlotname: Transient Analysis\nFlags: real\n"
        f"No. Variables: {len(lines)}\nNo. Points: {dataset.sizes['time']}\nVariables:\n"
    )
    file.write((head + "".join(lines) + "Binary:\n").encode("ascii", errors="replace"))
    for start in range(0, dataset.sizes["time"], _ROWS):
        file.write(_rows(dataset, start).astype("<f8").tobytes())


def _to_mat(dataset: xr.Dataset, file: IO[bytes]) -> None:
    arrays = {str(name): values.values for name, values in dataset.data_vars.items()}
    units = {str(name): str(values.attrs.get("units", "")) for name, values in dataset.data_vars.items()}
    scipy.io.savemat(
        file, {"time": dataset["time"].values, "units": units | {"time": "s"}, **arrays}, oned_as="column",
        do_compression=True,
    )  # fmt: skip


_WRITERS: dict[str, Callable[[xr.Dataset, IO[bytes]], None]] = {
    ".csv": _to_csv, ".mat": _to_mat, ".raw": _to_raw, ".nc": write_netcdf,
}  # fmt: skip

ENDINGS = tuple(_WRITERS)
"""Of files that `write_waves` writes."""

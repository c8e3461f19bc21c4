"""Waves in the formats of other programs: CSV, MATLAB's .mat, ngspice's raw file, netCDF."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import scipy  # loads scipy.io where it is first used
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.engine.toolchain.waits import tell
from pyspice_models.errors import RequestError, cut, quoted
from pyspice_models.files import as_text, whole, writing
from pyspice_models.machine import free_disk
from pyspice_models.result.store import write_netcdf

_NAME = re.compile(r"[A-Za-z]\w{0,30}", re.ASCII)
"""Of variables in MATLAB, which reads the least."""

NUMBERS_AT_ONCE = 1_000_000  # that are written at once: as objects of Python, for CSV, they take 60 MB


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
        RequestError: an unknown ending or variable, a dataset without waves of real numbers over the time, or a file
            that cannot be written, must not be replaced, or for which there is no room.
        StorageError: the disk is full.
    """
    if path.suffix.lower() not in _WRITERS:
        raise RequestError.for_value(
            "ending of the file of waves", path.suffix, allowed=f"one of {', '.join(_WRITERS)}"
        )
    held = _waves_in(dataset)
    for name in variables:
        if name not in held:
            raise RequestError.for_value("variable", name, allowed=f"one of {', '.join(held)}")
    _check_room(dataset[list(variables) or held], path)
    with writing(path, "file"), whole(path, replace=replace) as file:
        _WRITERS[path.suffix.lower()](dataset[list(variables) or held], file)


LARGE = 2e8
"""Bytes from which on the size of a file is said before it is written."""

_BYTES = {".csv": 20, ".raw": 8, ".mat": 2, ".nc": 2}  # of a number, at least; the last two are compressed


def _check_room(dataset: xr.Dataset, path: Path) -> None:
    size = _BYTES[path.suffix.lower()] * sum(values.size for values in dataset.data_vars.values())
    if size > (room := free_disk(path)):
        raise RequestError(
            f"{path} would take {size / 1e9:.3g} GB or more, and {room / 1e9:.3g} GB are free there. Choose fewer "
            "variables (--variable), another format or another place."
        )
    if size > LARGE:
        tell(f"a file of {size / 1e9:.2g} GB or more to be written")


def _waves_in(dataset: xr.Dataset) -> list[str]:
    """Names of the variables that have a time; a dataset may come from any program."""
    waves = {str(name): values for name, values in dataset.data_vars.items() if "time" in values.dims}
    if "time" not in dataset.coords or not waves:
        raise RequestError("the dataset holds no waves: nothing in it is over time. Give the result of a run.")
    for name, values in {"time": dataset["time"], **waves}.items():
        if values.dims[0] != "time" or values.dtype.kind not in "fiub":
            raise RequestError(
                f"the variable {quoted(name)} of the dataset is no wave: {values.dtype} over "
                f"{cut(', '.join(map(str, values.dims)))}, where real numbers over time, row and col are expected. "
                "Give the result of a run."
            )
        if not _NAME.fullmatch(name):
            raise RequestError(
                f"the variable {quoted(name)} of the dataset has a name that other programs do not read: up to 31 "
                "letters, digits and _ are. Give the result of a run."
            )
    return list(waves)


def _columns(dataset: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Name and unit of every wave, in the order of `parts_of_waves`."""
    for name, values in dataset.data_vars.items():
        unit = str(values.attrs.get("units", ""))
        for place in np.ndindex(values.shape[1:]):
            yield "_".join([str(name), *map(str, place)]), unit


def parts_of_waves(dataset: xr.Dataset) -> Iterator[NDArray[np.float64]]:
    """Time and all waves, some moments at once, each of shape (time, 1 + waves)."""
    count = dataset.sizes["time"]
    columns = 1 + sum(math.prod(values.shape[1:]) for values in dataset.data_vars.values())
    step = max(1, NUMBERS_AT_ONCE // columns)
    for start in range(0, count, step):
        part = dataset.isel(time=slice(start, start + step))
        waves = [values.values.reshape(part.sizes["time"], -1) for values in part.data_vars.values() if values.size]
        yield np.concatenate([part["time"].values[:, None], *waves], axis=1)


def _to_csv(dataset: xr.Dataset, file: IO[bytes]) -> None:
    with as_text(file) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["time [s]", *(f"{name} [{unit}]" for name, unit in _columns(dataset))])
        for rows in parts_of_waves(dataset):
            writer.writerows(rows.tolist())


def _to_raw(dataset: xr.Dataset, file: IO[bytes]) -> None:
    kinds = {"V": "voltage", "A": "current"}
    columns = [(name, kinds.get(unit, "notype")) for name, unit in _columns(dataset)]
    lines = [f"\t{k}\t{name}\t{kind}\n" for k, (name, kind) in enumerate([("time", "time"), *columns])]
    title = " ".join(str(dataset.attrs.get("title", "Ag2S crossbar")).split())
    head = (
        f"Title: {title}\nDate: \nPlotname: Transient Analysis\nFlags: real\n"
        f"No. Variables: {len(lines)}\nNo. Points: {dataset.sizes['time']}\nVariables:\n"
    )
    file.write((head + "".join(lines) + "Binary:\n").encode("ascii", errors="replace"))
    for rows in parts_of_waves(dataset):
        file.write(rows.astype("<f8").tobytes())


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

"""Parts of a run that follow each other, as one dataset."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.result.program import window_variables
from pyspice_models.result.schema import SUMS, VARIABLES
from pyspice_models.stimulus import Schedule

_ADDED = {name for name, variable in VARIABLES.items() if variable.given == SUMS}
_WEIGHTS = "weight_left", "weight_right"


def joined(crossbar: Crossbar, plan: Schedule, parts: Sequence[tuple[float, xr.Dataset]]) -> xr.Dataset:
    """One dataset of the whole program.

    A part begins where the one before it ended: its first sample is left out, and what is summed since a run's start
    goes on. States may jump there.

    Args:
        crossbar, plan: of the whole run.
        parts: the moment at which each began [s], and its dataset.
    """
    first = parts[0][1]
    held: dict[str, np.ndarray] = {}
    times: list[np.ndarray] = []
    for name, variable in first.variables.items():
        if "time" in variable.dims and name != "time":
            held[str(name)] = np.concatenate(_pieces(str(name), [dataset for _, dataset in parts]))
    for number, (begun, dataset) in enumerate(parts):
        times.append(begun + dataset["time"].values[bool(number) :])
    time = _increasing(np.concatenate(times), plan.stop)
    data = {
        str(name): (variable.dims, held.get(str(name), variable.values), variable.attrs)
        for name, variable in first.data_vars.items()
        if "window" not in variable.dims and "sample" not in variable.dims
    }
    data |= window_variables(plan.windows, crossbar.shape)
    if plan.samples:
        data["sample_time"] = VARIABLES["sample_time"].entry(np.array(plan.samples))
    coords = {name: values for name, values in first.coords.items() if name != "time"}
    coords["time"] = ("time", time, first["time"].attrs)
    attrs = dict(first.attrs) | {"engine_seconds": sum(float(one.attrs["engine_seconds"]) for _, one in parts)}
    return xr.Dataset(data, coords, attrs)


def _pieces(name: str, parts: Sequence[xr.Dataset]) -> list[np.ndarray]:
    """A variable of all parts, each without its first sample, but the first one."""
    found = [part.variables[name].values for part in parts]
    if name in _WEIGHTS:
        # what follows a part's last sample is the first step of the next
        found = [values.copy() for values in found]
        for before, after in pairwise(found):
            before[-1] = after[0]
    if name in _ADDED:
        total = np.zeros_like(found[0][0])
        for n, values in enumerate(found):
            found[n] = values + total
            total = found[n][-1]
    return [values[bool(n) :] for n, values in enumerate(found)]


def _increasing(time: np.ndarray, stop: float) -> np.ndarray:
    """Moments that grow, each by a float at least, up to the program's end."""
    for n in np.flatnonzero(np.diff(time) <= 0):
        time[n + 1] = np.nextafter(time[n], np.inf)
    time[-1] = max(stop, time[-1])
    return time

"""States of cells in results and in files: those a run ended with."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.cells.model import CellModel
from pyspice_models.errors import RequestError
from pyspice_models.inputs.arrays import arrays_in
from pyspice_models.inputs.text import check_shape, is_file, shown
from pyspice_models.numeric import real_array
from pyspice_models.result import load

Array = NDArray[np.float64]

STATES, DATASET = "states.npz", "result.nc"
"""What a run leaves in its folder: write-verify the first, a study the second."""


def last_states(dataset: xr.Dataset, *models: CellModel) -> dict[str, Array]:
    """States of the cells at the end of a run by name, each of shape (row, col), inside [0, 1].

    NaN at cells of kinds that have no such state.
    """
    return states_named(dataset.isel(time=-1), _names(models))


def first_states(dataset: xr.Dataset, *models: CellModel) -> dict[str, Array]:
    """The same at the beginning of the run."""
    return states_named(dataset.isel(time=0), _names(models))


def states_named(sample: xr.Dataset, names: Iterable[str]) -> dict[str, Array]:
    """States at one moment of a run by name, each of shape (row, col), inside [0, 1]."""
    # the integrator may overshoot a bound by its tolerance
    return {name: np.clip(sample[name].values, 0.0, 1.0) for name in names}


def _is_history(dataset: xr.Dataset, name: str) -> bool:
    """Whether a variable is there and holds real numbers over the time; a dataset may come from any program."""
    values = dataset.get(name)
    return values is not None and values.sizes.get("time", 0) > 0 and values.dtype.kind in "fiu"


def states_in(folder: Path, shape: tuple[int, int], *models: CellModel) -> dict[str, Array]:
    """The states that the run in `folder` ended with, by name, each of this shape: those of all these kinds of cells.

    Raises:
        RequestError: a folder without a result, a result that cannot be read, of another shape or of other cells.
    """
    names = _names(models)
    kinds = ", ".join(repr(model.name) for model in models)
    if is_file(folder / STATES):
        found = dict(zip(names, arrays_in(folder / STATES, "states in", names, shape), strict=True))
    elif is_file(folder / DATASET):
        dataset = load(folder / DATASET)
        if not all(_is_history(dataset, name) for name in names):
            raise RequestError(
                f"{shown(folder / DATASET)} holds no states {', '.join(names)}: it is not the result of a crossbar's "
                f"run with the cell {kinds}"
            )
        found = last_states(dataset, *models)
        for states in found.values():
            check_shape(folder / DATASET, states.shape, shape)
    else:
        raise RequestError(f"{shown(folder)} holds no finished run: neither {STATES} nor {DATASET} is there")
    return {name: real_array(states, name=f"{name} in {shown(folder)}") for name, states in found.items()}


def _names(models: Iterable[CellModel]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.name for model in models for state in model.states))

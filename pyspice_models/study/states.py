"""Programs with memory: the states at the end of one run are the start of the next."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.result import load

if TYPE_CHECKING:
    from pyspice_models.study.run import Outcome

Array = NDArray[np.float64]

STATES, DATASET = "states.npz", "result.nc"
"""What a run leaves in its folder: write-verify the first, a study the second."""


def continue_from(outcome: Outcome) -> Crossbar:
    """The crossbar as `outcome` left it: the same cells, lines and faults, with the states of the end of the run.

    Only the states are carried. Charge that is still on lines and ionic branches is not: end the program with
    `Wait(15e-6)`, three times the recovery of Note S1, where the next one begins with a read.
    """
    return outcome.study.crossbar.with_states(*last_states(outcome.dataset))


def last_states(dataset: xr.Dataset) -> tuple[Array, Array]:
    """Interface and filament states at the end of a run, each of shape (row, col), inside [0, 1]."""
    last = dataset.isel(time=-1)
    # the integrator may overshoot a bound by its tolerance
    w, x = (np.clip(last[name].values, 0.0, 1.0) for name in ("w", "x"))
    return w, x


def states_in(folder: Path, shape: tuple[int, int]) -> tuple[Array, Array]:
    """The states that the run in `folder` ended with: interface and filament, each of this shape.

    Raises:
        RequestError: a folder without a result, a result that cannot be read, or one of another shape.
    """
    if (folder / STATES).is_file():
        try:
            with np.load(folder / STATES, allow_pickle=False) as kept:
                w, x = (np.asarray(kept[name], dtype=float) for name in ("w", "x"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise RequestError(f"the states in {folder / STATES} cannot be read: {error}") from None
    elif (folder / DATASET).is_file():
        dataset = load(folder / DATASET)
        if not {"w", "x"} <= set(dataset):
            raise RequestError(f"{folder / DATASET} holds no states: it is not the result of a crossbar's run")
        w, x = last_states(dataset)
    else:
        raise RequestError(f"{folder} holds no finished run: neither {STATES} nor {DATASET} is there")
    for states in (w, x):
        if states.shape != shape:
            raise RequestError.for_value(f"shape of the states in {folder}", states.shape, allowed=f"{shape}")
    return w, x

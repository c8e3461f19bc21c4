"""States, power and stored energy of cells that took other parameters within a run: part by part, each by its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.engine import Waves
from pyspice_models.result.cells import cell_entries
from pyspice_models.result.schema import Entry
from pyspice_models.simulation import Change


def with_changes(
    dataset: xr.Dataset, crossbar: Crossbar, changes: Sequence[Change], waves: Waves
) -> xr.Dataset:  # fmt: skip
    """A dataset of `to_dataset`, in which each moment's cells are those of that moment.

    Args:
        dataset: of the run.
        crossbar: as it began.
        changes: in order of time.
        waves: of the run.
    """
    places = np.searchsorted(waves.time, [change.time for change in changes])
    begins, bars = [0, *places.tolist()], [crossbar, *(change.crossbar for change in changes)]
    ends = [*begins[1:], len(waves.time) - 1]
    word, bit = dataset["v_word"].values, dataset["v_bit"].values
    found: dict[str, Entry] = {}
    for bar, first, last in zip(bars, begins, ends, strict=True):
        part = slice(first, last + 1)
        own = replace(waves, time=waves.time[part], values={name: held[part] for name, held in waves.values.items()})
        for name, (dims, values, attrs) in cell_entries(bar, own, word[part], bit[part]).items():
            if name not in found:
                found[name] = dims, np.empty((len(waves.time), *values.shape[1:])), attrs
            whole = found[name][1]
            if name == "es" and first:  # of a user's cell it is counted from where a part begins
                values = values + (whole[first] - values[0])
                whole[part] = values
            elif first:
                whole[first + 1 : last + 1] = values[1:]
            else:
                whole[part] = values
    return dataset.assign(found)

"""A run at the moments that its program asked results for."""

from __future__ import annotations

import xarray as xr

from pyspice_models.stimulus.timeline import nearest

SAMPLED = ("i_word_source", "i_sense", "v_word_terminal", "v_bit_terminal")
"""What a table of samples holds beside the states of the cells."""


def samples_of(dataset: xr.Dataset) -> xr.Dataset | None:
    """All waves at the sampled moments, over `time`; None where the program asks for none."""
    if "sample_time" not in dataset.variables or not dataset.sizes["sample"]:
        return None
    moments = dataset.variables["sample_time"].values
    over_time = [name for name, values in dataset.data_vars.items() if "time" in values.dims]
    return dataset[over_time].isel(time=nearest(dataset["time"].values, moments))

"""Measures of a study's vector-matrix products: how far they are off, and what is common to all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure import Measure, product_error, sense_current
from pyspice_models.measure.integral import at
from pyspice_models.measure.product import split_error
from pyspice_models.stimulus import Window
from pyspice_models.study.study import Study


def product_measures(study: Study, dataset: xr.Dataset, products: Sequence[Window]) -> dict[str, Measure]:
    """How far vector-matrix products are from those of the cells' conductances at the input voltages.

    Nothing if every ideal output is 0.
    """
    sensed, ideals = [], []
    for window in products:
        ideal = _ideal(study, dataset, window)
        if ideal.any():
            sensed.append(sense_current(dataset, window))
            ideals.append(ideal)
    if not ideals:
        return {}
    errors = [product_error(*pair) for pair in zip(sensed, ideals, strict=True)]
    outputs = np.concatenate([current.values for current in sensed])
    split = split_error(outputs, np.concatenate(ideals))
    top = f"of {len(ideals)} vector-matrix products, over their largest ideal outputs"
    whole = "over the largest ideal output of all products"
    return {
        "vmm_error": Measure(float(np.sqrt(np.mean(np.square([e[0] for e in errors])))), "", f"r.m.s. error {top}"),
        "vmm_error_worst": Measure(max(e[1] for e in errors), "", f"largest error {top}"),
        "vmm_gain_error": Measure(split.gain - 1, "", "common gain of all outputs, less 1: one factor would mend it"),
        "vmm_offset": Measure(split.offset, "", f"common offset of all outputs, {whole}"),
        "vmm_error_rest": Measure(split.rest, "", f"r.m.s. of what neither gain nor offset explains, {whole}"),
    }


def _ideal(study: Study, dataset: xr.Dataset, window: Window) -> NDArray[np.float64]:
    """Currents into the sense circuits if every cell saw all of its input's voltage, shape of what is sensed [A]."""
    states = (at(dataset, state.name, window.settled) for state in study.crossbar.model.states)
    if window.sensed[0] == "word":
        across = -at(dataset, "v_bit_source", window.settled)[None, :]
        return -study.crossbar.current(across, *states).sum(axis=1)
    across = at(dataset, "v_word_source", window.settled)[:, None]
    return study.crossbar.current(across, *states).sum(axis=0)

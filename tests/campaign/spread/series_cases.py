"""Measures of arrays that were drawn evenly, from a formula of their coordinates."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.study.draws.even import Even
from pyspice_models.study.draws.space import Space

_NAMES = tuple("abcdefgh")


def even_values(draws: str, seed: int, runs: int) -> NDArray[np.float64]:
    """exp(0.15 sum of eight deviates): lognormal of variance 0.18."""
    rest = {name: np.zeros(()) for name in _NAMES}
    space = Space(rest, {})
    found = []
    for run in range(runs):
        drawn = Even(draws, seed, run).deviates(space, rest, lambda _: rest)
        found.append(np.exp(0.15 * sum(float(one) for one in drawn.values())))
    return np.array(found)


def series_dataset(values: NDArray[np.float64], draws: str) -> xr.Dataset:
    """Of one measure, as `run_montecarlo` gives it."""
    data = {
        "read_margin": ("run", values, {"units": "1", "long_name": "a formula"}),
        "failure": ("run", np.full(len(values), "", dtype=str)),
    }
    return xr.Dataset(data, {"run": np.arange(len(values))}, {"draws": draws})

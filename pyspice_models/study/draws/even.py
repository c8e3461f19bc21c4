"""Arrays that fill their space more evenly than by chance, in independent series that say how good a mean is.

Each series is random by itself and independent of the others, so that their scatter gives an interval that holds:
scrambled Sobol points (Owen), or Latin hypercubes, which are stratified in every coordinate (McKay and others).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy  # loads scipy.stats, a third of a second, where it is first used
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import deviate_of
from pyspice_models.study.draws.space import Deviates, Space

Array = NDArray[np.float64]

SERIES = 16
"""Independent series that the runs are dealt to, one after the other."""
STRATA = 16
"""Runs of one Latin hypercube, as many as there are layers in each coordinate."""
_MOST = 512
"""Coordinates that are drawn evenly, the first of the space; the rest weigh little and come from the array's seed."""


@dataclass(frozen=True)
class Even:
    """One of many arrays that are drawn evenly together.

    Attributes:
        how: "sobol" or "stratified".
        seed: of the whole.
        run: number of the array.
    """

    how: str
    seed: int
    run: int

    def deviates(self, space: Space, own: Deviates, of_seed: Callable[[int], Deviates]) -> Deviates:
        size = min(space.size, _MOST)
        uniform = _sobol(self.seed, self.run, size) if self.how == "sobol" else _stratified(self.seed, self.run, size)
        return space.deviates(deviate_of(uniform), own)

    def fault_seed(self, seed: int) -> int | None:
        return seed


def series_of(how: str, runs: int) -> NDArray[np.intp]:
    """Number of the series that each run belongs to, shape (runs,)."""
    every = np.arange(runs)
    return every % SERIES if how == "sobol" else every // STRATA


def _sobol(seed: int, run: int, size: int) -> Array:
    series, number = run % SERIES, run // SERIES
    points = _engine(seed, series, size)
    if points.num_generated > number:
        points.reset()
    if number > points.num_generated:
        points.fast_forward(number - points.num_generated)
    return np.asarray(points.random(1)[0])


@lru_cache(maxsize=SERIES)
def _engine(seed: int, series: int, size: int) -> scipy.stats.qmc.Sobol:
    return scipy.stats.qmc.Sobol(size, scramble=True, seed=_stream(seed, series))


def _stratified(seed: int, run: int, size: int) -> Array:
    return np.asarray(_hypercube(seed, run // STRATA, size)[run % STRATA])


@lru_cache(maxsize=4)
def _hypercube(seed: int, series: int, size: int) -> Array:
    return np.asarray(scipy.stats.qmc.LatinHypercube(size, seed=_stream(seed, series)).random(STRATA))


def _stream(seed: int, series: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(series, 1)))

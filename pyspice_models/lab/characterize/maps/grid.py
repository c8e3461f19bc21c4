"""What a map is: experiments on a grid, and a pure function from what they found to a labelled dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import xarray as xr

from pyspice_models.lab.characterize.experiment import Experiment, Finding

T = TypeVar("T")


@dataclass(frozen=True)
class Grid:
    """How many of a map's points are run.

    Attributes:
        every: of each axis every so many-th value; 1 for all.
    """

    every: int = 1

    def of(self, axis: Sequence[T]) -> tuple[T, ...]:
        """The values of an axis that are run."""
        return tuple(axis[:: self.every])


@dataclass(frozen=True)
class Plan:
    """One map.

    Attributes:
        name: short, a file name.
        title: one line for people.
        about: what is done and read.
        experiments: names are unique over all maps.
        dataset: from each experiment's findings, by its name, to the map.
    """

    name: str
    title: str
    about: str
    experiments: tuple[Experiment, ...]
    dataset: Callable[[Mapping[str, Mapping[str, Finding]]], xr.Dataset]

"""Selectors of an array, each with what it has for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.cells.selectors.law import (
    Channel,
    Memory,
    Threshold,
    channel_constants,
    memory_constants,
    threshold_constants,
)
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams

Array = NDArray[np.float64]


class Selectors(Protocol):
    """Of a crossbar."""

    @property
    def selector(self) -> object:
        """What all have in common."""

    @property
    def instances(self) -> Mapping[str, ArrayLike]:
        """What each has for itself."""

    @property
    def temperature(self) -> float:
        """Of the array [K]."""


def selector_at(crossbar: Selectors, row: int, col: int) -> Any:
    """The complete parameters of one selector."""
    selector = crossbar.selector
    own = {name: float(values[row, col]) for name, values in values_of(crossbar).items()}
    return selector.replace(**own) if isinstance(selector, TransistorParams | ThresholdParams) else selector


def check_selectors(crossbar: Selectors) -> None:
    """Raise RequestError if what a selector has for itself contradicts what all have in common: of the extreme ones."""
    own, selector = values_of(crossbar), crossbar.selector
    if own and isinstance(selector, TransistorParams | ThresholdParams):
        for extreme in (np.min, np.max):
            selector.replace(**{name: float(extreme(values)) for name, values in own.items()})


def values_of(crossbar: Selectors) -> dict[str, Array]:
    """Parameters that differ from selector to selector, by name, shape (rows, cols); empty where all are alike.

    A selector with a memory lets go at a voltage that is the same share of its threshold as of the common one's.
    """
    names = [name for name in ("vto", "kp", "v_th", "g_on") if name in crossbar.instances]
    found = {name: np.asarray(crossbar.instances[name]) for name in names}
    selector = crossbar.selector
    if "v_th" in found and isinstance(selector, ThresholdParams) and selector.remembers:
        found["v_hold"] = selector.v_hold * (found["v_th"] / selector.v_th)
    return found


def channel_of(crossbar: Selectors) -> Channel:
    """Constants of an array's transistors: numbers, or arrays of shape (rows, cols) where they differ."""
    transistor, own = crossbar.selector, values_of(crossbar)
    assert isinstance(transistor, TransistorParams)
    found = channel_constants(transistor, crossbar.temperature)
    if "kp" in own:
        found = found._replace(half_beta=0.5 * (own["kp"] * transistor.width / transistor.length))
    return found._replace(vto=own.get("vto", found.vto))


def threshold_of(crossbar: Selectors) -> Threshold:
    """Of an array's threshold selectors, likewise."""
    selector, own = crossbar.selector, values_of(crossbar)
    assert isinstance(selector, ThresholdParams)
    found = threshold_constants(selector)
    if "g_on" in own:
        found = found._replace(ln_ratio=np.log(own["g_on"] / selector.g_off))
    return found._replace(opens=own.get("v_hold" if selector.remembers else "v_th", found.opens))


def memory_of(crossbar: Selectors) -> Memory:
    """Of the memory of those that have one, likewise."""
    selector, own = crossbar.selector, values_of(crossbar)
    assert isinstance(selector, ThresholdParams)
    found = memory_constants(selector)
    if "v_th" in own:
        found = found._replace(v_th=own["v_th"], v_low=own["v_hold"] - 3 * selector.v_slope)
    return found

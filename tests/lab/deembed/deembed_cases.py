"""What the tests of de-embedding share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.lab.deembed import (
    Deembedded,
    Lines,
    Noise,
    Readings,
    deembed,
    read_readings,
    simulated_readings,
)

EXAMPLE = Path(__file__).resolve().parents[3] / "scripts" / "examples" / "array_currents.csv"
END, WORD_SEGMENT, BIT_SEGMENT = 100.0, 2.0, 3.0  # [ohm]
KNOWN = Lines(END, END, WORD_SEGMENT, BIT_SEGMENT)
UNKNOWN = Lines(END, END)
NOISE = Noise(1e-3, 1e-10, stated=True)


def cells(rows: int, cols: int, seed: int = 0) -> NDArray[np.float64]:
    """Of 1 to 100 kohm [S]."""
    return np.asarray(10 ** np.random.default_rng(seed).uniform(-5, -3, (rows, cols)))


def bar(rows: int, cols: int, word: float = WORD_SEGMENT, bit: float = BIT_SEGMENT, end: float = END) -> Crossbar:
    """Lines and ends [ohm]."""
    wire = WireParams(r_segment_word=word, r_segment_bit=bit)
    return Crossbar(rows, cols, wire=wire, driver=DriverParams(r_driver=end, r_sense=end, r_contact=0.0))


@cache
def readings(
    rows: int = 8, cols: int = 6, noise: Noise | None = None, *, floating: bool = False, seed: int = 0
) -> Readings:  # fmt: skip
    """Of `cells`, from the static solver."""
    return simulated_readings(
        bar(rows, cols), cells(rows, cols), voltage=0.1, noise=noise, seed=seed, floating=floating
    )


def only(given: Readings, which: Callable[[Readings], NDArray[np.bool_]]) -> Readings:
    """Some of the readings."""
    return given.only(which(given))


@cache
def example() -> Deembedded:
    """What the file that ships holds, segments recovered."""
    return deembed(read_readings(EXAMPLE), UNKNOWN, noise=Noise(1e-3, 1e-9, stated=True))

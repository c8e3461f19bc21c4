"""Currents at an array's terminals as they would be measured: by the static solver, with noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.static.solver import StaticSolver
from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed.readings import BIT, OWN, WORD, Lines, Noise, Readings
from pyspice_models.numeric import MAX_SEED, whole

Array = NDArray[np.float64]


def lines_of(crossbar: Crossbar, *, recover: bool = False) -> Lines:
    """Ends and segments of an array as de-embedding takes them.

    Args:
        crossbar: of which lines, drivers and sense circuits count.
        recover: leave the segments unknown.

    Raises:
        RequestError: lines with two ends, limiters, or faults: what is recovered knows none of them.
    """
    driver = crossbar.driver
    for what, there in (
        ("driver.both_ends = true", driver.both_ends),
        (f"driver.compliance = {driver.compliance!r}", driver.compliance != "none"),
        ("an open or shorted line", bool(crossbar.faults.on_lines)),
        ("lines that differ (array.instances)", bool(crossbar.instances)),
    ):
        if there:
            raise RequestError(f"de-embedding knows sound lines with one end, without limiters: not {what}")
    behind = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else driver.r_sense
    segments = (None, None) if recover else (crossbar.r_word, crossbar.r_bit)
    return Lines(driver.r_driver + driver.r_contact, behind + driver.r_contact, *segments)


def simulated_readings(
    crossbar: Crossbar, conductances: ArrayLike, *, voltage: float = 0.1, noise: Noise | None = None, seed: int = 0,
    floating: bool = False, name: str = "simulated",
) -> Readings:  # fmt: skip
    """Drive every word line by itself and sense all bit lines; with undriven lines held, bit lines' own currents too.

    Args:
        crossbar: lines and ends; cells are replaced by `conductances`.
        conductances: shape (rows, cols) [S], >= 0.
        voltage: of the driven line [V].
        noise: added to every reading, normally distributed; by default none.
        seed: of the noise.
        floating: undriven word lines are cut off.
        name: of the readings.

    Raises:
        RequestError: what the static solver refuses, 0 V, or a seed out of range.
    """
    if not (np.isfinite(voltage) and voltage):
        raise RequestError.for_value("voltage", voltage, unit="V", allowed="finite, and not 0")
    rng = np.random.default_rng(whole(seed, 0, MAX_SEED, name="seed"))
    rows, cols = crossbar.shape
    entries: list[tuple[int, int, int, float]] = []
    held = None if floating else StaticSolver.init(crossbar, conductances)
    for row in range(rows):
        others = [line for line in range(rows) if line != row]
        solver = held or StaticSolver.init(crossbar, conductances, float_words=others)
        solution = solver.compute(voltage * (np.arange(rows) == row))
        entries.append((WORD, row, OWN, float(solution.word_ends[row])))
        entries += [(WORD, row, col, float(current)) for col, current in enumerate(solution.sense)]
    for col in range(cols if held is not None else 0):
        assert held is not None
        solution = held.compute(np.zeros(rows), voltage * (np.arange(cols) == col))
        entries.append((BIT, col, OWN, float(solution.bit_ends[col])))
    side, driven, sensed = np.array([entry[:3] for entry in entries], dtype=np.intp).T
    current = np.array([entry[3] for entry in entries])
    if noise is not None:
        current = current + noise.sigma(current) * rng.standard_normal(len(current))
    return Readings(
        name, rows, cols, side, driven, sensed, np.full(len(current), voltage), current, floating
    )  # fmt: skip

"""Current limiters between drivers and word lines: which model, and what stands behind each."""

from __future__ import annotations

from collections.abc import Iterator

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, nodes
from pyspice_models.cells import sources
from pyspice_models.netlist.dialects import Dialect

_FINER = 4
"""Measured: at the plain tolerance three of 28 random studies with real limiters missed the stated error, by up to 2.6
times; longer or shorter steps in pulses changed nothing, since it is between their corners that a limiter acts."""


def limiter_module(crossbar: Crossbar) -> str:
    """The library, or module of Verilog-A, that a crossbar's limiters need, "" without limiters."""
    driver = crossbar.driver
    return "" if driver.compliance == "none" else sources.limiter_library(driver.limit_bandwidth)


def followed(crossbar: Crossbar, accuracy: Accuracy) -> Accuracy:
    """Tolerances with which a limiter's loop, and the discharge of its capacitance, keep the stated error."""
    driver = crossbar.driver
    if not (driver.limit_bandwidth > 0 or driver.limit_capacitance > 0):
        return accuracy
    return accuracy.replace(reltol=max(accuracy.reltol / _FINER, Accuracy.quantities()["reltol"].low))


def word_limiter(crossbar: Crossbar, dialect: Dialect, row: int) -> Iterator[str]:
    """The limiter of a word line, and the capacitance of its cable or node: on the line's side, where the cell sees it.

    Raises:
        RequestError: a limiter that the dialect cannot express.
    """
    driver, terminal = crossbar.driver, nodes.word_terminal(row)
    yield dialect.limiter(
        f"_{row}", nodes.word_limited(row), terminal, r=driver.r_driver, i_limit=driver.i_limit,
        kind=driver.compliance, bandwidth=driver.limit_bandwidth,
    )  # fmt: skip
    if driver.limit_capacitance > 0:
        yield dialect.capacitor(f"lim_{row}", terminal, nodes.GROUND, driver.limit_capacitance)

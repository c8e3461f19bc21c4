"""The lines of a tile for the table: what stands at their ends, and what charging them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]
Both = tuple[float, float]
"""Of word lines and of bit lines."""

_AT_ONCE = 1e-9  # of an edge: a line that settles faster follows it


class Lines(NamedTuple):
    """Resistances of the lines, word lines first.

    Attributes:
        driven, sensed: behind word lines, which end on drivers, and bit lines, which end on sense circuits [ohm].
        segments: of one segment [ohm].
    """

    driven: float
    sensed: float
    segments: Both

    @property
    def ends(self) -> Both:
        """Behind word and bit lines [ohm]: the same for pulses and for products either way."""
        return self.driven, self.sensed


def lines_of(crossbar: Crossbar, *, ir_drop: bool = True) -> Lines:
    """Resistances of a crossbar's lines; all 0 without IR drop.

    Raises:
        RequestError: lines or ends that a table does not know.
    """
    driver = crossbar.driver
    for lacks, what in (
        (crossbar.selector is not None, f"an array of kind {crossbar.kind}"),
        (crossbar.faults.on_lines, "open or shorted lines (faults)"),
        (bool(crossbar.instances), f"values of each line's own ({', '.join(crossbar.instances)})"),
        (driver.both_ends, "lines that are driven at both ends (driver.both_ends = true)"),
        (driver.compliance != "none", f"a current limiter (driver.compliance = {driver.compliance!r})"),
        (driver.kind != "source", f"driver.kind = {driver.kind!r}"),
    ):
        if lacks:
            raise RequestError(
                f"a tile by a table does not know {what}: it has drivers that are sources behind a resistance at one "
                "end of sound lines, and cells without selectors. Use way = 'circuit', or change the array."
            )
    if not ir_drop:
        return Lines(0.0, 0.0, (0.0, 0.0))
    amplifier = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
    return Lines(
        driver.r_driver + driver.r_contact, driver.r_sense + driver.r_contact + amplifier,
        (crossbar.r_word, crossbar.r_bit),
    )  # fmt: skip


@dataclass(frozen=True)
class Charging:
    """What the edges of pulses lose while they charge and discharge the capacitances of lines and cells.

    Each line counts as its resistances R behind a ramp, and all its capacitance C: of a charge q that the edge T moves,
    R (q/T)^2 (T - R C (1 - exp(-T/(R C)))) is lost, what settles after the edge included. A third of a line's segments
    counts, since charge is taken all along it.

    Attributes:
        plates: capacitance of each cell's electrodes, crossing included, shape (rows, cols) [F].
        own: capacitance of each word line and each bit line, shapes (rows,), (cols,) [F].
        coupling: of a line to the next one [F].
        weights: energy by the square of the charge, twice for both edges, shapes as `own` [J/C^2].
        shares: of it that lines lose; ends lose the rest.
    """

    plates: Array
    own: tuple[Array, Array]
    coupling: Both
    weights: tuple[Array, Array]
    shares: Both

    @classmethod
    def of(cls, crossbar: Crossbar, lines: Lines) -> Charging:
        """Of a crossbar whose lines have these resistances."""
        rows, cols = crossbar.shape
        plates, edge = crossbar.c_plates + crossbar.wire.c_crossing, crossbar.driver.t_edge
        own = plates.sum(axis=1) + cols * crossbar.c_word, plates.sum(axis=0) + rows * crossbar.c_bit
        along = cols * lines.segments[0] / 3, rows * lines.segments[1] / 3
        weights, shares = [], []
        for capacitance, end, line in zip(own, lines.ends, along, strict=True):
            resistance = end + line
            tau = np.maximum(resistance * capacitance, _AT_ONCE * edge)
            weights.append(2 * resistance / edge**2 * (edge + tau * np.expm1(-edge / tau)))
            shares.append(line / resistance if resistance else 0.0)
        coupling = cols * crossbar.c_word_coupling, rows * crossbar.c_bit_coupling
        return cls(plates, own, coupling, (weights[0], weights[1]), (shares[0], shares[1]))

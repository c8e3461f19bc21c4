"""What stands at the ends of a crossbar's lines, laid out for compiled loops: limiters and amplifiers, or neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.ends import active
from pyspice_models.engine.nodal.ends.active import Active
from pyspice_models.engine.nodal.ends.amplifier import amplifier_of
from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.ends.limiter import at_rest, limiter_of
from pyspice_models.engine.nodal.ends.sides import Held, Side, Start
from pyspice_models.engine.nodal.ends.sources import Ends
from pyspice_models.stimulus import Schedule

Array = NDArray[np.float64]

_CONTACT = 1e-3  # [ohm] of a limiter's at least, as in `netlist/ends.py`
_FARTHEST = 0.5  # of the largest voltage between sources: a correction beyond leaves the knee of a limiter behind it


class Circuits(Ends):
    """Limiters in front of the word lines, amplifiers behind the bit lines, or one of them."""

    functions = active

    def __init__(self, crossbar: Crossbar, schedule: Schedule) -> None:
        """Lay out what plain ends have, and the rest beside it."""
        super().__init__(crossbar, schedule)
        driver, plain = crossbar.driver, self.devices
        self._limiter = limiter_of(crossbar)
        limits = driver.compliance != "none"
        if limits:
            plain = plain._replace(
                word=plain.word._replace(r_on=np.full(crossbar.rows, max(driver.r_contact, _CONTACT)))
            )
        amplifier = amplifier_of(crossbar, plain.bit.segment)
        farthest = _FARTHEST * self.widest if limits and self.widest > 0 else np.inf
        self.devices = Active(
            plain, plain.gated, limits, farthest, driver.limit_capacitance, self._limiter, amplifier
        )  # fmt: skip
        self.amplified, self.kept = amplifier.on, 2 * crossbar.cols if amplifier.on else 0

    def at_rest(self) -> Held:
        """States of a moment, uncharged."""
        rows, cols = self._shape
        word, bit = (Side(*(np.zeros(size) for _ in Side._fields)) for size in (rows, cols))
        word.slope[:] = at_rest(self._limiter)
        return Held(word, bit)

    def new_start(self) -> Start:
        """Arrays for what a stage starts from."""
        rows, cols = self._shape
        return Start(np.zeros(rows), np.zeros(cols), np.zeros(rows), np.zeros(cols))

    def waves(self, word: Array, bit: Array, into: Terminals, powers: Array, kept: Array) -> dict[str, Array]:
        """As of plain ends; amplifiers have inputs and outputs, their references no current."""
        found = super().waves(word, bit, into, powers, kept)
        if self.amplified:
            found["v_bit_input"], found["v_bit_output"] = np.hsplit(kept, 2)
            found["i_bit_output"] = found.pop("i_bit_source")
        return found


def ends_of(crossbar: Crossbar, schedule: Schedule) -> Ends:
    """What a crossbar's lines end on."""
    driver = crossbar.driver
    plain = driver.compliance == "none" and driver.sense == "resistor"
    return Ends(crossbar, schedule) if plain else Circuits(crossbar, schedule)

"""What ends with states hold at a moment."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Side(NamedTuple):
    """The ends of one side's lines at one moment, shape (line,).

    Attributes:
        node: of the terminal behind a limiter, or of an amplifier's input [V].
        charge: there [C].
        flow: current into it, charging left out [A].
        state: what a limiter's loop sees, or an amplifier's output [V].
        rate: of the state [V/s].
        through: current from the source, or into the amplifier's input from the line [A].
        across: voltage across a limiter, see `limiter.through` [V].
        slope: of a limiter by itself [S].
    """

    node: Array
    charge: Array
    flow: Array
    state: Array
    rate: Array
    through: Array
    across: Array
    slope: Array


class Held(NamedTuple):
    """Of both sides."""

    word: Side
    bit: Side


class Start(NamedTuple):
    """What a stage starts from: currents into the nodes, and states.

    Attributes:
        base_word, base_bit: charge over the stage, and shares of earlier currents [A].
        state_word, state_bit: [V].
    """

    base_word: Array
    base_bit: Array
    state_word: Array
    state_bit: Array

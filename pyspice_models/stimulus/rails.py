"""Switches between rails and lines: which of them is closed when. One opens before the other closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.stimulus.lines import Lines
from pyspice_models.stimulus.scheme import Bias
from pyspice_models.stimulus.timeline import Pulse
from pyspice_models.stimulus.waveform import Waveform


@dataclass(frozen=True)
class Rail:
    """A supply and its switches.

    Attributes:
        voltage: against ground [V].
        for_gates: whether it is that of gate lines, and of no others.
        word, bit, gate: of each line: 1 while the switch to it is closed, 0 while it is open.
    """

    voltage: float
    for_gates: bool
    word: list[Waveform]
    bit: list[Waveform]
    gate: list[Waveform]


class Rails:
    """The rails of a program in the making; ground is the first, and where all lines rest."""

    def __init__(self, rows: int, cols: int, gates: int) -> None:
        """Nothing is switched yet."""
        self._sizes = rows, cols, gates
        self._ground = self._lines(1.0)
        self._others: dict[tuple[float, bool], tuple[Lines, Lines, Lines]] = {}

    def _lines(self, rest: float) -> tuple[Lines, Lines, Lines]:
        rows, cols, gates = self._sizes
        return Lines(rows, rest), Lines(cols, rest), Lines(gates, rest)

    def pulse(self, pulses: Sequence[Pulse], bias: Bias, gates: ArrayLike) -> None:
        """Append pulses: lines leave ground in the first half of an edge and meet their rails in the second.

        Args:
            pulses: with the middles of their edges.
            bias: of word and bit lines.
            gates: voltage of each gate line [V].
        """
        leaving = [Pulse(p.start, p.rise, p.settled, p.fall, p.fallen) for p in pulses]
        meeting = [Pulse(p.rise, p.top, p.settled, p.end, p.fall) for p in pulses]
        levels = bias.word, bias.bit, np.asarray(gates, dtype=float)
        driven = bias.word_driven, bias.bit_driven, np.ones(len(levels[2]), dtype=bool)
        for ground, volts, on in zip(self._ground, levels, driven, strict=True):
            ground.pulse(leaving, np.where(on & (volts == 0), 1.0, 0.0))
        for number, (volts, on) in enumerate(zip(levels, driven, strict=True)):
            for level in np.unique(_rounded(volts[on & (volts != 0)])).tolist():
                key = level, number == 2
                rail = self._others.setdefault(key, self._lines(0.0))
                rail[number].pulse(meeting, np.where(on & (_rounded(volts) == level), 1.0, 0.0))

    def done(self) -> list[Rail]:
        """All of them."""
        every = {(0.0, False): self._ground} | self._others
        return [Rail(*key, *(side.waves for side in sides)) for key, sides in every.items()]


def _rounded(volts: ArrayLike) -> NDArray[np.float64]:
    """So that a third of 0.3 V and two thirds of 0.15 V are one rail."""
    return np.array([float(f"{volt:.12g}") for volt in np.asarray(volts, dtype=float)])

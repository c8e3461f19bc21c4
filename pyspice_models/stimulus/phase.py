"""A phase: equal pulses one after another, or a rest. Programs are made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspice_models.stimulus.drive.traces import Traces
from pyspice_models.stimulus.scheme import Bias

TRANSPOSED = "transposed"
"""What products are called in place of a bias scheme whose inputs are bit lines and whose outputs are word lines."""

HALF_SELECT = "half_select"
"""Kind of a phase of a write in which lines of one side alone pulse: no cell gets a whole pulse."""

DRIVE = "drive"
"""Kind of a phase in which lines follow waves of a user's own."""

SENSING = frozenset({"read", "vmm"})
"""Kinds of phases in which currents are sensed: amplifiers draw power, and integration restarts to settle them."""


@dataclass(frozen=True)
class Phase:
    """Equal pulses one after another, and what they are for; or a rest, or waves of a user's own.

    Attributes:
        kind: see `Window`.
        width: of one pulse at half height, of the rest, or of the waves [s].
        bias: voltages of all lines during a pulse; None for a rest and for waves.
        rows, cols: the cells it is aimed at, where these rows cross these columns.
        voltage, scheme, pulses, gap, step: see `Window`.
        traces: the waves, where there are any.
    """

    kind: str
    width: float
    bias: Bias | None = None
    rows: Sequence[int] = ()
    cols: Sequence[int] = ()
    voltage: float = 0.0
    scheme: str = ""
    pulses: int = 1
    gap: float = 0.0
    step: int = 0
    traces: Traces | None = None

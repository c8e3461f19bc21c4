"""Width modulation: pulses of one voltage, as wide as the kinetics suggest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspice_models.program.algorithms.kinetic import Kinetic


@dataclass(frozen=True)
class WidthModulation(Kinetic):
    """One voltage, `write_verify.voltage`; each pulse as wide as its cell needs, by what its earlier pulses told."""

    name: ClassVar[str] = "width"
    about: ClassVar[str] = "one voltage, widths by the film's kinetics and what each cell's pulses told"
    source: ClassVar[str] = (
        "widths against amplitudes: Gao, Chen, Yu, IEEE Electron Device Lett. 36, 1157 (2015), "
        "10.1109/LED.2015.2481819; the learning of a cell's speed is this package's own"
    )

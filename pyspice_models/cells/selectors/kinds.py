"""Which selectors there are."""

from __future__ import annotations

from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams

Transistor = TransistorParams | ForeignTransistor
"""Selectors with a gate, which make an array 1T1R: each has `width`, `length`, `v_gate` and the gate line's values."""

Selector = Transistor | ThresholdParams | ForeignSelector
"""What a crossbar may have in series with its cells."""

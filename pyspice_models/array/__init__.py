"""Crossbars: what they are made of, and how their nodes are called."""

from pyspice_models.array.crossbar import Crossbar
from pyspice_models.array.faults import Faults
from pyspice_models.array.patterns import pattern

__all__ = ["Crossbar", "Faults", "pattern"]

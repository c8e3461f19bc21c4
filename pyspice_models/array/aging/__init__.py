"""An array that forgets and wears."""

from pyspice_models.array.aging.memory import Memory

__all__ = ["Memory"]

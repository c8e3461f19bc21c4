"""The package's own solver for crossbars."""

from pyspice_models.engine.nodal.engine import Nodal

__all__ = ["Nodal"]

"""What equations of a cell in Python offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from numpy.typing import ArrayLike


class CellEquations(Protocol):
    """A cell's equations in Python, for numbers or arrays.

    Each but the last takes the voltage across the cell [V] and then the states, in the order of the model.
    """

    @property
    def c_geo(self) -> Any:
        """Capacitance between the terminals that is there whatever the state [F]."""
        ...

    @property
    def conductance(self) -> Callable[..., Any]:
        """I/V [S]."""
        ...

    @property
    def current(self) -> Callable[..., Any]:
        """Conduction current [A]."""
        ...

    @property
    def rates(self) -> Callable[..., tuple[Any, ...]]:
        """Time derivatives of the states [1/s]."""
        ...

    @property
    def clip(self) -> Callable[[ArrayLike], Any]:
        """A state inside [0, 1]."""
        ...

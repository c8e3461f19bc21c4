"""Matplotlib, from the first figure on: importing it takes half a second, and reads a matplotlibrc that lies about."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from pyspice_models.engine.toolchain.own_folder import imported

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def matplotlib() -> ModuleType:
    """The module, imported where the current folder cannot steer it."""
    return imported("matplotlib")


def blank(figsize: tuple[float, float] | None = None, *, layout: Any) -> Figure:
    """A new figure that belongs to no window.

    Args:
        figsize: width and height [in].
        layout: of its axes, as Matplotlib names it.
    """
    matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=figsize, layout=layout)

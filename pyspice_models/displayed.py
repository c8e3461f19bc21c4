"""Objects that show themselves: a page in notebooks, pictures on given axes; both are made by `report`, when asked.

A room below `report` may not know it. What is shown is therefore looked up by name, at the moment somebody looks: an
object costs nothing more for being able to show itself, and stays of use where pictures cannot be drawn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WHO = "pyspice_models.report.objects"


class Displayed:
    """An object that notebooks show as a small page: no script in it, nothing loaded, the same for the same content."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """For notebooks."""
        return str(import_module(_WHO).page(self))


class Drawn(Displayed):
    """An object that is a picture as well."""

    __slots__ = ()

    def plot(self, axes: Axes | Any = None) -> Any:
        """Draw it by Matplotlib.

        Args:
            axes: Matplotlib's axes to draw on, or several where it takes several; None for a new figure. The backend is
                the user's, and stays what it is.

        Returns:
            The axes, or an array of them where there are several.

        Raises:
            RequestError: there is nothing to draw, or fewer axes than it takes.
        """
        return drawn(self, axes)


def drawn(thing: object, axes: Any = None, what: str = "") -> Any:
    """The axes on which `report` has drawn an object, or that of it which `what` names; see `Drawn.plot`."""
    return import_module(_WHO).draw(thing, axes, what)

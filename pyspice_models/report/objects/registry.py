"""Which function shows which object; each is imported when the first such object is looked at."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.report.objects.canvas import Drawing, draw_on
from pyspice_models.report.objects.card import Card, html

MODULES = {
    "array": "Crossbar",
    "study": "Study Outcome Measure",
    "dataset": "Ag2sDataset",
    "campaign": "Sweep MonteCarlo Summary Search SearchResult Tornado",
    "margin": "Margins MarginsBySize",
    "fit": "FitResult",
    "static": "Sensitivity",
    "program": "Session Applied Programmed",
    "learning": "Learned Trained Inferred",
}
"""Names of classes by the module that has `card_of_NAME`, and `drawing_of_NAME` where they are pictures, too."""

_WHERE = {name: module for module, names in MODULES.items() for name in names.split()}


def page(thing: object) -> str:
    """The object as a page of HTML without script, see `card.html`."""
    card: Card = _function("card", thing)(thing)
    return html(card)


def draw(thing: object, axes: Any, what: str) -> Any:
    """The axes on which the object was drawn; see `Drawn.plot`.

    Args:
        thing: the object.
        axes: to draw on; None for new ones.
        what: which of its pictures; "" for the usual one.

    Raises:
        RequestError: there is no such picture, or nothing to draw, or there are fewer axes than it takes.
    """
    drawing: Drawing = _function("drawing", thing)(thing, what)
    return draw_on(drawing, axes)


def _function(what: str, thing: object) -> Any:
    for kind in type(thing).__mro__:
        if (module := _WHERE.get(kind.__name__)) and kind.__module__.startswith("pyspice_models."):
            name = f"{what}_of_{kind.__name__.lower()}"
            if (found := getattr(import_module(f"{__package__}.{module}"), name, None)) is not None:
                return found
    raise RequestError(f"a {type(thing).__name__} has no {'page' if what == 'card' else 'picture'} of its own")

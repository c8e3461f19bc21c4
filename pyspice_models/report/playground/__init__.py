"""A page to play with: sliders over a twin of a small array in JavaScript, and the same deck in ngspice in the page."""

from typing import TYPE_CHECKING

from pyspice_models.lazily import lazily

if TYPE_CHECKING:
    from pyspice_models.report.playground.write import write_playground

__getattr__, __dir__ = lazily(__name__, {"write": "write_playground"})

__all__ = ["write_playground"]

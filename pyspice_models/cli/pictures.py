"""Pictures come last, and none is worth the data that it shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pyspice_models.cli.progress import stderr
from pyspice_models.errors import PictureError


def draw(pictures: Callable[[], object]) -> PictureError | None:
    """Draw, but where AG2S_PICTURES is "none"; what fails is given back and stops nothing."""
    if os.environ.get("AG2S_PICTURES") == "none":
        return None
    stderr.print("drawing")
    try:
        pictures()
    except PictureError as error:
        return error
    except Exception as error:  # what a library for pictures raises, nobody can list
        return PictureError(f"the pictures cannot be drawn: {type(error).__name__}: {error}")
    return None


def raise_failure(failure: PictureError | None, folder: Path) -> None:
    """At the end of a command: raise what failed, and say that it is no more than that."""
    if failure is not None:
        raise PictureError(f"{failure}\nThe data are complete in {folder}.")

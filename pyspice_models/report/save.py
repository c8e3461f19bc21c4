"""Pictures on disk: each whole or not at all, and one that fails does not keep the others from being drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pyspice_models.errors import PictureError
from pyspice_models.files import whole
from pyspice_models.report.style import house_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_figures(folder: Path, figures: Mapping[str, Callable[[], Figure]], *, dated: bool = True) -> list[Path]:
    """Draw and write each picture under its file's name; SVG and PDF say when, unless they are not to be `dated`.

    Returns the paths written.

    Raises:
        PictureError: one or more failed; it names them, and the others are there.
    """
    paths, failed = [], []
    with house_style():
        for name, figure in figures.items():
            path = folder / name
            try:
                drawn = figure()
                with whole(path) as file:
                    about = None if dated else _UNDATED.get(path.suffix)
                    drawn.savefig(file, format=path.suffix[1:], metadata=about)
            except Exception as error:  # what a library for pictures raises, nobody can list
                failed.append(f"the picture {name} cannot be drawn: {type(error).__name__}: {error}")
            else:
                paths.append(path)
    if failed:
        raise PictureError("\n".join(failed))
    return paths


_UNDATED: Mapping[str, dict[str, None]] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None, "ModDate": None}}

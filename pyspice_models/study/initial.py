"""The `[array.initial]` table: what the crossbar holds at the start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from pyspice_models.array import pattern
from pyspice_models.errors import RequestError
from pyspice_models.params import refuse_unknown
from pyspice_models.units import parse


def initial_states(table: object, shape: tuple[int, int], folder: Path) -> dict[str, NDArray[np.float64]]:
    """Per-cell `w0` from a pattern or from a file of states (CSV text, .npy or an image, rows x columns).

    Raises:
        RequestError: unknown key or pattern, a file that cannot be read, a wrong shape, a state outside [0, 1].
    """
    if not isinstance(table, Mapping):
        raise RequestError("array.initial must be a table: write it as [array.initial]")
    for key in table:
        refuse_unknown(key, {"pattern", "low", "high", "seed", "file"}, "array.initial")
    if "file" in table:
        if others := set(table) - {"file"}:
            raise RequestError(f"array.initial has file and {', '.join(sorted(others))}: give one or the other")
        return {"w0": map_from_file(folder / str(table["file"]), shape)}
    if not table:
        return {}
    seed = table.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise RequestError.for_value("array.initial.seed", seed, allowed="a whole number >= 0")
    low, high = (parse(table.get(key, value), "", name=f"array.initial.{key}") for key, value in _LEVELS.items())
    return {"w0": pattern(str(table.get("pattern", "uniform")), shape, low=low, high=high, seed=seed)}


_LEVELS = {"low": 0.05, "high": 0.95}


def map_from_file(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Numbers from 0 to 1 for every cell: CSV text, .npy, or an image, whose grey is taken (white is 1).

    Raises:
        RequestError: a file that cannot be read, or of another shape than rows x columns.
    """
    try:
        if path.suffix == ".npy":
            values = np.load(path, allow_pickle=False)
        elif path.suffix.lower() in {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"}:
            with Image.open(path) as image:
                values = np.asarray(image.convert("L"), dtype=float) / 255
        else:
            values = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, ValueError, UnidentifiedImageError) as error:
        raise RequestError(f"the map in {path} cannot be read: {error}") from None
    if values.shape != shape:
        raise RequestError.for_value(f"shape of {path}", values.shape, allowed=f"{shape}, rows x columns")
    return np.asarray(values, dtype=float)

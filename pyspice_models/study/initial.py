"""The `[array.initial]` table: what the crossbar holds at the start."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pyspice_models.array import pattern
from pyspice_models.errors import RequestError
from pyspice_models.params import refuse_unknown
from pyspice_models.study.states import states_in
from pyspice_models.units import parse


def initial_states(table: object, shape: tuple[int, int], folder: Path) -> dict[str, NDArray[np.float64]]:
    """Per-cell `w0` from a pattern or from a file of states (CSV text, .npy or an image, rows x columns).

    Or `w0` and `x0` from the folder of an earlier run, which ended with them.

    Raises:
        RequestError: unknown key or pattern, a file that cannot be read, a wrong shape, a state outside [0, 1].
    """
    if not isinstance(table, Mapping):
        raise RequestError("array.initial must be a table: write it as [array.initial]")
    for key in table:
        refuse_unknown(key, {"pattern", "low", "high", "seed", "file", "run"}, "array.initial")
    for alone in ("run", "file"):
        if alone in table and (others := set(table) - {alone}):
            raise RequestError(f"array.initial has {alone} and {', '.join(sorted(others))}: give one or the other")
    if "run" in table:
        return dict(zip(("w0", "x0"), states_in(folder / str(table["run"]), shape), strict=True))
    if "file" in table:
        return {"w0": map_from_file(folder / str(table["file"]), shape)}
    if not table:
        return {}
    seed = check_seed("array.initial.seed", table.get("seed", 0))
    low, high = (parse(table.get(key, value), "", name=f"array.initial.{key}") for key, value in _LEVELS.items())
    return {"w0": pattern(str(table.get("pattern", "uniform")), shape, low=low, high=high, seed=seed)}


_LEVELS = {"low": 0.05, "high": 0.95}

_UNREADABLE = (
    OSError, ValueError, UserWarning,
    Image.DecompressionBombError, SyntaxError,  # of some broken images
    EOFError, TokenError,  # of an empty .npy and of a broken header
)  # fmt: skip
"""What Pillow and NumPy say of a file that is not what its name says."""


def check_seed(name: str, seed: object) -> int:
    """Give the seed, or raise RequestError if it is none."""
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise RequestError.for_value(name, seed, allowed="a whole number >= 0")
    return seed


def map_from_file(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Numbers from 0 to 1 for every cell: CSV text, .npy, or an image, whose grey is taken (white is 1).

    Raises:
        RequestError: a file that cannot be read, of another shape than rows x columns, or with other numbers.
    """
    try:
        if path.suffix == ".npy":
            values = np.load(path, allow_pickle=False)
            if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
                raise ValueError("it is not one array of real numbers")
        elif path.suffix.lower() in {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"}:
            values = _grey(path, shape)
        else:
            with warnings.catch_warnings(action="error"):  # of an empty file NumPy only warns
                values = np.loadtxt(path, delimiter=",", ndmin=2)
    except _UNREADABLE as error:
        raise RequestError(f"the map in {path} cannot be read: {error}") from None
    if values.shape != shape:
        raise RequestError.for_value(f"shape of {path}", values.shape, allowed=f"{shape}, rows x columns")
    values = values.astype(float)
    if len(bad := np.argwhere(~((values >= 0) & (values <= 1)))):
        row, col = map(int, bad[0])
        raise RequestError.for_value(f"{path}[{row}, {col}]", float(values[row, col]), allowed=">= 0 and <= 1")
    return values


def _grey(path: Path, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Brightness of an image's pixels, 0 to 1; of one of the wrong shape only its header is read."""
    with Image.open(path) as image:
        if (image.height, image.width) != shape:
            return np.empty((image.height, image.width))
        if image.mode.startswith("I"):  # 16 bits a pixel; convert("L") would clip them
            return np.asarray(image, dtype=float) / 65535
        if image.mode == "F":
            return np.asarray(image, dtype=float)
        return np.asarray(image.convert("L"), dtype=float) / 255

"""Matrices from files: CSV text, NumPy's .npy, MATLAB's .mat and images, rows x columns."""

from __future__ import annotations

import warnings
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse
from numpy.typing import NDArray
from PIL import Image
from scipy.io.matlab import MatReadError

from pyspice_models.errors import RequestError

IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff"}

_UNREADABLE = (
    OSError, ValueError, UserWarning,
    Image.DecompressionBombError, SyntaxError,  # of some broken images
    EOFError, TokenError,  # of an empty .npy and of a broken header
    MatReadError, NotImplementedError, TypeError, IndexError, KeyError,  # of broken .mat files, and of version 7.3
)  # fmt: skip
"""What Pillow, NumPy and SciPy say of a file that is not what its name says."""


def matrix_from_file(path: Path, shape: tuple[int, int], *, variable: str = "") -> NDArray[np.float64]:
    """The numbers of a file; of an image the grey, from 0 to 1 (white).

    Args:
        path: the file; its ending tells what it is, anything unknown is CSV text.
        shape: rows and columns that it must have.
        variable: name of the matrix in a .mat file; not needed if there is one of this shape only.

    Raises:
        RequestError: a file that cannot be read, no matrix or several of this shape in a .mat, or another shape.
    """
    try:
        if path.suffix.lower() == ".npy":
            values = _real(np.load(path, allow_pickle=False))
        elif path.suffix.lower() == ".mat":
            values = _from_mat(path, shape, variable)
        elif path.suffix.lower() in IMAGES:
            values = _grey(path, shape)
        else:
            with warnings.catch_warnings(action="error"):  # of an empty file NumPy only warns
                values = np.loadtxt(path, delimiter=",", ndmin=2)
    except _UNREADABLE as error:
        raise RequestError(f"the map in {path} cannot be read: {error}") from None
    if values.shape != shape:
        raise RequestError.for_value(f"shape of {path}", values.shape, allowed=f"{shape}, rows x columns")
    return values.astype(float)


def _real(values: Any) -> NDArray[Any]:
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise ValueError("it is not one array of real numbers")
    return values


def _from_mat(path: Path, shape: tuple[int, int], variable: str) -> NDArray[Any]:
    try:
        held = scipy.io.loadmat(path)
    except NotImplementedError:
        raise ValueError("it is a MATLAB 7.3 file; save it in MATLAB with the option '-v7'") from None
    matrices = {
        name: values.toarray() if scipy.sparse.issparse(values) else values
        for name, values in held.items()
        if not name.startswith("__")
    }
    if variable:
        if variable not in matrices:
            raise ValueError(f"it holds no {variable!r}, but {', '.join(sorted(matrices)) or 'nothing'}")
        return _real(matrices[variable])
    if len(matrices) == 1:
        return _real(next(iter(matrices.values())))
    fitting = [name for name, values in matrices.items() if values.shape == shape and values.dtype.kind in "biuf"]
    if len(fitting) != 1:
        raise ValueError(
            f"{len(fitting)} of its variables ({', '.join(sorted(matrices)) or 'none'}) are {shape[0]} x {shape[1]} "
            "matrices: name one as variable"
        )
    return _real(matrices[fitting[0]])


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

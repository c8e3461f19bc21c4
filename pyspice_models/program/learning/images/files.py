"""Images from files of a user: NumPy's .npz, and the IDX format that MNIST is published in."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.inputs.arrays import every_array_in
from pyspice_models.inputs.text import MOST_MAP, Unusable, opened, shown
from pyspice_models.program.learning.images.images import Images, scaled_pixels

_PAIRS = (("images", "labels"), ("x_train", "y_train"), ("X", "y"))
_TESTS = (("test_images", "test_labels"), ("x_test", "y_test"))
"""Names of arrays in an .npz: this project's, those of the usual mnist.npz, and scikit-learn's."""

_TYPES: dict[int, str] = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_Pair = tuple[NDArray[Any], NDArray[Any]]
_GZIP = b"\x1f\x8b"


def images_in(path: Path, classes: int) -> tuple[Images, Images | None]:
    """Those of an .npz: `images` and `labels`, and where there are some `test_images` and `test_labels`.

    The names of the usual mnist.npz (x_train, y_train, x_test, y_test) do as well.

    Args:
        path: the file.
        classes: how many there are; 0 for one more than the largest label.

    Raises:
        RequestError: a file that cannot be read, without images, or with ones that `Images` refuses.
    """
    held = every_array_in(path, "images")
    pair = next((pair for pair in _PAIRS if set(pair) <= set(held)), None)
    if pair is None:
        raise RequestError(
            f"the images {shown(path)} cannot be used: it holds {', '.join(sorted(held)) or 'nothing'}, and needed are "
            "the arrays images and labels. Name them so in numpy.savez."
        )
    test = next((pair for pair in _TESTS if set(pair) <= set(held)), None)
    own = (held[test[0]], held[test[1]]) if test else None
    return _both((held[pair[0]], held[pair[1]]), own, classes)


def images_in_idx(
    images: Path, labels: Path, test_images: Path | None, test_labels: Path | None, classes: int
) -> tuple[Images, Images | None]:  # fmt: skip
    """Those of IDX files, gzipped or not; see `images_in`.

    Raises:
        RequestError: a file that cannot be read, is none, or holds what `Images` refuses; images without labels.
    """
    if (test_images is None) != (test_labels is None):
        raise RequestError("learning.test_images and learning.test_labels belong together: give both or none.")
    own = None if test_images is None or test_labels is None else (read_idx(test_images), read_idx(test_labels))
    return _both((read_idx(images), read_idx(labels)), own, classes)


def _both(train: _Pair, test: _Pair | None, classes: int) -> tuple[Images, Images | None]:
    pixels, form, full = scaled_pixels(train[0])
    labels = _column(train[1])
    known = np.asarray(labels)
    if not classes:
        number = known.dtype.kind in "iuf" and known.size and np.isfinite(known).all() and known.max() < 10_000
        classes = max(2, int(known.max()) + 1) if number else 2
    found = Images(pixels, labels, classes, form)
    if test is None:
        return found, None
    own, own_form, _ = scaled_pixels(test[0], name="test_images", full=full)
    if own_form != form:
        raise RequestError.for_value("shape of test_images", own_form, allowed=f"{form}, as of the others")
    return found, Images(np.clip(own, None, 1.0), _column(test[1]), classes, form)


def _column(labels: NDArray[Any]) -> NDArray[Any]:
    """Labels in a line, also if they stand in a column."""
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels


def read_idx(path: Path) -> NDArray[Any]:
    """The array of an IDX file, gzipped or not.

    Raises:
        RequestError: a file that cannot be read, is none, or is shorter than its header says.
    """
    with opened(path, "IDX file", MOST_MAP) as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        head = file.read(4)
        if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or not 1 <= head[3] <= 3:
            raise Unusable("its first four bytes are not those of an IDX file of one to three dimensions")
        sizes = file.read(4 * head[3])
        if len(sizes) < 4 * head[3]:
            raise Unusable("it is cut off in its header")
        shape = struct.unpack(f">{head[3]}I", sizes)
        dtype = np.dtype(_TYPES[head[2]])
        needed = math.prod(shape) * dtype.itemsize
        if needed > MOST_MAP:
            raise Unusable(f"its header claims {needed} bytes, and at most {MOST_MAP} are read")
        data = file.read(needed)
        if len(data) < needed:
            raise Unusable(f"it is cut off: its header claims {needed} bytes, and {len(data)} are there")
        if file.read(1):  # which also lets gzip check its sum
            raise Unusable(f"it goes on after the {needed} bytes that its header claims")
        return np.frombuffer(data, dtype).reshape(shape)

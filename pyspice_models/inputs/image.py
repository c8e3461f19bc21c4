"""Images as maps: the grey of their pixels, where a pixel is one grey and no other meaning is possible."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pyspice_models.inputs.text import MOST_MAP, Unusable, check_shape, opened

Array = NDArray[np.float64]

ENDINGS = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF",
}  # fmt: skip
"""Of images, with their formats."""

_SAME = 2  # of 255: what JPEG's rounding makes of three equal channels
_ORIENTATION = 274  # EXIF's tag: 1 is upright


def grey_in(path: Path, what: str, shape: tuple[int, int]) -> Array:
    """Grey of an image's pixels, 0 (black) to 1 (white), shape (height, width).

    Black and white, grey of 8 or 16 bits, grey as floats from 0 to 1; palettes and colours whose pixels are all grey;
    an alpha channel that is opaque throughout. Of an image of another shape only the header is read.

    Raises:
        RequestError: a file that cannot be read, another shape, or an image in which a pixel may mean something else:
            transparent or coloured, of 32-bit numbers, of several pictures, or stored turned.
    """
    with (
        opened(path, what, MOST_MAP) as file,
        # an image of far more pixels than any array has cells; of odd tags nobody needs to hear
        warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
        warnings.catch_warnings(action="ignore", category=UserWarning),
        # each format by its own name: Pillow would hand a PostScript file called .png to an interpreter
        Image.open(file, formats=sorted(set(ENDINGS.values()))) as image,
    ):
        check_shape(path, (image.height, image.width), shape)
        if (pictures := getattr(image, "n_frames", 1)) != 1:
            raise Unusable(f"it holds {pictures} pictures: save the one that is meant alone")
        # gone as soon as the pixels are read
        stored = [str(part) for tile in image.tile for part in tile[3:]]
        if image.getexif().get(_ORIENTATION, 1) != 1:
            raise Unusable("it is stored turned or mirrored (EXIF orientation): save it upright")
        return _grey(image, deep=any("16" in part for part in stored))


def _grey(image: Any, *, deep: bool) -> Array:
    """Grey of the pixels; `deep` says that the file has more bits for each colour than Pillow keeps."""
    mode = image.mode
    if mode in {"1", "L"} and "transparency" not in image.info:
        return np.asarray(image.convert("L"), dtype=float) / 255
    # Pillow reads a PNG of 16 bits as I or I;16, by its version
    if (mode.startswith("I;16") or (mode == "I" and image.format == "PNG")) and "transparency" not in image.info:
        return np.asarray(image, dtype=float) / 65535
    if mode == "F":
        return np.asarray(image, dtype=float)
    if mode == "I":
        raise Unusable("it has 32 bits a pixel, and which number is white is not known: save it with 8 or 16")
    if mode not in {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}:
        raise Unusable(f"its pixels are of the kind {mode}, not grey: save it as grey of 8 or 16 bits")
    if deep:
        raise Unusable("it has colours of 16 bits, of which half would be lost: save it as grey of 16 bits")
    return _grey_of_colours(np.asarray(image.convert("RGBA"), dtype=int))


def _grey_of_colours(pixels: NDArray[np.int_]) -> Array:
    """Grey of red, green, blue and opacity, shape (height, width, 4), where colours are grey and opaque."""
    opacity, colours = pixels[..., 3], pixels[..., :3]
    if len(clear := np.argwhere(opacity < 255)):
        raise Unusable(
            f"its pixel in row {clear[0][0]}, column {clear[0][1]} is transparent, which is no grey: fill it"
        )
    if len(coloured := np.argwhere(np.ptp(colours, axis=-1) > _SAME)):
        row, col = coloured[0]
        raise Unusable(
            f"its pixel in row {row}, column {col} is coloured (red, green, blue = "
            f"{', '.join(map(str, colours[row, col]))}): save the image as grey"
        )
    return np.asarray(colours.mean(axis=-1) / 255)

"""Labelled images, checked once, and their split into three parts; nothing is ever chosen by the test part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.places import stream_of
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

_MOST = 4_000_000_000
"""Bytes that the images of a set may take as numbers."""


@dataclass(frozen=True, eq=False)
class Images:
    """Images with their classes.

    Attributes:
        pixels: brightness from 0 to 1, shape (images, pixels).
        labels: class of each, from 0, shape (images,).
        classes: how many there are.
        form: rows and columns of an image.

    Raises:
        RequestError: a pixel that is no number from 0 to 1, a label outside the classes, sizes that do not fit.
    """

    pixels: Array
    labels: Labels
    classes: int
    form: tuple[int, int]

    def __post_init__(self) -> None:
        """Refuse what no network could learn from."""
        pixels = real_array(self.pixels, name="images")
        if pixels.ndim != 2 or pixels.shape[1] != self.form[0] * self.form[1] or not len(pixels):
            raise RequestError.for_value(
                "shape of images", pixels.shape, allowed=f"(images, {self.form[0] * self.form[1]}), one or more images"
            )
        bad = ~((pixels >= 0) & (pixels <= 1))
        if bad.any():
            image, pixel = (int(place) for place in np.argwhere(bad)[0])
            row, col = divmod(pixel, self.form[1])
            raise RequestError.for_value(
                f"images[{image}], row {row}, column {col}", float(pixels[image, pixel]), allowed=">= 0 and <= 1",
                advice="A pixel that is not known cannot be learned from: mend the image or leave it out.",
            )  # fmt: skip
        object.__setattr__(self, "pixels", pixels)
        object.__setattr__(self, "labels", checked_labels(self.labels, len(pixels), self.classes))

    def __len__(self) -> int:
        """How many images there are."""
        return len(self.labels)

    def part(self, which: NDArray[np.int64]) -> Images:
        """Those of these numbers, in this order."""
        return Images(self.pixels[which], self.labels[which], self.classes, self.form)


def checked_labels(labels: object, images: int, classes: int) -> Labels:
    """Labels as whole numbers from 0.

    Raises:
        RequestError: no whole number, one outside the classes, or not one for each image.
    """
    found = np.asarray(labels)
    if found.shape != (images,):
        raise RequestError.for_value("shape of labels", found.shape, allowed=f"({images},), one for each image")
    numbers = real_array(found, name="labels")
    bad = ~((numbers >= 0) & (numbers < classes) & (numbers == np.floor(numbers)))
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise RequestError.for_value(
            f"labels[{place}]", float(numbers[place]), allowed=f"a whole number from 0 to {classes - 1}",
            advice="Classes are counted from 0; learning.classes says how many there are.",
        )  # fmt: skip
    return np.asarray(numbers, dtype=np.int64)


def scaled_pixels(images: object, *, name: str = "images", full: float = 0.0) -> tuple[Array, tuple[int, int], float]:
    """Pixels from 0 to 1 of images of shape (images, rows, cols) or (images, pixels).

    Args:
        images: numbers >= 0.
        name: of them, for an error.
        full: the number that counts as 1; 0 for the largest of all.

    Returns:
        Pixels of shape (images, pixels), rows and columns of an image (one row for flat images that are no square),
        and the number that counted as 1.

    Raises:
        RequestError: no such shape, or too many for the memory; NaN is left for `Images` to name.
    """
    raw = np.asarray(images)
    if raw.ndim not in (2, 3) or not raw.size:
        raise RequestError.for_value(f"shape of {name}", raw.shape, allowed="(images, rows, cols) or (images, pixels)")
    if raw.size * 8 > _MOST:
        raise RequestError.for_value(
            f"size of {name}", raw.size, allowed=f"<= {_MOST // 8} pixels", advice="Take fewer images."
        )
    numbers = real_array(raw, name=name)
    form = (raw.shape[1], raw.shape[2]) if raw.ndim == 3 else _form_of(raw.shape[1])
    flat = numbers.reshape(len(raw), -1)
    known = flat[np.isfinite(flat)]
    full = full or (float(known.max()) if known.size and known.max() > 0 else 1.0)
    return flat / full, form, full


def _form_of(pixels: int) -> tuple[int, int]:
    side = round(pixels**0.5)
    return (side, side) if side * side == pixels else (1, pixels)


@dataclass(frozen=True, eq=False)
class Split:
    """Three parts of a set of images, none of which shares an image with another.

    Attributes:
        train: the network learns from them.
        validation: what parameters of a method are chosen by.
        test: what is reported; nothing is chosen by them.
    """

    train: Images
    validation: Images
    test: Images

    @classmethod
    def of(cls, images: Images, seed: int, validation: float, test: float | Images) -> Split:
        """By class, so that each part has all classes in the same proportions.

        Args:
            images: all of them, or those that are not for testing if `test` is a set of its own.
            seed: of the split, not of the network: the same test images for every network.
            validation, test: shares of all images.

        Raises:
            RequestError: a part without images.
        """
        held = 0.0 if isinstance(test, Images) else test
        generator = np.random.Generator(stream_of(seed, "split of images"))
        parts: tuple[list[NDArray[np.int64]], ...] = ([], [], [])
        for label in range(images.classes):
            mine = generator.permutation(np.flatnonzero(images.labels == label))
            last, middle = round(len(mine) * held), round(len(mine) * validation)
            for part, some in zip(parts, np.split(mine, [len(mine) - last - middle, len(mine) - last]), strict=True):
                part.append(some)
        found = []
        for what, numbers in zip(("training", "validation", "test"), parts, strict=True):
            if what == "test" and isinstance(test, Images):
                found.append(test)
            elif not any(map(len, numbers)):
                raise RequestError.for_value(
                    f"number of {what} images", 0, allowed=">= 1", advice="Give more images or another share."
                )
            else:
                found.append(images.part(np.sort(np.concatenate(numbers))))
        return cls(*found)

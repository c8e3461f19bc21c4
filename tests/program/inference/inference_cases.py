"""What tests of inference share: a small network that knows bars, and a study for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLASSES, SIDE = 3, 3


def bars(folder: Path) -> Path:
    """Images of 3 x 3 pixels, a bright column tells the class, in an .npz with test images of its own."""
    generator = np.random.default_rng(5)
    labels = np.arange(120) % CLASSES
    images = 0.25 * generator.random((120, SIDE, SIDE))
    for number, label in enumerate(labels):
        images[number, :, label] += 0.7
    path = folder / "bars.npz"
    np.savez(path, images=images[:60], labels=labels[:60], test_images=images[60:], test_labels=labels[60:])
    return path


def network(hidden: int = 4) -> dict[str, NDArray[np.float64]]:
    """Weights that tell bars: the first layer adds up columns, the second passes on."""
    generator = np.random.default_rng(7)
    first = np.zeros((SIDE * SIDE, hidden))
    for pixel in range(SIDE * SIDE):
        first[pixel, pixel % SIDE] = 2.0
    first[:, CLASSES:] = generator.uniform(-0.5, 0.5, (SIDE * SIDE, hidden - CLASSES))
    second = 4.0 * np.eye(hidden, CLASSES) - 1.0
    return {
        "w0": first - 0.7,
        "b0": generator.uniform(-0.1, 0.1, hidden),
        "w1": second,
        "b1": generator.uniform(-0.1, 0.1, CLASSES),
    }


def tables(folder: Path, **own: Any) -> dict[str, Any]:
    """A study of 10 x 8 arrays; `own` are keys of `[inference]`."""
    return {
        "study": {"name": "bars", "engine": "nodal"},
        "array": {"rows": 10, "cols": 8},
        "inference": {"images": str(bars(folder)), **own},
    }

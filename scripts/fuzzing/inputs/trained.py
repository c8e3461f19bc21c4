"""Sound files of networks: images as .npz and as IDX files, weights, a network in training; and how they are read."""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fuzzing.case import STATUS, Found
from pyspice_models import Crossbar, Study, Wait
from pyspice_models.campaign.learning.checkpoints import progress_in
from pyspice_models.program.inference.floats import floats_in
from pyspice_models.program.learning.images.files import images_in, images_in_idx
from pyspice_models.program.learning.images.images import Images, Split
from pyspice_models.program.learning.request import ImageSource, Learning, LearningParams
from pyspice_models.program.learning.run import Progress, Training, train
from pyspice_models.program.learning.trained import Trained

NETWORK = "weights.npz"
PIECES: tuple[dict[str, Any], ...] = (
    {"images": "images.npz"}, {"images": "both.npz"}, {"images": "images-idx3-ubyte", "labels": "labels-idx1-ubyte"},
    {f"{part}{what}": name for part in ("", "test_")
     for what, name in (("images", "images.gz"), ("labels", "labels-idx1-ubyte"))},
)  # fmt: skip
"""Keys that name images, as an .npz and as IDX files."""

_COUNT, _CLASSES, _SIDE = 48, 3, 3


def make_networks(folder: Path) -> None:
    """Write them all."""
    generator = np.random.default_rng(5)
    labels = (np.arange(_COUNT) % _CLASSES).astype(np.uint8)
    images = 0.25 * generator.random((_COUNT, _SIDE, _SIDE))
    images[np.arange(_COUNT), labels] += 0.7
    np.savez(folder / "images.npz", images=images, labels=labels)
    bytes_of = (255 * images).astype(np.uint8)
    np.savez_compressed(
        folder / "both.npz", x_train=bytes_of, y_train=labels, x_test=bytes_of[:9], y_test=labels[:9, None]
    )
    (folder / "images-idx3-ubyte").write_bytes(idx(bytes_of))
    (folder / "images.gz").write_bytes(gzip.compress(idx(bytes_of), mtime=0))
    (folder / "labels-idx1-ubyte").write_bytes(idx(labels))
    first, second = generator.normal(size=(9, 2)), generator.normal(size=(2, 3))
    np.savez(folder / NETWORK, w0=first, b0=np.zeros(2), w1=second, b1=np.ones(3))
    _stopped(folder / "fp-0.npz")
    (folder / "fp-0.json").write_text('{"epoch": 1.0, "epochs": 3, "validation": 0.5, "loss": 0.25}')


def idx(array: np.ndarray, code: int = 8) -> bytes:
    """An array as an IDX file."""
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


# ---- a network in training


class _Killed(Exception):
    """In the middle of it."""


@cache
def _lesson() -> tuple[Training, Split]:
    """A network of numbers, which learns in a moment."""
    generator = np.random.default_rng(7)
    labels = np.arange(_COUNT) % _CLASSES
    images = Images(generator.random((_COUNT, _SIDE**2)), labels, _CLASSES, (_SIDE, _SIDE))
    asked = Learning(LearningParams(epochs=3), ImageSource(), (2,), ("fp",))
    study = Study("lesson", Crossbar(16, 8), [Wait(1e-6)])
    return Training(study, None, asked, "fp", 0), Split.of(images, 0, 0.2, 0.2)


@cache
def _undisturbed() -> Trained:
    return train(*_lesson())


def _stopped(path: Path) -> None:
    """Leave the checkpoint of a network that has learned two epochs of three."""

    def kill(now: Progress) -> None:
        if now.epoch >= 2:
            raise _Killed

    try:
        train(*_lesson(), checkpoint=path, report=kill)
    except _Killed:
        return
    raise AssertionError("the network was to be stopped")


def _goes_on(path: Path, dice: Random) -> None:
    """A network that goes on from a checkpoint comes to the same bits, or is refused."""
    found, whole = train(*_lesson(), checkpoint=path, force=dice.random() < 0.2), _undisturbed()
    pairs = [(found.test, whole.test), (found.loss, whole.loss), (found.confusion, whole.confusion)]
    pairs += [(one["weights"], other["weights"]) for one, other in zip(found.layers, whole.layers, strict=True)]
    if not all(np.array_equal(one, other) for one, other in pairs):
        raise Found(STATUS, "a damaged checkpoint of a network is believed")


def _progress(path: Path, dice: Random) -> None:
    """How far it has come is told while it is written: what cannot be told is left out."""
    for name, now in progress_in(path.parent).items():
        if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in now):
            raise Found(STATUS, f"{name} is believed to have come to {now}")
        str(f"{now.epoch:.1f} of {now.epochs}, {100 * now.validation:.1f} %")


# ---- images and weights


def _images(path: Path, dice: Random) -> None:
    _check(*images_in(path, dice.choice((0, 0, 3, 10))))


def _idx(path: Path, dice: Random) -> None:
    sound = path.parent / "sound"
    sound.mkdir(exist_ok=True)
    labels = sound / "labels"
    labels.write_bytes(idx((np.arange(_COUNT) % _CLASSES).astype(np.uint8)))
    images = sound / "images"
    images.write_bytes(idx(np.full((_COUNT, _SIDE, _SIDE), 9, np.uint8)))
    pair = (images, path) if "labels" in path.name else (path, labels)
    test = dice.choice(((None, None), (images, labels), pair))
    _check(*images_in_idx(*pair, *test, dice.choice((0, 0, 3, 10))))


def _check(found: Images, test: Images | None) -> None:
    for one in (found, *([test] if test is not None else [])):
        sound = ((one.pixels >= 0) & (one.pixels <= 1)).all() and len(one.pixels) == len(one.labels)
        if not sound or not ((one.labels >= 0) & (one.labels < one.classes)).all() or one.pixels.dtype != float:
            raise Found(STATUS, f"images of {one.pixels!r}, labels {one.labels!r} are believed")
    split = Split.of(found, 0, 0.1, 0.2 if test is None else test)
    assert split.train is not None


def _weights(path: Path, dice: Random) -> None:
    net = floats_in(path)
    for matrix in net.matrices:
        if matrix.dtype.kind != "f" or not math.isfinite(float(np.abs(matrix).max())):
            raise Found(STATUS, f"weights {matrix!r} are believed")


NETWORK_READERS: dict[str, Callable[[Path, Random], None]] = {
    "images.npz": _images, "both.npz": _images, "images-idx3-ubyte": _idx, "images.gz": _idx,
    "labels-idx1-ubyte": _idx, NETWORK: _weights, "fp-0.npz": _goes_on, "fp-0.json": _progress,
}  # fmt: skip
"""By name, as they lie in the folder `networks`."""

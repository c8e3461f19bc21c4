"""Colours of maps: 256 of each colour map, and a map as a small PNG, a dot for each square."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pyspice_models.report.blank import matplotlib
from pyspice_models.report.page.blocks import Array, Map

CURVES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6E6E6E", "#8A5A00")
"""Of lines: Okabe and Ito's palette, told apart by colour-blind readers; grey and brown behind it."""


@cache
def table(name: str) -> NDArray[np.uint8]:
    """256 colours, shape (256, 3)."""
    colours = matplotlib().colormaps[name](np.linspace(0.0, 1.0, 256))
    return np.asarray(np.round(np.asarray(colours)[:, :3] * 255), dtype=np.uint8)


def hex_table(name: str) -> str:
    """The same as text: six digits a colour."""
    return table(name).tobytes().hex()


def shares(values: Array, scale: str, low: float, high: float, small: float) -> Array:
    """Where values lie between the lowest colour, 0, and the highest, 1."""

    def bent(number: Array) -> Array:
        if scale == "log":
            return np.asarray(np.log10(np.maximum(number, low)))
        if scale == "symlog":
            return np.asarray(np.sign(number) * np.log10(1 + np.abs(number) / small))
        return number

    first, last = (float(bent(np.array(end))) for end in (low, high))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.clip((bent(values) - first) / ((last - first) or 1.0), 0.0, 1.0))


def png(shown: Map) -> str:
    """The map as the address of a PNG that stands in the page; squares without a value are transparent."""
    low, high = shown.ends
    where = shares(shown.values, shown.scale, low, high, shown.small)
    known = np.isfinite(where)
    every = np.where(known, np.round(np.nan_to_num(where) * 254) + 1, 0).astype(int)
    used = np.union1d([0], every)  # a small map has few colours, and its file is that small
    index = np.searchsorted(used, every).astype(np.uint8)
    rows, cols = index.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), index], axis=1)  # each begins with its filter: none
    palette = np.concatenate(
        [np.zeros((1, 3), np.uint8), table(shown.colours)[np.round(np.linspace(0, 255, 255)).astype(int)]]
    )[used]
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", cols, rows, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return address(b"\x89PNG\r\n\x1a\n" + body)


def address(image: bytes) -> str:
    """A PNG as an address."""
    return "data:image/png;base64," + base64.b64encode(image).decode("ascii")

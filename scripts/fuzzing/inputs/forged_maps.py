"""Maps as other programs write them: whole files of every format that is read, of types and layouts that few expect."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse
from PIL import Image

from fuzzing.inputs import hostile
from fuzzing.inputs.originals import SHAPE

_VALUES = np.linspace(0, 1, 12).reshape(SHAPE)
Made = tuple[Path, str]


def _npy(folder: Path, dice: Random) -> Made:
    path = folder / "matrix.npy"
    what = dice.choice(("objects", "a claim", "a header", "version", "records", "text", "dates", "odd", "order"))
    if what == "objects":
        np.save(path, np.array([[{}, 1, 2]] * 4, dtype=object), allow_pickle=True)
    elif what in {"a claim", "a header"}:
        shape = dice.choice(
            ("(4, 3)", "(4000000000, 3000000000)", "(-4, 3)", "(4, 3.0)", "(True, 3)", "4", "()", "(4,)")
        )
        head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
        if what == "a header":
            head = dice.choice((
                "{}", "[1]", "{'descr': '<f8'}", "{'shape': 1e9}", "(" * 500 + ")" * 500, "__import__('os')",
                head.replace("<f8", dice.choice(("|O", "<f3", "x" * 999, "<U9", "|V0"))),
                head.replace("False", "1"), head + " " * 60_000,
            ))  # fmt: skip
        body = head.encode("latin-1")
        path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body) & 0xFFFF) + body + _VALUES.tobytes())
    elif what == "version":
        data = bytearray(b"\x93NUMPY\x01\x00")
        data[6] = dice.choice((0, 2, 3, 4, 255))
        path.write_bytes(bytes(data) + b"\x00" * 200)
    else:
        arrays: dict[str, Any] = {
            "records": np.zeros(SHAPE, dtype=[("a", "f8"), ("b", "f8")]), "text": _VALUES.astype(str),
            "dates": np.zeros(SHAPE, "M8[D]"), "order": np.asfortranarray(_VALUES.astype(">f4")),
            "odd": dice.choice((_VALUES * np.nan, _VALUES + 1j, _VALUES.astype(bool), _VALUES[..., None], -_VALUES)),
        }  # fmt: skip
        np.save(path, arrays[what])
    return path, what


def _mat(folder: Path, dice: Random) -> Made:
    path = folder / "matrix.mat"
    held = dice.choice((
        {"matrix": _VALUES + 1j}, {"matrix": _VALUES.astype("u1")}, {"matrix": _VALUES > 0.5}, {"matrix": "text"},
        {"matrix": scipy.sparse.csc_matrix(_VALUES)}, {"matrix": {"a": _VALUES}},
        {"matrix": np.array([[1, "a"]], object)},
        {"matrix": np.zeros((0, 0))}, {"matrix": np.zeros((4, 3, 1))}, {"matrix": _VALUES, "other": _VALUES},
        {"a" * 31: _VALUES}, {}, {"matrix": _VALUES * np.nan}, {"matrix": np.zeros((4, 3), "i8") - 1},
    ))  # fmt: skip
    form = (
        dice.choice(("5", "4"))
        if not any(isinstance(v, dict) or getattr(v, "ndim", 2) > 2 for v in held.values())
        else "5"
    )
    try:
        scipy.io.savemat(path, held, format=form, do_compression=form == "5" and dice.random() < 0.5)
    except (ValueError, TypeError):  # version 4 holds less
        scipy.io.savemat(path, held, format="5")
    if dice.random() < 0.2:
        bomb = zlib.compress(bytes(3_000_000))
        path.write_bytes(path.read_bytes()[:128] + struct.pack("<II", 15, len(bomb)) + bomb)
    return path, f"version {form}: {list(held)}"


def _image(folder: Path, dice: Random) -> Made:
    ending = dice.choice(("png", "tif", "gif", "bmp", "jpg"))
    path = folder / f"matrix.{ending}"
    mode = dice.choice(("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr", "several", "bomb"))
    grey = Image.fromarray((255 * _VALUES).astype(np.uint8))
    if mode == "bomb":
        head = struct.pack(
            ">IIBBBBB", dice.choice((2**31 - 1, 20_000, 4)), dice.choice((2**31 - 1, 20_000)), 16, 6, 0, 0, 0
        )
        chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")]
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
            for name, body in chunks
        ))  # fmt: skip
        return path, mode
    if mode == "several":
        made = [grey, grey.rotate(90)]
    elif mode == "I;16":
        made = [Image.fromarray((65535 * _VALUES).astype(np.uint16))]
    elif mode in {"I", "F"}:
        made = [Image.fromarray((_VALUES * dice.choice((1, 255, np.nan, -1))).astype("f4")).convert(mode)]
    else:
        made = [grey.convert(mode)]
    try:
        more: dict[str, Any] = {"save_all": True, "append_images": made[1:]} if len(made) > 1 else {}
        made[0].save(path, **more)
    except (OSError, ValueError, KeyError):  # a format that has no such pixels
        grey.save(path)
    return path, f"{ending}: {mode}"


def _text(folder: Path, dice: Random) -> Made:
    ending = dice.choice((".csv", ".csv", ".tsv", ".txt", ".dat", ".xlsx", "", ".CSV"))
    path = folder / f"matrix{ending}"
    comma = dice.choice((",", ",", ";", "\t", " ", " , ", "|", ",,"))
    cells = [[f"{value:.3g}" for value in row] for row in _VALUES]
    if dice.random() < 0.6:
        row, col = dice.randrange(4), dice.randrange(3)
        cells[row][col] = dice.choice((
            hostile.quantity(dice), dice.choice(hostile.TEXTS), f"{hostile.number(dice)}", '"0.5"', '"', "0,5", "50 %",
            "=1+1", "#DIV/0!", "1_0", "٠٫٥", "0.5\x00", "9" * 4500, "0x1p-1", "1e-400", "-0", "+.5", "True", "½",
        ))  # fmt: skip
    lines = [comma.join(row) for row in cells]
    if dice.random() < 0.3:
        lines.insert(
            dice.choice((0, 2)), dice.choice(("a,b,c", "# a", "", ",,,", "1", "sep=;", "x" * 200_000, "1," * 100_000))
        )
    text = dice.choice(("\n", "\r\n", "\r", "\n\n")).join(lines) + dice.choice(("\n", "", "\x1a"))
    path.write_bytes(text.encode(dice.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1")), errors="replace"))
    if ending == ".xlsx":
        with zipfile.ZipFile(path, "w") as book:
            book.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return path, repr(text[:2000])


MAPS: tuple[Callable[[Path, Random], Made], ...] = (_npy, _mat, _image, _text)
"""Each writes a file into a folder and says what is odd about it."""

"""Images, weights and networks in training that are sound for their format and hold what no program wrote so."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from fuzzing.inputs import hostile
from fuzzing.inputs.trained import NETWORK
from pyspice_models.folders.checkpoint import content_key

Made = tuple[str, str]
"""Name of the file in the folder of networks, and what is odd about it."""


def _odd(values: np.ndarray, dice: Random) -> Any:
    """The same in another type or shape, or with a number that is none."""
    holed = np.array(values, dtype=float)
    holed.reshape(-1)[dice.randrange(holed.size)] = dice.choice(
        (np.nan, np.inf, -np.inf, 1e300, -1.0, 1e-300, 10_000, 0.5)
    )
    return dice.choice((
        holed, holed, holed, values.astype("f2"), values.astype(">f4"), values > 0.5, values.astype(complex),
        values.astype(str), values.astype("S3"), values.astype("i8"), values.astype("M8[s]"), values.astype("m8[s]"),
        np.zeros(values.shape, "V8"), np.zeros(values.shape, [("a", "f8")]), values[None], values.ravel(), values.T,
        values[:0], values[..., None], values[:1], np.array(0.5), np.longdouble(values), np.concatenate([values] * 3),
        np.zeros((1,) * 30), np.full(values.shape, 2**63, "u8"), np.full(values.shape, -(2**63), "i8"), values * 0,
        np.asfortranarray(values), values * 1e308,
    ))  # fmt: skip


def _sound(folder: Path, name: str) -> dict[str, np.ndarray]:
    with np.load(folder / name) as held:
        return dict(held)


def _npz(folder: Path, target: Path, dice: Random) -> Made:
    """Arrays of images or weights are odd, missing, or of other names."""
    name = dice.choice(("images.npz", "both.npz", NETWORK, NETWORK))
    held: dict[str, Any] = dict(_sound(folder, name))
    for _ in range(dice.choice((1, 1, 1, 2))):
        key = dice.choice(list(held))
        match dice.randrange(8):
            case 0:
                del held[key]
                if not held:
                    break
            case 1:
                held[dice.choice(("x", "w9", "w01", "b9", "images", "X", "y", "w0/x", "ü", "..", "test_images"))] = (
                    held[key]
                )
            case _:
                held[key] = _odd(held[key], dice)
    dice.choice((np.savez, np.savez_compressed))(target / name, **held)
    return name, repr({key: (value.dtype.str, value.shape) for key, value in held.items()})


def _archive(folder: Path, target: Path, dice: Random) -> Made:
    """An archive as NumPy writes none: names twice, no arrays, more than there seems to be, objects."""
    name = dice.choice(("images.npz", NETWORK))
    held = _sound(folder, name)
    what = dice.choice(("twice", "text", "much", "objects", "claim", "encrypted", "empty", "folder"))
    with zipfile.ZipFile(target / name, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, values in held.items():
            body = io.BytesIO()
            np.save(body, values)
            archive.writestr(f"{key}.npy", body.getvalue())
        first = f"{next(iter(held))}.npy"
        if what == "twice":
            archive.writestr(dice.choice((first, first.removesuffix(".npy"))), b"\x93NUMPY\x01\x00")
        elif what == "text":
            archive.writestr(dice.choice(("x.npy", "readme.txt", "a/b.npy")), dice.choice(("text", "", "\x93NUMPY")))
        elif what == "much":  # 1.2 GB in a file of 5 MB
            head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1200000000, 1), }".ljust(117) + b"\n"
            with archive.open("x.npy", "w", force_zip64=True) as member:
                member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head)
                for _ in range(120):
                    member.write(bytes(10_000_000))
        elif what == "objects":
            body = io.BytesIO()
            np.save(body, np.array([{}], dtype=object), allow_pickle=True)
            archive.writestr("x.npy", body.getvalue())
        elif what == "claim":
            shape = dice.choice(("(4000000000, 3000000000)", "(-4, 3)", "(0, 4000000000000)", "(True, 3)", "()"))
            head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
            archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(800))
        elif what == "folder":
            archive.writestr("x/", b"")
    if what == "encrypted":
        data = bytearray((target / name).read_bytes())
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.index(mark) + offset] |= 1
        (target / name).write_bytes(data)
    elif what == "empty":
        with zipfile.ZipFile(target / name, "w"):
            pass
    return name, what


def _idx(folder: Path, target: Path, dice: Random) -> Made:
    """A header that says something else, with as much behind it as it says, or not."""
    name = dice.choice(("images-idx3-ubyte", "images.gz", "labels-idx1-ubyte"))
    code = dice.choice((8, 8, 9, 0x0B, 0x0C, 0x0D, 0x0E, 0, 7, 0xFF))
    sizes = dice.choice((
        (48, 3, 3), (48,), (48, 9), (0, 3, 3), (48, 0, 3), (1, 1, 1), (), (1, 1, 1, 1), (47,), (48, 1), (2**32 - 1,),
        (2**31, 2**31, 2**31), (2**16, 2**16), (600_000_001,), (500_000_000,), (24, 3, 6), (480, 3, 3),
    ))  # fmt: skip
    count = int(np.prod(sizes, dtype=float)) if sizes else 1
    width = {9: 1, 0x0B: 2, 0x0C: 4, 0x0D: 4, 0x0E: 8}.get(code, 1)
    body = dice.choice((bytes(min(count, 10**6) * width), dice.randbytes(min(count, 10**4) * width)))
    if dice.random() < 0.3:
        body = body[:-1] if dice.random() < 0.5 else body + b"\0"
    data = bytes([0, 0, code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + body
    if dice.random() < 0.4:
        data = gzip.compress(data, mtime=0)
        if dice.random() < 0.4:
            data = dice.choice((data[:-4], data + b"x", data + data, data[:-8] + bytes(8), gzip.compress(data)))
    (target / name).write_bytes(data)
    return name, f"type {code}, sizes {sizes}, {len(data)} bytes"


def _training(folder: Path, target: Path, dice: Random) -> Made:
    """A network in training whose arrays are odd; its checksum holds, or its key is another's."""
    held: dict[str, Any] = dict(_sound(folder, "fp-0.npz"))
    head = json.loads(str(held.pop("checkpoint")))
    key = dice.choice(list(held))
    what = dice.choice(("gone", "another key", "no sum", "more"))
    if what == "gone":
        del held[key]
    elif what == "more":
        held[dice.choice(("audit of layer 0: updates", "x", "layer 9 values"))] = held[key]
    head["check"] = content_key(held) if what != "no sum" else dice.choice(("0" * 64, None, 1, {}))
    if what in {"another key", "more"}:
        head["key"] = dice.choice(("1" * 64, None, 1, {}, ""))
    np.savez(target / "fp-0.npz", checkpoint=np.array(json.dumps(head)), **held)
    return "fp-0.npz", f"{what}: {key}"


def _progress(folder: Path, target: Path, dice: Random) -> Made:
    """How far a network has come, in numbers that are none."""
    told: Any = {"epoch": 1.0, "epochs": 3, "validation": 0.5, "loss": 0.25}
    for _ in range(dice.choice((1, 1, 3))):
        told[dice.choice((*told, "x"))] = dice.choice((
            None, True, "1", "", [], {}, -1, 1e308, 10**400, dice.choice(hostile.TEXTS), float("nan"), float("inf"),
        ))  # fmt: skip
    told = dice.choice((told, told, told, [], None, 1, "x", [told]))
    text = json.dumps(told) if dice.random() < 0.9 else dice.choice(("[" * 100_000, "{", "\0", "1" * 5000, ""))
    (target / "fp-0.json").write_text(text, encoding="utf-8", errors="replace")
    return "fp-0.json", text[:300]


FORGED: tuple[Callable[[Path, Path, Random], Made], ...] = (_npz, _npz, _archive, _idx, _training, _progress)
"""Each writes a file into a folder, from the sound ones of another."""

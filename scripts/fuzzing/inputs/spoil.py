"""What disks, transfers, editors and other programs do to the bytes of a file, and to the file itself."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

_INSIDE = (
    b"\x00" * 8,
    b"\xff" * 8,
    b"nan",
    b"inf",
    b"1e999",
    b",,",
    b'"',
    b"\n\n",
    b"\xff\xff\xff\x7f",
    b"-1",
    b"99999999",
    b";",
)


def spoiled(data: bytes, dice: Random) -> bytes:
    """Damaged bytes; the length may differ."""
    body = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        if not body:
            break
        place = dice.randrange(len(body)) if dice.random() < 0.6 else dice.randrange(min(len(body), 128))
        match dice.randrange(10):
            case 0:
                body[place] ^= 1 << dice.randrange(8)
            case 1:
                body[place] = dice.choice((0, 255, 127, 128, dice.randrange(256)))
            case 2:
                del body[place:]
            case 3:
                body[place:place] = dice.choice(_INSIDE)
            case 4:
                new = dice.choice(_INSIDE)
                body[place : place + len(new)] = new
            case 5:
                end = min(len(body), place + dice.choice((1, 4, 64, 512)))
                body[place:end] = bytes(end - place)
            case 6:
                end = min(len(body), place + dice.randrange(1, 64))
                body[place:end] = dice.randbytes(end - place)
            case 7:
                del body[place : place + dice.choice((1, 2, 8, 100))]
            case 8:
                other = dice.randrange(len(body))
                body[place:place] = body[other : other + dice.randrange(1, 200)]
            case _:
                body += dice.choice((b"\x00" * 4096, bytes(body), dice.randbytes(100), b"\n"))
    return bytes(body)


def not_a_file(path: Path, dice: Random, another: Path) -> str:
    """Put something else in the place of a file; say what it is."""
    path.unlink(missing_ok=True)
    what = dice.choice(
        ("nothing", "a folder", "a FIFO", "a link to itself", "a link to nothing", "/dev/zero", "/dev/null", "empty",
         "a hole", "another kind of file", "noise", "a link")
    )  # fmt: skip
    match what:
        case "a folder":
            path.mkdir()
        case "a FIFO":
            os.mkfifo(path)
        case "a link to itself":
            path.symlink_to(path)
        case "a link to nothing":
            path.symlink_to(path.with_name("nothing"))
        case "/dev/zero" | "/dev/null":
            path.symlink_to(what)
        case "empty":
            path.write_bytes(b"")
        case "a hole":
            with path.open("wb") as file:
                file.truncate(dice.choice((10_000, 10_000_000, 10_000_000_000)))
        case "another kind of file":
            path.write_bytes(another.read_bytes())
        case "noise":
            path.write_bytes(dice.randbytes(dice.choice((1, 10, 1000, 100_000))))
        case "a link":
            path.symlink_to(another)
    return what

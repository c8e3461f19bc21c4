"""Tables as TOML text, and what goes wrong with the text of a file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from random import Random
from typing import Any

from fuzzing.inputs.hostile import Literal

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(tables: Mapping[str, Any]) -> str:
    """TOML text of tables; every table of the top level under its own header."""
    lines: list[str] = []
    for key, value in tables.items():
        if isinstance(value, dict):
            _table(f"[{_key(key)}]", value, lines, (key,))
        elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            for entry in value:
                _table(f"[[{_key(key)}]]", entry, lines, (key,))
        else:
            lines.insert(0, f"{_key(key)} = {literal(value)}")
    return "\n".join(lines) + "\n"


def _table(header: str, table: Mapping[str, Any], lines: list[str], path: tuple[str, ...]) -> None:
    lines += ["", header]
    inner = {key: value for key, value in table.items() if isinstance(value, dict) and len(path) == 1}
    for key, value in table.items():
        if key not in inner or header.startswith("[["):
            lines.append(f"{_key(key)} = {literal(value)}")
    if not header.startswith("[["):
        for key, value in inner.items():
            _table(f"[{'.'.join(map(_key, (*path, key)))}]", value, lines, (*path, key))


def literal(value: Any) -> str:
    """A value as it stands in a TOML file."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {literal(entry)}" for key, entry in value.items()) + "}"
    return _quoted(str(value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if ord(c) >= 32 and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'


def damaged(text: str, dice: Random) -> bytes:
    """The bytes of a file whose text somebody or something has spoiled."""
    lines = text.split("\n")
    place = dice.randrange(len(lines))
    match dice.randrange(15):
        case 0:
            return b"\xef\xbb\xbf" + text.encode()
        case 1:
            return text.replace("\n", dice.choice(("\r\n", "\r", "\x0b"))).encode()
        case 2:
            return text.encode(dice.choice(("utf-16", "utf-16-le", "utf-32", "latin-1")), errors="replace")
        case 3:
            return text.encode()[: dice.randrange(len(text))]
        case 4:
            lines.insert(place, lines[dice.randrange(len(lines))])
        case 5:
            del lines[place]
        case 6:
            lines.insert(
                place, dice.choice(("[array]", "[[array]]", "[array.rows]", "x = [", "= 1", "[a" + ".a" * 2000 + "]"))
            )
        case 7:
            lines.insert(place, "\x00" * dice.randrange(1, 9))
        case 8:
            data = bytearray(text.encode())
            for _ in range(dice.randrange(1, 6)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            return bytes(data)
        case 9:
            lines[place] += dice.choice((" # ü", " = 1", "\\", "'", '"""', " " * 100_000))
        case 10:
            first, second = sorted(dice.randrange(len(text)) for _ in range(2))
            return (text[:first] + text[second:]).encode()
        case 11:
            return b"" if dice.random() < 0.5 else b"\x00" * dice.randrange(1, 5000)
        case 12:
            lines[place] = lines[place].replace("=", dice.choice(("==", ":", "", "= = ")))
        case 13:
            return (text * dice.randrange(2, 4)).encode()
        case _:
            dice.shuffle(lines)
    return "\n".join(lines).encode()

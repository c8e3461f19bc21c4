"""Messages between this process and one that runs foreign code: JSON and arrays, nothing that is executed."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from pyspice_models.errors import Ag2sError

_HEAD = struct.Struct("<QQ")
HEAD = _HEAD.size
"""Bytes that tell how long text and arrays of a message are."""

MOST = 1 << 36
"""Bytes of one message; more is a length that a damaged process made up."""


def packed(message: Any) -> list[bytes | memoryview]:
    """The pieces of a message: dicts, lists, texts, numbers and float arrays."""
    arrays: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [plain(one) for one in value]
        if isinstance(value, np.ndarray):
            arrays.append(np.ascontiguousarray(value, dtype=np.float64))
            return {"\0": list(value.shape)}
        return value.item() if isinstance(value, np.generic) else value

    text = json.dumps(plain(message)).encode()
    length = sum(one.nbytes for one in arrays)
    return [_HEAD.pack(len(text), length), text, *(one.data.cast("B") for one in arrays if one.size)]


def of_error(error: Ag2sError) -> dict[str, str]:
    """The message that tells of an error: its class by name, and why."""
    return {"error": type(error).__name__, "reason": getattr(error, "reason", None) or str(error)}


def lengths(head: bytes) -> tuple[int, int]:
    """Bytes of text and of arrays that follow a head.

    Raises:
        ValueError: lengths that no message has.
    """
    text, arrays = _HEAD.unpack(head)
    if text + arrays > MOST:
        raise ValueError("a message of impossible length")
    return text, arrays


def unpacked(text: bytes, data: bytearray) -> Any:
    """A message from its text and the bytes of its arrays.

    Raises:
        ValueError: they do not belong together.
    """
    at = 0

    def whole(value: Any) -> Any:
        nonlocal at
        if isinstance(value, dict):
            if "\0" in value:
                shape = value["\0"]
                count = int(np.prod(shape, dtype=np.int64))
                array = np.frombuffer(data, np.float64, count, at).reshape(shape)
                at += 8 * count
                return array
            return {key: whole(one) for key, one in value.items()}
        return [whole(one) for one in value] if isinstance(value, list) else value

    return whole(json.loads(text))

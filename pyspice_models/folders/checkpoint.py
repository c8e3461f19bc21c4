"""Checkpoints of long programs: arrays on disk, written whole or not at all, that know which request they serve."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.disk import full
from pyspice_models.displayed import Displayed
from pyspice_models.errors import RequestError
from pyspice_models.files import whole
from pyspice_models.inputs.arrays import every_array_in
from pyspice_models.inputs.text import parse_json, shown


def content_key(about: Mapping[str, Any]) -> str:
    """A digest of everything that decides a result: the same for the same content, whatever the order of the keys.

    Arrays count with every number they hold; other values by their `repr`.

    Raises:
        TypeError: an object whose `repr` is a line for people, which leaves out most of it.
    """
    digest = hashlib.sha256()
    for name in sorted(about):
        value = about[name]
        if isinstance(value, Displayed):
            raise TypeError(f"{name}: the repr of a {type(value).__name__} is for people and decides no result")
        content = _bytes(value) if isinstance(value, np.ndarray) else repr(value).encode()
        digest.update(name.encode() + b"\0" + len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """One file that holds how far a program has come.

    Attributes:
        path: the file; its folder must exist.
        key: of the request, see `content_key`.
        replace: whether a file of another request, or a damaged one, may be replaced.
    """

    path: Path
    key: str
    replace: bool = False

    def save(self, values: Mapping[str, np.ndarray]) -> None:
        """Replace the checkpoint by these arrays; whoever is killed meanwhile leaves the one before.

        Raises:
            StorageError: the file cannot be written.
        """
        head = json.dumps({"key": self.key, "check": content_key(values)})
        try:
            with whole(self.path) as file:
                np.savez(file, allow_pickle=False, **{_HEAD: np.array(head)}, **values)
        except OSError as error:
            raise full(self.path, error, "The checkpoint before it is intact: the same command goes on.") from None

    def load(self, names: Iterable[str]) -> dict[str, np.ndarray] | None:
        """The arrays as they were saved, or None if there is no checkpoint, or one that does not count.

        Raises:
            RequestError: a damaged file, or one of another request, that may not be replaced.
        """
        try:
            return self._loaded(names) if self.path.exists() else None
        except RequestError:
            if self.replace:
                return None
            raise

    def _loaded(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        try:
            values = every_array_in(self.path, "checkpoint")
        except RequestError as error:
            raise RequestError(f"{error} {_NEXT}") from None
        try:
            head = parse_json(str(values.pop(_HEAD)))
            sound, belongs = head["check"] == content_key(values), head["key"] == self.key
        except (ValueError, KeyError, TypeError):
            raise self._refused("is damaged (it does not say what it is of)") from None
        if not sound:
            raise self._refused("is damaged (its checksum is wrong)")
        if not belongs:
            raise self._refused("belongs to another request")
        if missing := set(names) - set(values):
            raise self._refused(f"is damaged (it lacks {', '.join(sorted(missing))})")
        return values

    def _refused(self, what: str) -> RequestError:
        return RequestError(f"the checkpoint {shown(self.path)} {what}. {_NEXT}")


_HEAD = "checkpoint"
_NEXT = "Delete it to start anew, choose another --out, or add --force."


def _bytes(array: np.ndarray) -> bytes:
    return f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()

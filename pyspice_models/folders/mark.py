"""The mark in every folder of results: which command made it, and which question it answers."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.files import write_text
from pyspice_models.inputs.text import parse_json, read_bytes

MARK = ".ag2s"
_MOST = 16 << 20  # [bytes] of a mark that is read

AT_WORK, COMPLETE, FAILED = "at work", "complete", "failed"


@dataclass(frozen=True)
class Origin:
    """What a result comes from.

    Attributes:
        kind: the command's name, such as "simulate"; "" if unknown.
        question: a digest of all that decides the answer, see `content_key`; "" if unknown, and then no other question
            is the same.
        about: name, engine and the like, for people.
        command: as it was typed, or "".
    """

    kind: str = ""
    question: str = ""
    about: Mapping[str, object] = field(default_factory=dict)
    command: str = ""

    def same(self, other: Origin) -> bool:
        """Whether both are known to answer the same question."""
        return bool(self.question) and (self.kind, self.question) == (other.kind, other.question)

    def __str__(self) -> str:
        """For messages; what a user typed stays on one line, and short."""
        if not self.kind:
            return "a result of unknown origin"
        told = ", ".join(f"{name} {value}" for name, value in self.about.items() if value not in ("", None))
        text = f"the result of ag2s {self.kind}" + (f" ({told})" if told else "")
        text += f", made by: {self.command}" if self.command else ""
        return repr(text)[1:-1] if len(text) <= _SHOWN else repr(text[:_SHOWN])[1:-1] + " ..."


_SHOWN = 600


@dataclass(frozen=True)
class Mark:
    """What a mark says.

    Attributes:
        origin: of the result.
        state: AT_WORK, COMPLETE or FAILED.
        name: of the folder that it was made for.
        files: that the command left, by their path in the folder, with their sizes.
        place: of a process that is at work, see `here`.
    """

    origin: Origin
    state: str
    name: str
    files: Mapping[str, int] = field(default_factory=dict)
    place: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Put the mark into a folder, or replace the one there.

        Raises:
            OSError: it cannot be written.
        """
        origin = self.origin
        about = {name: value if isinstance(value, (int, float)) else str(value) for name, value in origin.about.items()}
        data = {
            "kind": origin.kind, "question": origin.question, "about": about, "command": origin.command,
            "state": self.state, "name": self.name, "files": dict(self.files), "place": dict(self.place),
        }  # fmt: skip
        write_text(folder / MARK, json.dumps(data, indent=1) + "\n")

    def ended(self, folder: Path, state: str) -> Mark:
        """The mark of work in this folder that has ended."""
        return replace(self, state=state, files=files_in(folder), place={})


def read_mark(folder: Path) -> Mark | None:
    """The mark of a folder; one of an older version, or a damaged one, is of unknown origin. None: it has none."""
    path = folder / MARK
    try:
        path.lstat()
        data = parse_json(read_bytes(path, "mark", _MOST))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RequestError, ValueError):
        data = {}
    return _mark_of(data if isinstance(data, dict) else {})


def _mark_of(data: Mapping[str, Any]) -> Mark:
    texts = {key: value if isinstance(value := data.get(key), str) else "" for key in _TEXTS}
    about, files, place = (
        value if isinstance(value := data.get(key), dict) else {} for key in ("about", "files", "place")
    )
    origin = Origin(texts["kind"], texts["question"], about, texts["command"])
    return Mark(origin, texts["state"] or COMPLETE, texts["name"], files, place)


_TEXTS = ("kind", "question", "command", "state", "name")


def files_in(folder: Path) -> dict[str, int]:
    """All files below a folder by their path, with their sizes, without the mark."""
    return {
        str(path.relative_to(folder)): path.lstat().st_size
        for path in sorted(folder.rglob("*"))
        if path.name != MARK and (path.is_symlink() or not path.is_dir())
    }


def strangers(folder: Path, mark: Mark) -> list[str]:
    """Files that lie in a complete result and are not the command's own, or no longer as it left them."""
    return [name for name, size in files_in(folder).items() if mark.files.get(name) != size]


@cache
def here() -> Mapping[str, str]:
    """This machine, and since when it has been running: what a process is at work on."""
    return {"host": socket.gethostname(), "machine": _line("/etc/machine-id"), "boot": _line(_BOOT)}


_BOOT = "/proc/sys/kernel/random/boot_id"


def at_work(origin: Origin, name: str) -> Mark:
    """The mark of work that this process begins."""
    return Mark(origin, AT_WORK, name, place={**here(), "pid": str(os.getpid())})


def _line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""

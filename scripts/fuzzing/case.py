"""One case of the campaign: what makes it, where it works, and what can be wrong with it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

TRACEBACK, CRASH, HANG, LEFT_OVER, DESTROYED, STATUS, MEMORY, MESSAGE = (
    "traceback", "crash", "hang", "left-over", "destroyed", "untrue status", "memory", "message",
)  # fmt: skip
"""What a case can be found guilty of."""


@dataclass(frozen=True)
class Case:
    """Seed, kind and number: the same three make the same case, whatever else a campaign holds."""

    seed: int
    kind: str
    number: int

    def dice(self) -> random.Random:
        """The case's own random numbers."""
        return random.Random(f"{self.seed} {self.kind} {self.number}")

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.kind}-{self.seed}-{self.number}"

    @property
    def again(self) -> str:
        """The command that repeats it."""
        return f"scripts/fuzz --seed {self.seed} --kind {self.kind} --case {self.number}"


@dataclass(frozen=True)
class Place:
    """Where a case works.

    Attributes:
        folder: holds everything of the case.
        common: what many cases need, made once; only a finished campaign removes it.
    """

    folder: Path
    common: Path

    @property
    def inputs(self) -> Path:
        """What the case gives to the package."""
        return self.folder / "inputs"

    @property
    def cwd(self) -> Path:
        """The current folder of the case: nothing may appear there that was not asked for."""
        return self.folder / "cwd"

    @property
    def tmp(self) -> Path:
        """For temporary files: empty again at the end."""
        return self.folder / "tmp"

    def make(self) -> None:
        """Make the folders."""
        for folder in (self.inputs, self.cwd, self.tmp):
            folder.mkdir(parents=True, exist_ok=True)

    def note(self, name: str, text: str) -> None:
        """Keep beside the inputs what was done with them, such as a command line."""
        (self.folder / name).write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")


class Refused(Exception):
    """A case ended in an error that the package raises on purpose: as it should, unless everything does."""


class Found(Exception):
    """A case is guilty.

    Attributes:
        what: one of the words above.
        detail: for people.
    """

    def __init__(self, what: str, detail: str) -> None:
        super().__init__(f"{what}: {detail}")
        self.what, self.detail = what, detail

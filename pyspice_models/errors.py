"""Everything this package raises on purpose, under one root.

The command line turns `exit_code` into the process's exit status: 1 says that the work failed, 2 that the request
was wrong.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from pathlib import Path

MOST = 80
"""Characters of a user's value that a message quotes; more would bury what is wrong with it."""

MOST_OF_A_NAME = 300
"""The same of a file or a key: whoever has to find it needs more of it."""

_LONG = 100  # letters of a name that is compared with no other: that takes the square of its length
_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = 8
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 4, MOST, MOST


def cut(text: str, most: int = MOST) -> str:
    """Text of a user on one line of a message: control characters as escapes, the middle of a long text left out."""
    half = most // 2
    if len(text) > most:
        text = f"{text[:half]}...{text[-half + 3 :]}"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def nearest(asked: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name that is most like one that is not known, "" if none is; `cutoff`: how like it must be, 0 to 1."""
    if not isinstance(asked, str) or len(asked) >= _LONG:
        return ""
    import difflib  # for messages alone

    return next(iter(difflib.get_close_matches(asked, list(known), n=1, cutoff=cutoff)), "")


def did_you_mean(asked: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """How a sentence about an unknown name ends: with the nearest one, see `nearest`, or with a full stop."""
    near = nearest(asked, known, cutoff)
    return f"; did you mean {near!r}?" if near else "."


def quoted(value: object) -> str:
    """A value as Python writes it, for a message: on one line, cut at a readable length."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item") and not hasattr(value, "mask"):
        value = value.item()  # np.float32(0.3) is 0.3 to a reader
    if isinstance(value, int) and value.bit_length() > 256:  # Python refuses to write out the longest
        return f"a whole number of about {round(value.bit_length() * 0.30103)} digits"
    try:
        shown = repr(value) if isinstance(value, str) and len(value) <= MOST else _SHORT.repr(value)
    except Exception:  # the value may be of any class, and its own text may be what is broken
        shown = f"a {type(value).__name__}"
    return cut(" ".join(shown.split()) if "\n" in shown else shown, MOST + 20)


class Ag2sError(Exception):
    """Root of all errors raised by the package; the message always ends with what to do next."""

    exit_code: int = 1


class RequestError(Ag2sError):
    """The request was wrong: a value out of range, an unknown key, a folder that cannot be written.

    Attributes:
        key: of a study that it is about, where the message does not begin with one; empty if unknown.
    """

    exit_code = 2
    key: str = ""

    @classmethod
    def for_value(cls, name: str, value: object, *, unit: str = "", allowed: str, advice: str = "") -> RequestError:
        """Name the value that was refused, its unit, what is allowed and what to do.

        >>> print(RequestError.for_value("pulse.width", -1.0, unit="s", allowed="> 0"))
        pulse.width = -1.0 s is refused; allowed: > 0 s. Change it and run again.
        """
        shown = f"{quoted(value)} {unit}".rstrip()
        limits = f"{allowed} {unit}".rstrip()
        name = cut(name, MOST_OF_A_NAME)
        return cls(f"{name} = {shown} is refused; allowed: {limits}. {advice or 'Change it and run again.'}")

    def at(self, where: str) -> RequestError:
        """The same error of one of several requests, with its notes."""
        other = RequestError(f"at {where}: {self}")
        for note in getattr(self, "__notes__", ()):
            other.add_note(note)
        return other


class ToolError(Ag2sError):
    """A tool is missing or too old, or refused its input (a Verilog-A file that does not compile)."""


class SimulationError(Ag2sError):
    """A simulator failed, hung or stopped early; its folder stays on disk.

    Attributes:
        reason: what happened, without log and folder.
        folder: where the deck, the log and whatever was written lie, or None if nothing was written.
        log_tail: the log's last relevant lines.
    """

    def __init__(self, message: str, *, folder: Path | None = None, log_tail: str = "") -> None:
        """Keep the folder and the log's tail beside the message, and show them with it."""
        self.reason = message
        self.folder = folder
        self.log_tail = log_tail.strip()
        parts = [message]
        if self.log_tail:
            parts.append("The log ends:\n" + "\n".join(f"  {line}" for line in self.log_tail.splitlines()))
        if folder is not None:
            parts.append(f"Deck and log: {folder}")
        super().__init__("\n".join(parts))

    def moved(self, folder: Path) -> SimulationError:
        """The same error after its folder was renamed."""
        return SimulationError(self.reason, folder=folder, log_tail=self.log_tail)


class StorageError(Ag2sError):
    """A disk is full, a quota or a limit of file sizes is used up; what was written before stays."""


class PictureError(Ag2sError):
    """A picture could not be drawn or written; the data that it shows are not touched."""

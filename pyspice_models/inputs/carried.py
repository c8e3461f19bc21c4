"""Text of a user's file that travels with whatever was made of it: into a study, its identity, and its records."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Carried:
    """A file that is complete in itself.

    Attributes:
        name: of the file, for messages: two of the same text are equal.
        text: all of it.
    """

    name: str = field(compare=False, repr=False)
    text: str


def fingerprint(text: str) -> str:
    """A short digest of a model's text: two of the same text, line breaks at the end aside, have the same."""
    return hashlib.sha256(text.rstrip("\n").encode()).hexdigest()[:16]

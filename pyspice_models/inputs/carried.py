"""Text of a user's file that travels with whatever was made of it: into a study, its identity, and its records."""

from __future__ import annotations

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

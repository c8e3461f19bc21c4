"""What a program printed, as far as a message can show it."""

from __future__ import annotations

from collections.abc import Iterable

from pyspice_models.errors import cut

_LINES, _LETTERS = 12, 300


def last_lines(text: str) -> str:
    """The last lines that are not empty."""
    return shown([line for line in text.splitlines() if line.strip()])


def shown(lines: Iterable[str], most: int = _LINES) -> str:
    """The last `most` of these lines, each of a readable length and without what would steer a terminal."""
    return "\n".join(cut(line.expandtabs().rstrip(), _LETTERS) for line in list(lines)[-most:])

"""Plain text as a piece of Markdown."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Words of people, escaped so that they show as they are, in one line; `code` in backquotes stays code."""
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(
        part.replace("|", r"\|") if number % 2 else re.sub(r"([\\*_\[\]<>|$#~{}])", r"\\\1", part)
        for number, part in enumerate(parts)
    )


def code(text: str) -> str:
    """A span of code for a cell of a table."""
    return f"`{text}`".replace("|", r"\|") if text else ""


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def table(*heads: str) -> list[str]:
    """The first two lines of a table."""
    return [row(*heads), row(*["---"] * len(heads)).replace(" ", "")]

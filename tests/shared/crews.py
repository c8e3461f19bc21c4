"""Who does the runs of a campaign in tests that are not about workers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any


def here(do: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
    """A crew without workers: all in this process, one after the other."""
    for number, item in enumerate(items):
        yield number, do(item)

"""A bar for long calls from Python: in notebooks without widgets, in terminals as the commands draw it, else nothing.

`progress=True` of a call makes one. Who wants another gives a function that is told the share that is done, 0 to 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

Share = Callable[[float], None]
"""Is told the share that is done, 0 to 1."""

_OFTEN = 0.2  # [s] between two pictures of a bar in a notebook


@contextmanager
def followed(given: Share | bool | None, what: str) -> Iterator[Share | None]:
    """The function that was given; for True a bar that is there while the block runs, for False and None nothing.

    Args:
        given: what a caller has as `progress`.
        what: is done, in a few words.
    """
    if not isinstance(given, bool):
        yield given
    elif not given:
        yield None
    elif (display := _notebook()) is not None:
        yield from _in_notebook(display, what)
    elif sys.stderr is not None and sys.stderr.isatty():
        yield from _in_terminal(what)
    else:
        yield None


@contextmanager
def counted(
    given: Callable[[int], None] | bool | None, what: str, total: int
) -> Iterator[Callable[[int], None] | None]:  # fmt: skip
    """The same for work that is counted: the function is told how many of `total` are done."""
    if not isinstance(given, bool):
        yield given
        return
    with followed(given, f"{what}, {total}") as share:
        yield None if share is None else lambda count: share(count / max(total, 1))


def _notebook() -> Callable[..., Any] | None:
    """How a notebook displays things; None elsewhere. A terminal of IPython is none."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    found: Callable[..., Any] = display
    return found


class _Html:
    """What a notebook shows, and a plain word for those that show no HTML."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def _in_notebook(display: Callable[..., Any], what: str) -> Iterator[Share]:
    """One output that is drawn anew in its place; at the end it is empty, so that a saved notebook keeps none."""
    begun = time.monotonic()
    before = begun - _OFTEN

    def bar(share: float) -> _Html:
        told = f"{what}: {100 * share:.0f} %, {time.monotonic() - begun:.0f} s"
        html = f'<label>{escape(told)} <progress value="{share:.3f}" max="1"></progress></label>'
        return _Html(html, told)

    handle = display(bar(0.0), display_id=True)

    def step(share: float) -> None:
        nonlocal before
        now = time.monotonic()
        if now - before >= _OFTEN:
            before = now
            handle.update(bar(min(max(share, 0.0), 1.0)))

    try:
        yield step
    finally:
        handle.update(_Html("", ""))


def _in_terminal(what: str) -> Iterator[Share]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)

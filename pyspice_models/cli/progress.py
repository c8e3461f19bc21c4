"""Progress on standard error: a bar for people; where standard error is no terminal, a line now and then or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from pyspice_models.array import Crossbar
    from pyspice_models.engine import Progress
    from pyspice_models.measure import Measure


class _Console(Console):
    """Prints micro as µ where what is written to takes it."""

    def render_str(self, text: str, **options: Any) -> Text:
        """See the base class; every text that is printed, and every field of a table, comes through here."""
        if " u" in text and self.encoding.lower().startswith("utf"):
            from pyspice_models.units import micro  # with NumPy, which help does not need

            text = micro(text)
        return super().render_str(text, **options)


# text of a user is never markup: neither [/x] nor :smile: means anything here
stderr = _Console(stderr=True, highlight=False, markup=False, emoji=False)
_EVERY = 30.0  # [s] between two lines in a log


def table_console(width: int | None = None) -> Console:
    """Standard output for tables, in which text of a user stays as it is."""
    return _Console(highlight=False, markup=False, emoji=False, width=width)


def say(text: str) -> None:
    """A line for people on standard output, as long as it is."""
    table_console().print(text, soft_wrap=True)


def tell_measures(title: str, measures: Iterable[tuple[str, Measure]], missing: Mapping[str, str]) -> None:
    """Tables of measures, each with its meaning, and of those that are missing, each with the reason."""
    from rich.table import Table

    from pyspice_models.units import show  # with NumPy, which help does not need

    table = Table(title=title, title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("meaning", overflow="fold")
    for name, measure in measures:
        table.add_row(name, show(measure.value, measure.unit), measure.about)
    table_console().print(table)
    if missing:
        lacking = Table(title="not measured", title_justify="left")
        lacking.add_column("measure")
        lacking.add_column("why", overflow="fold")
        for name, why in missing.items():
            lacking.add_row(name, why)
        table_console().print(lacking)


def tell_meanings(meanings: Mapping[str, str]) -> None:
    """Under a table: what its columns or rows mean, by name; whatever fills more than a line is folded."""
    from rich.table import Table

    console = table_console()
    width = max(map(len, meanings), default=0)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=min(width, 30))
    table.add_column(overflow="fold")
    for name, about in meanings.items():
        table.add_row(name, about)
    if meanings:
        console.print(table)


def tell_warning(warning: str) -> None:
    """Say why numbers are not to be trusted, if there is a reason; to be called last, so that nobody misses it."""
    if warning:
        stderr.print(f"WARNING, do not trust these numbers: {warning}", style="bold red", soft_wrap=True)


def tell_kinds(crossbar: Crossbar) -> None:
    """Say which kinds of cells there are, where there are several."""
    if crossbar.kinds:
        told = (f"{one.count} {one.name} ({one.model.name})" for one in crossbar.populations)
        stderr.print(f"kinds of cells: {', '.join(told)}", markup=False, soft_wrap=True)


def tell_notes(crossbar: Crossbar) -> None:
    """Say what was done to the files of cells of a user's own before they were used."""
    for note in dict.fromkeys(note for one in crossbar.populations for note in one.model.notes):
        stderr.print(readable(note), markup=False, soft_wrap=True)


def readable(text: str) -> str:
    """Text that may hold names of a user, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else repr(letter)[1:-1] for letter in text)


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """A bar that follows what the block reports, 0 to 1."""
    with progress_bars(what) as (step,):
        yield step


@contextmanager
def progress_bars(*whats: str) -> Iterator[list[Progress]]:
    """The same for work that has several stages: the bar of each is there from its first report to the next one's."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # a tenth of a second that help does not need
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        tasks = [
            bar.add_task(what, total=1.0, start=number == 0, visible=number == 0) for number, what in enumerate(whats)
        ]

        def step(number: int, share: float) -> None:
            for other, task in enumerate(tasks):
                bar.update(task, visible=other == number)
            bar.start_task(tasks[number])
            bar.update(tasks[number], completed=share)

        yield [partial(step, number) for number in range(len(whats))]


@contextmanager
def counting_bar(what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
    """A bar that follows how many of `total` are done, with rate and time left; in a log a line every half a minute.

    The first number reported was there before: it does not count in the rate.
    """
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    begun = printed = time.monotonic()
    before = -1
    with Bar(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task(what, total=total, rate="")

        def step(count: int) -> None:
            nonlocal before, printed
            now = time.monotonic()
            if before < 0:
                before = count
            per_second = (count - before) / max(now - begun, 1e-9)
            rate = f"{per_second:.3g} {unit}/s" if per_second >= 1 else f"{60 * per_second:.3g} {unit}/min"
            bar.update(task, completed=count, rate=rate)
            if not stderr.is_terminal and now - printed >= _EVERY and count > before:
                printed = now
                left = (total - count) / per_second
                stderr.print(f"{count} of {total} {unit}, {rate}, {_duration(left)} left", markup=False)

        yield step


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"

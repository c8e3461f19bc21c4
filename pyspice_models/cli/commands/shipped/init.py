"""`ag2s init`: a folder to begin in."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer

from pyspice_models.cli.progress import readable, stderr
from pyspice_models.export.starter import NEXT, write_starter


def init_command(
    place: Path = typer.Argument(metavar="DIR", help="A folder that is new or empty, such as crossbars."),
) -> None:
    """Copy the shipped studies with their data, models and examples into a new or empty folder, to begin from.

    Nothing that is there already is touched: a folder that holds anything is refused. The files are yours to change.
    """
    files = write_starter(place)
    shown = readable(shlex.quote(str(place)))
    stderr.print(f"{len(files)} files in {shown}; README.md says what each study answers. Next:", soft_wrap=True)
    if place.resolve() != Path.cwd():
        stderr.print(f"  cd {shown}", soft_wrap=True)
    for line, what in NEXT:
        stderr.print(f"  {line:<40} # {what}", markup=False, soft_wrap=True)

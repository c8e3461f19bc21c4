"""`ag2s studies`: what ships."""

from __future__ import annotations

import json

import typer
from rich.table import Table

from pyspice_models.cli.progress import stderr, table_console
from pyspice_models.export.shipped import shipped_studies, studies_as_data


def studies_command(as_json: bool = typer.Option(False, "--json", help="The list as JSON on standard output.")) -> None:
    """List the studies that ship: title, what each answers, and the command that runs it."""
    studies = shipped_studies()
    if as_json:
        typer.echo(json.dumps(studies_as_data(studies), indent=1))
        return
    table = Table()
    table.add_column("study", overflow="fold", min_width=16)
    table.add_column("command: ag2s", overflow="fold", min_width=12)
    table.add_column("title", overflow="fold", ratio=1)
    table.add_column("what it answers", overflow="fold", ratio=3)
    for study in studies:
        table.add_row(study.name, study.command, study.title, study.answers)
    table_console().print(table)
    stderr.print(f"files in {studies[0].path.parent}; ag2s init DIR copies them", markup=False, soft_wrap=True)

"""`ag2s params`: what a study file may state, and where each number comes from."""

from __future__ import annotations

import json

import typer
from rich.table import Table

from pyspice_models.campaign.parameters import parameter_sheets, sheets_as_data
from pyspice_models.cli.progress import stderr, table_console


def _names() -> list[str]:
    """For completion in a shell."""
    return sorted(set().union(*(sheet.names for sheet in parameter_sheets())))


def params_command(
    table: str = typer.Argument(
        "", metavar="[TABLE]", autocompletion=_names,
        help="A table of study files, such as wire or learning.ttv2; a cell, such as vteam; or a step, such as write.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Tables and parameters as JSON on standard output."),
) -> None:  # fmt: skip
    """List every parameter of study files: unit, range, default, tag and source, by table.

    Tags: measured in the paper, derived from it, or assumed; calibrated as well, if it was chosen to meet one of its
    numbers. A choice is a word, or yes and no. [kinds.NAME] has the keys of [cell], [array.cells] those of them that
    may differ from cell to cell.
    """
    sheets = parameter_sheets(table)
    if as_json:
        typer.echo(json.dumps(sheets_as_data(sheets), indent=1))
        return
    console = table_console()
    for sheet in sheets:
        shown = Table(title=sheet.title, title_justify="left")
        shown.add_column("parameter", overflow="fold")
        shown.add_column("default", justify="right", overflow="fold")
        for head in ("unit", "allowed", "tag"):
            shown.add_column(head, overflow="fold")
        shown.add_column("what; source", overflow="fold", ratio=1)
        for one in sheet.parameters:
            within = f"; plausible {one.plausible}" if one.plausible else ""
            what = f"{one.declared.about}; {one.source}{within}"
            shown.add_row(one.name, one.shown(), one.unit, one.allowed, one.tag, what)
        console.print(shown)
    count = sum(len(sheet.parameters) for sheet in sheets)
    stderr.print(f"{count} parameters; the keys that are neither numbers nor choices: docs/studies.md", markup=False)

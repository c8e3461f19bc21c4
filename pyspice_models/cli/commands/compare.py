"""`ag2s compare`: results side by side."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.campaign.compared import Compared, as_data, compare
from pyspice_models.cli.progress import readable, stderr, table_console, tell_meanings
from pyspice_models.units import show


def compare_command(
    folders: list[Path] = typer.Argument(metavar="A B...", help="Folders that `ag2s simulate` wrote, two or more."),
    as_json: bool = typer.Option(False, "--json", help="Measures and parameters as JSON on standard output."),
) -> None:
    """Put results side by side: measures with difference and ratio, and the parameters that differ, with their tags.

    Differences and ratios are to the first folder. A tag says where the default of a number comes from: `ag2s params`.
    Results of different versions of this package are compared as they are, and it is told: docs/versions.md.
    """
    compared = compare(folders)
    if as_json:
        typer.echo(json.dumps(as_data(compared), indent=1))
    else:
        _print_measures(compared)
        _print_parameters(compared)
    if compared.note:
        stderr.print(f"note: {readable(compared.note)}", markup=False, soft_wrap=True)


def _print_measures(compared: Compared) -> None:
    first, *others = (folder.name or str(folder.resolve()) for folder in compared.folders)
    table = Table(title="measures", title_justify="left")
    table.add_column("measure", overflow="fold")
    table.add_column(first, justify="right", overflow="fold")
    for name in others:
        for head in (name, f"{name} - {first}", f"{name} / {first}"):
            table.add_column(head, justify="right", overflow="fold")
    for row in compared.measures:
        cells = [_text(row.values[0], row.unit)]
        for value, difference, ratio in zip(row.values[1:], row.differences[1:], row.ratios[1:], strict=True):
            cells += [_text(value, row.unit), _text(difference, row.unit), "" if ratio is None else f"{ratio:.4g}"]
        table.add_row(row.name, *cells)
    table_console().print(table)
    tell_meanings({row.name: row.about for row in compared.measures})


def _print_parameters(compared: Compared) -> None:
    if not compared.parameters:
        typer.echo("no parameter differs")
        return
    table = Table(title="parameters that differ", title_justify="left")
    table.add_column("parameter", overflow="fold")
    for folder in compared.folders:
        table.add_column(folder.name or str(folder.resolve()), justify="right", overflow="fold")
    table.add_column("tag")
    for row in compared.parameters:
        table.add_row(row.key, *row.texts(), row.tag)
    table_console().print(table)


def _text(value: float | None, unit: str) -> str:
    return "" if value is None else show(value, unit)

"""`ag2s cell check`: whether a cell that a user brings can be believed."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console
from pyspice_models.errors import PictureError
from pyspice_models.files import write_text
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.foreign.check import Checked, check_cell
from pyspice_models.inputs.text import read_text
from pyspice_models.units import parse


def check_command(
    file: Path = typer.Argument(help="Verilog-A file (.va), or file with a SPICE subcircuit (.sub, .lib, .cir)."),
    module: str = typer.Option("", help="Name of the module or subcircuit, if the file has several."),
    voltage: str = typer.Option("5V", help="The largest voltage of the pulses that are tried."),
    as_json: bool = typer.Option(
        False, "--json", help="Findings, facts and the [cell] table as JSON on standard output."
    ),
    out: Path | None = typer.Option(None, help="Folder for decks, logs and the picture; by default none are kept."),
    force: Force = False,
) -> None:
    """Compile, evaluate and simulate a cell by itself: memory, start, polarity, passivity, overflow, steps, engines.

    Exit status 0: accepted, with or without remarks; 1: refused; 2: the request was wrong.
    """
    largest = parse(voltage, "V", name="--voltage")
    failure: PictureError | None = None

    def told(what: str) -> None:
        stderr.print(what, markup=False)

    if out is None:
        checked = check_cell(file, module, largest=largest, told=told)
    else:
        made = origin(
            "cell check", {"text": read_text(file, "model file", 16_000_000), "module": module}, file=file.name
        )
        with output_folder(out, made, force=force) as folder:
            checked = check_cell(file, module, folder, largest=largest, told=told)
            write_text(folder / "check.json", json.dumps(checked.as_dict(), indent=1) + "\n")
            if checked.table:
                write_text(folder / "cell.toml", checked.table)
            data_complete(folder)
            failure = draw(lambda: _draw(checked, folder))
    if as_json:
        typer.echo(json.dumps(checked.as_dict(), indent=1))
    else:
        _print(checked)
    if out is not None:
        raise_failure(failure, out)
    if checked.refused:
        raise typer.Exit(1)


def _draw(checked: Checked, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.cell_check import save_check

    save_check(checked, folder)


def _print(checked: Checked) -> None:
    console = table_console()
    table = Table(title=f"{checked.file}, {checked.module}", title_justify="left")
    for name in ("what", "verdict"):
        table.add_column(name, no_wrap=True)
    table.add_column("found; what to write instead", overflow="fold")
    for one in checked.findings:
        where = f"{one.where}: " if one.where else ""
        advice = f"\n{one.advice}" if one.advice else ""
        table.add_row(one.kind, one.weight, f"{where}{one.text}{advice}")
    console.print(table)
    console.print(f"verdict: {checked.verdict}", markup=False, highlight=False)
    if checked.table:
        console.print(f"\n{checked.table}", markup=False, highlight=False, soft_wrap=True)

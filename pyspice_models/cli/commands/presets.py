"""`ag2s presets`: the cells that ship, and the presets of each."""

from __future__ import annotations

import json

import typer

from pyspice_models.cells.presets import catalogue, format_preset, preset
from pyspice_models.cells.registry import model_named, model_names
from pyspice_models.cli.progress import table_console


def presets_command(
    cell: str = typer.Option("", "--cell", help=f"Of one cell: {', '.join(model_names())}; by default of all."),
    show: str = typer.Option(
        "", help="Print one preset of that cell as the file that it is, every number with source."
    ),
    as_json: bool = typer.Option(False, "--json", help="The list as JSON on standard output."),
) -> None:
    """List the cells that ship and their presets: `[cell] model = NAME` and `preset = NAME` in a study file."""
    if show:
        typer.echo(format_preset(preset(show, model_named(cell or "ag2s", where="--cell").name)), nl=False)
        return
    listed = catalogue(model_named(cell, where="--cell").name if cell else "")
    if as_json:
        typer.echo(json.dumps(listed, indent=1))
        return
    console = table_console()
    for name, presets in listed.items():
        model = model_named(name)
        states = ", ".join(f"{state.name} ({state.about})" for state in model.states)
        console.print(f"{name}: {model.title}; {states}", markup=False)
        for one, about in presets.items():
            console.print(f"  {one}: {about}", markup=False)

"""`ag2s presets`: the cells that ship, and the presets of each."""

from __future__ import annotations

import json

import typer

from pyspice_models.cells.presets import format_preset, preset, preset_names
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
    models = [model_named(cell, where="--cell")] if cell else [model_named(name) for name in model_names()]
    listed = {
        model.name: {name: preset(name, model.name).description for name in preset_names(model.name)}
        for model in models
    }
    if as_json:
        typer.echo(json.dumps(listed, indent=1))
        return
    console = table_console()
    for model in models:
        states = ", ".join(f"{state.name} ({state.about})" for state in model.states)
        console.print(f"{model.name}: {model.title}; {states}", markup=False)
        for name, about in listed[model.name].items():
            console.print(f"  {name}: {about}", markup=False)

"""`ag2s export`: models, test benches and expected waves for other people's tools."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.cells.ag2s.presets import load_preset, preset, preset_names
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.progress import stderr
from pyspice_models.export import Bundle, write_bundle
from pyspice_models.folders.output import output_folder
from pyspice_models.netlist import dialect_names

_NAMES = ", ".join(dialect_names())


def export_command(
    to: Path = typer.Option(..., help="Folder to write; it appears whole or not at all."),
    dialects: list[str] = typer.Option(
        [], "--dialect", help=f"Whose netlists, one or more times: {_NAMES}; by default all."
    ),
    cell: str = typer.Option(
        "200nm-160C", "--preset", help=f"Cell: {', '.join(preset_names())}, or a preset file (.toml)."
    ),
    rows: int = typer.Option(4, help="Word lines of the crossbar among the test benches."),
    cols: int = typer.Option(4, help="Bit lines of the crossbar."),
    force: Force = False,
) -> None:
    """Write a folder that a user of another tool opens with its README alone: models, benches, expected waves."""
    chosen = load_preset(Path(cell)) if cell.endswith(".toml") else preset(cell)
    bundle = Bundle(chosen, dialects or dialect_names(), rows, cols)
    about = {"preset": bundle.preset, "dialects": tuple(bundle.dialects), "rows": rows, "cols": cols}
    made = origin("export", about, preset=chosen.name, rows=rows, cols=cols)
    with output_folder(to, made, force=force) as folder:
        stderr.print("computing the expected waves in ngspice")
        write_bundle(bundle, folder)
    stderr.print(f"written: {to}; start at {to / 'README.md'}", markup=False)

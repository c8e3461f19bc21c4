"""`ag2s sweep`: one study over a grid of its keys."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from pyspice_models.cli.progress import progress, stderr
from pyspice_models.engine import engine_names
from pyspice_models.result import save
from pyspice_models.study import output_folder
from pyspice_models.study.sweep import load_sweep, sweep


def sweep_command(
    study: Path = typer.Argument(help="Study file (TOML)."),
    over: list[str] = typer.Option(
        [], "--over", metavar="KEY=V1,V2,...",
        help="An axis: a key as --set takes it, and its values; KEY+KEY=... sets several at once, START:STOP:STEP and "
        "log:START:STOP:COUNT are ranges. Repeat for more axes. Without it the study's own [sweep] is used.",
    ),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study at all points."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    workers: int = typer.Option(2, help="Simulators at work at the same time."),
    as_json: bool = typer.Option(False, "--json", help="All measures as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, CSV and picture [out/NAME-sweep]."),
) -> None:  # fmt: skip
    """Run one study at every point of a grid: a dataset with the swept axes as dimensions, a table and a picture.

    Exit status 1 if a point failed; the others are kept, and the dataset says why.
    """
    tables, axes, shown = load_sweep(study, over, changes)
    folder = out or Path("out") / f"{study.stem}-sweep"
    with output_folder(folder) as scratch:
        with progress("sweeping") as report:
            found = sweep(
                tables,
                axes,
                folder=study.parent,
                name=study.stem,
                engine=engine,
                form=form,
                workers=workers,
                report=report,
            )
        save(found, scratch / "sweep.nc")
        table = found.to_dataframe()
        table.to_csv(scratch / "sweep.csv")
        # matplotlib takes half a second to import: not before it is needed
        from pyspice_models.plot.sweep import save_sweep_picture

        save_sweep_picture(found, scratch / "sweep.png", shown)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "axes": [axis.name for axis in axes],
                    "points": json.loads(table.reset_index().to_json(orient="records")),
                },
                indent=2,
            )
        )
    else:
        typer.echo(table.drop(columns="failure").to_string())
    failed = [reason for reason in found["failure"].values.ravel() if reason]
    stderr.print(f"{found['failure'].size} points, {len(failed)} failed; files in {folder}", markup=False)
    if failed:
        stderr.print(f"the first failure: {failed[0]}", markup=False)
        raise typer.Exit(1)

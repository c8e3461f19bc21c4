"""`ag2s sweep`: one study over a grid of its keys."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.campaign.axis import corners_told
from pyspice_models.campaign.sweep import load_sweep, points_of, run_sweep
from pyspice_models.campaign.sweep_data import as_data, save_sweep
from pyspice_models.cli.campaign import crew_of, kept, whole_results
from pyspice_models.cli.options import Force, Of, Scheduler, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import counting_bar, stderr, table_console, tell_meanings, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.units import show


def sweep_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/sneak_sweep.toml."),
    over: list[str] = typer.Option(
        [], "--over", metavar="KEY=V1,V2,...",
        help="An axis: a key as --set takes it, and its values; KEY+KEY=... sets several at once, START:STOP:STEP and "
        "log:START:STOP:COUNT are ranges, in SI units or with a unit, 0.5:2:0.5 us. Repeat for more axes. "
        "Without it the study's own [sweep] is used.",
    ),
    corners: str = typer.Option(
        "", metavar="all|WORD,...",
        help="An axis of corners of the study's [variability]: typical, slow, fast, hot, cold, worst-lines, joined as "
        "in slow+cold; all is these six. variability.sigmas says how far, variability.hot and cold how warm.",
    ),
    of: Of = "",
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study at all points."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    workers: int = typer.Option(2, help="Points at work at the same time, each with a simulator of its own."),
    scheduler: Scheduler = "",
    resume: bool = typer.Option(False, "--resume", help="Go on from what an earlier call has done."),
    as_json: bool = typer.Option(False, "--json", help="Axes, units and points as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, CSV and picture; by default out/NAME-sweep."),
    force: Force = False,
) -> None:  # fmt: skip
    """Run one study at every point of a grid: a dataset with the swept axes as dimensions, a table and a picture.

    Exit status 1 if a point failed; the others are kept, and the dataset says why. What is done when it is stopped is
    kept in FOLDER-unfinished, and --resume goes on from there. `ag2s sweep FOLDER/study.toml` asks the same again.
    """
    asked = load_sweep(study, over, changes, corners=corners, of=of, engine=engine, form=form)
    folder = out or Path("out") / (asked.name if asked.name.endswith("sweep") else f"{asked.name}-sweep")
    points = points_of(asked)
    for axis in asked.axes:
        stderr.print(axis.described(points.coords[axis.name]), markup=False)
    for line in corners_told(asked.source, asked.axes):
        stderr.print(line, markup=False)
    crew = crew_of(workers, scheduler)
    if not scheduler:  # its workers are on machines of their own, and look for themselves
        points.check_size(workers)
    with (
        kept(
            folder,
            points.key,
            points.about,
            origin("sweep", points.question, **points.about),
            resume=resume,
            force=force,
        ) as journal,
        counting_bar("sweeping", len(points.tasks), "points") as progress,
    ):
        asked.write(journal.folder)
        dataset = run_sweep(points, journal, crew, progress)
        with whole_results(journal):
            save_sweep(dataset, journal.folder)
        failure = draw(lambda: _draw(dataset, journal.folder, asked.shown))
    measured = [str(name) for name in dataset if name != "failure"]  # none where every point failed
    if as_json:
        typer.echo(json.dumps(as_data(dataset), indent=2))
    elif measured:
        shown = [name for name in asked.shown if name in dataset] or measured
        _print(dataset, shown)
    if measured and (missing := [name for name in asked.shown if name not in dataset]):
        stderr.print(f"the study has no measure {', '.join(missing)}; it has: {', '.join(measured)}", markup=False)
    reasons = [reason for reason in dataset["failure"].values.ravel() if reason]
    stderr.print(f"{dataset['failure'].size} points, {len(reasons)} failed; files in {folder}", markup=False)
    if reasons:
        stderr.print(f"the first failure: {reasons[0]}\ndecks and logs in {folder / 'failed'}", markup=False)
    raise_failure(failure, folder)
    tell_warning(dataset.attrs.get("warning", ""))
    if reasons:
        raise typer.Exit(1)


def _print(dataset: xr.Dataset, shown: Sequence[str]) -> None:
    """A line for each point: values with their units, and what the measures mean."""
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=140)
    dims = [str(dim) for dim in dataset["failure"].dims]
    rows = dataset[list(shown)].to_dataframe().reset_index().to_dict(orient="records")
    for start in range(0, len(shown), _AT_ONCE):
        names = shown[start : start + _AT_ONCE]
        table = Table()
        for name in (*dims, *names):
            table.add_column(name, justify="right", overflow="fold")
        for row in rows:
            table.add_row(*(_text(row[name], dataset[name]) for name in (*dims, *names)))
        console.print(table)
        tell_meanings({name: str(dataset[name].attrs["long_name"]) for name in names})


_AT_ONCE = 5
"""Measures in one table."""


def _text(value: object, of: xr.DataArray) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else show(value, str(of.attrs.get("units", "")), 5)
    return str(value)


def _draw(dataset: xr.Dataset, folder: Path, shown: Sequence[str]) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.sweep import save_sweep_picture

    save_sweep_picture(dataset, folder / "sweep.png", shown)

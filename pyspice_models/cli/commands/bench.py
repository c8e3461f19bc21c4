"""`ag2s bench`: the package's speed, measured side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.benchmark import SpeedFigure, run_benchmark
from pyspice_models.benchmark.run import as_data, figures, machine
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, stderr, table_console
from pyspice_models.errors import PictureError, RequestError
from pyspice_models.files import write_text
from pyspice_models.folders.output import data_complete, output_folder


def bench_command(
    quick: bool = typer.Option(False, "--quick", help="Smaller arrays, without targets: about a minute."),
    only: str = typer.Option("", help=f"One figure alone: {', '.join(figures(False))}."),
    as_json: bool = typer.Option(False, "--json", help="All rows as JSON on standard output."),
    out: Path = typer.Option(Path("out") / "bench", help="Folder for JSON and picture."),
    force: Force = False,
) -> None:
    """Measure the package against what one would use without it, each pair in one run, and against its targets.

    Without --quick it takes about ten minutes on two cores. Exit status 1 if a figure could not be measured.
    """
    if only and only not in figures(quick):
        raise RequestError.for_value("--only", only, allowed=f"one of {', '.join(figures(quick))}")
    where, rows = machine(), []
    failure: PictureError | None = None
    made = origin("bench", {"quick": quick, "only": only}, quick=quick, only=only)
    with output_folder(out, made, force=force) as scratch:
        with progress_bar("measuring") as progress:
            for row in run_benchmark(quick=quick, only=only, progress=progress):
                rows.append(row)
                stderr.print(_line(row), markup=False, soft_wrap=True)
        data = as_data(rows, where, quick)
        write_text(scratch / "bench.json", json.dumps(data, indent=2) + "\n")
        data_complete(scratch)
        series = {name: points for row in rows for name, points in row.series.items()}
        if series:
            failure = draw(lambda: _draw(series, scratch / "bench.png"))
    if as_json:
        typer.echo(json.dumps(data, indent=2))
    else:
        _print_table(rows)
    stderr.print(
        f"{where.processor}, {where.cores} cores, load {where.load_before:.1f} at the start; files in {out}",
        markup=False,
    )
    failed = [row for row in rows if row.failure]
    for row in failed:
        stderr.print(f"no figure of {row.id}: {row.failure}", markup=False, soft_wrap=True)
    raise_failure(failure, out)
    if failed:
        raise typer.Exit(1)


def _draw(series: Mapping[str, Sequence[Sequence[float]]], path: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.benchmark import save_benchmark_picture

    save_benchmark_picture(series, path)


def _line(row: SpeedFigure) -> str:
    if row.failure:
        return f"{row.id}: not measured: {row.failure}"
    return f"{row.id}: {_figure(row)}" if row.figure is not None else f"{row.id}: done"


def _figure(row: SpeedFigure) -> str:
    return "" if row.figure is None else f"{row.figure:.3g} {row.unit}".strip()


def _print_table(rows: list[SpeedFigure]) -> None:
    table = Table(title="figures of this run", title_justify="left")
    for name in ("what", "here", "peer", "figure", "wanted", "ok"):
        table.add_column(name, overflow="fold", justify="left" if name == "what" else "right")
    for row in rows:
        table.add_row(
            row.failure or (f"{row.what}, against {row.peer_name}" if row.peer_name else row.what),
            "" if row.ours is None else f"{row.ours:.3g} s",
            "" if row.peer is None else f"{row.peer:.3g} s",
            _figure(row),
            "" if row.target is None else f"{row.wanted} {row.target:g} {row.unit}",
            {True: "yes", False: "no", None: ""}[row.ok],
        )
    table_console().print(table)

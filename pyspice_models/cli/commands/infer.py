"""`ag2s infer`: a trained network on the array, and what each cause costs it."""

from __future__ import annotations

import math
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, stderr, table_console, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.program.inference.causes import ALL, NONE, alone, without
from pyspice_models.program.inference.infer import save_inferred, task_of
from pyspice_models.program.inference.inferred_data import as_dataset, report_text
from pyspice_models.program.inference.run import Inferred, infer_task


def infer_command(
    study: Path = typer.Argument(help="Study file (TOML) with an [inference] table."),
    weights: Path | None = typer.Option(None, help="An .npz with w0, w1, ... and b0, b1, ..., the trained network."),
    engine: str = typer.Option("", help=f"Simulator that writes cells: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi (compiled Verilog-A) or subckt (behavioural)."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    as_json: bool = typer.Option(False, "--json", help="The report as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for report, data, weights, pictures; by default out/NAME."),
    force: Force = False,
) -> None:
    """Put a trained network on the array, classify test images through the circuit, and attribute what is lost.

    Causes are switched off one by one: IR drop, faults, spread, noise, converters, writing, drift. Without weights the
    network is trained here, in floating point. `ag2s infer FOLDER/study.toml` asks the same again.
    """
    task = task_of(study, None, changes, weights=weights, engine=engine, form=form)
    place = out or Path("out") / task.study.name
    made = origin("infer", task.question, study=task.study.name)
    with output_folder(place, made, force=force) as scratch:
        with progress_bar("classifying") as progress:
            found = infer_task(task, progress)
        save_inferred(found, scratch)
        data_complete(scratch)
        failure = draw(lambda: _draw(found, scratch))
    if as_json:
        typer.echo(report_text(found))
    else:
        _print(found)
    stderr.print(f"files in {place}", markup=False)
    raise_failure(failure, place)
    tell_warning(task.study.crossbar.warning([task.study.crossbar.temperature]))


def _draw(found: Inferred, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.inference import save_inference_pictures

    save_inference_pictures(as_dataset(found), folder)


def _print(found: Inferred) -> None:
    task = found.task
    sizes = "-".join(map(str, task.floats.sizes))
    count = task.asked.params.arrays
    tiles = ", ".join(
        f"{block.levels.shape[0]} x {block.levels.shape[1]}" for layer in task.layers for block in layer.blocks
    )
    typer.echo(f"{sizes} network on arrays of {tiles}; {len(task.test)} test images, {count} draws of the arrays")
    typer.echo(f"in floating point {100 * found.float_accuracy:.1f} %, on the array {_told(found, ALL)}")
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=140)
    table = Table(title="test images known, cause by cause", title_justify="left")
    for column in ("cause", "all but this", "gained [points]", "this alone", "lost [points]"):
        table.add_column(column, justify="left" if column == "cause" else "right", no_wrap=True)
    for cause, (gained, lost) in found.costs().items():
        table.add_row(
            cause, _told(found, without(cause)), f"{100 * gained:+.1f}", _told(found, alone(cause)),
            f"{-100 * lost:+.1f}",
        )  # fmt: skip
    table.add_row("none", "", "", _told(found, NONE), f"{100 * (found.mean(NONE) - found.float_accuracy):+.1f}")
    console.print(table)


def _told(found: Inferred, name: str) -> str:
    deviation = found.deviation(name)
    spread = f" ± {100 * deviation:.1f}" if math.isfinite(deviation) else ""
    return f"{100 * found.mean(name):.1f}{spread} %"

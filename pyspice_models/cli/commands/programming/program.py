"""`ag2s program`: program a crossbar by one algorithm, or by several side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, say, stderr, table_console, tell_warning
from pyspice_models.disk import unwritable
from pyspice_models.engine import engine_names
from pyspice_models.errors import RequestError, SimulationError, StorageError
from pyspice_models.files import check_place
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.compare.compared import Compared
from pyspice_models.program.compare.request import load_comparison
from pyspice_models.program.compare.run import as_json as as_json_text
from pyspice_models.program.compare.run import checkpoints, compare
from pyspice_models.units import show


def program_command(
    study: Path = typer.Argument(help="Study file (TOML) with a [write_verify] table, and perhaps [programming]."),
    several: str = typer.Option(
        "", "--compare", metavar="A,B,C",
        help="Algorithms, or variants of the study, side by side on the same array: " + ", ".join(ALGORITHMS) + ".",
    ),
    algorithm: str = typer.Option("", help="One of them, instead of the study's own."),
    target: Path | None = typer.Option(
        None, help="A matrix of conductances (CSV with its unit in the first line, .npy, .mat) to program, instead of "
        "what the study says of levels.",
    ),
    unit: str = typer.Option("", help="Of the numbers of such a file that names none: nS."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi (compiled Verilog-A) or subckt (behavioural)."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    as_json: bool = typer.Option(False, "--json", help="The report as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for tables, picture, states; by default out/NAME-program."),
    force: Force = False,
) -> None:  # fmt: skip
    """Program every cell by an algorithm of choice, or by several: accuracy, pulses, time, energy side by side.

    All get the same array, the same draws, the same levels and the same tolerance. A stopped run goes on where it was;
    `ag2s program FOLDER/study.toml` asks the same again.

    Exit status 1 if with some algorithm a cell did not get there: the table says how many and why, and the states are
    kept.
    """
    if several and algorithm:
        raise RequestError("--compare and --algorithm say which algorithms are to program: give one of them.")
    names = [name.strip() for name in several.split(",")] if several else [algorithm] if algorithm else []
    asked = load_comparison(study, changes, names=names, engine=engine, form=form, target=target, unit=unit)
    tool = asked.study
    place = out or Path("out") / f"{tool.name}-program"
    kept = checkpoints(asked, place.absolute())
    longest = max(len(path.name) for path in kept.values()) - len(place.absolute().name)
    try:
        check_place(place.absolute(), longest)
    except OSError as error:
        raise unwritable(place, error, "Choose another --out.") from None
    made = origin("program", asked.question, study=tool.name, engine=tool.engine, form=tool.form)
    with output_folder(place.absolute(), made, force=force) as scratch:
        if there := [path for path in kept.values() if path.exists()]:
            stderr.print(f"going on from {', '.join(map(str, there))}", markup=False)
        try:
            with progress_bar("programming") as progress:
                compared = compare(asked, scratch, kept=kept, force=force, progress=progress)
        except (KeyboardInterrupt, SimulationError, StorageError) as error:
            if any(path.exists() for path in kept.values()):
                error.add_note(f"What is done so far is kept beside {place}: the same command goes on from there.")
            raise
        data_complete(scratch)
        for path in kept.values():
            path.unlink(missing_ok=True)
        failure = draw(lambda: _draw(compared, scratch))
    if as_json:
        typer.echo(as_json_text(asked, compared))
    else:
        _print(compared)
    stderr.print(f"files in {place}", markup=False)
    for name, reasons in compared.reasons().items():
        _explain(name, reasons)
    raise_failure(failure, place)
    tell_warning(tool.crossbar.warning([tool.crossbar.temperature]))
    if not compared.done:
        raise typer.Exit(1)


def _draw(compared: Compared, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.programming.compared import save_program_picture

    save_program_picture(compared, folder / "program.png")


def _print(compared: Compared) -> None:
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=max(120, 40 + 18 * len(compared.programmed)))
    head, *rows = compared.table()
    table = Table(title="the same array, levels and tolerance", title_justify="left")
    for number, column in enumerate(head):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for name, one in compared.programmed.items():
        siemens = show(float(one.scale.difference(one.tolerance)), "S", 3)
        ended = "all cells read their level" if one.converged else f"{len(one.missed)} cells read off their level"
        if one.diverged:
            ended += f", it got no better after round {one.kept_round}, whose states are kept"
        say(f"{name}: {ended} after {one.rounds} rounds, within {siemens}")


def _explain(name: str, reasons: Mapping[str, int]) -> None:
    if reasons:
        told = ", ".join(f"{count} {why}" for why, count in reasons.items())
        stderr.print(f"{name}: cells that are not at their level: {told}", markup=False, soft_wrap=True)

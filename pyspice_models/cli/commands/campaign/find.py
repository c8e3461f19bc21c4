"""`ag2s find`: at which value of a key a measure crosses a limit."""

from __future__ import annotations

import json
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.campaign.find import SearchResult, as_data, first_answer, load_search, run_search, save_search
from pyspice_models.campaign.subjects.which import table_of
from pyspice_models.cli.campaign import kept, whole_results
from pyspice_models.cli.options import Force, Of, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console, tell_meanings, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.folders.output import check_target
from pyspice_models.units import show


def find_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/margin_sweep.toml."),
    vary: str = typer.Option(
        ..., metavar="KEY",
        help="A number of the study, as --set takes it; array.size is rows and columns together; KEY+KEY several.",
    ),
    until: str = typer.Option(
        ..., metavar="CONDITION", help='On a measure, such as "read_margin < 0.2" or "energy_per_switch > 50 fJ".'
    ),
    ends: str = typer.Option(
        "", "--range", metavar="LOW:HIGH",
        help="Between which values, such as 0.1:0.4 V; by default 2 to 64 lines of an array, of other keys the "
        "declared plausible range.",
    ),
    within: str = typer.Option("1%", help="How close to come, as a share of the value; whole numbers to neighbours."),
    of: Of = "transient",
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study at all values."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    resume: bool = typer.Option(False, "--resume", help="Go on from what an earlier call has done."),
    as_json: bool = typer.Option(False, "--json", help="The answer and all that was tried as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, CSV and picture; by default out/NAME-find."),
    force: Force = False,
) -> None:  # fmt: skip
    """Find at which value of a key a measure crosses a limit, by bisection: the answer, and all that was tried.

    Exit status 1 if it crosses nowhere between the ends; both are told. Whole numbers are doubled from the low end on,
    then halved. A measure that crosses more than once is found at one of its crossings: table and picture show which.
    """
    search = load_search(study, vary, until, ends=ends, within=within, changes=changes, of=of, engine=engine, form=form)
    folder = out or Path("out") / f"{search.name}-find"
    key, about = search.digest(), search.about
    made = origin("find", search.digest(of_question=True), **about)
    stderr.print(f"{vary}: {search.shown(search.low)} to {search.shown(search.high)}", markup=False)
    if not resume:
        check_target(folder, made, force=force)
    first = None if resume else first_answer(search)
    with kept(folder, key, about, made, resume=resume, force=force) as journal:
        search.source.write(journal.folder, table_of(of))
        found = run_search(search, journal, first, lambda line: stderr.print(line, markup=False))
        with whole_results(journal):
            save_search(found.dataset, journal.folder)
        failure = draw(lambda: _draw(found.dataset, journal.folder))
    if as_json:
        typer.echo(json.dumps(as_data(found.dataset), indent=1))
    else:
        _print_table(found)
    stderr.print(f"{found.answer}", markup=False, soft_wrap=True)
    stderr.print(f"{len(found.measures)} runs; files in {folder}", markup=False)
    raise_failure(failure, folder)
    tell_warning(found.dataset.attrs.get("warning", ""))
    if found.holds_at is None:
        raise typer.Exit(1)


def _draw(dataset: xr.Dataset, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.find import save_find_picture

    save_find_picture(dataset, folder / "find.png")


def _print_table(found: SearchResult) -> None:
    table = Table(title=found.search.condition, title_justify="left")
    table.add_column(found.search.vary, justify="right")
    table.add_column(found.search.until.measure, justify="right")
    table.add_column("holds")
    for value, measure in sorted(found.measures.items()):
        holds = "yes" if found.search.until.holds(measure) else "no"
        table.add_row(found.search.shown(value), show(measure.value, measure.unit), holds)
    table_console().print(table)
    tell_meanings({found.search.until.measure: next(iter(found.measures.values())).about})

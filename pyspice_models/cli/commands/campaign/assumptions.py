"""`ag2s assumptions`: what a study's measures rest on."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.campaign.assumptions import Bar, Tornado, as_data, headlines, load_request, run_assumptions, tornado
from pyspice_models.cli.campaign import crew_of, kept, whole_results
from pyspice_models.cli.options import Force, Scheduler, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import counting_bar, stderr, table_console
from pyspice_models.engine import engine_names
from pyspice_models.files import write_text
from pyspice_models.lab.published import target
from pyspice_models.result import save
from pyspice_models.units import show

_MOST_ROWS = 8
"""So many parameters of a measure are printed; the files have all."""


def assumptions_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/write_read.toml."),
    measures: list[str] = typer.Option(
        [], "--measure", metavar="NAME", help="Show this measure; repeat for more. By default the headlines."
    ),
    vary: list[str] = typer.Option(
        [], "--vary", metavar="KEY", help="Vary this parameter alone, such as cell.alpha; repeat for more."
    ),
    ranges: list[str] = typer.Option(
        [], "--range", metavar="KEY=LOW:HIGH",
        help="A range of your own instead of the declared one, such as wire.width=2:8 um."
    ),
    as_is: bool = typer.Option(
        False, "--as-is", help="Change one parameter and nothing else: calibrated ones do not follow."
    ),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    engine: str = typer.Option(
        "", help=f"Simulator, of {', '.join(engine_names())}; by default the study's own, or nodal if it can."
    ),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    workers: int = typer.Option(2, help="Runs at work at the same time, each with a simulator of its own."),
    scheduler: Scheduler = "",
    resume: bool = typer.Option(False, "--resume", help="Go on from what an earlier call has done."),
    as_json: bool = typer.Option(False, "--json", help="Ranges and bars of the measures as JSON on standard output."),
    out: Path | None = typer.Option(
        None, help="Folder for netCDF, JSON and pictures; by default out/NAME-assumptions."
    ),
    force: Force = False,
) -> None:  # fmt: skip
    """Run a study at both ends of each assumed parameter, one at a time: what moves its measures how far.

    Ranges are those of the declarations, see docs/assumptions.md. Where a change would move a published number, the
    parameters calibrated to it follow; what moves nevertheless is told. Exit status 1 if a run failed; the others are
    kept. What is done when it is stopped is kept in FOLDER-unfinished, and --resume goes on from there.
    """
    request = load_request(
        study, changes, measures=measures, only=vary, ranges=ranges, engine=engine, form=form, follow=not as_is
    )
    name = request.subject.study.name
    folder = out or Path("out") / (name if name.endswith("assumptions") else f"{name}-assumptions")
    stderr.print(
        f"{name}: {len(request.varied)} parameters at both ends, {len(request.tasks)} runs in "
        f"{request.subject.study.engine}; {len(request.alone)} left alone", markup=False,
    )  # fmt: skip
    crew = crew_of(workers, scheduler)
    if not scheduler:  # its workers are on machines of their own, and look for themselves
        request.check_size(workers)
    with (
        kept(
            folder,
            request.key,
            request.about,
            origin("assumptions", request.question, **request.about),
            resume=resume,
            force=force,
        ) as journal,
        counting_bar("varying", len(request.tasks), "runs") as progress,
    ):
        request.subject.write(journal.folder)
        dataset = run_assumptions(request, journal, crew, progress)
        answer = json.dumps(as_data(dataset, measures), indent=2)
        with whole_results(journal):
            save(dataset, journal.folder / "assumptions.nc")
            write_text(journal.folder / "assumptions.json", answer + "\n")
        failure = draw(lambda: _draw(dataset, journal.folder, measures))
    if as_json:
        typer.echo(answer)
    else:
        for measure in headlines(dataset, measures):
            _print(tornado(dataset, measure))
    _tell_alone(request.alone)
    reasons = [reason for reason in map(str, dataset["failure"].values.ravel()) if reason]
    stderr.print(f"{len(request.tasks)} runs, {len(reasons)} failed; files in {folder}", markup=False)
    if reasons:
        stderr.print(f"the first failure: {reasons[0]}\ndecks and logs in {folder / 'failed'}", markup=False)
    raise_failure(failure, folder)
    if reasons:
        raise typer.Exit(1)


def _draw(dataset: xr.Dataset, folder: Path, measures: list[str]) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.tornado import save_tornado_pictures

    save_tornado_pictures([tornado(dataset, name) for name in headlines(dataset, measures)], folder)


def _print(one: Tornado) -> None:
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=140)
    shown = one.moving[:_MOST_ROWS]
    if not shown:
        console.print(f"{one.measure}: {show(one.nominal, one.unit)}; no assumption moves it")
        return
    low, high = (show(value, one.unit) for value in (one.low, one.high))
    table = Table(
        title=f"{one.measure}: {show(one.nominal, one.unit)}; one assumption at a time, {low} to {high}",
        caption=one.about, title_justify="left", caption_justify="left",
    )  # fmt: skip
    table.add_column("parameter", no_wrap=True)
    for column in ("from", "to", f"{one.measure} from", "to"):
        table.add_column(column, justify="right")
    table.add_column("tag")
    table.add_column("published numbers that move", overflow="fold")
    for bar in shown:
        ends = (show(value, bar.unit, 3) for value in bar.ends)
        at = ("failed" if math.isnan(value) else show(value, one.unit) for value in bar.at)
        table.add_row(bar.parameter, *ends, *at, bar.tag, _moved(bar))
    console.print(table)
    if rest := len(one.bars) - len(shown):
        console.print(f"{rest} more parameters move it less, or not at all.")


def _moved(bar: Bar) -> str:
    """Row by row: where it was, and where it is with the parameter at an end."""
    words = []
    for value, moves in zip(bar.ends, bar.moves, strict=True):
        for row, (before, after) in moves.items():
            unit = target(row).unit
            then = show(after, unit, 3) if math.isfinite(after) else "none"
            words.append(f"at {show(value, bar.unit, 3)}: {row} {show(before, unit, 3)} to {then}")
    return "; ".join(words)


def _tell_alone(alone: Mapping[str, str]) -> None:
    """Why which parameters were not varied, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for key, reason in alone.items():
        by_reason.setdefault(reason, []).append(key)
    if by_reason:
        stderr.print("left alone:", markup=False)
    for reason, keys in by_reason.items():
        stderr.print(f"  {', '.join(keys)}: {reason}", markup=False, soft_wrap=True)

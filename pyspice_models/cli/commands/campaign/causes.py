"""`ag2s causes`: what moves what, by runs that are made to tell it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.campaign.assumptions.tornado import HEADLINES, Tornado, headlines, tornado
from pyspice_models.campaign.causes.indices import check_salib
from pyspice_models.campaign.causes.request import load_causes
from pyspice_models.campaign.causes.run import as_data, measures_in, run_causes, save_causes
from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.cli.campaign import crew_of, kept, whole_results
from pyspice_models.cli.options import Force, Scheduler, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import counting_bar, stderr, table_console, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.errors import RequestError
from pyspice_models.units import show

_MOST_ROWS = 5


def causes_command(
    study: Path = typer.Argument(
        help="Study file (TOML) with a [variability] table, or any with --set variability.KEY=VALUE."
    ),
    samples: int = typer.Option(128, help="Pairs of arrays; each costs a run for every cause and two more."),
    one_at_a_time: bool = typer.Option(
        False, "--one-at-a-time", help="Move one cause of the median array at a time instead: two runs for each."
    ),
    away: str = typer.Option("2", help="By how many standard deviations then."),
    only: list[str] = typer.Option(
        [], "--only", metavar="CAUSE", help='A cause, such as amplitude, mobility or "mobility, selected"; repeat for '
        "more. By default all that spreads.",
    ),
    measures: list[str] = typer.Option(
        [], "--measure", metavar="NAME", help="Show this measure; repeat for more. By default the headlines."
    ),
    seed: int | None = typer.Option(None, help="Same seed, same numbers; by default variability.seed of the study."),
    workers: int = typer.Option(2, help="Runs at work at the same time, each with a simulator of its own."),
    scheduler: Scheduler = "",
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    resume: bool = typer.Option(
        False, "--resume", help="Go on from what an earlier call has done, or add pairs to a finished one."
    ),
    as_json: bool = typer.Option(False, "--json", help="Indices or bars as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, JSON and pictures; by default out/NAME-causes."),
    force: Force = False,
) -> None:  # fmt: skip
    """Which spread moves which measure: Sobol indices, or one cause at a time.

    An index is a share of a measure's variance, also where the dependence is curved or needs two causes together: the
    first order one of a cause by itself, the total one with all its interactions. `ag2s montecarlo` tells less, from
    runs that are there anyway. Exit status 1 if a run failed; the others are kept, and --resume goes on.
    """
    request = load_causes(
        study, changes, samples=0 if one_at_a_time else _some(samples), away=away, only=only, seed=seed, engine=engine,
        form=form,
    )  # fmt: skip
    if not one_at_a_time:
        check_salib()
    folder = out or Path("out") / f"{request.name}-causes"
    runs = len(request.tasks)
    stderr.print(f"{request.name}: {len(request.parts)} causes, {runs} runs", markup=False)
    crew = crew_of(workers, scheduler)
    if not scheduler:  # its workers are on machines of their own, and look for themselves
        request.asked.check_size(workers)
    made = origin("causes", request.question, **request.about)
    with (
        kept(folder, request.key, request.about, made, resume=resume, force=force) as journal,
        counting_bar("simulating", runs, "runs") as progress,
    ):
        request.asked.write(journal.folder)
        dataset = run_causes(request, journal, crew, progress)
        shown = _shown(dataset, measures)
        with whole_results(journal):
            save_causes(dataset, journal.folder)
        failure = draw(lambda: _draw(dataset, journal.folder, shown))
    if as_json:
        typer.echo(json.dumps(as_data(dataset), indent=2))
    else:
        for name in shown:
            if one_at_a_time:
                _print_bars(tornado(dataset, name))
            else:
                _print_indices(dataset, name)
    failed = int(dataset.attrs["failed"])
    stderr.print(f"{runs} runs, {failed} failed; files in {folder}", markup=False)
    if failed:
        stderr.print(f"the first failure: {dataset.attrs['first_failure']}", markup=False)
    raise_failure(failure, folder)
    tell_warning(dataset.attrs.get("warning", ""))
    if failed:
        raise typer.Exit(1)


def _some(samples: int) -> int:
    if samples < 1:
        raise RequestError.for_value("--samples", samples, allowed="a number of pairs from 8 on, or --one-at-a-time")
    return samples


def _shown(dataset: xr.Dataset, asked: list[str]) -> list[str]:
    if not dataset.attrs["samples"]:
        return headlines(dataset, asked)
    there = measures_in(dataset)
    return [name for name in asked or HEADLINES if name in there] or there


def _draw(dataset: xr.Dataset, folder: Path, measures: list[str]) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.causes import save_causes_pictures

    save_causes_pictures(dataset, folder, measures)


def _print_indices(dataset: xr.Dataset, name: str) -> None:
    values, widths = dataset[name], dataset[f"{name}_width"]
    total = values.sel(index="total").values
    title = f"{name}: share of its variance, with {100 * CONFIDENCE:g} % confidence"
    table = Table(title=title, title_justify="left")
    for column in ("cause", "by itself", "with interactions"):
        table.add_column(column, justify="left" if column == "cause" else "right", no_wrap=True)
    order = [int(n) for n in (-total).argsort(kind="stable")][:_MOST_ROWS]
    for number in order:
        cells = (
            f"{float(values.sel(index=index)[number]):.3f} ± {float(widths.sel(index=index)[number]):.3f}"
            for index in ("first_order", "total")
        )
        table.add_row(str(values["cause"].values[number]), *cells)
    table_console().print(table)


def _print_bars(one: Tornado) -> None:
    title = f"{one.measure}: {show(one.nominal, one.unit)} in the median array"
    if not one.moving:
        table_console().print(f"{title}; no cause moves it")
        return
    table = Table(title=title, title_justify="left")
    table.add_column("cause", no_wrap=True)
    for column in ("from", "to", f"{one.measure} from", "to"):
        table.add_column(column, justify="right")
    for bar in one.moving[:_MOST_ROWS]:
        at = ("failed" if math.isnan(value) else show(value, one.unit) for value in bar.at)
        table.add_row(bar.parameter, *(f"{end:+g} σ" for end in bar.ends), *at)
    table_console().print(table)

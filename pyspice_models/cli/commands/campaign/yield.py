"""`ag2s yield`: the share of good arrays against a key of the design."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.limit import limits_given
from pyspice_models.campaign.rare.run import crew_of as few_at_a_time
from pyspice_models.campaign.yields.curve import YieldCurve, as_data, failure_folder, save_yield
from pyspice_models.campaign.yields.request import YieldRequest, load_yield
from pyspice_models.campaign.yields.run import run_yield
from pyspice_models.cli.campaign import crew_of, kept, whole_results
from pyspice_models.cli.options import LIMITS, Force, Of, Scheduler, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import counting_bar, stderr, table_console, tell_warning
from pyspice_models.engine import engine_names


def yield_command(
    study: Path = typer.Argument(help="Study file (TOML) with [variability], such as scripts/studies/yield_size.toml."),
    against: str = typer.Option(
        "", metavar="KEY=V1,V2,...",
        help="The key and its values, as --over of ag2s sweep takes them: array.size=4,8,16 (rows and columns), "
        "wire.width=2um,5um, driver.r_driver=..., program.0.scheme=V/2,V/3; by default what [yield] of the study says, "
        "where values may be variants, such as selectors.",
    ),
    runs: int | None = typer.Option(None, help="How many arrays at each value; by default montecarlo.runs."),
    target: str = typer.Option("", help="Yield that is to be met, such as 99%; by default yield.target, or 99 %."),
    limits: list[str] = LIMITS,
    of: Of = "",
    rare: bool = typer.Option(
        False, "--rare", help="Odds of rare failures at each value, as ag2s rare does: yields of 1 - 1e-5 that no "
        "number of runs would see.",
    ),
    per_level: int = typer.Option(2000, help="With --rare: runs of a level of subset simulation."),
    weighted: int = typer.Option(4000, help="With --rare: runs of importance sampling; 0 for none."),
    floor: str = typer.Option("1e-9", help="With --rare: odds below which a failure is not sought any more."),
    seed: int | None = typer.Option(None, help="Same seed, same numbers; by default variability.seed of the study."),
    workers: int | None = typer.Option(
        None, help="Runs at work at the same time; by default 2, and with --rare 1, which works without processes of "
        "its own.",
    ),
    scheduler: Scheduler = "",
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study at all values."),
    resume: bool = typer.Option(
        False, "--resume", help="Go on from what an earlier call has done, or add runs to a finished one."
    ),
    as_json: bool = typer.Option(False, "--json", help="Yields, intervals and failures as JSON on standard output."),
    out: Path | None = typer.Option(
        None, help="Folder for CSV, netCDF, picture and failing studies; by default out/NAME-yield."
    ),
    force: Force = False,
) -> None:  # fmt: skip
    """The share of arrays that keep to all limits, at each value of a key of the design, and where it is as asked.

    Run n is the array with the same seed at every value: what differs between values is the key. Intervals are those
    of ag2s montecarlo, or with --rare of ag2s rare. Of a value at which arrays fail a failing one is written as a
    study, the worst or with --rare the most probable: ag2s simulate FOLDER/failure-N/study.toml. Exit status 1 if no
    value may meet the target. --resume goes on from what was done.
    """
    request = load_yield(
        study, against, changes, runs=runs, target=target or None, seed=seed, of=of, limits=limits_given(limits),
        rare=rare, per_level=per_level, weighted=weighted, floor=floor, engine=engine, form=form,
    )  # fmt: skip
    folder = out or Path("out") / (request.name if request.name.endswith("yield") else f"{request.name}-yield")
    processes = workers if workers is not None else 1 if rare else 2
    crew = few_at_a_time(processes) if rare and not scheduler else crew_of(processes, scheduler)
    if not scheduler:  # its workers are on machines of their own, and look for themselves
        request.check_size(processes)
    made = origin("yield", request.question, **request.about)
    with kept(folder, request.key, request.about, made, resume=resume, force=force) as journal:
        request.write(journal.folder)
        if rare:
            found = run_yield(request, journal, crew, tell=lambda line: stderr.print(line, markup=False))
        else:
            with counting_bar("simulating", len(request.tasks), "runs") as progress:
                found = run_yield(request, journal, crew, progress)
        with whole_results(journal):
            save_yield(found, journal.folder)
        failure = draw(lambda: _draw(found, journal.folder))
    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2))
    else:
        _print(found)
    stderr.print(found.answer, markup=False, soft_wrap=True)
    stderr.print(f"files in {folder}", markup=False)
    _tell_failures(request, found, folder)
    raise_failure(failure, folder)
    tell_warning(found.dataset.attrs.get("warning", ""))
    if all(one.meets(request.params.target) == "no" for one in found.points):
        raise typer.Exit(1)


def _draw(found: YieldCurve, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.yields import save_yield_picture

    save_yield_picture(found, folder / "yield.png")


def _tell_failures(request: YieldRequest, found: YieldCurve, folder: Path) -> None:
    """Where failing arrays lie, of the first value that has one."""
    for place, one in enumerate(found.points):
        if not one.fails:
            continue
        what = "the most probable failure" if request.rare else "the worst array"
        command = ["ag2s", request.asked[place].subject.command, str(folder / failure_folder(place) / "study.toml")]
        told = f"{what} at {request.told(place)}: {shlex.join(command)}"
        stderr.print(told, markup=False, soft_wrap=True)
        return


def _print(found: YieldCurve) -> None:
    request = found.request
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=120)
    limits = ", ".join(f"{one.measure} {one.sign} {one.text}" for one in request.asked[0].limits)
    table = Table(title=f"yield: {limits}", title_justify="left")
    table.add_column(request.axis.shown, justify="right")
    names = ("odds of a failure" if request.rare else "yield", f"{100 * CONFIDENCE:g} % confidence", "runs", "by")
    for name in (*names, f"{100 * request.params.target:.6g} % is met"):
        table.add_column(name, justify="left" if name == "by" else "right")
    for one in found.points:
        if one.rare is not None:
            value, ends = f"{one.rare.value:.3g}", [f"{end:.3g}" for end in one.rare.interval]
        else:
            value, ends = f"{100 * one.share:.4g} %", [f"{100 * end:.4g} %" for end in one.interval]
        table.add_row(one.value, value, " to ".join(ends), str(one.runs), one.how, one.meets(request.params.target))
    console.print(table)

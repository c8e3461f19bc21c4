"""`ag2s rare`: the odds of failures that too few arrays have for `ag2s montecarlo` to meet them."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.limit import limits_given
from pyspice_models.campaign.rare.request import load_rare
from pyspice_models.campaign.rare.result import FAILURE, WITH_FAULT, RareResult, as_data, save_rare
from pyspice_models.campaign.rare.run import crew_of, run_rare
from pyspice_models.cli import campaign
from pyspice_models.cli.campaign import kept, whole_results
from pyspice_models.cli.options import LIMITS, Force, Scheduler, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console
from pyspice_models.engine import engine_names

_MOST_ROWS = 8


def rare_command(
    study: Path = typer.Argument(help="Study file (TOML) with [variability] and [montecarlo.limits]."),
    per_level: int = typer.Option(
        2000, help="Runs of a level of subset simulation; each level is ten times as rare as the one before."
    ),
    weighted: int = typer.Option(4000, help="Runs of importance sampling about the failures found; 0 for none."),
    faulty: int = typer.Option(400, help="Runs of arrays that have faults, where [faults] gives odds."),
    floor: str = typer.Option("1e-9", help="Odds below which a failure is not sought any more."),
    seed: int | None = typer.Option(None, help="Same seed, same numbers; by default variability.seed of the study."),
    workers: int = typer.Option(
        1, help="Runs at work at the same time; one works without processes of its own, which small arrays gain by."
    ),
    scheduler: Scheduler = "",
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    limits: list[str] = LIMITS,
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    resume: bool = typer.Option(False, "--resume", help="Go on from what an earlier call has done."),
    as_json: bool = typer.Option(False, "--json", help="Odds, interval and causes as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for report, picture, failing study; by default out/NAME-rare."),
    force: Force = False,
) -> None:  # fmt: skip
    """The odds that an array misses a limit, down to one in a million and less, with an interval.

    Subset simulation walks to the failures, importance sampling weighs them; where they contradict each other, that is
    said. The array of the most probable failure is written as a study: `ag2s simulate FOLDER/failure/study.toml`. Exit
    status 1 if no failure was met down to the floor. --resume goes on from what was done.
    """
    request = load_rare(
        study,
        changes,
        per_level=per_level,
        weighted=weighted,
        faulty=faulty,
        floor=floor,
        seed=seed,
        limits=limits_given(limits),
        engine=engine,
        form=form,
    )
    folder = out or Path("out") / f"{request.name}-rare"
    crew = campaign.crew_of(workers, scheduler) if scheduler else crew_of(workers)
    if not scheduler:  # its workers are on machines of their own, and look for themselves
        request.asked.check_size(workers)
    made = origin("rare", request.question, **request.about)
    with kept(folder, request.key, request.about, made, resume=resume, force=force) as journal:
        request.asked.write(journal.folder)
        found = run_rare(request, journal, crew, lambda line: stderr.print(line, markup=False))
        with whole_results(journal):
            save_rare(found, journal.folder)
        failure = draw(lambda: _draw(found, journal.folder))
    if as_json:
        typer.echo(json.dumps(as_data(found), indent=2))
    else:
        _print(found)
    odds = found.odds
    stderr.print(f"{found.runs} runs, {found.failed} failed; files in {folder}", markup=False)
    if found.failed:
        stderr.print("a run without measures counts as a failure of its array", markup=False)
    if odds.weighted is not None and not odds.agree:
        stderr.print(
            "warning: the two ways contradict each other: failures lie in more directions than were followed, or in "
            "none that is straight. What is told is by subset simulation.", markup=False, soft_wrap=True,
        )  # fmt: skip
    if found.study is not None:
        told = f"the most probable failure: ag2s simulate {folder / FAILURE / 'study.toml'}"
        stderr.print(told, markup=False, soft_wrap=True)
    raise_failure(failure, folder)
    if found.faulty is not None and found.faulty.example is not None:
        stderr.print(f"one with a fault: ag2s simulate {folder / WITH_FAULT / 'study.toml'}", markup=False)
    if not found.value > 0:
        raise typer.Exit(1)


def _draw(found: RareResult, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.rare import save_rare_picture

    save_rare_picture(found, folder / "rare.png")


def _print(found: RareResult) -> None:
    odds = found.odds
    low, high = found.interval
    console = table_console()
    if not found.value > 0:
        console.print(f"no failure was met: the odds are below about {high:.3g}", markup=False)
        return
    console.print(
        f"odds of a failure {found.value:.3g}, {100 * CONFIDENCE:g} % confidence {low:.3g} to {high:.3g} ({odds.how})",
        markup=False,
    )
    console.print(f"{found.runs} runs; by brute force as well known from {found.brute_force:.2g}", markup=False)
    if (broken := found.faulty) is not None:
        within = " to ".join(f"{100 * end:.3g}" for end in broken.interval)
        console.print(
            f"with a fault, odds of {broken.odds:.3g}: {100 * broken.share:.3g} % of them fail ({within} %, "
            f"{broken.runs} runs); without: odds of {odds.odds:.3g}", markup=False,
        )  # fmt: skip
    table = Table(title="two ways to the odds", title_justify="left")
    for column in ("by", "odds", f"{100 * CONFIDENCE:g} % confidence", "runs"):
        table.add_column(column, justify="left" if column == "by" else "right")
    ways = [("subset simulation", odds.subset.odds, odds.subset.interval, odds.subset.runs)]
    if odds.weighted is not None:
        ways.append(("importance sampling", odds.weighted.odds, odds.weighted.interval, odds.weighted.runs))
    for name, value, ends, runs in ways:
        table.add_row(name, f"{value:.3g}", " to ".join(f"{end:.3g}" for end in ends), str(runs))
    console.print(table)
    if odds.likeliest is not None:
        title = f"the most probable failure, {odds.distance:.3g} standard deviations from the median array"
        table = Table(title=title, title_justify="left")
        for column in ("cause", "share of the way", "mean deviate"):
            table.add_column(column, justify="left" if column == "cause" else "right", no_wrap=True)
        for name, share, mean in (cause for cause in found.causes()[:_MOST_ROWS] if cause[1] > 0):
            table.add_row(name, f"{100 * share:.3g} %", f"{mean:+.2f} σ")
        console.print(table)

"""`ag2s montecarlo`: one study on many arrays."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.campaign import montecarlo_data
from pyspice_models.campaign.enough.run import run_until
from pyspice_models.campaign.enough.widths import parse_widths, told_widths
from pyspice_models.campaign.intervals import CONFIDENCE
from pyspice_models.campaign.limit import limits_given
from pyspice_models.campaign.montecarlo import MonteCarlo, load_montecarlo, run_montecarlo
from pyspice_models.campaign.statistics import Summary, summarize
from pyspice_models.cli.campaign import crew_of, kept, whole_results
from pyspice_models.cli.options import LIMITS, Force, Of, Scheduler, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import counting_bar, stderr, table_console, tell_meanings, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.units import show


def montecarlo_command(
    study: Path = typer.Argument(
        help="Study file (TOML) with a [variability] table, or any with --set variability.KEY=VALUE."
    ),
    runs: int | None = typer.Option(None, help="How many arrays; by default montecarlo.runs of the study."),
    seed: int | None = typer.Option(None, help="Same seed, same numbers; by default variability.seed of the study."),
    workers: int = typer.Option(2, help="Runs at work at the same time, each with a simulator of its own."),
    scheduler: Scheduler = "",
    of: Of = "",
    limits: list[str] = LIMITS,
    draws: str = typer.Option(
        "", help="random, or arrays that fill their space evenly: sobol or stratified; by default montecarlo.draws."
    ),
    within: list[str] = typer.Option(
        [], "--within", metavar="WHAT", help='Stop when an interval is this narrow, such as "yield 4 %", "median '
        'read_margin 0.01", "mean energy_per_switch 0.5 fJ" or "5 % recovery_time 0.2 us"; --runs is the most.',
    ),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    resume: bool = typer.Option(
        False, "--resume", help="Go on from what an earlier call has done, or add runs to a finished one."
    ),
    as_json: bool = typer.Option(False, "--json", help="Distributions, yield and sensitivity as JSON."),
    out: Path | None = typer.Option(
        None, help="Folder for netCDF, CSV, report and pictures; by default out/NAME-montecarlo."
    ),
    force: Force = False,
) -> None:  # fmt: skip
    """Simulate one study on many arrays: distributions, yield, worst cases, what moves what.

    A run that fails is kept with its reason, counts as bad in the yield and does not stop the others; exit status 1
    only if all failed, or if an interval is wider than --within asks. What is done when it is stopped is kept in
    FOLDER-unfinished, and --resume goes on from there.
    `ag2s simulate STUDY.toml --run N` shows one run by its number, and FOLDER/study.toml asks the same again.
    With --of write-verify, inference, disturb or retain each array is programmed, classifies images, is read very
    often or rests, as the table of that name says; limits and all else are then about the measures of that.
    """
    asked = load_montecarlo(
        study, changes, runs=runs, seed=seed, draws=draws, of=of, limits=limits_given(limits), engine=engine, form=form
    )
    widths = parse_widths(within)
    name = asked.nominal.name
    folder = out or Path("out") / (name if name.endswith("montecarlo") else f"{name}-montecarlo")
    crew = crew_of(workers, scheduler)
    if not scheduler:  # its workers are on machines of their own, and look for themselves
        asked.check_size(workers)
    with (
        kept(
            folder,
            asked.key,
            asked.about,
            origin("montecarlo", asked.question, **asked.about, runs=asked.runs, **_as_asked(within)),
            resume=resume,
            force=force,
        ) as journal,
        counting_bar("simulating", asked.runs, "runs") as progress,
    ):
        if widths:
            asked, dataset = run_until(asked, widths, journal, crew, progress, _say)
        else:
            dataset = run_montecarlo(asked, journal, crew, progress)
        asked.write(journal.folder)
        summary = summarize(dataset, asked.limits)
        with whole_results(journal):
            montecarlo_data.save_montecarlo(asked, dataset, summary, journal.folder)
        failure = draw(lambda: _draw(asked, dataset, summary, journal.folder))
    if as_json:
        typer.echo(montecarlo_data.as_json(asked, dataset, summary))
    else:
        _print(summary)
    wide = [line for line in told_widths(widths, dataset, summary) if not line.kept]
    failed = len(summary.failed)
    stderr.print(f"{asked.runs} runs, {failed} failed; files in {folder}", markup=False)
    if failed:
        first = summary.failed[0]
        reason = str(dataset["failure"].values[first])
        stderr.print(f"the first failure, run {first}: {reason}\ndecks and logs in {folder / 'failed'}", markup=False)
    if summary.total.worst:
        words, own = asked.alone(summary.total.worst[0], str(study)), list[str]()
        if words[1:2] == ["simulate"]:
            own += ["--set", f"variability.seed={seed}"] if seed is not None else []
            own += ["--set", f"montecarlo.draws={draws}"] if draws else []
        own += [word for change in changes for word in ("--set", change)]
        words[3:3] = own if words[1:2] != ["simulate"] else []
        words += own if words[1:2] == ["simulate"] else []
        words += [word for name, value in (("--engine", engine), ("--form", form)) if value for word in (name, value)]
        told = f"alone: {shlex.join(words)}" if words[:1] == ["ag2s"] else f"is run {summary.total.worst[0]}"
        stderr.print(f"{summary.total.which} {told}", markup=False, soft_wrap=True)
    raise_failure(failure, folder)
    tell_warning(dataset.attrs.get("warning", ""))
    for line in wide:
        stderr.print(f"not as narrow as asked: {line.text}. Give more --runs, and --resume.", markup=False)
    if failed == asked.runs or wide:
        raise typer.Exit(1)


def _say(line: str) -> None:
    stderr.print(line, markup=False, soft_wrap=True)


def _as_asked(within: list[str]) -> dict[str, object]:
    return {"within": ", ".join(within)} if within else {}


def _draw(asked: MonteCarlo, dataset: xr.Dataset, summary: Summary, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.montecarlo import save_montecarlo_pictures

    save_montecarlo_pictures(dataset, summary, asked.limits, folder)


def _print(summary: Summary) -> None:
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=120)
    # quantiles are about finite values alone: how many are not stands beside them
    lacking = ["not finite"] if any(one.not_finite for one in summary.distributions.values()) else []
    table = Table(title="measures over all runs", title_justify="left")
    table.add_column("measure", no_wrap=True)
    for column in (
        "median",
        f"{100 * CONFIDENCE:g} % confidence",
        "5 %",
        "95 %",
        "lowest run",
        "highest run",
        *lacking,
    ):
        table.add_column(column, justify="right")
    for name, one in summary.distributions.items():
        median, interval = one.quantiles[0.5]
        table.add_row(
            name, show(median, one.unit), " to ".join(show(end, one.unit, 3) for end in interval),
            show(one.quantiles[0.05][0], one.unit, 3), show(one.quantiles[0.95][0], one.unit, 3),
            *(str(ends[0]) if ends else "" for ends in (one.lowest, one.highest)),
            *(str(one.not_finite or "") for _ in lacking),
        )  # fmt: skip
    console.print(table)
    tell_meanings({name: one.about for name, one in summary.distributions.items()})
    table = Table(title="yield", title_justify="left")
    for column in ("limit", "good", "yield", f"at least {100 * CONFIDENCE:g} % confidence", "worst runs"):
        table.add_column(column, justify="left" if column == "limit" else "right")
    for share in [*summary.limits, summary.total]:
        low, high = (f"{100 * end:.4g}" for end in share.interval)
        table.add_row(
            share.what, f"{share.good} of {share.runs}", f"{100 * share.share:.4g} %", f"{low} to {high} %",
            ("" if share.missed or not share.worst else "none; nearest ") + ", ".join(map(str, share.worst)),
        )  # fmt: skip
    console.print(table)
    table = Table(title="what moves what (rank correlation; strongest of what is not chance)", title_justify="left")
    table.add_column("measure")
    table.add_column("cause", overflow="fold")
    for name in summary.distributions:
        if strongest := summary.strongest(name)[:3]:
            table.add_row(name, "; ".join(f"{cause} {one.told}" for cause, one in strongest))
    if table.row_count:
        console.print(table)

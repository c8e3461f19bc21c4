"""`ag2s learn`: train networks whose weights are cells of crossbars."""

from __future__ import annotations

import json
import math
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import typer
from rich.table import Table

from pyspice_models.campaign.learning.checkpoints import checkpoints, progress_in
from pyspice_models.campaign.learning.learn import run_lessons
from pyspice_models.campaign.learning.learned import Learned
from pyspice_models.campaign.learning.lessons import lessons
from pyspice_models.campaign.learning.tune import Tried, as_data, tune
from pyspice_models.campaign.sweep import load_sweep
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.program.learning.learning_data import last, most_pulses, per_sample
from pyspice_models.program.learning.ledger import PRODUCTS, TRANSFERS, UPDATES
from pyspice_models.units import show


def learn_command(
    study: Path = typer.Argument(help="Study file (TOML) with a [learning] table."),
    compare: str = typer.Option("", metavar="METHOD,...", help="Methods to compare, instead of learning.methods."),
    seeds: int | None = typer.Option(None, help="Networks that each method trains, instead of learning.seeds."),
    workers: int = typer.Option(2, help="Networks that learn at the same time."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi (compiled Verilog-A) or subckt (behavioural)."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    over: list[str] = typer.Option(
        [], "--over", metavar="KEY=V1,V2,...", help="Tune instead: train at every point, tell validation images alone."
    ),
    tuning: bool = typer.Option(False, "--tune", help="Tune over the axes of the study's own [sweep] table."),
    resume: bool = typer.Option(False, "--resume", help="Go on from what an earlier call has left."),
    as_json: bool = typer.Option(False, "--json", help="The report as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for report, data and pictures; by default out/NAME."),
    force: Force = False,
) -> None:
    """Train networks whose weights are cells of crossbars, and compare methods: accuracy, energy, time.

    Networks that are stopped go on with --resume, bit for bit as if they had not been. `ag2s learn FOLDER/study.toml`
    asks the same again. Exit status 1 if a cell bridges (the message names it, and the states are kept), or if updates
    that were repeated as transients (learning.audit) differ by more than they may.
    """
    methods = [name.strip() for name in compare.split(",")] if compare else []
    if over or tuning:
        axes = load_sweep(study, over, changes).axes
        with stderr.status("training", spinner="dots") if stderr.is_terminal else _nothing():
            tried = tune(study, axes, changes, methods=methods, seeds=seeds, workers=workers)
        typer.echo(json.dumps(as_data(tried), indent=2) if as_json else _tried(tried))
        return
    given = lessons(study, None, changes, methods=methods, seeds=seeds, engine=engine, form=form)
    name = given.study.name
    place = out or Path("out") / name
    made = origin("learn", given.question, **given.about)
    with output_folder(place, made, force=force) as scratch:
        with checkpoints(place, resume=resume, force=force) as kept:
            try:
                with _watched(kept, [f"{one.method}-{one.seed}" for one in given.trainings]):
                    found = run_lessons(given, workers=workers, kept=kept, force=force)
            except BaseException as error:
                if any(kept.glob("*.npz")):
                    error.add_note(f"What the networks have learned is kept in {kept}: --resume goes on.")
                raise
            given.write(scratch)
            found.save(scratch)
            data_complete(scratch)
        shutil.rmtree(kept, ignore_errors=True)  # what it was for is done
        failure = draw(lambda: _draw(found, scratch))
    if as_json:
        typer.echo(found.text())
    else:
        _print(found)
    stderr.print(f"files in {place}", markup=False)
    for reason in found.stopped:
        stderr.print(f"stopped: {reason} Its states are in {place / 'learning.nc'}.", markup=False, soft_wrap=True)
    for name, audit in found.audits:
        stderr.print(f"{name}: {audit}", markup=False, soft_wrap=True)
    raise_failure(failure, place)
    tell_warning(given.study.crossbar.warning([given.study.crossbar.temperature]))
    if found.stopped or not all(audit.passed for _, audit in found.audits):
        raise typer.Exit(1)


def _tried(tried: list[Tried]) -> str:
    """The best point of each method first."""
    lines = ["validation images known at the end, the best first; test images are not looked at"]
    for one in tried:
        known = " ".join(f"{100 * share:.1f}" for share in one.validation)
        point = ", ".join(f"{key} = {value}" for key, value in one.point.items())
        stopped = f", {one.stopped} stopped" if one.stopped else ""
        lines.append(f"{one.method:8} {100 * one.mean:5.1f} % ({known}{stopped})  {point}")
    return "\n".join(lines)


def _draw(found: Learned, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.learning.save import save_learning_pictures

    save_learning_pictures(found.dataset, folder)


@contextmanager
def _watched(kept: Path, names: list[str]) -> Iterator[None]:
    """Say now and then how far the networks have come, and what they know by then."""
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(kept, names, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


_EVERY, _EVERY_IN_A_LOG = 0.5, 30.0  # [s]


def _watch(kept: Path, names: list[str], ended: threading.Event) -> None:
    with stderr.status("training", spinner="dots") if stderr.is_terminal else _nothing() as status:
        while not ended.wait(_EVERY if stderr.is_terminal else _EVERY_IN_A_LOG):
            told = []
            for name, now in progress_in(kept).items():
                if name in names:
                    done = "done" if now.epoch >= now.epochs else f"epoch {now.epoch:.1f} of {now.epochs}"
                    told.append(f"{name}: {done}, {100 * now.validation:.1f} %")
            text = f"{'; '.join(told) or 'preparing'}"
            if status is None:
                stderr.print(text, markup=False, soft_wrap=True)
            else:
                status.update(text)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _print(found: Learned) -> None:
    given = found.lessons
    asked, images = given.asked, given.images
    sizes = "-".join(map(str, (images.train.pixels.shape[1], *asked.hidden, images.train.classes)))
    parts = ", ".join(f"{len(getattr(images, name))} {name}" for name in ("train", "validation", "test"))
    typer.echo(f"{sizes} network, {asked.params.epochs} epochs, {asked.params.seeds} seeds; images: {parts}")
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=140)
    table = Table(title="test images known at the end, and what a sample costs", title_justify="left")
    for column in (
        "method", "test", "validation", "updates", "transfers", "products", "time", "most pulses of a cell",
    ):  # fmt: skip
        table.add_column(column, justify="left" if column == "method" else "right", no_wrap=True)
    for method in given.asked.methods:
        networks = found.of(method)
        test = [100 * one.accuracy for one in networks]
        spread = f" ± {np.std(test, ddof=1):.1f}" if len(test) > 1 else ""
        known = np.mean([100 * last(one.validation) for one in networks])
        row = [method, f"{np.mean(test):.1f}{spread} %", f"{known:.1f} %"]
        energy, time = per_sample(networks)
        if energy.any():
            row += [show(float(energy[purpose].sum()), "J", 3) for purpose in (UPDATES, TRANSFERS, PRODUCTS)]
            row += [show(float(time[[UPDATES, TRANSFERS, PRODUCTS]].sum()), "s", 3), str(most_pulses(networks))]
        else:
            row += ["-"] * 5
        table.add_row(*row)
    console.print(table)
    if {"sgd", "ttv2"} <= set(given.asked.methods):
        gain = 100 * (np.mean([one.accuracy for one in found.of("ttv2")]) - np.mean(
            [one.accuracy for one in found.of("sgd")]
        ))  # fmt: skip
        if math.isfinite(gain):
            typer.echo(f"TTv2 less SGD: {gain:+.1f} points")

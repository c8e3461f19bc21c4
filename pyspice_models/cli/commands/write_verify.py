"""`ag2s write-verify`: program a crossbar to a map of levels, in a closed loop."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, say, stderr, table_console, tell_warning
from pyspice_models.engine import engine_names
from pyspice_models.errors import SimulationError, StorageError
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.program import save
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.programming import Programming
from pyspice_models.program.read_out import ReadOut
from pyspice_models.program.write_verify import write_verify
from pyspice_models.units import show


def write_verify_command(
    study: Path = typer.Argument(help="Study file (TOML) with a [write_verify] table."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi (compiled Verilog-A) or subckt (behavioural)."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    as_json: bool = typer.Option(False, "--json", help="The report as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for report, states, decks, picture; by default out/NAME."),
    force: Force = False,
) -> None:
    """Program every cell to its level: write, read through the array, correct. A stopped run goes on where it was.

    `ag2s write-verify FOLDER/study.toml` asks the same again.

    Exit status 1 if a cell did not get there within the rounds, or reads its level and holds another: the report names
    it, and the states are kept.
    """
    asked = load_write_verify(study, changes, engine=engine, form=form)
    tool = asked.study
    place = out or Path("out") / tool.name
    folder = place.absolute()
    checkpoint = folder.with_name(f"{folder.name}-checkpoint.npz")
    made = origin("write-verify", asked.question, study=tool.name, engine=tool.engine, form=tool.form)
    _warn(asked)
    with output_folder(folder, made, force=force) as scratch:
        if checkpoint.exists():
            stderr.print(f"going on from {checkpoint}", markup=False)
        try:
            with progress_bar("programming") as progress:
                programmed, _ = write_verify(
                    asked, folder=scratch, checkpoint=checkpoint, force=force, progress=progress
                )
        except (KeyboardInterrupt, SimulationError, StorageError) as error:
            if checkpoint.exists():
                error.add_note(f"The rounds so far are kept in {checkpoint}: the same command goes on from there.")
            raise
        data_complete(scratch)
        checkpoint.unlink(missing_ok=True)  # what it was for is done
        failure = draw(lambda: _draw(programmed, scratch))
    if as_json:
        typer.echo(save.as_json(asked, programmed))
    else:
        _print(programmed)
        say(_reads(programmed, asked))
    stderr.print(f"files in {place}", markup=False)
    if not programmed.done:
        _explain(programmed)
    raise_failure(failure, place)
    tell_warning(tool.crossbar.warning([tool.crossbar.temperature]))
    if not programmed.done:
        raise typer.Exit(1)


def _draw(programmed: Programmed, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.write_verify import save_write_verify_picture

    save_write_verify_picture(programmed, folder / "write_verify.png")


def _print(programmed: Programmed) -> None:
    off, wrong, cells = len(programmed.missed), len(programmed.wrong), programmed.target.size
    siemens = float(programmed.scale.difference(programmed.tolerance))
    within = f"{programmed.tolerance:.3g} of the window, {show(siemens, 'S', 3)}"
    say(
        f"{'converged' if programmed.converged else 'not converged'} after {programmed.rounds} rounds: "
        f"{cells - off} of {cells} cells read their level within {within}; "
        f"{wrong or 'none'} hold{'s' if wrong == 1 else ''} another level; "
        f"{int(programmed.pulses.sum())} pulses, {show(programmed.energy_supply, 'J')} drawn from the supplies"
    )
    console = table_console()
    if not console.is_terminal:
        console = table_console(width=120)
    table = Table(title="what the cells of each level really hold", title_justify="left")
    for column in ("level", "conductance", "cells", "held", "mean error", "largest error", "wrong", "pulses"):
        table.add_column(column, justify="right", no_wrap=True)
    levels = programmed.by_level()
    for one in levels[:_SHOWN]:
        held = " to ".join(_siemens(end) for end in (one.lowest, one.highest))
        table.add_row(
            f"{one.level:.3f}", _siemens(one.conductance), str(one.cells), held, _siemens(one.mean_error),
            _siemens(one.largest_error), str(one.wrong), str(one.pulses),
        )  # fmt: skip
    console.print(table)
    if faulty := sum(one.faulty for one in levels):
        typer.echo(f"what is held and errors are those of sound cells: {faulty} faulty, counted among the wrong")
    if len(levels) > _SHOWN:
        typer.echo(f"and {len(levels) - _SHOWN} levels more, see report.json")


def _warn(asked: Programming) -> None:
    """Say so where the reads are worse than what they are to tell."""
    tolerance, noise = asked.budget.tolerance, asked.noise
    if noise > tolerance:
        both = [show(float(asked.scale.difference(share)), "S", 3) for share in (noise, tolerance)]
        off = 100 * math.erfc(tolerance / noise / math.sqrt(2))
        stderr.print(
            f"reads scatter by up to {both[0]}, the tolerance is {both[1]}: a cell at its level may read off it "
            f"{off:.0f} % of the time. A higher write_verify.read_voltage, a smaller sensing.bandwidth with a longer "
            "read_duration, or a larger driver.r_feedback lowers that.",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def _reads(programmed: Programmed, asked: Programming) -> str:
    """How long it took, and what the reads were worth."""
    span, voltage = programmed.scale.difference, asked.budget.read_voltage
    told = [f"{show(programmed.time, 's', 3)} on the array, {show(programmed.pulse_time, 's', 3)} of it pulses"]
    if asked.read_out is None:
        usual = float(span(asked.noise_with(ReadOut.of(asked.study, voltage))))
        told.append(
            "ideal reads, without noise, offset or steps: with a [sensing] table, an empty one too, they would scatter "
            f"by {show(usual, 'S', 3)}"
        )
    else:
        told.append(
            f"reads scatter by {show(float(span(programmed.noise.max())), 'S', 3)}, one step of the converter is "
            f"{show(asked.read_out.sense.step / voltage, 'S', 3)}"
        )
    if overshot := int((programmed.overshoot > programmed.tolerance).sum()):
        told.append(f"{overshot} cells overshot by up to {show(float(span(programmed.overshoot.max())), 'S', 3)}")
    if (programmed.pulses < programmed.rounds).any():
        told.append(
            f"others' pulses and reads moved a cell by up to {show(float(span(programmed.disturb.max())), 'S', 3)}"
        )
    else:
        told.append("all cells got a pulse in every round, so that nothing shows what the pulses of others did")
    if gaps := programmed.gaps():
        low, high, gap = min(gaps, key=lambda one: one[2])
        told.append(f"the narrowest gap between two levels, {low:.3f} and {high:.3f}, is {show(gap, 'S', 3)}")
    return "; ".join(told)


def _siemens(value: float) -> str:
    return show(value, "S", 4) if math.isfinite(value) else "-"


_SHOWN = 20
"""Of cells, and of levels: the report has them all."""


def _explain(programmed: Programmed) -> None:
    """Which cells are not what they should be, those that the reads missed first."""
    hidden = [place for place in programmed.wrong if place not in set(programmed.missed)]
    stderr.print(f"cells that are not at their level (tolerance {programmed.tolerance:.3g}):")
    every = [*programmed.missed, *hidden]
    for place in every[:_SHOWN]:
        shares = (float(levels[place]) for levels in (programmed.target, programmed.read, programmed.held))
        wanted, seen, held = (_siemens(float(programmed.scale.conductances(share))) for share in shares)
        reach = ""
        if place in programmed.beyond:
            ends = programmed.scale.conductances(programmed.reach[:, place[0], place[1]])
            reach = f" of {' to '.join(_siemens(float(end)) for end in ends)}"
        stderr.print(
            f"  row {place[0]}, col {place[1]}: should be {wanted}, reads {seen}, holds {held}, "
            f"{programmed.pulses[place]} pulses: {programmed.why(place)}{reach}",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    if len(every) > _SHOWN:
        counts = Counter(programmed.why(place) for place in every)
        stderr.print(f"  and {len(every) - _SHOWN} more, see report.json")
        told = ", ".join(f"{count} {why}" for why, count in counts.most_common())
        stderr.print(f"  in all: {told}", soft_wrap=True)
    if 2 * len(programmed.disturbed) > len(every):
        stderr.print("most were disturbed by the pulses of others: write_verify.voltage is too high for this array")

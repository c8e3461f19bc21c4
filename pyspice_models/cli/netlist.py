"""`ag2s netlist`: a crossbar's netlist as text."""

from __future__ import annotations

import shutil
from pathlib import Path

import typer

from pyspice_models.array import Crossbar, pattern
from pyspice_models.bench import Read, Write, schedule
from pyspice_models.cli.progress import stderr
from pyspice_models.deck import crossbar_deck
from pyspice_models.deck.ngspice import osdi_file
from pyspice_models.device.sources import verilog_a_source
from pyspice_models.engine.verilog_a import compiled
from pyspice_models.errors import RequestError
from pyspice_models.study import load_study

DIALECTS = ("ngspice",)


def netlist_command(
    rows: int = typer.Option(4, help="Number of word lines."),
    cols: int = typer.Option(4, help="Number of bit lines."),
    form: str = typer.Option("subckt", help="Form of the cell: subckt (runs anywhere) or osdi (compiled Verilog-A)."),
    dialect: str = typer.Option("ngspice", help="Whose netlist: ngspice."),
    study: Path | None = typer.Option(None, help="Take everything from this study file instead of the sizes."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    output: Path | None = typer.Option(None, "-o", "--output", help="File to write [standard output]."),
) -> None:
    """Write a crossbar netlist that a bare `ngspice -b FILE` runs: write one cell, read it, read its row."""
    if dialect not in DIALECTS:
        raise RequestError.for_value("dialect", dialect, allowed=f"one of {', '.join(DIALECTS)}")
    if study is not None:
        asked = load_study(study, changes)
        crossbar, plan, title = asked.crossbar, asked.schedule(), asked.title
    elif changes:
        raise RequestError("--set changes a study: give one with --study")
    else:
        bare = Crossbar(rows, cols)
        crossbar = bare.replace(per_cell={"w0": pattern("checkerboard", bare.shape)})
        row, col = rows // 2, cols // 2
        plan = schedule(crossbar, [Write(row, col), Read(row, col), Read(row)])
        title = f"Ag2S crossbar {rows} x {cols}: write cell {row} {col}, read it, read its row"
    deck = crossbar_deck(crossbar, plan, form=form, title=title, standalone=True)
    if output is None:
        typer.echo(deck.text, nl=False)
        if form == "osdi":
            stderr.print(f"needs {', '.join(map(osdi_file, deck.models))} beside it; -o FILE puts them there")
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        partial = output.with_name(output.name + ".partial")
        partial.write_text(deck.text, encoding="ascii")
        if form == "osdi":
            for model in deck.models:
                shutil.copyfile(compiled(verilog_a_source(model), model), output.with_name(osdi_file(model)))
        partial.replace(output)
    except OSError as error:
        raise RequestError(f"{output} cannot be written: {error}. Choose another -o.") from None
    stderr.print(f"written: {output}", markup=False)

"""`ag2s netlist`: a crossbar's netlist as text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.kinds import common_forms
from pyspice_models.cli.options import Force
from pyspice_models.cli.progress import stderr, tell_notes
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import RequestError
from pyspice_models.files import copy, whole_text, writing
from pyspice_models.netlist import Deck, crossbar_deck, dialect, dialect_names
from pyspice_models.stimulus import Read, Step, Write, schedule
from pyspice_models.study import load_study
from pyspice_models.study.bounds import check_netlist

_NAMES = ", ".join(dialect_names())


def netlist_command(
    rows: int = typer.Option(4, help="Number of word lines."),
    cols: int = typer.Option(4, help="Number of bit lines."),
    form: str = typer.Option(
        "",
        help="Form of the cell: subckt (behavioural), osdi or veriloga; by default subckt where the dialect takes it.",
    ),
    dialect_name: str = typer.Option("ngspice", "--dialect", help=f"Whose netlist: {_NAMES}."),
    study: Path | None = typer.Option(None, help="Take everything from this study file instead of the sizes."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    output: Path | None = typer.Option(None, "-o", "--output", help="File to write, instead of standard output."),
    force: Force = False,
) -> None:
    """Write a crossbar netlist that the tool runs by itself: write one cell, read it, read its row."""
    if study is not None:
        asked = load_study(study, changes)
        tell_notes(asked.crossbar)
        check_netlist(asked.crossbar, asked.program, output)
        crossbar, plan, title = asked.crossbar, asked.schedule(), asked.title
    elif changes:
        raise RequestError("--set changes a study: give one with --study")
    else:
        bare = Crossbar(rows, cols)
        crossbar = bare.replace(per_cell={"w0": pattern("checkerboard", bare.shape)})
        row, col = rows // 2, cols // 2
        program: list[Step] = [Write(row, col), Read(row, col), Read(row)]
        check_netlist(crossbar, program, output)
        plan = schedule(crossbar, program)
        title = f"Ag2S crossbar {rows} x {cols}: write cell {row} {col}, read it, read its row"
    own = common_forms(crossbar.populations)
    forms = [taken for taken in dialect(dialect_name).forms if taken in own]
    deck = crossbar_deck(
        crossbar, plan, form=form or _form(forms, dialect_name, crossbar), title=title, standalone=True,
        dialect_name=dialect_name,
    )  # fmt: skip
    if output is None:
        for piece in deck.pieces():
            sys.stdout.write(f"{piece}\n")
        if deck.models:
            files = ", ".join(map(dialect(dialect_name).module_file, deck.models))
            stderr.print(f"needs {files} beside it; -o FILE puts them there", markup=False)
        return
    with writing(output, "-o"), whole_text(output, replace=force, encoding="ascii") as file:
        for piece in deck.pieces():
            file.write(f"{piece}\n")
        _put_models(deck, output.parent, force=force)
    stderr.print(f"written: {output}", markup=False)


def _form(forms: Sequence[str], dialect_name: str, crossbar: Crossbar) -> str:
    """The form to take of those that dialect and cell have in common."""
    if not forms:
        own, taken = ", ".join(common_forms(crossbar.populations)), ", ".join(dialect(dialect_name).forms)
        names = ", ".join(repr(one.model.name) for one in crossbar.populations)
        raise RequestError(
            f"a netlist for {dialect_name} takes a cell as {taken}, and the cell {names} exists as "
            f"{own} alone. Choose another --dialect."
        )
    return "subckt" if "subckt" in forms else forms[0]


def _put_models(deck: Deck, folder: Path, *, force: bool) -> None:
    """The Verilog-A that a deck needs, compiled where its tool does not do so itself."""
    for model in deck.models:
        name = dialect(deck.dialect).module_file(model)
        if deck.form == "osdi":
            copy(compiled(deck.source(model), model), folder / name, replace=force)
        else:
            with whole_text(folder / name, replace=force) as file:
                file.write(deck.source(model))

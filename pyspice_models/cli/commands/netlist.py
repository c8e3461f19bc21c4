"""`ag2s netlist`: a crossbar's netlist as text."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import common_forms
from pyspice_models.cli.options import Force
from pyspice_models.cli.progress import stderr, tell_notes
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import RequestError
from pyspice_models.files import copy, whole_text, writing
from pyspice_models.inputs.text import shown
from pyspice_models.netlist import Deck, deck_of, dialect, dialect_names
from pyspice_models.netlist.subcircuit import subcircuit_deck
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, Write, schedule
from pyspice_models.study import load_study
from pyspice_models.study.aging.unknown import refuse_aging
from pyspice_models.study.bounds import check_netlist
from pyspice_models.study.fluctuation import changed
from pyspice_models.study.tables.source import Source

_NAMES = ", ".join(dialect_names())


def netlist_command(
    study_file: Path | None = typer.Argument(None, metavar="[STUDY]", help="The same as --study."),
    rows: int = typer.Option(4, help="Number of word lines."),
    cols: int = typer.Option(4, help="Number of bit lines."),
    form: str = typer.Option(
        "",
        help="Form of the cell: subckt (behavioural), osdi or veriloga; by default subckt where the dialect takes it.",
    ),
    dialect_name: str = typer.Option("ngspice", "--dialect", help=f"Whose netlist: {_NAMES}."),
    study: Path | None = typer.Option(None, help="Take everything from this study file instead of the sizes."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    subckt: bool = typer.Option(
        False,
        "--subckt",
        help="Write the crossbar alone as a subcircuit, its lines as pins, for a testbench of your own.",
    ),
    name: str = typer.Option("ag2s_crossbar", help="Of the subcircuit."),
    states: Path | None = typer.Option(
        None, help="Map of the cells' states, 0 to 1, rows x cols: CSV, .npy, .npz, .mat or an image."
    ),
    conductances: Path | None = typer.Option(None, help="The same of their conductances in siemens, at 5 mV."),
    output: Path | None = typer.Option(None, "-o", "--output", help="File to write, instead of standard output."),
    force: Force = False,
) -> None:
    """Write a crossbar netlist that the tool runs by itself: write one cell, read it, read its row.

    With --subckt it holds cells and lines alone; its first lines say which pins it has and how it is instantiated.
    """
    if study is not None and study_file is not None:
        raise RequestError(f"the study is given twice, as {shown(study_file)} and with --study. Give it once.")
    study = study or study_file
    if not subckt and name != "ag2s_crossbar":
        raise RequestError("--name is that of a subcircuit: give --subckt too")
    maps = [f"array.initial={{{key}={json.dumps(str(path.absolute()))}}}" for key, path in
            (("file", states), ("conductance", conductances)) if path is not None]  # fmt: skip
    if len(maps) > 1:
        raise RequestError("--states and --conductances both say what the cells hold: give one")
    asked = None if study is None else load_study(study, [*changes, *maps])
    if asked is not None:
        refuse_aging(asked, "a netlist")
        tell_notes(asked.crossbar)
        crossbar, program, title = asked.crossbar, asked.program, asked.title
    elif changes:
        raise RequestError("--set changes a study: give one with --study")
    else:
        held = maps[0] if maps else "array.initial={pattern='checkerboard'}"
        tables: dict[str, object] = {"array": {"rows": rows, "cols": cols}, "program": [{"do": "wait"}]}
        crossbar = Source.of(tables, [held]).study().crossbar
        row, col = rows // 2, cols // 2
        program = (Write(row, col), Read(row, col), Read(row))
        title = f"Ag2S crossbar {rows} x {cols}: write cell {row} {col}, read it, read its row"
    check_netlist(crossbar, program, output)
    own = common_forms(crossbar.populations)
    forms = [known for known in dialect(dialect_name).forms if known in own]
    taken = form or _form(forms, dialect_name, crossbar)
    if subckt:
        if asked is not None and asked.spice:
            stderr.print("study.spice is left out: the subcircuit is the crossbar alone", markup=False)
        title = title if study is not None else f"Ag2S crossbar {rows} x {cols}"
        deck = subcircuit_deck(crossbar, form=taken, dialect_name=dialect_name, name=name, title=title)
    else:
        plan = schedule(crossbar, program) if asked is None else asked.schedule()
        begun, changed_later = (crossbar, ()) if asked is None else changed(asked.fluctuation, crossbar, plan)
        lines = () if asked is None else asked.spice
        deck = deck_of(
            Simulation(begun, plan, form=taken, title=title, spice=lines, changes=changed_later),
            standalone=True, dialect_name=dialect_name,
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

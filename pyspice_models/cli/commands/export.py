"""`ag2s export`: models, test benches and expected waves for other people's tools; a device for one that trains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from pyspice_models.cells.presets import Preset, load_preset, preset, preset_names
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.progress import stderr, tell_notes
from pyspice_models.errors import RequestError
from pyspice_models.export import Bundle, write_bundle
from pyspice_models.export.aihwkit import DIALECT, TrainingDevice, TrainingPulses, said, write_training_device
from pyspice_models.export.study import StudyBundle, write_study_bundle
from pyspice_models.folders.output import output_folder
from pyspice_models.netlist import dialect_names
from pyspice_models.study import Study, load_study
from pyspice_models.study.identity import identity
from pyspice_models.units import parse

_NAMES = ", ".join(dialect_names())


def export_command(
    to: Path = typer.Option(..., help="Folder to write; it appears whole or not at all."),
    dialects: list[str] = typer.Option(
        [], "--dialect", help=f"Whose netlists, one or more times: {_NAMES}; by default all. Or, by itself, {DIALECT}: "
        "the cell as a device to train networks with.",
    ),
    cell: str = typer.Option(
        "", "--preset", help=f"Cell: {', '.join(preset_names())}, or a preset file (.toml); by default 200nm-160C."
    ),
    study: Path | None = typer.Option(
        None,
        help="Instead of the benches of a preset: array and program of this study, with the own files that it names.",
    ),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="With --study: change it."),
    rows: int | None = typer.Option(None, help="Word lines of the crossbar among the test benches; by default 4."),
    cols: int | None = typer.Option(None, help="Bit lines of the crossbar; by default 4."),
    voltage: str = typer.Option("", "--pulse-voltage", help=f"Of {DIALECT}: height of the pulses; by default 0.3 V."),
    width: str = typer.Option("", "--pulse-width", help=f"Of {DIALECT}: their width; by default 1 us."),
    force: Force = False,
) -> None:  # fmt: skip
    """Write a folder that a user of another tool opens with its README alone: models, benches, expected waves."""
    given = {
        "--rows": rows, "--cols": cols, "--pulse-voltage": voltage or None, "--pulse-width": width or None,
        "--preset": cell or None,
    }  # fmt: skip
    if study is not None:
        _refuse(given, tuple(given), "--study says all of it")
        if DIALECT in dialects:
            raise RequestError(f"dialect {DIALECT!r} is no netlist: it holds a cell, not a study. Give it a --preset.")
        _study(load_study(study, changes), tuple(dialects), to, force=force)
        return
    if changes:
        raise RequestError("--set changes a study: give one with --study.")
    cell = cell or "200nm-160C"
    chosen = load_preset(Path(cell)) if cell.endswith(".toml") else preset(cell)
    if DIALECT in dialects:
        _refuse(given, ("--rows", "--cols"), f"{DIALECT} has no crossbar")
        if len(dialects) > 1:
            raise RequestError(f"dialect {DIALECT!r} is no netlist: export it by itself, and the netlists once more.")
        _training(chosen, to, voltage, width, force=force)
    else:
        _refuse(given, ("--pulse-voltage", "--pulse-width"), f"they belong to --dialect {DIALECT}")
        sizes = (4 if rows is None else rows, 4 if cols is None else cols)
        _bundle(Bundle(chosen, dialects or dialect_names(), *sizes), to, force=force)
    stderr.print(f"written: {to}; start at {to / 'README.md'}", markup=False)


def _bundle(bundle: Bundle, to: Path, *, force: bool) -> None:
    rows, cols = bundle.rows, bundle.cols
    about = {"preset": bundle.preset, "dialects": tuple(bundle.dialects), "rows": rows, "cols": cols}
    made = origin("export", about, preset=bundle.preset.name, rows=rows, cols=cols)
    with output_folder(to, made, force=force) as folder:
        stderr.print("computing the expected waves in ngspice")
        write_bundle(bundle, folder)


def _study(asked: Study, dialects: tuple[str, ...], to: Path, *, force: bool) -> None:
    tell_notes(asked.crossbar)
    bundle = StudyBundle(asked, dialects)
    about = {"study": identity(asked), "dialects": tuple(bundle.forms)}
    made = origin("export", about, study=asked.name, dialects=tuple(bundle.forms))
    for reason in bundle.left_out.values():
        stderr.print(f"left out: {reason}", markup=False)
    with output_folder(to, made, force=force) as folder:
        stderr.print("running the study, and its expected waves in ngspice")
        write_study_bundle(bundle, folder)
    stderr.print(f"written: {to}; start at {to / 'README.md'}", markup=False)


def _training(chosen: Preset, to: Path, voltage: str, width: str, *, force: bool) -> None:
    given = {
        name: parse(text, unit, name=f"--pulse-{name}")
        for name, text, unit in (("voltage", voltage, "V"), ("width", width, "s")) if text
    }  # fmt: skip
    asked = TrainingDevice(chosen, TrainingPulses(**given))
    made = origin("export", {"device": asked}, preset=chosen.name, dialect=DIALECT)
    with output_folder(to, made, force=force) as folder:
        fitted = write_training_device(asked, folder)
    for line in said(fitted):
        stderr.print(line, markup=False)


def _refuse(given: Mapping[str, object], names: tuple[str, ...], why: str) -> None:
    for name in names:
        if given[name] is not None:
            raise RequestError(f"{name} {given[name]} is refused: {why}. Leave it out.")

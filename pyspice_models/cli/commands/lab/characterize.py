"""`ag2s characterize`: the device sheet, re-measured by simulation."""

from __future__ import annotations

import json
import time
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from pyspice_models.cli.device_maps import show_maps
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.own_cell import show_own_cell
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, stderr, table_console
from pyspice_models.cli.scratch import kept_where_it_failed
from pyspice_models.errors import PictureError, RequestError
from pyspice_models.files import write_text
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.lab.characterize import SEED, Row, Sheet, characterize, check_form
from pyspice_models.units import show


def characterize_command(
    form: str = typer.Option("osdi", help="Form of the cell: osdi (Verilog-A), subckt (behavioural) or twin (NumPy)."),
    as_json: bool = typer.Option(False, "--json", help="The sheet as JSON on standard output."),
    out: Path | None = typer.Option(
        None, help="Folder for the sheet, decks, logs and pictures; by default none are kept."
    ),
    seed: int = typer.Option(SEED, min=0, help="Seed of the sampled cycles and devices."),
    maps: bool = typer.Option(
        False,
        "--maps",
        help="Instead of the sheet: maps of switching time, pulses, temperature and read disturb. Takes some 10 s, "
        "with --form subckt a minute.",
    ),
    study: Path | None = typer.Option(
        None, help="Instead of Ag2S, the Verilog-A cell of one's own in this study file: loop, pulses, switching times."
    ),
    voltage: str = typer.Option("", metavar="VOLTAGE", help="With --study: the largest voltage, such as 0.5V."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="With --study: change it."),
    force: Force = False,
) -> None:
    """Re-measure every published number of the cell by simulation; exit status 1 if a row is not ok."""
    if study is not None:
        if maps or form != "osdi" or seed != SEED:
            raise RequestError("--study has no --form, --seed or --maps. Leave them out.")
        show_own_cell(study, changes, voltage, as_json=as_json, out=out, force=force)
        return
    if voltage or changes:
        raise RequestError("--voltage and --set go with --study. Give a study, or leave them out.")
    check_form(form)
    if maps:
        if seed != SEED:
            raise RequestError("--seed has no meaning with --maps, which sample nothing. Leave one of them out.")
        show_maps(form, as_json=as_json, out=out, force=force)
        return
    began = time.monotonic()
    failure: PictureError | None = None
    if out is None:
        with kept_where_it_failed("characterize") as folder:
            sheet = _run(form, seed, folder)
    else:
        made = origin("characterize", {"form": form, "seed": seed}, form=form, seed=seed)
        with output_folder(out, made, force=force) as folder:
            sheet = _run(form, seed, folder)
            write_text(folder / "sheet.json", json.dumps(sheet.as_dict(), indent=1) + "\n")
            data_complete(folder)
            failure = draw(lambda: _draw(sheet, folder))
    if as_json:
        typer.echo(json.dumps(sheet.as_dict(), indent=1))
    else:
        _print_table(sheet)
    stderr.print(
        f"{form}: {len(sheet.rows) - len(sheet.failed)} of {len(sheet.rows)} rows ok, "
        f"{time.monotonic() - began:.1f} s" + (f"; files in {out}" if out else ""),
        markup=False,
    )
    for row in sheet.failed:
        stderr.print(
            f"not ok: {row.target.id} is {_number(row.finding.simulated, row.target.unit)}, "
            f"demanded {_demand(row.target.published, row.target.unit)} {row.target.demand} {row.finding.note}",
            markup=False,
        )
    if out is not None:
        raise_failure(failure, out)
    if sheet.failed:
        raise typer.Exit(1)


def _draw(sheet: Sheet, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.device.sheet import save_device_sheet

    save_device_sheet(sheet, folder)


def _run(form: str, seed: int, folder: Path) -> Sheet:
    with progress_bar(f"device sheet, {form}") as progress:
        return characterize(form, folder, seed=seed, progress=progress)


def _print_table(sheet: Sheet) -> None:
    console = table_console()
    wide = console.width >= 130
    table = Table(title=f"Ag2S device sheet, form {sheet.form}", title_justify="left")
    table.add_column("row", no_wrap=True)
    if wide:
        table.add_column("what", overflow="fold", ratio=1)
    for name in ("published", "simulated"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("demand", "from", "ok"):
        table.add_column(name)
    for row in sheet.rows:
        t = row.target
        table.add_row(
            t.id,
            *([t.quantity] if wide else []),
            "-" if t.criterion == "shown" else _demand(t.published, t.unit),
            _number(row.finding.simulated, t.unit),
            t.demand,
            f"{t.tag}, {t.basis}",
            _verdict(row),
        )
    console.print(table)
    console.print(sheet.closing, markup=False, highlight=False)


def _verdict(row: Row) -> Text:
    if not row.ok:
        return Text("no", style="bold red")
    return Text("shown") if row.target.criterion == "shown" else Text("yes", style="green")


def _number(value: float, unit: str) -> str:
    return show(value, unit)


def _demand(published: float | None, unit: str) -> str:
    return "trend" if published is None else show(published, unit)

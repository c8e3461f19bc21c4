"""`ag2s characterize --study`: a cell of one's own alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.cli.options import origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console, tell_notes
from pyspice_models.errors import RequestError
from pyspice_models.files import write_text
from pyspice_models.folders.output import check_target, data_complete, output_folder
from pyspice_models.foreign.alone.sheet import cell_sheet, sheet_as_dict
from pyspice_models.result import save
from pyspice_models.study import load_study
from pyspice_models.study.identity import identity
from pyspice_models.units import parse, show


def show_own_cell(
    study: Path, changes: Iterable[str], voltage: str, *, as_json: bool, out: Path | None, force: bool
) -> None:
    """Simulate a cell alone; print a table or JSON, write data and a picture into `out` if there is one."""
    if not voltage:
        raise RequestError("--study needs --voltage: the largest voltage on the cell, such as 0.5V.")
    volts = parse(voltage, "V", name="--voltage", allowed="> 0")
    asked = load_study(study, changes)
    asked.crossbar.check_one_kind("`ag2s characterize --study`")
    tell_notes(asked.crossbar)
    failure = None
    made = origin("characterize-cell", identity(asked) | {"voltage": volts}, study=asked.name)
    if out is not None:
        check_target(out, made, force=force)
    sheet = cell_sheet(asked.crossbar.cell, volts, temperature=asked.crossbar.temperature)
    text = json.dumps(sheet_as_dict(sheet), indent=1)
    if out is not None:
        with output_folder(out, made, force=force) as folder:
            save(sheet, folder / "cell.nc")
            write_text(folder / "cell.json", text + "\n")
            data_complete(folder)
            failure = draw(lambda: _draw(sheet, folder))
    if as_json:
        typer.echo(text)
    else:
        _print_table(sheet)
    if out is not None:
        stderr.print(f"files in {out}", markup=False)
        raise_failure(failure, out)


def _draw(sheet: xr.Dataset, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.device.own_cell import save_cell_picture

    save_cell_picture(sheet, folder)


def _print_table(sheet: xr.Dataset) -> None:
    table = Table(title=f"switching times of {sheet.attrs['cell']}", title_justify="left")
    for head in ("voltage", "set", "reset"):
        table.add_column(head, justify="right")
    for volts, times in zip(sheet["switching_voltage"].values, sheet["switching_time"].values.T, strict=True):
        table.add_row(show(float(volts), "V"), *(show(float(t), "s") if t == t else "> 1 s" for t in times))
    console = table_console()
    console.print(table)
    window = [show(float(end), "S") for end in sheet["pulse_conductance"].values[[0, len(sheet["pulse"]) // 2]]]
    console.print(f"conductance before and after the set pulses: {window[0]}, {window[1]}", markup=False)

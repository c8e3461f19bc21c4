"""`ag2s margin`: read margins over data patterns, against the size of the array."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields, replace
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.array.patterns import MAX_LINES
from pyspice_models.campaign.margin import MarginParams, Margins, as_data, largest_size, margins_by_size
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, stderr, table_console, tell_meanings
from pyspice_models.errors import RequestError
from pyspice_models.files import write_text
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.stimulus.scheme import READ_SCHEMES
from pyspice_models.study.tables.change import change_tables, read_tables
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.units import show

SIZES = "2,4,8,16,32,64,128"


def margin_command(
    study: Path | None = typer.Argument(
        None, help="Study file (TOML) whose cell, lines and drivers are taken; without it the defaults."
    ),
    sizes: str = typer.Option(SIZES, metavar="N1,N2,...", help="Word lines and bit lines of the arrays, 2 to 4096."),
    scheme: str = typer.Option("floating", help=f"The lines that are not read: {', '.join(READ_SCHEMES)}."),
    voltage: str = typer.Option("5 mV", help="Read voltage."),
    g_on: str = typer.Option("0 S", help="Conductance of a cell that is on; 0: the top of the cell's window."),
    g_off: str = typer.Option("0 S", help="Conductance of a cell that is off; 0: the bottom of the cell's window."),
    pull_up: str = typer.Option("0 ohm", help="Pull-up resistor of the voltage margin and swing; 0: 1/g_on."),
    changes: list[str] = typer.Option(
        [],
        "--set",
        metavar="KEY=VALUE",
        help="Change the study, for example wire.width=100nm or cell.preset=50nm-160C.",
    ),
    as_json: bool = typer.Option(False, "--json", help="The margins as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for margins.json and a picture; by default none is kept."),
    force: Force = False,
) -> None:
    """Worst-case read margins over data patterns, of square arrays: static solutions of the far corner's read.

    Margin: one reference for all patterns; swing: both bits see the same pattern, the usual 10 % criterion.
    """
    asked = MarginParams.from_mapping(
        {"scheme": scheme, "voltage": voltage, "g_on": g_on, "g_off": g_off, "r_pull": pull_up}
    )
    lines = _sizes(sizes)
    tables = read_tables(study, changes) if study else _plain(changes)
    crossbar = nominal_study(tables, folder=study.parent if study else Path(), name="margin").crossbar
    crossbar = replace(crossbar, rows=2, cols=2, per_cell={}, faults=type(crossbar.faults)())
    failure = None

    def solve() -> list[Margins]:
        with progress_bar("read margins") as progress:
            return margins_by_size(crossbar, lines, asked, progress)

    if out is None:
        found = solve()
    else:
        about = {f"crossbar.{one.name}": getattr(crossbar, one.name) for one in fields(crossbar)}
        key = content_key({**about, "asked": asdict(asked), "sizes": lines})
        with output_folder(out, origin("margin", key, scheme=scheme, sizes=sizes), force=force) as folder:
            found = solve()
            write_text(folder / "margins.json", json.dumps(as_data(found, asked), indent=1) + "\n")
            data_complete(folder)
            failure = draw(lambda: _draw(found, folder))
    if as_json:
        typer.echo(json.dumps(as_data(found, asked), indent=1))
    else:
        _print_table(found, asked)
    stderr.print(_verdict(found), markup=False)
    if out is not None:
        raise_failure(failure, out)


def _plain(changes: list[str]) -> dict[str, object]:
    tables: dict[str, object] = {"array": {"rows": 2, "cols": 2}, "program": [{"do": "read"}]}
    for change in changes:
        change_tables(tables, change)
    return tables


def _sizes(text: str) -> list[int]:
    words = [word.strip() for word in text.split(",")]
    if not all(w.isascii() and w.isdecimal() and len(w) < 6 and 2 <= int(w) <= MAX_LINES for w in words):
        raise RequestError.for_value("--sizes", text, allowed=f"whole numbers from 2 to {MAX_LINES}, with commas")
    return sorted({int(word) for word in words})


def _verdict(found: list[Margins]) -> str:
    size, low, high = largest_size(found)
    if not low:
        return f"the voltage swing is below 10 % even at {high:g} lines"
    if math.isinf(high):
        return f"the voltage swing is above 10 % up to {low:g} lines, the most that was asked"
    return f"the voltage swing falls to 10 % at {size:.3g} lines (interpolated between {low:g} and {high:g})"


def _print_table(found: list[Margins], asked: MarginParams) -> None:
    title = f"read margins of the far corner at {show(asked.voltage, 'V')}, {asked.scheme}; pull-up "
    table = Table(title=title + show(found[0].r_pull, "ohm"), title_justify="left")
    for name in ("lines", "least one", "most zero", "I margin", "I swing", "V margin", "V swing"):
        table.add_column(name, justify="right", no_wrap=True)
    for m in found:
        shares = (m.current_margin, m.current_swing, m.voltage_margin, m.voltage_swing)
        currents = (show(current, "A", 3) for current in (m.one.current, m.zero.current))
        table.add_row(str(m.rows), *currents, *(f"{share:.3g}" for share in shares))
    table_console().print(table)
    tell_meanings(_MEANINGS)


_MEANINGS = {
    "least one": "smallest current of a cell that is on, over the data patterns",
    "most zero": "largest current of a cell that is off, over the data patterns",
    "I margin": "(least one - most zero) / least one: one reference for all patterns",
    "I swing": "the same where both bits see the same pattern",
    "V margin, V swing": "the same of the voltage at the pull-up resistor, as a share of the read voltage",
}


def _draw(found: list[Margins], folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.margin import save_margin_picture

    save_margin_picture([margins.as_dict() for margins in found], folder / "margins.png")

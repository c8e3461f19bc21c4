"""`ag2s deembed`: the cells of an array from the currents at its terminals."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pyspice_models.cli.array_lines import both_sides, measured_lines
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import readable, stderr, table_console
from pyspice_models.errors import PictureError, RequestError
from pyspice_models.files import write_text
from pyspice_models.folders.output import check_target, data_complete, output_folder
from pyspice_models.lab.deembed import Deembedded, Noise, deembed, read_readings
from pyspice_models.lab.deembed.summary import as_data, cells_text, matrix_text, numbers, undecided
from pyspice_models.units import parse, show

_MOST = 12  # cells in the table of those that are not determined


def deembed_command(
    data: Annotated[Path, typer.Argument(help="CSV with units in its header, see below.", metavar="CURRENTS.csv")],
    end: Annotated[
        str, typer.Option(help="Resistance between instrument and first segment, of every line.", metavar="OHM")
    ] = "",
    word_end: Annotated[str, typer.Option(help="The same of word lines alone.", metavar="OHM")] = "",
    bit_end: Annotated[str, typer.Option(help="The same of bit lines alone.", metavar="OHM")] = "",
    segment: Annotated[
        str, typer.Option(help="Resistance between neighbouring crossings; by default it is recovered.", metavar="OHM")
    ] = "",
    word_segment: Annotated[str, typer.Option(help="The same of word lines alone.", metavar="OHM")] = "",
    bit_segment: Annotated[str, typer.Option(help="The same of bit lines alone.", metavar="OHM")] = "",
    study: Annotated[
        Path | None, typer.Option(help="Take ends, segments and size from this study file.", metavar="STUDY")
    ] = None,
    recover_segments: Annotated[
        bool, typer.Option("--recover-segments", help="Recover the segments, whatever the study says of them.")
    ] = False,
    floating: Annotated[
        bool, typer.Option("--floating", help="Undriven word lines were cut off; otherwise they were held at 0 V.")
    ] = False,
    noise: Annotated[
        str, typer.Option(help="Standard deviation of a reading; default: as the data tell, or 0.1 %.", metavar="SHARE")
    ] = "",
    floor: Annotated[str, typer.Option(help="Noise of the smallest readings.", metavar="AMPERE")] = "0 A",
    limit: Annotated[
        str, typer.Option("--range", help="The instrument's range: what reaches it is saturated.", metavar="AMPERE")
    ] = "",
    rows: Annotated[int | None, typer.Option(help="Number of word lines; default: as the file names them.")] = None,
    cols: Annotated[int | None, typer.Option(help="Number of bit lines.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the cells as CSV, JSON and maps.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else.")] = False,
    force: Force = False,
) -> None:
    """Recover the cells of an array from the currents at its terminals, one line driven at a time.

    The CSV has the columns driven (word 0, word 1, ...), voltage [mV] and bit 0 [uA], bit 1 [uA], ...; with the column
    drive [uA], the driven line's own current, and rows for driven bit lines the segments are recovered, too. An empty
    field was not measured. Every cell has an interval, or is told to be not determined.
    """
    ends = both_sides("end", end, word_end, bit_end)
    lines, shape = measured_lines(
        study, ends, both_sides("segment", segment, word_segment, bit_segment), recover=recover_segments
    )
    if rows is not None or cols is not None:
        if rows is None or cols is None or shape not in (None, (rows, cols)):
            raise RequestError("--rows and --cols are the size of the array: give both, or the --study that has it")
        shape = rows, cols
    asked = Noise(parse(noise, "", name="--noise"), stated=True) if noise else Noise()
    asked = replace(asked, floor=parse(floor, "A", name="--floor"))
    cut = parse(limit, "A", name="--range", allowed="above 0") if limit else None
    if cut is not None and cut <= 0:
        raise RequestError.for_value("--range", cut, unit="A", allowed="above 0")
    readings = read_readings(data, shape=shape, floating=floating)
    question = {
        "readings": [getattr(readings, name) for name in ("side", "driven", "sensed", "voltage", "current")],
        "shape": readings.shape, "floating": floating, "lines": asdict(lines), "noise": asdict(asked), "range": cut,
    }  # fmt: skip
    made = origin("deembed", question, data=data)
    if out is not None:
        check_target(out, made, force=force)
    with stderr.status(f"recovering {readings.rows} x {readings.cols} cells"):
        found = deembed(readings, lines, noise=asked, limit=cut)
    answer = json.dumps(as_data(found, file=str(data)), indent=1)
    failure: PictureError | None = None
    if out is not None:
        with output_folder(out, made, force=force) as folder:
            write_text(folder / "cells.csv", "\n".join(cells_text(found)) + "\n")
            write_text(folder / "conductances.csv", "\n".join(matrix_text(found)) + "\n")
            write_text(folder / "deembed.json", answer + "\n")
            data_complete(folder)
            failure = draw(lambda: _draw(found, folder / "deembed.png"))
    if as_json:
        typer.echo(answer)
    else:
        _show(found)
    if readings.ignored:
        stderr.print(f"not used: {readings.ignored} currents of lines beside the driven one")
    for warning in found.warnings:
        stderr.print(Text.assemble(("warning: ", "bold yellow"), readable(warning)), soft_wrap=True)
    if out is not None:
        stderr.print(f"cells: {out / 'cells.csv'}", markup=False, soft_wrap=True)
        raise_failure(failure, out)


def _draw(found: Deembedded, path: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.device.deembed import save_deembedded_figure

    save_deembedded_figure(found, path)


def _show(found: Deembedded) -> None:
    readings, console = found.readings, table_console()
    table = Table(
        title=f"{readings.rows} x {readings.cols} cells from {len(readings.current)} currents", title_justify="left",
        show_header=False,
    )  # fmt: skip
    for name, value in numbers(found):
        table.add_row(name, value)
    console.print(table)
    cells = undecided(found)
    if not cells:
        return
    table = Table("cell", "conductance", title="cells without a value", title_justify="left")
    for cell in cells[:_MOST]:
        bound = "not determined" if cell["at_most"] is None else f"at most {show(cell['at_most'], 'S', 3)}"
        table.add_row(f"word {cell['row']}, bit {cell['col']}", bound)
    console.print(table)
    if len(cells) > _MOST:
        console.print(f"and {len(cells) - _MOST} more: --json or --out has them")

"""`ag2s anchors`: what others have published about Ag2S, beside what this cell gives."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer
from rich.table import Table

from pyspice_models.cli.progress import progress_bar, stderr, table_console
from pyspice_models.cli.scratch import kept_where_it_failed
from pyspice_models.lab.characterize import check_form
from pyspice_models.lab.characterize.anchors import Anchors, compare_anchors
from pyspice_models.lab.characterize.anchors_text import ANCHOR_COLUMNS, PEER_COLUMNS, anchor_rows, peer_rows


def anchors_command(
    form: str = typer.Option("osdi", help="Form of the cell: osdi (Verilog-A), subckt (behavioural) or twin (NumPy)."),
    as_json: bool = typer.Option(False, "--json", help="The comparison as JSON on standard output."),
) -> None:
    """Compare the cell with numbers of other people's devices. None is demanded: a difference is a result."""
    check_form(form)
    with kept_where_it_failed("anchors") as folder, progress_bar(f"anchors, {form}") as progress:
        compared = compare_anchors(form, folder, progress=progress)
    if as_json:
        typer.echo(json.dumps(compared.as_dict(), indent=1))
    else:
        _print(compared)
    agree = [row for row in compared.rows if row.agrees]
    calibrated = [row.anchor.id for row in compared.rows if row.anchor.calibrated]
    stderr.print(
        f"{form}: {len(agree)} of {len(compared.rows)} anchors consistent; parameters were chosen with the number in "
        f"mind for {', '.join(calibrated) or 'none'}",
        markup=False,
    )


def _print(compared: Anchors) -> None:
    console = table_console()
    rows = anchor_rows(compared)
    if console.width >= _WIDE:
        _table(f"Anchors, form {compared.form}", ANCHOR_COLUMNS, rows)
    else:  # narrow columns of text are towers of syllables: they follow as lines
        _table(
            f"Anchors, form {compared.form}",
            [ANCHOR_COLUMNS[n] for n in _SHORT],
            [[row[n] for n in _SHORT] for row in rows],
        )
        for row in rows:
            console.print(f"{row[0]}: {row[1]} ({row[5]}). {row[-1]}")
    _table("The pulses of Table S1's devices on this cell, from w = 0.5", PEER_COLUMNS, peer_rows(compared))


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == "anchor")
    for row in rows:
        table.add_row(*row)
    table_console().print(table)


_WIDE = 140  # characters
_SHORT = (0, 2, 3, 4, 6)  # the columns without sentences

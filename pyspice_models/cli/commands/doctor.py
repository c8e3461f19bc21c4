"""`ag2s doctor`: what is on this machine, what it can do, what is missing and how to get it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pyspice_models.cli.progress import stderr, table_console
from pyspice_models.engine.toolchain.examine import checked, examine


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else.")] = False,
) -> None:
    """Show every tool: where it is, which version, what it can do, what is missing and how to get it.

    Exit status 1 if anything that is needed is missing, too old or does not work.
    """
    report = examine()
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    else:
        _show(report, table_console())
    for row in checked(report):
        if not row["ok"]:
            stderr.print(Text.assemble(("problem: ", "bold red"), row["problem"]), soft_wrap=True)
    if not report["ok"]:
        raise typer.Exit(1)


def _show(report: dict[str, Any], console: Console) -> None:
    table = Table("tool", Column("version", overflow="fold"), "can do", "for", Column("where", overflow="fold"))
    for row in report["tools"]:
        table.add_row(
            _marked(row),
            row["version"],
            ", ".join(row["capabilities"]),
            row["use"],
            row["path"] or "missing",
        )
    console.print(table)
    for row in report["proofs"]:
        console.print(_marked(row))
    console.print(
        f"Python {report['python']} with "
        + ", ".join(f"{row['name']} {row['version']}" for row in report["packages"] if row["ok"])
        + f"; {report['system']}",
        highlight=False,
    )
    where = report["cache"]
    if where["temporary_because"]:
        console.print(Text(f"Compiled code is kept for this command alone: {where['temporary_because']}"))
    if report["ok"]:
        console.print("Everything that is needed is here and works.", style="green")


def _marked(row: dict[str, Any]) -> Text:
    return Text.assemble(("ok ", "green") if row["ok"] else ("no ", "bold red"), row["name"])

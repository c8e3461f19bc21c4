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
    examined = examine()
    if as_json:
        typer.echo(json.dumps(examined, indent=2))
    else:
        _show(examined, table_console())
    # what a proof needs and lacks is told once, with the tool
    for problem in dict.fromkeys(row["problem"] for row in checked(examined) if not row["ok"]):
        stderr.print(Text.assemble(("problem: ", "bold red"), problem), soft_wrap=True)
    if not examined["ok"]:
        raise typer.Exit(1)


def _show(examined: dict[str, Any], console: Console) -> None:
    table = Table("tool", Column("version", overflow="fold"), "can do", "for", Column("where", overflow="fold"))
    for row in examined["tools"]:
        table.add_row(
            _marked(row),
            row["version"],
            ", ".join(row["capabilities"]),
            row["use"],
            row["path"] or "missing",
        )
    console.print(table)
    for row in examined["proofs"]:
        console.print(_marked(row))
    console.print(
        f"Python {examined['python']} with "
        + ", ".join(f"{row['name']} {row['version']}" for row in examined["packages"] if row["ok"])
        + f"; {examined['system']}",
        highlight=False,
    )
    where = examined["cache"]
    if where["temporary_because"]:
        console.print(Text(f"Compiled code is kept for this command alone: {where['temporary_because']}"))
    if examined["ok"]:
        console.print("Everything that is needed is here and works.", style="green")


def _marked(row: dict[str, Any]) -> Text:
    return Text.assemble(("ok ", "green") if row["ok"] else ("no ", "bold red"), row["name"])

"""The commands, from the same declarations as their help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from docsite.reference.text import code, plain, row, table
from pyspice_models.cli.commands import COMMANDS, GROUPS
from pyspice_models.cli.main import app


def commands_page() -> str:
    """One page with all of them, in the order of `ag2s -h`."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("ag2s", [], resilient_parsing=True)
    lines = [
        "# Commands",
        "",
        f"{plain(group.help)} `-h` behind any command shows what stands here.",
        "",
        *_command_lines(),
        "",
    ]
    for name in COMMANDS:
        command = group.get_command(context, name)
        for called, one in _with_own(name, command):
            lines += _section(called, one, context)
    return "\n".join(lines)


def _command_lines() -> list[str]:
    anchors = {name: f"ag2s-{name}" for name in COMMANDS}
    return [
        *table("command", "what it does"),
        *(row(f"[`ag2s {name}`](#{anchors[name]})", plain(told)) for name, told in COMMANDS.items()),
    ]


def _with_own(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield name, command
    for own in GROUPS.get(name, ()):
        yield f"{name} {own}", command.commands[own]


def _section(name: str, command: Any, parent: Any) -> list[str]:
    context = type(parent)(command, info_name=name, parent=parent)
    usage = " ".join(context.command.collect_usage_pieces(context))
    lines = [f"## ag2s {name}", "", "```text", f"ag2s {name} {usage}", "```", ""]
    lines += [f"{plain(part)}\n" for part in (command.help or "").split("\n\n")]
    records = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
    records = [record for record in records if "--help" not in record[0]]
    if records:
        lines += [*table("option", "what it says"), *(row(code(spelt), plain(told)) for spelt, told in records), ""]
    return lines

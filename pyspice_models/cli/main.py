"""The command `ag2s`. Every command is thin: it reads its words, calls the package, shows the answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from pyspice_models.cli.commands import COMMANDS, GROUPS, module_of
from pyspice_models.cli.progress import readable, stderr
from pyspice_models.cli.stop import Stopped, stopping
from pyspice_models.engine.toolchain.surroundings import search_path
from pyspice_models.errors import Ag2sError
from pyspice_models.version import __version__


def _group() -> None:
    """Makes typer take one command for a group."""


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each imported when it is asked for: what `ag2s doctor` needs is a tenth of the package."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._made:
            one = typer.Typer(
                add_completion=False, rich_markup_mode=None, no_args_is_help=True, help=f"{COMMANDS[name]}."
            )
            for own in GROUPS.get(name, ()):
                one.command(own)(getattr(import_module(module_of(f"{name} {own}")), f"{own.replace('-', '_')}_command"))
            if name in GROUPS:
                one.callback()(_group)
            else:
                one.command(name)(getattr(import_module(module_of(name)), f"{name.replace('-', '_')}_command"))
            self._made[name] = typer.main.get_command(one)
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _say(error: BaseException) -> None:
    for line in (str(error), *getattr(error, "__notes__", ())):
        stderr.print(readable(line), soft_wrap=True)


class _Group(TyperGroup):
    """Shows the package's own errors as text and turns them into their exit status."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": _Commands()})

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: Any) -> Any:
        try:
            with stopping():
                return super().invoke(ctx)
        except Ag2sError as error:
            stderr.print("error: ", style="red", end="")
            _say(error)
            raise typer.Exit(error.exit_code) from None
        except Stopped as error:
            _say(error)
            raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # it would swallow every [table] that a help text names
    context_settings={"max_content_width": 120},
    help="Ag2S memristor crossbars in real circuit simulators. Results go to standard output, words to standard error. "
    "Exit status 0: done; 1: the work failed; 2: the request was wrong.",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    # what a library starts by its name alone, as Python's own do, never comes from the current folder
    os.environ["PATH"] = search_path()

"""The command `ag2s`. Every command is thin: it reads its words, calls the package, shows the answer."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pyspice_models.cli.commands import COMMANDS, GROUPS, module_of
from pyspice_models.cli.progress import readable, stderr
from pyspice_models.cli.stop import Stopped, stopping
from pyspice_models.engine.toolchain.surroundings import search_path
from pyspice_models.errors import Ag2sError


def _group(ctx: typer.Context) -> None:
    """Alone it shows its help: what it can do is what was asked."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit


@dataclass(frozen=True)
class _Offered:
    """What a shell is offered in place of an unfinished word; typer takes square brackets in its help for markup."""

    value: str
    help: str
    type: str = "plain"

    @classmethod
    def of(cls, value: str, said: str | None, kind: str = "plain") -> _Offered:
        return cls(value, (said or "").replace("[", r"\["), kind)


class _Command(TyperCommand):
    """Offers its options with all that their help says."""

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        return [_Offered.of(one.value, one.help, one.type) for one in super().shell_complete(ctx, incomplete)]


def _function(name: str) -> Any:
    return getattr(import_module(module_of(name)), f"{name.split()[-1].replace('-', '_')}_command")


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each imported when it is asked for: what `ag2s doctor` needs is a tenth of the package."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._made:
            one = typer.Typer(add_completion=False, rich_markup_mode=None, help=f"{COMMANDS[name]}.")
            for own in GROUPS.get(name, ()):
                one.command(own, cls=_Command)(_function(f"{name} {own}"))
            if name in GROUPS:
                one.callback(invoke_without_command=True)(_group)
            else:
                one.command(name, cls=_Command)(_function(name))
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

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The commands' names: typer would import every command for what COMMANDS says of it."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [_Offered.of(name, said) for name, said in COMMANDS.items() if name.startswith(incomplete)]

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
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # it would swallow every [table] that a help text names
    context_settings={"max_content_width": 120, "help_option_names": ["-h", "--help"]},
    help="Ag2S memristor crossbars in real circuit simulators. Results go to standard output, words to standard error. "
    "Exit status 0: done; 1: the work failed; 2: the request was wrong.",
)


def _show_version(asked: bool) -> None:
    if asked:
        from pyspice_models.version import __version__  # which a look into all that is installed finds

        typer.echo(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _main(
    ctx: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    # what a library starts by its name alone, as Python's own do, never comes from the current folder
    os.environ["PATH"] = search_path()
    if ctx.invoked_subcommand is not None:
        from pyspice_models.engine.toolchain.waits import listen

        listen(lambda text: stderr.print(readable(text), soft_wrap=True))
    _group(ctx)

"""The command `ag2s`. Every command is thin: it reads its words, calls the package, shows the answer."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from pyspice_models import __version__
from pyspice_models.cli.commands.anchors import anchors_command
from pyspice_models.cli.commands.assumptions import assumptions_command
from pyspice_models.cli.commands.bench import bench_command
from pyspice_models.cli.commands.characterize import characterize_command
from pyspice_models.cli.commands.convert import convert_command
from pyspice_models.cli.commands.doctor import doctor_command
from pyspice_models.cli.commands.export import export_command
from pyspice_models.cli.commands.fit import fit_command
from pyspice_models.cli.commands.margin import margin_command
from pyspice_models.cli.commands.montecarlo import montecarlo_command
from pyspice_models.cli.commands.netlist import netlist_command
from pyspice_models.cli.commands.simulate import simulate_command
from pyspice_models.cli.commands.sweep import sweep_command
from pyspice_models.cli.commands.write_verify import write_verify_command
from pyspice_models.cli.progress import readable, stderr
from pyspice_models.cli.stop import Stopped, stopping
from pyspice_models.engine.toolchain.surroundings import search_path
from pyspice_models.errors import Ag2sError


def _say(error: BaseException) -> None:
    for line in (str(error), *getattr(error, "__notes__", ())):
        stderr.print(readable(line), soft_wrap=True)


class _Group(TyperGroup):
    """Shows the package's own errors as text and turns them into their exit status."""

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


app.command("doctor")(doctor_command)
app.command("netlist")(netlist_command)
app.command("export")(export_command)
app.command("convert")(convert_command)
app.command("simulate")(simulate_command)
app.command("assumptions")(assumptions_command)
app.command("sweep")(sweep_command)
app.command("montecarlo")(montecarlo_command)
app.command("margin")(margin_command)
app.command("write-verify")(write_verify_command)
app.command("bench")(bench_command)
app.command("characterize")(characterize_command)
app.command("anchors")(anchors_command)
app.command("fit")(fit_command)

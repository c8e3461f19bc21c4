"""`ag2s disturb`: very many reads of a programmed array."""

from __future__ import annotations

import math
from pathlib import Path

import typer

from pyspice_models.campaign.lasting import DisturbParams, disturb
from pyspice_models.campaign.lasting.disturb import MOST_ROUNDS, split_program
from pyspice_models.cli.lasting import keep_and_show
from pyspice_models.cli.options import Force, simulated_by
from pyspice_models.engine import engine_names
from pyspice_models.errors import RequestError
from pyspice_models.study import load_study
from pyspice_models.units import parse


def disturb_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/read_disturb.toml."),
    reads: str = typer.Option(
        "1e6", metavar="N", help="How often the reads of the program are done, all of them each time, 1 to 1e15."
    ),
    every: str = typer.Option("0 s", help="Rest between two rounds of reads, in which cells age."),
    loss: str = typer.Option(
        "0.1", help="Change of a cell's conductance that counts as lost, as a share of the nominal window."
    ),
    changes: list[str] = typer.Option(
        [], "--set", metavar="KEY=VALUE", help="Change the study, for example program.1.voltage=50mV."
    ),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    as_json: bool = typer.Option(False, "--json", help="Measures as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, JSON and picture; by default out/NAME-disturb."),
    force: Force = False,
) -> None:  # fmt: skip
    """What very many reads do to a programmed array, without as many transients: the map of one round, and its power.

    What stands before the first read of the program is done once; the reads, products and waits from there on are a
    round. One round is simulated with its lines and drivers; the cells' equations make of it a map of states, which is
    squared until it is as many rounds. Where states have moved by 0.05, a round is simulated anew.
    """
    asked = DisturbParams.from_mapping({"reads": _rounds(reads), "every": every, "loss": loss})
    found = simulated_by(load_study(study, changes), engine, form)
    split_program(found)
    about = {**asked.as_dict(), "what": "disturb"}
    keep_and_show(
        found, "disturb", about, lambda told: disturb(found, asked, told), title=f"{asked.reads:.3g} rounds of reads",
        out=out, force=force, as_json=as_json,
    )  # fmt: skip


def _rounds(text: str) -> int:
    """A whole number, also as 1e6."""
    allowed = f"a whole number from 1 to {MOST_ROUNDS:.0e}"
    value = parse(text, "", name="--reads", allowed=allowed)
    if not math.isfinite(value) or value != round(value) or not 1 <= value <= MOST_ROUNDS:
        raise RequestError.for_value("--reads", text, allowed=allowed)
    return round(value)

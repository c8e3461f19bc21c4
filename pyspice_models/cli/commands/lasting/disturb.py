"""`ag2s disturb`: very many reads of a programmed array."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.campaign.lasting import disturb
from pyspice_models.campaign.lasting.disturb import split_program
from pyspice_models.campaign.lasting.tables import disturb_from, rounds
from pyspice_models.cli.lasting import keep_and_show
from pyspice_models.cli.options import Force, simulated_by
from pyspice_models.engine import engine_names
from pyspice_models.study.tables.source import Source


def disturb_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/read_disturb.toml."),
    reads: str = typer.Option(
        "", metavar="N", help="How often the reads of the program are done, all of them each time, 1 to 1e15; by "
        "default what [disturb] of the study says, or 1e6.",
    ),
    every: str = typer.Option("", help="Rest between two rounds of reads, in which cells age; by default none."),
    loss: str = typer.Option(
        "", help="Change of a cell's conductance that counts as lost, as a share of the nominal window; by default 0.1."
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
    source = Source.of(study, changes)
    given = {"every": every, "loss": loss} | ({"reads": rounds(reads, "--reads")} if reads else {})
    asked = disturb_from(source.with_keys("disturb", {k: v for k, v in given.items() if v}).tables["disturb"])
    found = simulated_by(source.without("disturb").study(), engine, form)
    split_program(found)
    about = {**asked.as_dict(), "what": "disturb"}
    keep_and_show(
        found, "disturb", about, lambda told: disturb(found, asked, told), title=f"{asked.reads:.3g} rounds of reads",
        out=out, force=force, as_json=as_json,
    )  # fmt: skip

"""`ag2s retain`: a programmed array at rest for a long time."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.campaign.lasting import retain
from pyspice_models.campaign.lasting.tables import retain_from
from pyspice_models.cli.lasting import keep_and_show
from pyspice_models.cli.options import Force, simulated_by
from pyspice_models.engine import engine_names
from pyspice_models.study.tables.source import Source


def retain_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/forgetting.toml."),
    time: str = typer.Option(
        "", help="How long the array rests behind its program; by default what [retain] of the study says, or 1e4 s."
    ),
    temperature: str = typer.Option(
        "", metavar="T1,T2,...",
        help="Temperatures of the rest, such as 300K,330K; by default those of [retain], or that of the study. From "
        "two on, the activation energy is measured.",
    ),
    loss: str = typer.Option(
        "", help="Change of a cell's conductance that counts as lost, as a share of the nominal window; by default 0.1."
    ),
    changes: list[str] = typer.Option(
        [], "--set", metavar="KEY=VALUE", help="Change the study, for example aging.retain_time=1e5s."
    ),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi or subckt."),
    as_json: bool = typer.Option(False, "--json", help="Measures as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, JSON and picture; by default out/NAME-retain."),
    force: Force = False,
) -> None:  # fmt: skip
    """What a programmed array still holds after a long rest, at one temperature or several, without a transient of it.

    The program is done once, at the study's temperature. Then cells lose what [aging] says, and what they forget by
    their own equations at 0 V. Conductances are those at the study's temperature.
    """
    source = Source.of(study, changes)
    each = [word.strip() for word in temperature.split(",")] if temperature else []
    given: dict[str, object] = {"time": time, "loss": loss, "temperatures": each}
    asked, kelvins = retain_from(source.with_keys("retain", {k: v for k, v in given.items() if v}).tables["retain"])
    found = simulated_by(source.without("retain").study(), engine, form)
    about = {**asked.as_dict(), "temperatures": kelvins, "what": "retain"}
    keep_and_show(
        found, "retain", about, lambda told: retain(found, asked, kelvins, told), title=f"after {asked.time:.3g} s",
        out=out, force=force, as_json=as_json,
    )  # fmt: skip

"""`ag2s measure`: the package's measures from waves that another tool made."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.cli.progress import stderr, tell_measures, tell_warning
from pyspice_models.study import load_study
from pyspice_models.study.outside.measured import measure_waves


def measure_command(
    waves: Path = typer.Argument(
        help="Raw file of ngspice or VACASK, binary or text, or CSV: of ag2s convert, or exported as text by LTspice."
    ),
    study: Path = typer.Option(..., help="Study file (TOML) that was simulated."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    instance: str = typer.Option("", help="Element of a testbench that is the crossbar, such as x1."),
    rename: list[str] = typer.Option(
        [], metavar="THEIRS=OURS", help="Node or source that the testbench calls differently, such as in0=wt_0."
    ),
    as_json: bool = typer.Option(False, "--json", help="Measures as JSON on standard output."),
) -> None:
    """Measure a study by waves that another tool made of it, named as in the package's netlists.

    Where some waves are missing, so are the measures that take them, each with what it lacks.
    """
    outcome = measure_waves(waves, load_study(study, changes), instance=instance, rename=rename)
    if as_json:
        typer.echo(outcome.as_json())
    else:
        title = f"{outcome.study.title}, {outcome.dataset.attrs['engine']}"
        tell_measures(title, outcome.measures.items(), outcome.missing)
    for name, vectors in outcome.lacking.items():
        stderr.print(f"the waves lack {name}: {vectors}", markup=False)
    tell_warning(outcome.warning)

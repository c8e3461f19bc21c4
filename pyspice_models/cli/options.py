"""Options that several commands have, and what a folder of results is told about the command."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.mark import Origin

if TYPE_CHECKING:
    from pyspice_models.study import Study

Force = Annotated[
    bool, typer.Option("--force", help="Replace another result, or a file, that lies where this one is to go.")
]

Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Work on the workers of a Dask scheduler, such as tcp://host:8786; or "
        'in as many jobs of SLURM as --workers says, with options of sbatch: "slurm --partition=night --time=8:00:00".',
    ),
]  # fmt: skip

Of = Annotated[
    str,
    typer.Option(
        "--of", metavar="WHAT",
        help="What is done: transient, the study's program; write-verify, inference, disturb or retain, as the table "
        "[write_verify], [inference], [disturb] or [retain] says.",
    ),
]  # fmt: skip

LIMITS: list[str] = typer.Option(
    [], "--limit", metavar="LIMIT",
    help='What a good array keeps to, such as "read_margin >= 0.5" or "energy_supply <= 20 pJ", instead of '
    "[montecarlo.limits]. Repeat for more.",
)  # fmt: skip


def origin(kind: str, question: str | Mapping[str, object], **about: object) -> Origin:
    """What the results of a command come from: its question, as digest or as all that decides the answer."""
    digest = question if isinstance(question, str) else content_key(question)
    return Origin(kind, digest, about, shlex.join(["ag2s", *sys.argv[1:]])[:_LONGEST])


def simulated_by(study: Study, engine: str, form: str) -> Study:
    """The study with what --engine and --form say, where they say something."""
    if form:
        study = replace(study, form=form)
    return replace(study, engine=engine) if engine else study


_LONGEST = 4000  # characters of a command line that are kept

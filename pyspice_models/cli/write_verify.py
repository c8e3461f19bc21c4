"""`ag2s write-verify`: program a crossbar to a map of levels, in a closed loop."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import typer

from pyspice_models.cli.progress import progress, stderr
from pyspice_models.engine import engine_names
from pyspice_models.study import output_folder
from pyspice_models.study.write_verify import write_verify
from pyspice_models.study.write_verify_file import load_write_verify
from pyspice_models.units import show


def write_verify_command(
    study: Path = typer.Argument(help="Study file (TOML) with a [write_verify] table."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    as_json: bool = typer.Option(False, "--json", help="The report as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for report, states and picture [out/NAME]."),
) -> None:
    """Program every cell to its level: write, read through the array, correct. A stopped run goes on where it was.

    Exit status 1 if a cell did not get there within the rounds: the report names it, and the states are kept.
    """
    asked, target, budget = load_write_verify(study, changes)
    asked = replace(asked, engine=engine or asked.engine)
    folder = (out or Path("out") / asked.name).absolute()
    checkpoint = folder.with_name(f"{folder.name}-checkpoint.npz")
    with output_folder(folder) as scratch:
        with progress("programming") as report:
            found, crossbar = write_verify(asked, target, budget, checkpoint=checkpoint, report=report)
        answer = {
            "study": asked.name,
            "converged": found.converged,
            "rounds": len(found.errors) - 1,
            "measures": {
                "largest_error": {"value": found.errors[-1], "unit": ""},
                "largest_state_error": {"value": float(np.abs(found.states - found.target).max()), "unit": ""},
                "pulses": {"value": float(found.pulses.sum()), "unit": ""},
                "energy": {"value": found.energy, "unit": "J"},
            },
            "errors": found.errors,
            "missed": found.missed,
        }
        (scratch / "report.json").write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
        np.savetxt(scratch / "states.csv", found.states, delimiter=",", fmt="%.9g")
        np.savez(scratch / "states.npz", w=crossbar.w0, x=crossbar.x0, target=found.target, read=found.read)
        # matplotlib takes half a second to import: not before it is needed
        from pyspice_models.plot.write_verify import save_write_verify_picture

        save_write_verify_picture(found, budget.tolerance, scratch / "write_verify.png")
    checkpoint.unlink(missing_ok=True)
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    else:
        typer.echo(
            f"{'converged' if found.converged else 'not converged'} after {len(found.errors) - 1} rounds: "
            f"largest error {found.errors[-1]:.4g}, {int(found.pulses.sum())} pulses, {show(found.energy, 'J')}"
        )
    stderr.print(f"files in {folder}", markup=False)
    if not found.converged:
        stderr.print(f"cells beyond the tolerance of {budget.tolerance:g}: {found.missed}", markup=False)
        raise typer.Exit(1)

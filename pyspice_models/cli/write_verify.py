"""`ag2s write-verify`: program a crossbar to a map of levels, in a closed loop."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import typer

from pyspice_models.array import Crossbar
from pyspice_models.cli.progress import progress, stderr
from pyspice_models.engine import engine_names
from pyspice_models.study import output_folder
from pyspice_models.study.checkpoint import forget
from pyspice_models.study.levels import to_conductances
from pyspice_models.study.states import STATES
from pyspice_models.study.write_verify import Budget, Report, write_verify
from pyspice_models.study.write_verify_file import load_write_verify
from pyspice_models.units import show


def write_verify_command(
    study: Path = typer.Argument(help="Study file (TOML) with a [write_verify] table."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi (compiled Verilog-A) or subckt (behavioural)."),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    as_json: bool = typer.Option(False, "--json", help="The report as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for report, states, decks, picture; by default out/NAME."),
) -> None:
    """Program every cell to its level: write, read through the array, correct. A stopped run goes on where it was.

    Exit status 1 if a cell did not get there within the rounds: the report names it, and the states are kept.
    """
    asked, target, budget = load_write_verify(study, changes)
    asked = replace(asked, engine=engine or asked.engine, form=form or asked.form)
    folder = (out or Path("out") / asked.name).absolute()
    checkpoint = folder.with_name(f"{folder.name}-checkpoint.npz")
    with output_folder(folder) as scratch:
        if checkpoint.exists():
            stderr.print(f"going on from {checkpoint}", markup=False)
        with progress("programming") as report:
            found, crossbar = write_verify(
                asked, target, budget, folder=scratch, checkpoint=checkpoint, report=report
            )  # fmt: skip
        answer = json.dumps(_answer(asked.name, asked.engine, found, crossbar, budget), indent=2)
        (scratch / "report.json").write_text(answer + "\n", encoding="utf-8")
        np.savetxt(scratch / "states.csv", found.states, delimiter=",", fmt="%.9g")
        kept = {"w": crossbar.w0, "x": crossbar.x0, "target": found.target, "read": found.read, "pulses": found.pulses}
        np.savez(scratch / STATES, allow_pickle=False, **kept)
        # matplotlib takes half a second to import: not before it is needed
        from pyspice_models.plot.write_verify import save_write_verify_picture

        save_write_verify_picture(found, budget.tolerance, scratch / "write_verify.png")
    forget(checkpoint)
    if as_json:
        typer.echo(answer)
    else:
        typer.echo(
            f"{'converged' if found.converged else 'not converged'} after {len(found.errors) - 1} rounds: "
            f"{found.target.size - len(found.missed)} of {found.target.size} cells within {budget.tolerance:g}, "
            f"largest error {found.errors[-1]:.4g}, {int(found.pulses.sum())} pulses, {show(found.energy, 'J')}"
        )
    stderr.print(f"files in {folder}", markup=False)
    if not found.converged:
        _explain(found, budget)
        raise typer.Exit(1)


def _answer(name: str, engine: str, found: Report, crossbar: Crossbar, budget: Budget) -> dict[str, Any]:
    """The report as JSON holds it."""
    numbers = {
        "largest_error": (found.errors[-1], ""),
        "largest_state_error": (float(np.abs(found.states - found.target).max()), ""),
        "largest_read_error": (float(np.abs(found.read_error).max()), ""),
        "largest_filament_state": (float(crossbar.x0.max()), ""),
        "pulses": (float(found.pulses.sum()), ""),
        "energy": (found.energy, "J"),
    }
    wanted, seen = (to_conductances(crossbar, levels, budget.read_voltage) for levels in (found.target, found.read))
    return {
        "study": name,
        "engine": engine,
        "converged": found.converged,
        "rounds": len(found.errors) - 1,
        "measures": {name: {"value": value, "unit": unit} for name, (value, unit) in numbers.items()},
        "errors": found.errors,
        "typical_errors": found.typical,
        "cells_off": found.off,
        "missed": [
            {
                "row": place[0],
                "col": place[1],
                "why": found.why(place),
                "target": float(found.target[place]),
                "read": float(found.read[place]),
                "state": float(found.states[place]),
                "target_conductance": {"value": float(wanted[place]), "unit": "S"},
                "read_conductance": {"value": float(seen[place]), "unit": "S"},
                "pulses": int(found.pulses[place]),
            }
            for place in found.missed
        ],
    }


def _explain(found: Report, budget: Budget) -> None:
    stderr.print(f"cells beyond the tolerance of {budget.tolerance:g}:")
    shown = 20
    for place in found.missed[:shown]:
        stderr.print(
            f"  row {place[0]}, col {place[1]}: reads {found.read[place]:.4g}, should be {found.target[place]:.4g}, "
            f"{found.pulses[place]} pulses: {found.why(place)}",
            markup=False,
        )
    if len(found.missed) > shown:
        stderr.print(f"  and {len(found.missed) - shown} more, see report.json")

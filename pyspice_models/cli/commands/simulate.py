"""`ag2s simulate`: one study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import typer
from rich.table import Table

from pyspice_models.campaign.montecarlo import load_montecarlo
from pyspice_models.cli.options import Force, origin, simulated_by
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import (
    progress_bars,
    stderr,
    table_console,
    tell_kinds,
    tell_measures,
    tell_notes,
    tell_warning,
)
from pyspice_models.engine import engine_names
from pyspice_models.errors import RequestError
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.inputs.text import MOST_TEXT, is_file, read_text
from pyspice_models.inputs.toml_lines import told_where
from pyspice_models.measure import Measure
from pyspice_models.study import Outcome, load_study, run_study
from pyspice_models.study.bounds import check_run
from pyspice_models.study.identity import question
from pyspice_models.study.measures.step_table import COLUMNS
from pyspice_models.units import show


def simulate_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/write_read.toml."),
    engine: str = typer.Option("", help=f"Simulator, instead of the study's own: {', '.join(engine_names())}."),
    form: str = typer.Option("", help="Form of the cell: osdi (compiled Verilog-A) or subckt (behavioural)."),
    changes: list[str] = typer.Option(
        [], "--set", metavar="KEY=VALUE", help="Change the study, for example array.rows=32 or program.0.voltage=0.25V."
    ),
    spice: list[str] = typer.Option(
        [],
        metavar="LINE|FILE",
        help='Element of your own around the array, such as "R9 wl0_far 0 1k", or a file of such lines.',
    ),
    run: int | None = typer.Option(None, metavar="N", help="The array, or cycle, of run N of `ag2s montecarlo`."),
    accuracy: str = typer.Option(
        "",
        metavar="ERROR",
        help="Largest error of energies, currents and times, such as 0.5%: sets tolerances and step.",
    ),
    time_limit: float = typer.Option(
        0.0, help="Stop after so many seconds, building the netlist included; 0: the study's own limit."
    ),
    as_json: bool = typer.Option(False, "--json", help="Measures as JSON on standard output."),
    out: Path | None = typer.Option(
        None, help="Folder for deck, log, netCDF and pictures; by default out/NAME, or out/NAME-run-N."
    ),
    force: Force = False,
) -> None:
    """Simulate one study: measures on standard output; deck, log, waves (netCDF) and pictures in a folder."""
    if accuracy:
        changes = [*changes, f"accuracy.error={accuracy}"]
    asked = load_study(study, changes) if run is None else load_montecarlo(study, changes, runs=1).study(run)
    if spice:
        asked = replace(asked, spice=(*asked.spice, *_own_lines(spice)))
    asked = simulated_by(asked, engine, form)
    if time_limit:
        asked = replace(asked, limits=asked.limits.replace(time_limit=time_limit))
    folder = out or Path("out") / (asked.name if run is None else f"{asked.name}-run-{run}")
    size = f"{asked.crossbar.rows} x {asked.crossbar.cols}"
    stderr.print(f"{asked.name}: {size} cells ({asked.form}) in {asked.engine}", markup=False)
    tell_kinds(asked.crossbar)
    tell_notes(asked.crossbar)
    check_run(asked, folder)
    made = origin("simulate", question(asked), study=asked.name, engine=asked.engine, form=asked.form)
    with output_folder(folder, made, force=force) as scratch:
        with told_where(study, changes), progress_bars("building the program", "simulating") as (building, progress):
            outcome = run_study(asked, scratch, progress, building=building, force=force)
        data_complete(scratch)
        failure = draw(lambda: _draw(outcome, scratch))
    if as_json:
        typer.echo(outcome.as_json())
    else:
        _print_table(outcome)
        _print_steps(outcome)
    stderr.print(f"numerics: {outcome.dataset.attrs['numerics']}", markup=False)
    seconds = outcome.dataset.attrs["engine_seconds"]
    stderr.print(f"{outcome.dataset.attrs['engine']} took {seconds:.2f} s; files in {folder}", markup=False)
    raise_failure(failure, folder)
    tell_warning(outcome.warning)


def _own_lines(given: list[str]) -> list[str]:
    """Lines, and those of files."""
    found: list[str] = []
    for one in given:
        if is_file(Path(one)):
            found += read_text(Path(one), "lines of SPICE", MOST_TEXT).split("\n")
        elif len(one.split()) < 2:
            raise RequestError(
                f"--spice {one}: there is no such file, and a line has a name and nodes: R9 wl0_far 0 1k"
            )
        else:
            found.append(one)
    return found


def _draw(outcome: Outcome, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report import save_pictures
    from pyspice_models.report.fluctuation import save_fluctuation

    save_pictures(outcome.dataset, folder)
    save_fluctuation(outcome.dataset, folder)


_SHOWN = {
    "dissipated": "energy_dissipated", "left": "energy_left_stored", "supply": "energy_supply",
    "lines": "energy_supply_line_charge", "change of state": "state_change", "read": "read_current",
}  # fmt: skip


def _print_steps(outcome: Outcome) -> None:
    title = (
        "step by step; energies are means over pulses and cells: dissipated, left stored, drawn from supplies, and the "
        "part of that for charging lines"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("step", overflow="fold")
    for head in _SHOWN:
        table.add_column(head, justify="right", overflow="fold")
    for row in outcome.steps:
        values = [show(row.values[n], COLUMNS[n][0]) if n in row.values else "" for n in _SHOWN.values()]
        told = (str(row.count), row.kind, show(row.voltage, "V"), row.scheme)
        table.add_row(f"{row.step}: {' '.join(filter(None, told))}", *values)
    table_console().print(table)


def _apart(measures: Mapping[str, Measure]) -> Iterator[tuple[str, Measure]]:
    """In their order; where sets and resets are told apart, these stand in front of what is a mean over both."""
    apart = [name for name in measures if name.endswith(("_per_set", "_per_reset"))]
    for name in [*apart, *(name for name in measures if name not in apart)]:
        if f"{name}_set" not in measures:  # the set's, once more
            yield name, measures[name]


def _print_table(outcome: Outcome) -> None:
    tell_measures(outcome.study.title, _apart(outcome.measures), outcome.missing)

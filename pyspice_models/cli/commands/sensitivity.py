"""`ag2s sensitivity`: what the currents of one step answer to."""

from __future__ import annotations

import json
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console, tell_notes
from pyspice_models.engine.nodal.static.sensitivity import Sensitivity
from pyspice_models.files import write_text
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.numeric import whole
from pyspice_models.result import save
from pyspice_models.study import load_study
from pyspice_models.study.identity import question
from pyspice_models.study.sensitivity import StepSensitivity, as_data, step_sensitivity, strongest, to_dataset
from pyspice_models.units import show

_MOST_LINES = 8  # of a table of currents


def sensitivity_command(
    study: Path = typer.Argument(help="Study file (TOML), such as scripts/studies/ir_drop.toml."),
    output: list[str] = typer.Option(
        [], metavar="LINE", help="An output current: 'bit 3' into its sense circuit, 'word 0' from its driver; "
        "may be given several times. By default the first line that the step senses.",
    ),
    step: int | None = typer.Option(
        None, metavar="N", help="Step of the program; by default the first read or product, or else the first pulse."
    ),
    ohmic: bool = typer.Option(
        False, "--ohmic", help="Take cells as resistors, of their conductance at 0 V, not at their operating point."
    ),
    most: int = typer.Option(12, metavar="N", help="How many elements are listed for each output, 1 to 10000."),
    changes: list[str] = typer.Option(
        [], "--set", metavar="KEY=VALUE", help="Change the study, for example array.rows=32 or program.0.voltage=0.25V."
    ),
    as_json: bool = typer.Option(False, "--json", help="Currents, bounds and elements as JSON on standard output."),
    out: Path | None = typer.Option(
        None, help="Folder for sensitivity.nc, sensitivity.json and maps; by default none is kept."
    ),
    force: Force = False,
) -> None:  # fmt: skip
    """What each output current answers to: every cell, line segment, driver and sense circuit, by one adjoint solution.

    Lines are at the voltages of the step's pulse, cells at the states they begin with. Every current comes with a bound
    of its error that holds. Selectors, current limiters and rails are refused.
    """
    whole(most, 1, 10_000, name="--most")
    asked = load_study(study, changes)
    tell_notes(asked.crossbar)
    failure = None
    if out is None:
        found = step_sensitivity(asked, output, step, ohmic=ohmic)
        answer = json.dumps(as_data(found, most), indent=1)
    else:
        key = content_key({**question(asked), "output": output, "step": step, "ohmic": ohmic, "most": most})
        with output_folder(out, origin("sensitivity", key, study=asked.name), force=force) as folder:
            found = step_sensitivity(asked, output, step, ohmic=ohmic)
            answer = json.dumps(as_data(found, most), indent=1)
            dataset = to_dataset(found)
            write_text(folder / "sensitivity.json", answer + "\n")
            save(dataset, folder / "sensitivity.nc")
            data_complete(folder)
            failure = draw(lambda: _draw(dataset, folder))
    if as_json:
        typer.echo(answer)
    else:
        _print_currents(found)
        for one in found.maps:
            _print_elements(found, one, most)
    stderr.print(f"held: {found.maps[0].held}", markup=False, soft_wrap=True)
    if before := found.before:
        pulses = "1 pulse" if before == 1 else f"{before} pulses"
        words = f"cells are at the states they begin with: what {pulses} before this step would change is not in them"
        stderr.print(words, markup=False, soft_wrap=True)
    if out is not None:
        raise_failure(failure, out)


def _draw(dataset: xr.Dataset, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.sensitivity import save_sensitivity_pictures

    save_sensitivity_pictures(dataset, folder)


def _print_currents(found: StepSensitivity) -> None:
    asked = {str(one.output): one for one in found.maps}
    solution = found.solution
    table = Table(title="output currents, each with a bound of its error", title_justify="left")
    for name in ("line", "current", "off by at most", "by the adjoint", "off by at most"):
        table.add_column(name, justify="left" if name == "line" else "right")
    # what was asked for first, then what else the step drives and senses
    lines = dict.fromkeys([*asked, *(f"bit {c}" for c in found.phase.cols), *(f"word {r}" for r in found.phase.rows)])
    for name in list(lines)[: max(_MOST_LINES, len(asked))]:
        side, line = name.split()
        current = (solution.word_ends if side == "word" else solution.sense)[int(line)]
        error = (solution.word_ends_error if side == "word" else solution.bit_ends_error)[int(line)]
        corrected = asked[name].corrected if name in asked else None
        table.add_row(
            name, show(float(current), "A", 6), show(float(error), "A", 2),
            *([show(corrected[0], "A", 6), show(corrected[1], "A", 2)] if corrected else ["", ""]),
        )  # fmt: skip
    table_console().print(table)
    if (rest := len(lines) - max(_MOST_LINES, len(asked))) > 0:
        table_console().print(f"and {rest} more lines that this step drives or senses: --json or --out has them all")


def _print_elements(found: StepSensitivity, one: Sensitivity, most: int) -> None:
    table = Table(
        title=f"what the current of {one.output} answers to most; changes for a value that is 1 % larger",
        title_justify="left",
    )
    table.add_column("element", no_wrap=True)
    for name in ("value", "derivative", "1 % more", "of the current"):
        table.add_column(name, justify="right", no_wrap=True)
    for element in strongest(one, found.conductances, most):
        share = f"{element.effect / one.current:.3g} %" if one.current else ""
        table.add_row(
            element.name, show(element.value, element.unit), show(element.derivative, f"A/{element.unit}"),
            show(0.01 * element.effect, "A"), share,
        )  # fmt: skip
    console = table_console()
    (console if console.is_terminal else table_console(width=110)).print(table)

"""`ag2s currents`: what an instrument would read at an array's terminals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pyspice_models.cli.array_lines import array_of, both_sides
from pyspice_models.cli.options import Force
from pyspice_models.cli.progress import stderr
from pyspice_models.errors import RequestError
from pyspice_models.files import check_file, whole_text, writing
from pyspice_models.inputs.matrix import matrix_from_file
from pyspice_models.lab.deembed import Noise, lines_of, readings_text, simulated_readings
from pyspice_models.lab.deembed.readings import MAX_LINES
from pyspice_models.numeric import whole
from pyspice_models.study import load_study
from pyspice_models.units import parse, show


def currents_command(
    study: Annotated[
        Path | None, typer.Argument(help="Study file: its array, with the cells as they begin.", metavar="[STUDY]")
    ] = None,
    changes: Annotated[list[str], typer.Option("--set", metavar="KEY=VALUE", help="Change the study.")] = [],  # noqa: B006
    conductances: Annotated[
        Path | None, typer.Option(help="Conductances instead, in siemens, rows x cols: CSV, .npy or .mat.")
    ] = None,
    rows: Annotated[int, typer.Option(help="Number of word lines, without a study.")] = 0,
    cols: Annotated[int, typer.Option(help="Number of bit lines.")] = 0,
    end: Annotated[
        str, typer.Option(help="Resistance between instrument and first segment, of every line.", metavar="OHM")
    ] = "",
    word_end: Annotated[str, typer.Option(help="The same of word lines alone.", metavar="OHM")] = "",
    bit_end: Annotated[str, typer.Option(help="The same of bit lines alone.", metavar="OHM")] = "",
    segment: Annotated[str, typer.Option(help="Resistance between neighbouring crossings.", metavar="OHM")] = "",
    word_segment: Annotated[str, typer.Option(help="The same of word lines alone.", metavar="OHM")] = "",
    bit_segment: Annotated[str, typer.Option(help="The same of bit lines alone.", metavar="OHM")] = "",
    voltage: Annotated[str, typer.Option(help="Of the driven line; all others are at 0 V.")] = "5 mV",
    floating: Annotated[bool, typer.Option("--floating", help="Cut undriven word lines off.")] = False,
    noise: Annotated[str, typer.Option(help="Standard deviation of a reading.", metavar="SHARE")] = "0",
    floor: Annotated[str, typer.Option(help="Noise of the smallest readings.", metavar="AMPERE")] = "0 A",
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, instead of standard output.")
    ] = None,
    force: Force = False,
) -> None:
    """Write the currents at an array's terminals as an instrument would read them: a file that `ag2s deembed` takes.

    Each word line is driven by itself and all bit lines are sensed; where undriven lines are held, each bit line is
    driven, too, for its own current. Cells are resistors: of a study, with their conductance at the voltage.
    """
    volts = parse(voltage, "V", name="--voltage")
    ends = both_sides("end", end, word_end, bit_end)
    segments = both_sides("segment", segment, word_segment, bit_segment)
    if study is None:
        if changes:
            raise RequestError("--set changes a study: give one")
        if conductances is None:
            raise RequestError("what the cells are is not said: give a study, or --conductances with --rows and --cols")
        crossbar = array_of(
            whole(rows, 1, MAX_LINES, name="--rows"), whole(cols, 1, MAX_LINES, name="--cols"), ends, segments
        )
    else:
        if rows or cols or any(value is not None for value in (*ends, *segments)):
            raise RequestError("the study says size, ends and segments: change it with --set")
        crossbar = load_study(study, changes).crossbar
        whole(max(crossbar.shape), 1, MAX_LINES, name="lines of the study's array")
    lines = lines_of(crossbar)
    if conductances is not None:
        cells = matrix_from_file(conductances, crossbar.shape, unit="S")
    elif crossbar.selector is not None:
        raise RequestError.for_value("the crossbar's kind", crossbar.kind, allowed="1R, or with --conductances")
    else:
        cells = crossbar.conductance(volts, *crossbar.initial_states)
    share, least = parse(noise, "", name="--noise"), parse(floor, "A", name="--floor")
    if output is not None:
        with writing(output, "-o"):
            check_file(output, "-o", replace=force)
    scatter = Noise(share or 1e-9, least) if share or least else None
    readings = simulated_readings(crossbar, cells, voltage=volts, noise=scatter, seed=seed, floating=floating)
    about = (
        "Simulated, not measured: currents at the terminals of an array, by ag2s currents.",
        f"Ends {show(lines.word_end, 'ohm', 6)} (word) and {show(lines.bit_end, 'ohm', 6)} (bit); undriven word lines "
        f"{'floating' if floating else 'held at 0 V'}; noise {100 * share:g} % and {show(least, 'A')}, seed {seed}.",
    )
    if output is None:
        for line in readings_text(readings, about):
            sys.stdout.write(f"{line}\n")
        return
    with writing(output, "-o"), whole_text(output, replace=force) as file:
        file.writelines(f"{line}\n" for line in readings_text(readings, about))
    stderr.print(f"written: {output}", markup=False, soft_wrap=True)

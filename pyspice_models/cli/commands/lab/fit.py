"""`ag2s fit`: a cell from a user's own pulse train or I-V loop."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyspice_models.cells.presets import format_preset, preset, write_preset
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import readable, stderr, table_console
from pyspice_models.errors import PictureError, RequestError
from pyspice_models.files import check_file, write_text
from pyspice_models.folders.mark import Origin
from pyspice_models.folders.output import check_target, data_complete, output_folder
from pyspice_models.lab.fit import FitResult, PulseTrain, Setup, fit, read_data
from pyspice_models.lab.fit.summary import as_data
from pyspice_models.units import parse, show


def fit_command(
    data: Annotated[Path, typer.Argument(help="CSV with units in its header, see below.", metavar="DATA.csv")],
    base: Annotated[str, typer.Option(help="Preset (name or file) that gives every parameter that is not fitted.")] = (
        "200nm-160C"
    ),
    parameters: Annotated[str, typer.Option(help="What to fit, separated by commas; default: what the data tell.")] = (
        ""
    ),
    name: Annotated[str, typer.Option(help="Name of the new preset; default: the data file's.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The new preset's file; default: DATA.preset.toml, or in --out."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for preset, JSON and a picture of data and fit.")] = None,
    flip: Annotated[
        bool, typer.Option("--flip", help="A negative voltage sets in the file (as in the paper).")
    ] = False,
    read_voltage: Annotated[str, typer.Option(help="Voltage at which conductances were read.")] = "5 mV",
    series: Annotated[str, typer.Option(help="Resistance in series with the cell, in a loop.")] = "0 ohm",
    compliance: Annotated[str, typer.Option(help="Current compliance of a loop, with --series.")] = "",
    floor: Annotated[
        str, typer.Option(help="Current of a loop below which noise rules; default: 1e-4 of the peak.")
    ] = (""),
    temperature: Annotated[str, typer.Option(help="Temperature of the measurement, also as 27 degC.")] = "300 K",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else.")] = False,
    force: Force = False,
) -> None:
    """Fit the cell's kinetics and window to measured data, and write a preset.

    A pulse train has the columns pulse, voltage (V), width (us), conductance (uS); an I-V loop has time (s),
    voltage (V), current (A). The unit may have any SI prefix. Each parameter is reported with its uncertainty; what
    the data do not determine is refused.
    """
    setup = Setup(
        read_voltage=parse(read_voltage, "V", name="--read-voltage"),
        series_resistance=parse(series, "ohm", name="--series"),
        temperature=parse(temperature, "K", name="--temperature"),
        **({"i_limit": parse(compliance, "A", name="--compliance")} if compliance else {}),
        floor=parse(floor, "A", name="--floor") if floor else None,
    )
    start = preset(base)
    measured = read_data(data, flip=flip)
    if measured.ignored:
        stderr.print(f"not used: {readable(', '.join(measured.ignored))}")
    chosen = [part.strip() for part in parameters.split(",")] if parameters else None
    asked = {f"data.{f.name}": getattr(measured, f.name) for f in fields(measured)}
    asked |= {"cell": start.cell, "parameters": chosen, "setup": setup, "name": name}
    made = origin("fit", asked, data=data, base=base)
    preset_file = _preset_file(data, output, out, made, force=force)
    with stderr.status(f"fitting {len(measured.voltage)} points"):
        result = fit(measured, start, parameters=chosen, setup=setup)
    fitted = result.preset(name or _default_name(data))
    picture = out / "fit.png" if out is not None else None
    summary = as_data(result, file=data, preset=preset_file, figure=picture)
    failure: PictureError | None = None
    if out is not None:
        with output_folder(out, made, force=force) as folder:
            write_text(folder / "preset.toml", format_preset(fitted))
            write_text(folder / "fit.json", json.dumps(summary, indent=2) + "\n")
            data_complete(folder)
            failure = draw(lambda: _draw(result, folder / "fit.png"))
    if output is not None or out is None:
        write_preset(fitted, preset_file, replace=force)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    else:
        _show(result, table_console())
        stderr.print(f"preset: {preset_file}")
        if picture is not None:
            stderr.print(f"picture: {picture}")
    for warning in result.warnings:
        stderr.print(Text.assemble(("warning: ", "bold yellow"), readable(warning)))
    if out is not None:
        raise_failure(failure, out)


def _draw(result: FitResult, path: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.fit import save_fit_figure

    save_fit_figure(result, path)


def _preset_file(data: Path, output: Path | None, out: Path | None, made: Origin, *, force: bool) -> Path:
    """The preset's file; refused before the fit if it cannot be written or would replace the data or another result."""
    preset_file = output or (out / "preset.toml" if out is not None else Path(f"{data.stem}.preset.toml"))
    if out is not None:
        check_target(out, made, force=force)
    if out is not None and output is None:
        return preset_file
    if preset_file.exists() and (not preset_file.is_file() or preset_file.samefile(data)):
        raise RequestError.for_value(
            "--output", str(preset_file), allowed="a file that is not the data file or a folder"
        )
    if not preset_file.absolute().parent.is_dir():
        raise RequestError(f"the folder of {preset_file} does not exist. Make it, or choose another --output.")
    check_file(preset_file, "--output", replace=force)
    return preset_file


def _default_name(data: Path) -> str:
    """The data file's name without suffix, where it can be a preset's name."""
    stem = data.stem[:60]
    return f"{stem} fit" if stem.isascii() and stem.isprintable() else "fit"


def _show(result: FitResult, console: Console) -> None:
    table = Table("parameter", "fitted", "uncertainty", "", "before")
    for p in result.parameters:
        relative = f"{p.sigma / abs(p.value):.1%}" if p.value else ""
        table.add_row(p.name, show(p.value, p.unit), f"± {show(p.sigma, p.unit, 2)}", relative, show(p.start, p.unit))
    console.print(table)
    if isinstance(result.data, PulseTrain):
        console.print(
            f"residuals: {show(result.rms, 'S', 3)} rms over {len(result.prediction)} points", highlight=False
        )
    else:
        console.print(f"residuals: {result.rms:.2g} rms in ln(I), {len(result.prediction)} points", highlight=False)

"""`ag2s fit`: a cell from a user's own pulse train or I-V loop."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyspice_models.cells.presets import Preset, format_preset, load_preset, preset, preset_names
from pyspice_models.cells.registry import model_names
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import readable, stderr, table_console
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import PictureError, RequestError
from pyspice_models.files import check_file, whole_text, write_text, writing
from pyspice_models.folders.mark import Origin
from pyspice_models.folders.output import check_target, data_complete, output_folder
from pyspice_models.foreign.read import is_foreign
from pyspice_models.inputs.text import parse_toml, read_text, shown
from pyspice_models.lab.fit import Data, FitResult, PulseTrain, Setup, fit, read_all
from pyspice_models.lab.fit.summary import as_data, cell_text, study_text
from pyspice_models.study.tables.read import load_study
from pyspice_models.units import parse, show

MAX_BYTES = 10_000_000
_MOST_SHOWN = 8


def fit_command(
    data: Annotated[
        list[Path], typer.Argument(help="CSV with units in its header, see below; several are fitted together.",
                                   metavar="DATA.csv...")
    ],
    base: Annotated[
        str,
        typer.Option(help="Preset (name or file) that gives every parameter that is not fitted, or a study with the "
                     "[cell] of a Verilog-A of your own."),
    ] = "200nm-160C",
    parameters: Annotated[str, typer.Option(help="What to fit, separated by commas; default: what the data tell.")] = (
        ""
    ),
    name: Annotated[str, typer.Option(help="Name of the new preset; default: the data file's.")] = "",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The new preset's file; default: DATA.preset.toml, or in --out."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for preset, JSON, a picture of data and fit, and a study of an array.")
    ] = None,
    flip: Annotated[
        bool, typer.Option("--flip", help="A negative voltage sets in the file (as in the paper).")
    ] = False,
    read_voltage: Annotated[str, typer.Option(help="Voltage at which conductances were read.")] = "5 mV",
    series: Annotated[str, typer.Option(help="Resistance in series with the cell, in a loop.")] = "0 ohm",
    compliance: Annotated[str, typer.Option(help="Current compliance of a loop, with --series.")] = "",
    floor: Annotated[
        str, typer.Option(help="Current of a loop below which noise rules; default: 1e-4 of the peak.")
    ] = "",
    temperature: Annotated[str, typer.Option(help="Temperature of the measurement, also as 27 degC.")] = "300 K",
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output, nothing else.")] = False,
    force: Force = False,
) -> None:  # fmt: skip
    """Fit a cell's kinetics and window to measured data, and write a preset.

    A pulse train has the columns pulse, voltage (V), width (us), conductance (uS), and if several were measured
    temperature (K) and device; an I-V loop has time (s), voltage (V), current (A). The unit may have any SI prefix.
    Each parameter is reported with the interval that holds it 68 % of the time; what the data do not determine is
    named. Options of the measurement take one value, or one for each file, separated by commas.
    """
    start = _base(base)
    measured: list[Data] = []
    setups: list[Setup] = []
    for path, setup in zip(data, _setups(len(data), read_voltage, series, compliance, floor, temperature), strict=True):
        found = read_all(path, flip=flip)
        measured += found
        setups += [setup] * len(found)
        if found[0].ignored:
            stderr.print(f"not used in {readable(path.name)}: {readable(', '.join(found[0].ignored))}")
    chosen = [part.strip() for part in parameters.split(",")] if parameters else None
    asked: dict[str, Any] = {
        f"data.{n}.{f.name}": getattr(one, f.name) for n, one in enumerate(measured) for f in fields(one)
    }
    cell = start.cell if isinstance(start, Preset) else start
    asked |= {"cell": cell, "parameters": chosen, "setups": setups, "name": name}
    made = origin("fit", asked, data=data[0] if len(data) == 1 else data, base=base)
    preset_file = _preset_file(data, output, out, made, force=force)
    with stderr.status(f"fitting {sum(one.measured.size for one in measured)} points"):
        result = fit(measured, start, parameters=chosen, setup=setups)
    own = isinstance(start, Preset)
    text = format_preset(result.preset(name or _default_name(data[0]))) if own else cell_text(result)
    picture = out / "fit.png" if out is not None else None
    summary = as_data(result, file=data[0], preset=preset_file, figure=picture)
    failure: PictureError | None = None
    if out is not None:
        with output_folder(out, made, force=force) as folder:
            write_text(folder / ("preset.toml" if own else "cell.toml"), text)
            write_text(folder / "fit.json", json.dumps(summary, indent=2) + "\n")
            if own:
                write_text(folder / "study.toml", study_text(result, "preset.toml"))
            data_complete(folder)
            failure = draw(lambda: _draw(result, folder / "fit.png"))
    if output is not None or out is None:
        with writing(preset_file, "--output"), whole_text(preset_file, replace=force) as file:
            file.write(text)
    if as_json:
        typer.echo(json.dumps(summary, indent=2))
    else:
        _show(result, table_console())
        stderr.print(f"{'preset' if own else 'cell'}: {preset_file}")
        if picture is not None:
            stderr.print(f"picture: {picture}")
    for note in result.notes:
        stderr.print(Text.assemble("note: ", readable(note)))
    for warning in result.warnings:
        stderr.print(Text.assemble(("warning: ", "bold yellow"), readable(warning)))
    if out is not None:
        raise_failure(failure, out)


def _base(text: str) -> Preset | ParameterSet:
    """A preset of any cell, or the cell of a study that brings a Verilog-A.

    Raises:
        RequestError: neither.
    """
    for model in model_names():
        if text in preset_names(model):
            return preset(text, model)
    if not text.endswith(".toml"):
        return preset(text)
    tables = parse_toml(read_text(Path(text), "base", MAX_BYTES), shown(Path(text)))
    cell = tables.get("cell")
    if isinstance(cell, dict) and is_foreign(cell):
        return load_study(text).crossbar.cell
    return load_preset(text)


def _setups(count: int, read_voltage: str, series: str, compliance: str, floor: str, temperature: str) -> list[Setup]:
    """How each file's data were taken."""

    def each(name: str, text: str, unit: str) -> list[float | None]:
        parts = text.split(",") if text else [""]
        if len(parts) not in {1, count}:
            raise RequestError.for_value(
                f"number of values of {name}", len(parts), allowed=f"1, or {count} as there are files"
            )
        values = [parse(part, unit, name=name) if part.strip() else None for part in parts]
        return values * count if len(values) == 1 else values

    options = {
        "read_voltage": each("--read-voltage", read_voltage, "V"), "series_resistance": each("--series", series, "ohm"),
        "temperature": each("--temperature", temperature, "K"), "i_limit": each("--compliance", compliance, "A"),
        "floor": each("--floor", floor, "A"),
    }  # fmt: skip
    return [
        Setup(**{key: values[n] for key, values in options.items() if values[n] is not None})  # type: ignore[arg-type]
        for n in range(count)
    ]


def _draw(result: FitResult, path: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.fit import save_fit_figure

    save_fit_figure(result, path)


def _preset_file(data: list[Path], output: Path | None, out: Path | None, made: Origin, *, force: bool) -> Path:
    """The preset's file; refused before the fit if it cannot be written or would replace the data or another result."""
    preset_file = output or (out / "preset.toml" if out is not None else Path(f"{data[0].stem}.preset.toml"))
    if out is not None:
        check_target(out, made, force=force)
    if out is not None and output is None:
        return preset_file
    if preset_file.exists() and (not preset_file.is_file() or any(preset_file.samefile(file) for file in data)):
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
    table = Table("parameter", "fitted", "68 %", "", "before")
    for p in result.parameters:
        known = math.isfinite(p.sigma)
        told = f"± {show(p.sigma, p.unit, 2)}" if known and not p.profiled else p.interval
        relative = f"{p.sigma / abs(p.value):.1%}" if p.value and known else ""
        table.add_row(p.name, show(p.value, p.unit), told, relative, show(p.start, p.unit))
    console.print(table)
    for part in result.parts[:_MOST_SHOWN]:
        rms = show(part.rms, "S", 3) if isinstance(part.data, PulseTrain) else f"{part.rms:.2g} in ln(I)"
        outliers = f", {int(part.outliers.sum())} outliers left out" if part.outliers.any() else ""
        where = f" of {part.data.label}" if len(result.parts) > 1 else ""
        text = f"residuals{where}: {rms} rms over {len(part.prediction)} points{outliers}"
        console.print(readable(text), highlight=False)
    for one in result.noise[:_MOST_SHOWN]:
        where = f" of {one.label}" if len(result.noise) > 1 else ""
        text = f"noise{where}: {show(one.read, 'S', 3)} of a reading, {show(one.update, 'S', 3)} of a pulse"
        console.print(readable(text), highlight=False)
    if result.spreads is not None:
        console.print(readable(result.spreads.text().rstrip()), highlight=False)

"""Writes a bundle: a folder that a user of another tool opens with nothing but its README."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells import sources
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Plausible
from pyspice_models.export.benches import DECKS, Bench, Expected, benches, column_names, expected
from pyspice_models.export.contents import Bundle
from pyspice_models.export.readme import bundle_readme, dialect_readme
from pyspice_models.export.sums import write_sums
from pyspice_models.files import copy, whole_text
from pyspice_models.netlist import dialect
from pyspice_models.passing import passing_folder
from pyspice_models.version import __version__

_HERE = Path(__file__).parent
_SYMBOLS = {
    "ngspice": [
        f"symbols/{file}"
        for file in ("ag2s.sym", "ag2s_example.sch", "xschemrc", "ag2s.kicad_sym", "ag2s_example.kicad_sch")
    ],
    "ltspice": ["ag2s.asy"],
}


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write a bundle into an empty folder; its expected waves are computed by ngspice on the way.

    Raises:
        ToolError, SimulationError: ngspice or the Verilog-A compiler is missing, or a bench does not run.
    """
    cell = bundle.preset.film
    found = benches(cell, bundle.rows, bundle.cols)
    (folder / "expected").mkdir()
    simulator = ""
    for bench in found:
        with passing_folder("export") as scratch:
            waves = expected(bench, scratch)
        write_expected(folder / "expected" / f"{bench.name}.csv", waves)
        simulator = waves.simulator
    for name in bundle.dialects:
        place = folder / name
        place.mkdir()
        _write_dialect(bundle, name, found, place)
    _write_provenance(bundle, folder / "provenance.csv")
    copy(_HERE / "compare.py", folder / "compare.py", sync=False)
    _write(folder / "README.md", bundle_readme(bundle, found, simulator, __version__))
    write_sums(folder)


def _write_dialect(bundle: Bundle, name: str, found: Sequence[Bench], folder: Path) -> None:
    write, decks = dialect(name), []
    for form in write.forms:
        for bench in found:
            deck = bench.deck(name, form, DECKS)
            stem = f"{bench.name}_{form}" if len(write.forms) > 1 else bench.name
            deck.write(folder / f"{stem}{write.suffix}")
            with whole_text(folder / f"{stem}.columns.csv", sync=False) as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["column", "quantity", "unit", "vector", "scale"])
                for column, quantity, vector, scale in column_names(bench, deck):
                    writer.writerow(
                        [column, quantity, bench.compared[quantity], write.result_name(vector), f"{scale:g}"]
                    )
            decks.append((stem, bench, form))
    cell = bundle.preset.cell
    if "subckt" in write.forms:
        for model, params in (
            ("ag2s", cell), ("selector", ThresholdParams()), ("threshold_switch", SWITCHING),
            ("transistor", TransistorParams()), ("compliance", None), ("compliance_loop", None),
        ):  # fmt: skip
            text = write.library(sources.subcircuit_source(params, model))
            _write(folder / f"{model}.lib", text)
    if set(write.forms) - {"subckt"}:
        for model in ("ag2s", *sources.SELECTORS, *sources.OF_DRIVERS):
            text = sources.verilog_a_source(model)
            if model == "ag2s":
                text = sources.fill(text, sources.verilog_a_parameters(cell), comment="//")
            _write(folder / f"{model}.va", text)
    if name == "neospice":
        copy(_HERE / "run_neospice.py", folder / "run_neospice.py", sync=False)
    for symbol in _SYMBOLS.get(name, ()):
        place = folder / symbol
        place.parent.mkdir(exist_ok=True)
        copy(sources.model_file("netlists", f"symbols/{place.name}"), place, sync=False)
    _write(folder / "README.md", dialect_readme(write, decks))


def _write(path: Path, text: str) -> None:
    with whole_text(path, sync=False) as file:
        file.write(text)


def write_expected(path: Path, waves: Expected) -> None:
    """Expected waves as CSV, the time first."""
    with whole_text(path, sync=False) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["time", *waves.columns])
        for k, time in enumerate(waves.time):
            writer.writerow([f"{time:.9g}", *(f"{wave[k]:.6g}" for wave in waves.columns.values())])


def _write_provenance(bundle: Bundle, path: Path) -> None:
    """Every number of the benches: value, unit, range, tag and source."""
    parts: list[tuple[str, ParameterSet]] = [
        ("cell", bundle.preset.cell), ("selector", ThresholdParams()), ("wire", WireParams()),
        ("driver", DriverParams()),
    ]  # fmt: skip
    with whole_text(path, sync=False) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["part", "parameter", "value", "unit", "range", "tag", "calibrated_to", "meaning", "source", "plausible"]
        )
        for part, params in parts:
            for name, q in params.quantities().items():
                if getattr(params, name) is None:
                    continue
                tag, source = q.tag, q.source
                if part == "cell":
                    origin = bundle.preset.origin(name)
                    tag, source = origin.tag, origin.source
                within = q.plausible.shown(q.unit) if isinstance(q.plausible, Plausible) else q.plausible or ""
                value = f"{getattr(params, name):.12g}"
                writer.writerow(
                    [part, name, value, q.unit, q.allowed, tag, q.calibrated_to or "", q.about, source, within]
                )

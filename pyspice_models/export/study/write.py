"""Writes the bundle of a study: netlists, the user's own files, what must come out, and a manifest of it all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.export.bundle import write_expected
from pyspice_models.export.study.contents import StudyBundle
from pyspice_models.export.study.readme import study_readme, tool_readme
from pyspice_models.export.study.waves import columns_of, expected_waves
from pyspice_models.export.sums import write_sums
from pyspice_models.files import copy, whole_text, write_text
from pyspice_models.inputs.carried import Carried
from pyspice_models.netlist import Deck, dialect
from pyspice_models.study import run_study, write_study
from pyspice_models.study.run import MEASURES
from pyspice_models.study.tables.inputs import INPUTS
from pyspice_models.version import __version__

STEM = "study"
"""Of the netlists' names."""


@dataclass(frozen=True)
class OwnFile:
    """A user's file in a study.

    Attributes:
        part: "cell", "selector" or "transistor".
        named: module, subcircuit or model in it.
        file: its text, what it includes spliced in.
    """

    part: str
    named: str
    file: Carried


def write_study_bundle(bundle: StudyBundle, folder: Path) -> None:
    """Write a bundle into an empty folder; the study is run on the way, and its waves once more by ngspice.

    Raises:
        RequestError, ToolError, SimulationError: as `run_study`.
    """
    study, model = bundle.study, bundle.study.crossbar.model
    write_study(study, folder / "study")
    outcome = run_study(study)
    (folder / "expected").mkdir()
    write_text(folder / "expected" / MEASURES, outcome.as_json() + "\n")
    waves, quantities = expected_waves(bundle, study.form if study.form in dialect("ngspice").forms else model.forms[0])
    write_expected(folder / "expected" / "waves.csv", waves)
    decks = {name: bundle.deck(name, form) for name, form in bundle.forms.items()}
    for name, deck in decks.items():
        (folder / name).mkdir()
        _write_tool(deck, quantities, folder / name)
    copy(Path(__file__).parents[1] / "compare.py", folder / "compare.py", sync=False)
    held = list(own_files(bundle))
    places = {one.part: _placed(one.file, folder) for one in held}
    write_text(folder / "README.md", study_readme(bundle, decks, waves.simulator, places))
    manifest = {
        "made_by": f"ag2s-crossbar {__version__}",
        "study": {"name": study.name, "title": study.title, "file": "study/study.toml", "engine": study.engine},
        "own_files": [
            {"part": one.part, "named": one.named, "was": one.file.name, "file": places[one.part]} for one in held
        ],
        "edits": list(model.notes),
        "tools": {
            name: {
                "form": deck.form, "netlist": f"{name}/{STEM}{dialect(name).suffix}",
                "modules": [f"{name}/{module}.va" for module in deck.models],
                "ngbehavior": deck.behaviour if name == "ngspice" else "",
            }
            for name, deck in decks.items()
        },
        "left_out": dict(bundle.left_out),
        "expected": {
            "waves": "expected/waves.csv", "by": waves.simulator, "quantities": dict(quantities),
            "measures": {name: {"value": m.value, "unit": m.unit} for name, m in outcome.measures.items()},
        },
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()),
    }  # fmt: skip
    write_text(folder / "manifest.json", json.dumps(manifest, indent=1) + "\n")
    write_sums(folder)


def own_files(bundle: StudyBundle) -> Iterator[OwnFile]:
    """Files of the user that the study holds."""
    model, selector = bundle.study.crossbar.model, bundle.study.crossbar.selector
    words: Mapping[str, Any] = model.words
    for key in ("verilog_a", "subckt"):
        if isinstance(file := words.get(key), Carried):
            yield OwnFile("cell", model.title, file)
    if isinstance(selector, ForeignSelector):
        yield OwnFile("selector", selector.module, selector.source)
    if isinstance(selector, ForeignTransistor):
        yield OwnFile("transistor", selector.name, selector.library)


def _placed(file: Carried, folder: Path) -> str:
    """The file of this text beside the written study."""
    inputs = folder / "study" / INPUTS
    found = next(path for path in sorted(inputs.iterdir()) if path.read_text(encoding="utf-8") == file.text)
    return str(found.relative_to(folder))


def _write_tool(deck: Deck, quantities: Mapping[str, str], folder: Path) -> None:
    tool = dialect(deck.dialect)
    deck.write(folder / f"{STEM}{tool.suffix}")
    with whole_text(folder / f"{STEM}.columns.csv", sync=False) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["column", "quantity", "unit", "vector", "scale"])
        for one in columns_of(deck, quantities):
            vector = tool.result_name(one.vector)
            writer.writerow([one.name, one.quantity, quantities[one.quantity], vector, f"{one.scale:g}"])
    for module in deck.models:
        with whole_text(folder / f"{module}.va", sync=False) as file:
            file.write(deck.source(module))
    if deck.dialect == "neospice":
        copy(Path(__file__).parents[1] / "run_neospice.py", folder / "run_neospice.py", sync=False)
    write_text(folder / "README.md", tool_readme(deck, STEM))

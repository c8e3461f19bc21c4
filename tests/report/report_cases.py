"""Small results of every kind, made by the package without pictures and workers, once for all tests of reports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from crews import here
from small_studies import CHECKERBOARD, IDENTITY, UNIFORM, array, many, write_then_read
from typer.testing import CliRunner

from pyspice_models.campaign.causes.run import causes
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.learning.learned import Learned
from pyspice_models.campaign.learning.lessons import lessons
from pyspice_models.campaign.montecarlo import load_montecarlo, run_montecarlo
from pyspice_models.campaign.montecarlo_data import save_montecarlo
from pyspice_models.campaign.statistics import summarize
from pyspice_models.campaign.sweep import load_sweep, points_of, run_sweep
from pyspice_models.campaign.sweep_data import save_sweep
from pyspice_models.campaign.yields.run import yield_against
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cli.main import app
from pyspice_models.folders.mark import Origin
from pyspice_models.folders.output import output_folder
from pyspice_models.lab.characterize import Row, Sheet
from pyspice_models.lab.characterize.pulses import pulse_experiments
from pyspice_models.lab.characterize.run import run_all
from pyspice_models.lab.published import TARGETS
from pyspice_models.program.learning.run import train
from pyspice_models.program.write_verify import write_verify
from pyspice_models.report.page import report_folders, save_report
from pyspice_models.report.page.blocks import Report
from pyspice_models.study import load_study, run_study

TITLE = "write & read <b>at</b> V/2 </script>"
PROGRAM = write_then_read(1, 1, 'duration = "8 us"\n')
STUDY = f'[study]\ntitle = "{TITLE}"\n' + array(16, 16, CHECKERBOARD) + PROGRAM
SMALL = array(2, 3) + "[cell]\nrate_limit = 500\n" + many(7, 2, 'state_change = ">= 0.06"') + PROGRAM
VERIFY = array(2, 2, UNIFORM) + IDENTITY
LEARN = """
[array]
rows = 16
cols = 8
[learning]
images = "bars.npz"
hidden = [4]
methods = ["fp", "ttv2"]
epochs = 2
seeds = 1
"""
KINDS = (
    "study", "small", "sweep", "montecarlo", "yield", "causes", "tornado", "drawn", "programmed", "learning", "sheet",
)  # fmt: skip
"""Folders in `results`."""

_LOT = "variability.lot_mobility=0.1"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a result of each kind, whole and without an error."""
    place = tmp_path_factory.mktemp("results")
    for name, text in (("study", STUDY), ("small", SMALL), ("verify", VERIFY), ("learn", LEARN)):
        (place / f"{name}.toml").write_text(text)
    for name in ("study", "small"):
        with _folder(place, name, "simulate") as folder:
            run_study(load_study(place / f"{name}.toml"), folder)
    _campaigns(place)
    with _folder(place, "sheet", "characterize") as folder:
        (folder / "sheet.json").write_text(json.dumps(_sheet(folder).as_dict()))
    _programs(place)
    return place


@pytest.fixture(scope="session")
def reports(results: Path) -> Mapping[str, Report]:
    """The report of each."""
    return {kind: report_folders([results / kind])[0] for kind in KINDS}


@pytest.fixture(scope="session")
def pages(results: Path, reports: Mapping[str, Report]) -> Mapping[str, Path]:
    """The page of each."""
    found = {kind: results / f"{kind}-report.html" for kind in KINDS}
    for kind, path in found.items():
        save_report([reports[kind]], path)
    return found


@contextmanager
def _folder(place: Path, name: str, command: str) -> Iterator[Path]:
    origin = Origin(command, "", {"study": name}, f"ag2s {command} {name}.toml")
    with output_folder(place / name, origin) as folder:
        yield folder


def _campaigns(place: Path) -> None:
    asked = load_sweep(place / "small.toml", ["program.0.voltage=0.2,0.3", "program.0.scheme=V/2,V/3"])
    points = points_of(asked)
    with journal_in(place / "sweep", points.key, points.about, origin=Origin("sweep")) as journal:
        asked.write(journal.folder)
        save_sweep(run_sweep(points, journal, here), journal.folder)
    many = load_montecarlo(place / "small.toml")
    with journal_in(place / "montecarlo", many.key, many.about, origin=Origin("montecarlo")) as journal:
        many.write(journal.folder)
        dataset = run_montecarlo(many, journal, here)
        save_montecarlo(many, dataset, summarize(dataset, many.limits), journal.folder)
    given, nodal = place / "small.toml", {"crew": here, "engine": "nodal"}
    yield_against(given, "array.rows=2,3", 3, folder=place / "yield", **nodal)
    causes(given, 8, only=["amplitude", "sense"], folder=place / "causes", **nodal)
    causes(given, only=["amplitude", "mobility, selected"], folder=place / "tornado", **nodal)
    drawn = CliRunner().invoke(app, ["drawn", str(given), "--out", str(place / "drawn"), "--set", _LOT])
    assert drawn.exit_code == 0, drawn.output


def _sheet(folder: Path) -> Sheet:
    """Rows of the trains of pulses alone, by the twin."""
    names = {"potentiation_depression", "asymmetry"}
    experiments = [one for one in pulse_experiments(CellParams()) if one.name in names]
    waves = run_all(experiments, "twin", folder, None)
    found = {name: value for one in experiments for name, value in one.measure(waves[one.name]).items()}
    rows = tuple(Row(target, found[target.id]) for target in TARGETS if target.id in found)
    return Sheet("twin", 1, rows, {one.name: one for one in experiments}, waves)


def _programs(place: Path) -> None:
    with _folder(place, "programmed", "write-verify") as folder:
        write_verify(place / "verify.toml", folder=folder)
    generator = np.random.default_rng(5)
    labels = np.arange(120) % 3
    images = 0.25 * generator.random((120, 3, 3))
    images[np.arange(120), labels] += 0.7
    np.savez(place / "bars.npz", images=images, labels=labels)
    given = lessons(place / "learn.toml")
    with _folder(place, "learning", "learn") as folder:
        given.write(folder)
        Learned(given, [train(one, given.images) for one in given.trainings]).save(folder)

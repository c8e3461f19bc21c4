"""The books are a guard: a run whose energies do not add up is an error that keeps its files, never a quiet number."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar
from pyspice_models.campaign.runs import Task, perform
from pyspice_models.cli.main import app
from pyspice_models.engine.base import Waves
from pyspice_models.engine.nodal.engine import Nodal
from pyspice_models.engine.nodal.live import Live
from pyspice_models.errors import SimulationError
from pyspice_models.folders.output import output_folder
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
from pyspice_models.program.write_verify import Programming, write_verify
from pyspice_models.result import load
from pyspice_models.stimulus import Apply, Read, Wait, Write
from pyspice_models.study import Study, run_study
from pyspice_models.study.books import broken_books
from pyspice_models.study.run import simulate_study

STUDY = Study("books", Crossbar(2, 3), [Write(0, 1), Read(0, 1)], engine="nodal")


@pytest.fixture
def leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that loses 0.5 % of the energy that sources give, and arrays kept alive that do."""
    run, recorded = Nodal.run, Live.recorded

    def losing(waves: Waves) -> Waves:
        return replace(waves, values=dict(waves.values) | {"delivered": waves.values["delivered"] * 1.005})

    def live(*args, **more):
        passed, waves = recorded(*args, **more)
        return passed, losing(waves)

    monkeypatch.setattr(Nodal, "run", lambda *args, **more: losing(run(*args, **more)))
    monkeypatch.setattr(Live, "recorded", live)


@pytest.mark.usefixtures("leak")
def test_broken_books_are_an_error_that_keeps_the_files(tmp_path: Path) -> None:
    with (
        pytest.raises(SimulationError, match=r"energies do not add up.* 0\.\d\d% .* bound 0\.10%.*--force") as caught,
        output_folder(tmp_path / "out") as scratch,
    ):
        run_study(STUDY, scratch)
    failed = tmp_path / "out-failed"
    assert caught.value.folder == failed
    assert not (tmp_path / "out").exists()
    kept = load(failed / "result.nc")
    assert "energies do not add up" in kept.attrs["warning"]
    assert kept["delivered"].values[-1] > 0
    assert {path.suffix for path in failed.iterdir()} >= {".nc"}


@pytest.mark.usefixtures("leak")
def test_without_a_folder_none_is_named() -> None:
    """It is gone by the time that the error is read."""
    for run in (run_study, simulate_study):
        with pytest.raises(SimulationError, match="do not add up") as caught:
            run(STUDY)
        assert caught.value.folder is None


@pytest.mark.usefixtures("leak")
def test_force_keeps_the_result_and_records_the_warning(tmp_path: Path) -> None:
    outcome = run_study(STUDY, tmp_path, force=True)
    assert "do not add up" in outcome.warning
    assert load(tmp_path / "result.nc").attrs["warning"] == outcome.warning
    assert json.loads((tmp_path / "measures.json").read_text())["warning"] == outcome.warning
    assert abs(outcome.measures["energy_imbalance"].value) > 1e-3


def test_books_that_balance_leave_no_warning(tmp_path: Path) -> None:
    outcome = run_study(STUDY, tmp_path, force=True)
    assert outcome.warning == ""
    assert "warning" not in outcome.dataset.attrs
    assert "warning" not in json.loads(outcome.as_json())


@pytest.mark.usefixtures("leak")
def test_a_run_of_many_fails_with_the_reason() -> None:
    answer = perform(Task("run 3", STUDY))
    assert "do not add up" in answer.failure
    assert not answer.measures


@pytest.mark.usefixtures("leak")
def test_write_verify_stops_with_the_reason_and_keeps_the_round(tmp_path: Path) -> None:
    """What it reads next follows from what it simulated: a round that cannot be trusted ends it."""
    asked = Programming(Study("loop", Crossbar(2, 3), [Read(0, 1)], engine="nodal"), np.ones((2, 3)))
    with pytest.raises(SimulationError, match="do not add up") as caught:
        write_verify(asked, folder=tmp_path)
    assert caught.value.folder is not None
    assert (caught.value.folder / "result.nc").is_file()


@pytest.mark.usefixtures("leak")
def test_training_stops_with_the_reason_and_keeps_its_states() -> None:
    tile = CircuitTile(Crossbar(2, 3).with_states(w=0.3, x=0.0), rest=0.0)
    with pytest.raises(SimulationError, match="do not add up"):
        tile.update(Pulses(np.ones((1, 2), bool), np.ones((1, 3), bool), np.array([1])))
    assert (tile.states["w"] == 0.3).all()
    assert tile.pulses.sum() == 0


_FILE = """
[study]
engine = "nodal"
[array]
rows = 2
cols = 3
[[program]]
do = "write"
row = 0
col = 1
"""


@pytest.mark.usefixtures("leak")
def test_the_command_fails_or_warns_last(tmp_path: Path) -> None:
    file = tmp_path / "books.toml"
    file.write_text(_FILE)
    out = tmp_path / "out"
    failed = CliRunner().invoke(app, ["simulate", str(file), "--out", str(out)])
    assert failed.exit_code == 1, failed.stderr
    assert not out.exists()
    assert (tmp_path / "out-failed" / "result.nc").is_file()
    kept = CliRunner().invoke(app, ["simulate", str(file), "--out", str(out), "--force", "--json"])
    assert kept.exit_code == 0, kept.output
    assert "do not add up" in json.loads(kept.stdout)["warning"]
    last = kept.stderr[kept.stderr.index("WARNING") :]
    assert "do not add up" in " ".join(last.split())
    assert "files in" not in last


def test_the_bound_follows_from_the_stated_accuracy() -> None:
    assert Accuracy().imbalance == pytest.approx(1e-3, rel=1e-12, abs=0)
    assert Accuracy.for_error(5e-2).imbalance == pytest.approx(1e-2, rel=1e-12, abs=0)
    assert Accuracy.for_error(1e-4).imbalance == pytest.approx(1e-4, rel=1e-12, abs=0)
    assert Accuracy(steps_per_pulse=2).imbalance == pytest.approx(5e-3, rel=1e-12, abs=0)


def test_a_tighter_accuracy_has_a_tighter_bound() -> None:
    dataset = run_study(STUDY).dataset.copy(deep=True)
    dataset["delivered"].values[:] *= 1.0006
    assert broken_books(STUDY, dataset) == ""
    assert broken_books(replace(STUDY, accuracy=Accuracy.for_error(1e-4)), dataset) != ""
    dataset["delivered"].values[:] *= 0.996
    assert broken_books(STUDY, dataset) != "", "energy from nowhere is as wrong as energy that is lost"
    dataset["delivered"].values[:] = np.nan
    assert broken_books(STUDY, dataset) != ""


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_programs_that_move_nothing_have_no_books(engine: str) -> None:
    outcome = run_study(Study("quiet", Crossbar(2, 2), [Wait(1e-3)], engine=engine))
    assert "energy_imbalance" not in outcome.measures


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_sources_that_nearly_cancel_are_measured_by_what_they_move(engine: str) -> None:
    """One word line gives, the other takes: what is delivered is a small rest, and no measure of the error."""
    crossbar = Crossbar(2, 1, per_cell={"w0": [[0.9], [0.8]]})
    # the bit line floats
    outcome = run_study(Study("cancel", crossbar, [Apply((0.31, 0.3), (0.0,), (), (0,), width=1e-3)], engine=engine))
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3

"""`ag2s infer`: from a study file and an .npz to table, report, data and pictures; wrong requests leave nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import Result
from typer.testing import CliRunner

from pyspice_models import infer
from pyspice_models.cli.main import app

pytestmark = pytest.mark.usefixtures("no_pictures")

STUDY = """
[study]
engine = "nodal"
[array]
rows = 10
cols = 6
[variability]
[faults]
stuck_off = 0.05
[inference]
images = "bars.npz"
hidden = []
epochs = 5
arrays = 2
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study, images that tell their class by a bright column, and weights that know it."""
    generator = np.random.default_rng(5)
    labels = np.arange(240) % 3
    images = 0.25 * generator.random((240, 3, 3))
    for number, label in enumerate(labels):
        images[number, :, label] += 0.7
    np.savez(tmp_path / "bars.npz", images=images, labels=labels)
    np.savez(tmp_path / "network.npz", w0=np.tile(np.eye(3), (3, 1)) - 0.3)
    (tmp_path / "s.toml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _call(*words: str) -> Result:
    return CliRunner().invoke(app, ["infer", *words])


@pytest.mark.usefixtures("pictures")
def test_from_a_study_file_to_table_report_data_and_pictures(place: Path) -> None:
    told = _call("s.toml", "--weights", "network.npz", "--out", "r")
    assert told.exit_code == 0, told.output
    assert "9-3 network on arrays of 9 x 6; 48 test images, 2 draws of the arrays" in told.stdout
    assert "in floating point 100.0 %" in told.stdout
    for cause in ("IR drop", "faults", "spread", "noise"):
        assert cause in told.stdout
    names = {path.name for path in (place / "r").iterdir()}
    assert names >= {"report.json", "inference.nc", "study.toml", "weights.npz", "causes.png", "confusion.png"}
    report = json.loads((place / "r" / "report.json").read_text())
    assert report["float"] == report["conditions"]["none"]["mean"] == 1.0
    assert report["array"] == {key: report["conditions"]["all"][key] for key in ("mean", "deviation")}
    assert set(report["causes"]) == {"IR drop", "faults", "spread", "noise"}
    with xr.open_dataset(place / "r" / "inference.nc", engine="h5netcdf") as found:
        assert found["confusion"].dims == ("condition", "array", "true_class", "taken_for")
        assert found["confusion"].sel(condition="all").sum() == 2 * 48
        assert found["held_0_0"].shape == (9, 6)
    # what lies beside the result asks the same, and so does Python
    again = _call("r/study.toml", "--out", "r2", "--json")
    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout)["conditions"] == report["conditions"]
    known = infer("s.toml", weights="network.npz", folder="r3")
    assert known.mean("all") == report["array"]["mean"]
    assert (place / "r3" / "report.json").exists()


def test_without_weights_the_network_is_trained_here(place: Path) -> None:
    told = _call("s.toml", "--out", "r", "--json")
    assert told.exit_code == 0, told.output
    report = json.loads(told.stdout)
    assert report["weights"] == "trained here in floating point"
    assert report["float"] > 0.9
    with np.load(place / "r" / "weights.npz") as kept:
        assert kept["w0"].shape == (9, 3)
        assert kept["b0"].shape == (3,)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--weights", "none.npz"], "none.npz"),
        (["--weights", "bars.npz"], "needed are w0, w1"),
        (["--set", "inference.hiden=[3]"], "hiden"),
        (["--set", "array.rows=8"], "size of layer 0 = '10 x 6' is refused"),
        (["--set", "inference.classes=2"], "labels[2] = 2.0 is refused"),
    ],
)
def test_a_wrong_request_ends_with_2_and_leaves_nothing(place: Path, words: list[str], told: str) -> None:
    before = {path.name for path in place.iterdir()}
    found = _call("s.toml", "--out", "r", *words)
    assert found.exit_code == 2, found.output
    assert told in " ".join(found.output.split())
    assert {path.name for path in place.iterdir()} == before

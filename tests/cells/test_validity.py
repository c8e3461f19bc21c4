"""Temperatures at which the equations mean nothing: not refused, but said as the last words and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner

from pyspice_models import Crossbar, Read, Study, VariabilityParams, montecarlo, run_study, sweep
from pyspice_models.cells.ag2s.validity import COLDEST, HOTTEST, beyond_validity
from pyspice_models.cli.main import app

pytestmark = pytest.mark.usefixtures("no_pictures")

STUDY = """
[study]
name = "{name}"
engine = "nodal"
[array]
rows = 2
cols = 2
temperature = {kelvin}
[[program]]
do = "read"
row = 0
col = 0
"""


@pytest.mark.parametrize(
    ("temperatures", "said"),
    [
        ([250.0, 300.0, 450.0], ""),
        ([249.9], "249.9 K, below 250 K"),
        ([300.0, 450.1, 500.0], "450.1 to 500 K, above 450 K: Ag2S is superionic"),
        ([200.0, 500.0], "200 K, below 250 K"),
    ],
)
def test_what_is_said(temperatures: list[float], said: str) -> None:
    warning = beyond_validity(temperatures)
    assert said in warning
    assert bool(warning) == any(not COLDEST <= kelvin <= HOTTEST for kelvin in temperatures)
    assert ("superionic" in warning) == any(kelvin > HOTTEST for kelvin in temperatures)


def test_a_result_keeps_the_warning() -> None:
    program = [Read(0, 0)]
    hot = run_study(Study("hot", Crossbar(2, 2, temperature=460.0), program, engine="nodal"))
    assert "superionic" in hot.warning
    assert hot.dataset.attrs["warning"] == hot.warning
    assert json.loads(hot.as_json())["warning"] == hot.warning
    warm = run_study(Study("warm", Crossbar(2, 2, temperature=440.0), program, engine="nodal"))
    assert not warm.warning
    assert "warning" not in warm.dataset.attrs


def test_the_warning_is_the_last_word_of_a_run_and_of_a_sweep(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY.format(name="cold", kelvin=240))
    for words in (
        ["simulate", str(study), "--out", str(tmp_path / "one")],
        ["sweep", str(study), "--over", "array.temperature=300,460", "--workers", "1", "--out", str(tmp_path / "many")],
    ):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith("WARNING, do not trust these numbers: the temperature")
    with xr.open_dataset(tmp_path / "many" / "sweep.nc") as kept:
        assert "460 K, above 450 K" in kept.attrs["warning"]


def test_sweeps_and_monte_carlo_in_python_keep_it_too() -> None:
    warm = Study("warm", Crossbar(2, 2), [Read(0, 0)], engine="nodal")
    found = sweep(warm, {"array.temperature": [300.0, 460.0]}, workers=1)
    assert "460 K, above 450 K" in found.attrs["warning"]
    assert "warning" not in sweep(warm, {"array.temperature": [300.0]}, workers=1).attrs
    hot = Study("hot", Crossbar(2, 2, temperature=460.0), [Read(0, 0)], engine="nodal")
    found = montecarlo(hot, runs=2, spread=VariabilityParams(), workers=1)
    assert "460 K, above 450 K" in found.attrs["warning"]

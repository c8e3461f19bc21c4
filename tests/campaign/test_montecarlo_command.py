"""What a Monte Carlo comes to, and its command."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from fakes import hanging_ngspice
from montecarlo_cases import AG2S, STUDY, _run, study, undisturbed  # noqa: F401
from scipy import stats
from typer.testing import CliRunner

from pyspice_models.campaign.montecarlo import load_montecarlo
from pyspice_models.campaign.statistics import summarize
from pyspice_models.cli.main import app
from pyspice_models.result import load
from pyspice_models.study import load_study

pytestmark = pytest.mark.usefixtures("no_pictures")

# ---- what it comes to


def _dataset(values: list[float], failure: list[str] | None = None, **drawn: list[float]) -> xr.Dataset:
    failure = failure or [""] * len(values)
    data: dict[str, Any] = {
        "read_margin": ("run", np.array(values), {"units": "1", "long_name": "margin"}),
        "failure": ("run", np.array(failure, dtype=str)),
    }
    if drawn:
        data["drawn"] = (("run", "cause"), np.array(list(drawn.values())).T)
    return xr.Dataset(data, {"run": np.arange(len(values))} | ({"cause": list(drawn)} if drawn else {}))


def test_the_yield_counts_failed_and_infinite_runs_as_bad(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY.replace("state_change", "read_margin").replace(">= 0.06", ">= 0.5"))
    limit = load_montecarlo(tmp_path / "s.toml").limits[0]
    found = _dataset([0.1, 0.5, 0.9, np.nan, np.inf, 0.7], ["", "", "", "no convergence", "", ""])
    summary = summarize(found, [limit])
    assert (summary.total.good, summary.total.runs) == (3, 6)
    exact = stats.beta.ppf([0.025, 0.975], [3, 4], [4, 3])  # Clopper and Pearson
    np.testing.assert_allclose(summary.total.interval, exact, rtol=1e-9)
    assert summary.limits[0].worst == [4, 0]
    assert summary.failed == [3]
    one = summary.distributions["read_margin"]
    assert one.count == 4
    assert one.lowest[0] == 0
    assert one.highest[0] == 2


def test_the_cause_that_moves_a_measure_is_found_and_no_other() -> None:
    rng = np.random.default_rng(5)
    causes = {f"c{n}": rng.normal(size=300).tolist() for n in range(20)}
    values = np.exp(np.array(causes["c3"]) - 0.5 * np.array(causes["c8"])) + 0.01 * rng.normal(size=300)
    summary = summarize(_dataset(values.tolist(), **causes))
    sure = summary.significant.sel(measure="read_margin")
    assert set(sure["cause"].values[sure.values]) == {"c3", "c8"}
    assert float(summary.sensitivity.sel(cause="c3", measure="read_margin")) > 0.8
    assert float(summary.sensitivity.sel(cause="c8", measure="read_margin")) < -0.3


def test_what_does_not_vary_has_no_correlation() -> None:
    summary = summarize(_dataset([1.0] * 20, a=list(range(20))))
    assert np.isnan(summary.sensitivity.values).all()
    assert not summary.significant.any()
    assert not summary.distributions["read_margin"].varies


# ---- the command


def _call(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AG2S, "montecarlo", "s.toml", *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"NO_COLOR": "1"} | environment,
    )  # fmt: skip


@pytest.mark.usefixtures("pictures")
def test_the_command(study: Path, undisturbed: xr.Dataset) -> None:
    done = _call(study, "--json", "--runs", "12")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["runs"] == 12
    assert answer["measures"]["energy_per_switch"]["unit"] == "J"
    assert 0 <= answer["yield"]["interval"][0] <= answer["yield"]["yield"] <= answer["yield"]["interval"][1] <= 1
    kept = study / "out" / "s-montecarlo"
    assert {path.name for path in kept.iterdir()} == {
        ".ag2s", "runs.jsonl", "study.toml", "montecarlo.nc", "montecarlo.csv", "report.json", "distributions.png",
        "sensitivity.png",
    }  # fmt: skip
    found = load(kept / "montecarlo.nc")
    for name in undisturbed:
        if "run" in undisturbed[name].dims:
            assert (found[name].values[:6] == undisturbed[name].values).all(), name
    worst = answer["limits"][0]["worst"][0]
    assert worst == int(np.argmin(found["state_change"].values))
    assert f"ag2s simulate s.toml --run {worst}" in done.stderr
    alone = subprocess.run(
        [AG2S, "simulate", "s.toml", "--run", str(worst), "--json"], cwd=study, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    for name, measure in json.loads(alone.stdout)["measures"].items():
        assert measure["value"] == float(found[name].values[worst]), name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--runs", "0"], "runs = 0 is refused; allowed: a whole number from 1 to 1000000"),
        (["--runs", "-3"], "runs = -3 is refused"),
        (["--seed", "-1"], "seed = -1 is refused"),
        (["--workers", "0"], "workers = 0 is refused"),
        (["--engine", "spectre"], "engine = 'spectre' is refused"),
        (["--set", "montecarlo.vary=days"], "one of arrays, cycles"),
        (["--set", "montecarlo.limits.read_margin=0.5"], 'text such as "<= 50 fJ"'),
        (["--set", "montecarlo.run=5"], "did you mean 'runs'"),
        (["--set", "montecarlo.limits.state_chnge=>= 0.5"], "did you mean 'state_change'"),
        (["--set", "montecarlo.limits.energy_per_switch=<= 5 s"], "is not that unit"),
        (["--scheduler", "nonsense"], "no Dask scheduler answers at nonsense"),
        (["--resume", "--out", "s.toml"], "is a file"),
    ],
)
def test_a_wrong_request_is_refused(
    study: Path, words: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.chdir(study)
    began = time.monotonic()
    done = CliRunner().invoke(app, ["montecarlo", "s.toml", *words])
    assert done.exit_code == 2, done.output
    assert message in " ".join(done.stderr.split())
    assert time.monotonic() - began < 60
    left = [path.name for path in study.rglob("*") if path.is_file() and path.name != "s.toml"]
    # a limit on an unknown measure shows with the first result, which is kept
    assert not left or "limits" in words[1], left


def test_a_study_without_the_table_is_refused(study: Path) -> None:
    (study / "s.toml").write_text(STUDY.replace("[variability]\nseed = 7", ""))
    done = _call(study)
    assert done.returncode == 2
    assert "the study has no [variability] table" in done.stderr


def test_where_every_run_fails_the_command_says_so(study: Path) -> None:
    hanging = hanging_ngspice(study)
    done = _call(study, "--runs", "2", "--set", "study.time_limit=2", AG2S_NGSPICE=hanging)
    assert done.returncode == 1
    assert "2 runs, 2 failed" in done.stderr
    assert "stopped at its time limit" in done.stderr
    assert (study / "out" / "s-montecarlo" / "failed" / "run-0" / "deck.cir").is_file()


def test_every_shipped_montecarlo_study_runs(studies: Path, tmp_path: Path) -> None:
    paths = sorted(studies.glob("montecarlo*.toml"))
    assert paths
    for path in paths:
        moved = ["array.rows=8", "array.cols=8", "program.0.row=3", "program.0.col=4", "program.1.row=3"]
        asked = load_montecarlo(path, moved, runs=2)
        found = _run(asked, tmp_path / path.stem)
        assert (found["failure"] == "").all()
        assert (np.abs(found["energy_imbalance"]) < 1e-3).all()
        summarize(found, asked.limits)
    one, other = (load_study(paths[0], [f"variability.seed={seed}"]).crossbar for seed in (1, 5))
    assert (one.values("area") != other.values("area")).all()

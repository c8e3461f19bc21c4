"""Runs until intervals are narrow, and arrays that are drawn evenly."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from causes_cases import TABLES, by_seed
from scipy.special import ndtr
from series_cases import even_values, series_dataset
from typer.testing import CliRunner

from pyspice_models.campaign.enough.run import run_until, runs_for_yield
from pyspice_models.campaign.enough.widths import parse_widths, told_widths
from pyspice_models.campaign.intervals import of_mean, of_share
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.montecarlo_request import MonteCarlo, load_montecarlo
from pyspice_models.campaign.statistics import summarize
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.study.variation import vary


def _until(asked: MonteCarlo, within: list[str], target: Path) -> tuple[MonteCarlo, xr.Dataset, list[str]]:
    lines: list[str] = []
    with journal_in(target, asked.key, asked.about) as journal:
        done = run_until(
            asked, parse_widths(within), journal, by_seed, None, lines.append
        )  # fmt: skip
    return *done, lines


def test_runs_stop_where_the_plan_says_that_intervals_are_narrow(tmp_path: Path) -> None:
    """A standard normal measure: the interval of its mean is 3.92/sqrt(n) wide, 0.2 with 384 runs."""
    asked, dataset, lines = _until(load_montecarlo(TABLES, runs=2000), ["mean state_change 0.2"], tmp_path / "m")
    assert 200 < asked.runs < 600
    assert dataset.sizes["run"] == asked.runs
    assert any(line.startswith("after 200 runs the mean of state_change is known within") for line in lines)
    assert f"planned: {asked.runs} runs" in lines
    (told,) = told_widths(parse_widths(["mean state_change 0.2"]), dataset, summarize(dataset))
    assert told.kept


def test_where_the_most_runs_do_not_suffice_that_is_told(tmp_path: Path) -> None:
    asked, dataset, lines = _until(load_montecarlo(TABLES, runs=210), ["median state_change 0.01"], tmp_path / "m")
    assert asked.runs == 210
    assert lines[-1].endswith("of which --runs allows 210")
    (told,) = told_widths(parse_widths(["median state_change 0.01"]), dataset, summarize(dataset))
    assert not told.kept


@pytest.mark.parametrize(("width", "share"), [(0.04, 0.95), (0.06, 0.5), (0.02, 1.0)])
def test_the_planned_number_for_a_yield_gives_its_width(width: float, share: float) -> None:
    runs = runs_for_yield(width, share)
    low, high = of_share(round(runs * share), runs)
    assert high - low <= width
    low, high = of_share(round(0.9 * runs * share), round(0.9 * runs))
    assert high - low > width


@pytest.mark.parametrize(
    "text",
    ["yield", "yield 120 %", "yield 0", "yield -4 %", "mean 0.1", "3 % read_margin 0.1", "best x 1", "yield x 1"],
)
def test_a_width_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--within"):
        parse_widths([text])


def test_widths_of_unknown_measures_and_in_other_units_are_refused() -> None:
    dataset = series_dataset(np.random.default_rng(1).normal(size=64), "random")
    for text, said in (
        ("mean red_margin 0.1", "red_margin"),
        ("mean read_margin 1 fJ", "--within mean of read_margin"),
    ):
        with pytest.raises(RequestError, match=said):
            list(told_widths(parse_widths([text]), dataset, summarize(dataset)))
    with pytest.raises(RequestError, match="once"):
        parse_widths(["yield 4%", "yield 5 %"])


@pytest.mark.parametrize(("studies", "error"), [(25, 0.044), pytest.param(600, 0.0089, marks=pytest.mark.slow)])
def test_stopping_does_not_spoil_the_interval(studies: int, error: float) -> None:
    """Two or three looks at the mean of a lognormal measure."""
    rng, held = np.random.default_rng(2), 0
    for _ in range(studies):
        values = rng.lognormal(0, 0.5, 3000)
        count = 200
        while True:
            low, high = of_mean(values[:count])
            if high - low <= 0.1 or count == 3000:
                break
            count = min(math.ceil(1.1 * count * min((high - low) / 0.1, 2.0) ** 2), 3000)
        held += low <= math.exp(0.125) <= high
    assert 0.95 - 3 * error <= held / studies <= 0.97 + 3 * error


# ---- drawn evenly


@pytest.mark.parametrize("draws", ["sobol", "stratified"])
def test_arrays_that_are_drawn_evenly_fill_every_coordinate(draws: str) -> None:
    """Of 16 in a row of one series one lies in each sixteenth of the range of each cause."""
    asked = load_montecarlo(TABLES, runs=256, draws=draws)
    first = range(0, 256, 16) if draws == "sobol" else range(16)
    drawn = [vary(asked.nominal, asked.drawn_as(run))[1] for run in first]
    for cause in ("amplitude", "sense", "mobility, selected"):
        layer = np.floor(16 * ndtr([one[cause] for one in drawn]))
        assert sorted(layer) == list(range(16))
    again = vary(asked.nominal, load_montecarlo(TABLES, runs=999, draws=draws).drawn_as(first[-1]))[1]
    assert again == drawn[-1], "a run depends on its number and the seed alone"


@pytest.mark.parametrize("draws", ["sobol", "stratified"])
def test_one_run_alone_is_the_array_that_was_drawn(draws: str) -> None:
    asked = load_montecarlo(TABLES, runs=64, draws=draws)
    study = asked.study(37)
    assert study.crossbar == vary(asked.nominal, asked.drawn_as(37))[0].crossbar
    assert "variability" not in study.settings


def test_cycles_are_not_drawn_evenly() -> None:
    with pytest.raises(RequestError, match=r"montecarlo\.draws"):
        load_montecarlo(TABLES, runs=4, draws="sobol", vary="cycles")
    with pytest.raises(RequestError, match="sobol"):
        load_montecarlo(TABLES, runs=4, draws="even")


@pytest.mark.parametrize("draws", ["sobol", "stratified"])
def test_intervals_of_means_are_narrower_and_hold(draws: str) -> None:
    """A skewed measure of eight causes, 15 studies of 256 runs each."""
    held, widths, by_chance = 0, [], []
    for seed in range(15):
        values = even_values(draws, seed, 256)
        low, high = summarize(series_dataset(values, draws)).distributions["read_margin"].mean_interval
        held += low <= math.exp(0.5 * 0.18) <= high
        widths.append(high - low)
        by_chance.append(3.92 * values.std() / math.sqrt(256))
    assert held >= 0.95 * 15 - 3 * math.sqrt(15 * 0.05 * 0.95)
    assert np.median(widths) < 0.5 * np.median(by_chance)


def test_the_command_refuses_a_width_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text('[array]\nrows = 2\ncols = 2\n[variability]\n[[program]]\ndo = "read"\nrow = 1\n')
    done = CliRunner().invoke(app, ["montecarlo", "s.toml", "--runs", "9", "--within", "yield 400 %"])
    assert done.exit_code == 2
    assert "--within yield" in " ".join(done.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]
    assert replace(load_montecarlo("s.toml", runs=3), draws="sobol").draws == "sobol"

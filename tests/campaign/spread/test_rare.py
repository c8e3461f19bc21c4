"""Odds of rare failures against known ones, against brute force, and of a study."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from causes_cases import TABLES
from rare_cases import Response, curved, margins, plane, state_changes, two_planes
from typer.testing import CliRunner

from pyspice_models.campaign.intervals import of_share
from pyspice_models.campaign.rare.faulty import Sites
from pyspice_models.campaign.rare.importance import importance_sampling
from pyspice_models.campaign.rare.odds import rare_odds
from pyspice_models.campaign.rare.run import rare
from pyspice_models.campaign.rare.subset import Stuck, interval_of, subset_simulation
from pyspice_models.campaign.runs import Answer, Task
from pyspice_models.cli.main import app
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.measure import Measure
from pyspice_models.report.campaign.rare import rare_figure
from pyspice_models.study import load_study
from pyspice_models.study.draws.places import Stated

CASES: dict[str, tuple[Response, int, float]] = {
    "plane in 2": (plane(1e-5), 2, 1e-5),
    "plane in 180": (plane(1e-5), 180, 1e-5),
    "two planes": (two_planes(1e-5), 10, 1e-5),
    "curved": (curved(5, 0.1)[0], 20, curved(5, 0.1)[1]),
    "one in a thousand": (plane(1e-3), 20, 1e-3),
    "one in a million": (plane(1e-6), 20, 1e-6),
    "margins of 4 cells": (margins(184)[0], 184, margins(184)[1]),
    "margins of 8 cells": (margins(704, 4, 4)[0], 704, margins(704, 4, 4)[1]),
}
WORK = {"margins of 4 cells": {"per_level": 1000, "weighted": 2000}}
"""Of cases for which the usual work is not taken."""


@pytest.mark.parametrize("name", ["plane in 2", "two planes", "one in a million", "margins of 4 cells"])
def test_odds_are_known_within_a_factor_and_say_how_well(name: str) -> None:
    response, size, true = CASES[name]
    found = rare_odds(response, size, seed=3, **WORK.get(name, {}))
    assert 1 / 1.5 < found.odds / true < 1.5
    low, high = found.interval
    assert low < found.odds < high < 1.5 * low
    assert found.agree
    assert found.runs < 1 / (true * 0.207**2) / 100 or true > 1e-5, "0.207 is a factor of 1.5 with 95 %"
    assert found.how == "importance sampling"
    fewest, most = {"two planes": (2, 2), "margins of 4 cells": (4, 12)}.get(name, (1, 1))
    assert fewest <= len(found.centres) <= most, "of the cells each of two may decide with each of two, or alone"
    assert found.likeliest is not None
    assert float(response(found.likeliest[None, :])[0]) == pytest.approx(0, abs=0.01)


def test_failures_without_a_value_are_approached_from_before_them() -> None:
    """Such as of a measure that a failing array lacks, and that one coordinate of 180 decides."""

    def response(u: np.ndarray) -> np.ndarray:
        room = 4.2649 - u[:, 3]
        return np.where(room <= 0, -np.inf, room)

    found = rare_odds(response, 180, per_level=1000, weighted=1000, seed=1)
    assert found.how == "importance sampling"
    assert found.odds == pytest.approx(1e-5, rel=0.3, abs=0)
    assert found.distance == pytest.approx(4.2649, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_over_many_seeds_odds_lie_within_a_factor_of_one_and_a_half_and_intervals_hold(name: str) -> None:
    response, size, true = CASES[name]
    found = [rare_odds(response, size, seed=seed, **WORK.get(name, {})) for seed in range(200)]
    ratio = np.array([one.odds for one in found]) / true
    assert np.mean((ratio > 1 / 1.5) & (ratio < 1.5)) >= 0.95
    held = np.mean([one.interval[0] <= true <= one.interval[1] for one in found])
    assert 0.95 - 3 * 0.0154 <= held <= 0.95 + 3 * 0.0154, "three standard errors of 200 repeats"
    assert np.mean(ratio) == pytest.approx(1, abs=0.05)
    if true <= 2e-5:
        # brute force has to draw 1/(odds 0.207^2) arrays for that factor with 95 %
        assert np.mean([one.runs for one in found]) * 100 <= 1 / (true * 0.207**2)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_subset_simulation_alone_has_no_bias_and_its_intervals_hold(name: str) -> None:
    response, size, true = CASES[name]
    found = [subset_simulation(response, size, per_level=2000, seed=seed) for seed in range(200)]
    ratio = np.array([one.odds for one in found]) / true
    assert abs(ratio.mean() - 1) <= 3 * ratio.std() / math.sqrt(200)
    held = np.mean([one.interval[0] <= true <= one.interval[1] for one in found])
    assert 0.95 - 3 * 0.0154 <= held <= 0.95 + 3 * 0.0154


def test_an_interval_of_products_of_shares_holds() -> None:
    rng = np.random.default_rng(1)
    held = [np.prod(np.subtract(interval_of(rng.lognormal(-0.18, 0.6, 10), 0), 1)) <= 0 for _ in range(1000)]
    assert 0.93 <= np.mean(held) <= 0.97
    assert interval_of(np.zeros(10), 1e-9) == (0.0, 1e-9)


def test_what_does_not_fail_is_below_the_floor() -> None:
    found = rare_odds(lambda u: 40 - u[:, 0], 3, per_level=200, floor=1e-6)
    assert (found.odds, found.interval, found.likeliest) == (0.0, (0.0, 1e-6), None)
    with pytest.raises(Stuck, match="the response is 1 in too many places"):
        rare_odds(lambda u: np.ones(len(u)), 3, per_level=200)


def test_a_direction_that_importance_sampling_misses_is_said() -> None:
    response = two_planes(1e-4)
    one_side = importance_sampling(response, np.array([[2.75, 2.75]]), runs=2000, seed=1)
    assert one_side is not None
    assert one_side.odds == pytest.approx(0.5e-4, rel=0.2, abs=0), "half of them, and no sign of it"


# ---- real cells, in the twin


def _cells(limit: float) -> Response:
    return lambda u: state_changes(u) - limit


@pytest.mark.slow
def test_of_real_cells_one_in_a_thousand_agrees_with_brute_force() -> None:
    """Cells whose state changes by less than 0.0475 in one pulse, of 40,000."""
    rng, below = np.random.default_rng(0), 0
    for _ in range(10):
        below += int((state_changes(rng.standard_normal((4000, 11))) < 0.0475).sum())
    low, high = of_share(below, 40_000)
    found = rare_odds(_cells(0.0475), 11, seed=1)
    assert low < found.interval[1]
    assert found.interval[0] < high
    assert 5e-4 < found.odds < 3e-3
    assert found.agree


# ---- a study


def _answered(measure: Callable[[np.ndarray], float]) -> Callable[..., Generator[tuple[int, Any], None, None]]:
    """A crew whose measures are a formula of the coordinates of each array."""

    def crew(do: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        for number, task in enumerate(items):
            assert isinstance(task, Task)
            assert task.variation is not None
            place = task.variation.place
            assert isinstance(place, Stated)
            yield number, Answer({"state_change": Measure(measure(place.normal), "", "a formula")}, engine="formula")

    return crew


ASKED = TABLES | {"montecarlo": {"limits": {"state_change": ">= 0.5"}}}
_AMPLITUDE = 7
"""The place of the amplitude among the coordinates."""


def test_the_most_probable_failure_is_a_study_to_look_at(tmp_path: Path) -> None:
    """The measure falls with the amplitude alone, and fails from 3.5 deviations below on: odds of 2.3e-4."""
    told = rare(
        ASKED, per_level=1000, weighted=1000, folder=tmp_path / "r",
        crew=_answered(lambda z: 0.5 + 0.1 * (z[_AMPLITUDE] + 3.5)),
    )  # fmt: skip
    assert told.space.slices["amplitude"] == slice(_AMPLITUDE, _AMPLITUDE + 1)
    assert told.odds.odds == pytest.approx(2.33e-4, rel=0.25, abs=0)
    assert told.odds.distance == pytest.approx(3.5, abs=0.1)
    name, share, mean = told.causes()[0]
    assert name == "amplitude"
    assert share > 0.9
    assert mean == pytest.approx(-3.5, abs=0.1), "cut at 4, where a normal one has the same odds"
    report = json.loads((tmp_path / "r" / "rare.json").read_text())
    assert report["odds"] == told.odds.odds
    voltage = load_study(tmp_path / "r" / "failure" / "study.toml").program[0].voltage
    nominal = load_study(tmp_path / "r" / "study.toml", ["variability.array_amplitude=0"]).program[0].voltage
    assert voltage == pytest.approx(nominal * (1 + 0.01 * mean), rel=1e-9, abs=0)


def test_faults_are_drawn_as_they_come_given_that_there_are_any() -> None:
    odds = {"stuck_on": 0.05, "stuck_off": 0.02, "open_words": 0.03, "shorted_bits": 0.01, "g_on": 1e-6}
    sites, rng = Sites(odds, (2, 3)), np.random.default_rng(5)
    assert sites.odds_of_any == pytest.approx(1 - 0.93**6 * 0.97**6 * 0.99**4, rel=1e-12, abs=0)
    draws = [sites.broken(rng) for _ in range(4000)]
    for kind in ("stuck_on", "stuck_off", "open_words", "shorted_bits"):
        given = odds[kind] / sites.odds_of_any
        counts = np.zeros((2, 3))
        for one in draws:
            for place in getattr(one, kind):
                counts[place] += 1
        there = counts[:, :-1] if kind == "shorted_bits" else counts
        assert np.abs(there / len(draws) - given).max() < 4 * math.sqrt(given * (1 - given) / len(draws))
        assert counts.sum() == there.sum(), "the last line has no next one"
    assert {one.g_on for one in draws} == {1e-6}
    assert all(one.stuck_on or one.stuck_off or one.open_words or one.shorted_bits for one in draws)


def test_arrays_with_faults_are_a_part_of_the_odds(tmp_path: Path) -> None:
    """Three of four arrays with a fault fail, and of the others those whose amplitude is 3.5 deviations low."""

    def crew(do: Callable[[Any], Any], items: Sequence[Task]) -> Generator[tuple[int, Any], None, None]:
        for number, task in enumerate(items):
            assert task.variation is not None
            place = task.variation.place
            assert isinstance(place, Stated) != bool(task.study.crossbar.faults.stuck_off)
            far = place.normal[_AMPLITUDE] + 3.5 if isinstance(place, Stated) else task.variation.seed % 4 - 2.5
            yield number, Answer({"state_change": Measure(float(0.5 + 0.1 * far), "", "a formula")}, engine="formula")

    asked = ASKED | {"faults": {"stuck_off": 1e-4}}
    found = rare(asked, per_level=1000, weighted=1000, faulty=120, crew=crew, folder=tmp_path / "r")
    rows, cols = found.request.asked.nominal.crossbar.shape
    assert found.faulty is not None
    assert found.faulty.odds == pytest.approx(1 - (1 - 1e-4) ** (rows * cols), rel=1e-9, abs=0)
    assert found.faulty.share == pytest.approx(0.75, abs=0.16)
    true = found.faulty.odds * 0.75 + (1 - found.faulty.odds) * 2.33e-4
    assert found.value == pytest.approx(true, rel=0.25, abs=0)
    assert found.interval[0] < true < found.interval[1]
    assert load_study(tmp_path / "r" / "failure-with-fault" / "study.toml").crossbar.faults.stuck_off
    assert json.loads((tmp_path / "r" / "rare.json").read_text())["odds"] == found.value
    figure = rare_figure(found)
    assert figure.axes[0].get_ylabel() == "odds of a failure without faults"
    assert figure.axes[1].get_yticklabels()[0].get_text() == "amplitude"


@pytest.mark.parametrize("from_", [-3.0, 9.0])
def test_an_array_that_lacks_a_measure_fails_and_a_measure_that_none_has_is_refused(from_: float) -> None:
    """Such as a margin, where no cell of the row is a one any more."""

    def crew(do: Callable[[Any], Any], items: Sequence[Task]) -> Generator[tuple[int, Any], None, None]:
        for number, task in enumerate(items):
            assert task.variation is not None
            assert isinstance(task.variation.place, Stated)
            z = task.variation.place.normal[_AMPLITUDE]
            one = Measure(float(0.6 + 0.02 * z), "", "a formula")
            yield number, Answer({"state_chance" if z < from_ else "state_change": one}, engine="formula")

    if from_ > 0:
        with pytest.raises(RequestError, match=r"unknown key 'state_change'.*did you mean 'state_chance'"):
            rare(ASKED, per_level=200, weighted=0, crew=crew)
    else:
        found = rare(ASKED, per_level=400, weighted=0, crew=crew)
        assert found.value == pytest.approx(1.35e-3, rel=0.6, abs=0)


def test_a_stopped_search_goes_on_where_it_was(tmp_path: Path) -> None:
    def formula(z: np.ndarray) -> float:
        return float(0.5 + 0.1 * (z[_AMPLITUDE] + 2))

    done = 0

    def stopping(z: np.ndarray) -> float:
        nonlocal done
        done += 1
        if done > 300:
            raise KeyboardInterrupt
        return formula(z)

    whole = rare(ASKED, per_level=200, weighted=200, crew=_answered(formula))
    with pytest.raises(KeyboardInterrupt):
        rare(ASKED, per_level=200, weighted=200, crew=_answered(stopping), folder=tmp_path / "r")
    again = rare(ASKED, per_level=200, weighted=200, crew=_answered(formula), folder=tmp_path / "r", resume=True)
    assert (again.odds.odds, again.odds.interval, again.odds.runs) == (
        whole.odds.odds, whole.odds.interval, whole.odds.runs
    )  # fmt: skip


def test_limits_that_nothing_leads_to_are_told() -> None:
    with pytest.raises(Ag2sError, match="nothing leads to a failure"):
        rare(ASKED, per_level=200, crew=_answered(lambda z: 0.7))


@pytest.mark.parametrize(
    ("tables", "words", "said"),
    [
        ("", [], "which arrays fail?"),
        ('[montecarlo.limits]\nread_current = ">= 1 pA"', ["--per-level", "10"], "per_level = 10"),
        ('[montecarlo.limits]\nread_current = ">= 1 pA"', ["--floor", "2"], "floor = 2"),
        ('[montecarlo.limits]\nread_current = ">= 1 pA"', ["--weighted", "-1"], "weighted = -1"),
        ('[montecarlo]\nvary = "cycles"\nlimits = {read_current = ">= 1 pA"}', [], "montecarlo.vary"),
        ('[montecarlo.limits]\nread_current = ">= 1 pA"', ["--faulty", "0"], "faulty = 0"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "[array]\nrows = 2\ncols = 2\n[variability]\n" + tables + '\n[[program]]\ndo = "read"\nrow = 1\n'
    Path("s.toml").write_text(text)
    done = CliRunner().invoke(app, ["rare", "s.toml", *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]

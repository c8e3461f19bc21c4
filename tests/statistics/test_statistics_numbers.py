"""Statistics of runs: numbers, rounding, and what people see."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from statistics_meaning_cases import UNITS, _limit, _runs

from pyspice_models.campaign.montecarlo import Limit
from pyspice_models.campaign.statistics import Summary, summarize
from pyspice_models.report.campaign.montecarlo import draw_distribution

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")


# ---- numbers


def test_mean_deviation_and_quantiles_by_hand() -> None:
    one = summarize(_runs(read_margin=[1, 2, 4, 5, 8])).distributions["read_margin"]
    assert (one.name, one.unit, one.about) == ("read_margin", UNITS["read_margin"], "read_margin")
    assert one.mean == 4
    assert one.deviation == pytest.approx(math.sqrt(30 / 4), rel=1e-12, abs=0), "of a sample: n - 1"
    assert one.quantiles[0.5][0] == 4
    assert list(one.quantiles) == sorted(one.quantiles), "tables show them in this order"
    assert one.quantiles[0.05][0] == pytest.approx(1.2, rel=1e-12, abs=0)
    single = summarize(_runs(read_margin=[3.0])).distributions["read_margin"]
    assert single.mean == 3
    assert math.isnan(single.deviation)
    assert all(math.isnan(end) for end in single.mean_interval)


# ---- rounding has no cause


def _cause_of(values: Any, unit_of: str = "read_margin", **others: Any) -> tuple[bool, bool]:
    """Whether the measure is said to vary, and whether a cause that rises with it is named."""
    rising = [float(n) for n in range(len(values))]
    summary = summarize(_runs(drawn={"c": rising}, **{unit_of: values}, **others))
    return summary.distributions[unit_of].varies, bool(summary.significant.sel(cause="c", measure=unit_of))


def test_a_measure_that_varies_by_rounding_has_no_cause() -> None:
    steps = np.arange(40)
    assert _cause_of(0.7 + steps * 1.2e-16) == (False, False), "of its own size"
    assert _cause_of(steps * 1e-17) == (False, False), "a share of nothing: rounding of numbers of order 1"
    assert _cause_of(steps * 1e-30, "energy_per_switch") == (True, True), "small, and the only energy there is"
    assert _cause_of(1e-15 + steps * 1e-27, "energy_per_switch") == (False, False)
    assert _cause_of(1e-15 + steps * 1e-23, "energy_per_switch") == (True, True)
    assert _cause_of(0.7 + steps * 1e-6) == (True, True)


def test_a_difference_of_large_numbers_is_rounded_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = np.arange(40)
    monkeypatch.setitem(UNITS, "energy_unselected", "J")
    beside = {"energy_per_switch": np.full(40, 1e-12)}
    assert _cause_of(steps * 1e-27, "energy_unselected", **beside) == (False, False)
    assert _cause_of(steps * 1e-22, "energy_unselected", **beside) == (True, True)


def test_an_error_of_the_solver_has_no_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UNITS, "energy_imbalance", "1")
    assert _cause_of(np.arange(40) * 1e-6, "energy_imbalance") == (False, False)


def test_an_end_that_so_few_runs_do_not_bound_is_open() -> None:
    """Nine in ten of eight values: with 95 % only 0.3 to 99.7 % lie between the lowest and the highest of them."""
    one = summarize(_runs(read_margin=range(8))).distributions["read_margin"]
    assert one.quantiles[0.99][1][1] == math.inf
    assert one.quantiles[0.95][1][1] == math.inf
    assert one.quantiles[0.01][1][0] == one.quantiles[0.05][1][0] == -math.inf
    assert all(math.isfinite(end) for end in (one.quantiles[0.99][1][0], one.quantiles[0.01][1][1]))
    low, high = one.quantiles[0.5][1]
    assert 0 < low < 1, "from the lowest to the highest 99.2 % would hold, and from the second on 93 %"
    assert (low, high) == pytest.approx((low, 7 - low), rel=1e-12, abs=0)
    assert summarize(_runs(read_margin=range(5))).distributions["read_margin"].quantiles[0.5][1] == (
        -math.inf,
        math.inf,
    )


@pytest.mark.parametrize(("runs", "known"), [(9, False), (10, True)])
def test_fewer_than_ten_runs_have_no_correlation(runs: int, known: bool) -> None:
    rising = [float(n) for n in range(runs)]
    summary = summarize(_runs(read_margin=rising, drawn={"c": rising}))
    rho = float(summary.sensitivity.sel(cause="c", measure="read_margin"))
    assert rho == pytest.approx(1.0, rel=1e-9, abs=0) if known else math.isnan(rho)
    assert bool(summary.significant.sel(cause="c", measure="read_margin")) == known


def test_ten_runs_of_which_one_is_not_finite_have_none_either() -> None:
    values = [*map(float, range(9)), math.inf]
    summary = summarize(_runs(read_margin=values, drawn={"c": [float(n) for n in range(10)]}))
    assert np.isnan(summary.sensitivity.values).all()


# ---- what people see


def _points(summary: Summary, found: xr.Dataset, *limits: Limit) -> tuple[list[float], np.ndarray]:
    """Heights of the limits' marks, and the curve."""
    ax = Figure().subplots()
    draw_distribution(ax, found["read_margin"], list(zip(limits, summary.limits, strict=True)))
    marks = [float(container.lines[0].get_ydata()[0]) for container in ax.containers]
    return marks, np.array(ax.lines[0].get_xydata())


def test_the_marks_of_limits_lie_on_the_curve_also_where_values_are_not_finite() -> None:
    found = _runs(read_margin=[*range(1, 9), math.inf, math.nan])
    limits = [_limit("read_margin", ">= 2.5"), _limit("read_margin", "<= 6.5")]
    (below, above), curve = _points(summarize(found, limits), found, *limits)
    # two of ten are below 2.5, and six below 6.5
    assert (below, above) == (pytest.approx(0.2, rel=1e-9, abs=0), pytest.approx(0.6, rel=1e-9, abs=0))
    for height, place in ((below, 2.5), (above, 6.5)):
        assert curve[curve[:, 0] <= place][-1, 1] == pytest.approx(height, rel=1e-9, abs=0)
    (alone,), curve = _points(summarize(found, limits[:1]), found, limits[0])
    assert alone == pytest.approx(0.6, rel=1e-9, abs=0), "counted from above, the curve at the limit is the yield"


STUDY = """
[array]
rows = 2
cols = 3
[array.initial]
pattern = "checkerboard"
[variability]
seed = 1
[montecarlo]
runs = 8
[montecarlo.limits]
recovery_time = ">= 1 us"
read_margin = ">= BOUND"
[[program]]
do = "write"
row = 1
col = 2
[[program]]
do = "read"
row = 1
"""


@pytest.mark.parametrize(("bound", "misses"), [("0.9", True), pytest.param("0.1", False, marks=pytest.mark.slow)])
def test_the_command_names_a_run_that_misses_a_limit_or_says_that_none_does(
    tmp_path: Path, bound: str, misses: bool
) -> None:
    (tmp_path / "s.toml").write_text(STUDY.replace("BOUND", bound))
    done = subprocess.run(
        [AG2S, "montecarlo", "s.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )  # fmt: skip
    answer = json.loads((tmp_path / "out" / "s-montecarlo" / "report.json").read_text())
    recovery, margin = answer["limits"]
    assert recovery["missed"] == 0
    worst = answer["yield"]["worst"][0]
    said = " ".join(done.stderr.split())
    if misses:
        assert margin["missed"] == 8 - margin["good"] > 0
        assert worst == margin["worst"][0]
        assert f"the worst alone: ag2s simulate s.toml --run {worst}" in said
    else:
        assert answer["yield"]["good"] == 8
        assert f"no run misses a limit; the nearest to one alone: ag2s simulate s.toml --run {worst}" in said
        assert "none; nearest" in done.stdout
    assert all(one["not_finite"] == 0 for one in answer["measures"].values())

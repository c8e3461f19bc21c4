"""Yields against a design key: of arrays whose measure is a formula, where the yield is known, and of a real one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crews import here
from scipy.special import ndtr, ndtri
from typer.testing import CliRunner

from pyspice_models.campaign.intervals import of_share
from pyspice_models.campaign.montecarlo import load_montecarlo, montecarlo
from pyspice_models.campaign.montecarlo_request import array_seed
from pyspice_models.campaign.runs import Answer, Task
from pyspice_models.campaign.yields.request import load_yield
from pyspice_models.campaign.yields.run import yield_against
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.measure import Measure
from pyspice_models.report.campaign.yields import yield_figure
from pyspice_models.study import load_study
from pyspice_models.study.draws.places import Stated

Tables = dict[str, Any]
TABLES: Tables = {
    "study": {"engine": "nodal"}, "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "variability": {"seed": 7}, "program": [{"do": "read", "row": 1}],
    "montecarlo": {"runs": 40, "limits": {"read_margin": ">= 0.5"}},
}  # fmt: skip
_AMPLITUDE = 7


def _answered(measure: Callable[[Task], float]) -> Callable[..., Generator[tuple[int, Any], None, None]]:
    """A crew whose measure is a formula of the run."""

    def crew(do: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        for number, task in enumerate(items):
            yield number, Answer({"read_margin": Measure(measure(task), "", "a formula")}, engine="formula")

    return crew


def _uniform(task: Task) -> float:
    """Of the array of a run: the same number at every value of the key."""
    assert task.variation is not None
    return (task.variation.seed % 10_007) / 10_007


def _falling(task: Task) -> float:
    """Misses the limit of 0.5 in so many arrays of a hundred as there are cells."""
    return 0.5 + _uniform(task) - task.study.crossbar.rows**2 / 100


def test_the_same_arrays_are_at_every_value_and_the_largest_that_meets_the_target_is_told(tmp_path: Path) -> None:
    found = yield_against(
        TABLES, "array.size=2,4,8", 100, target="70 %", crew=_answered(_falling), folder=tmp_path / "y"
    )  # fmt: skip
    values = np.array([(array_seed(7, run) % 10_007) / 10_007 for run in range(100)])
    good = [int((values >= size**2 / 100).sum()) for size in (2, 4, 8)]
    assert [round(100 * one.share) for one in found.points] == good
    assert [one.interval for one in found.points] == [of_share(count, 100) for count in good]
    assert [one.meets(0.7) for one in found.points] == ["yes", "yes", "no"]
    assert found.largest == "4"
    assert found.answer.endswith("is met at 2, 4; is missed at 8; the largest value that meets it: 4")
    rows = list(csv.DictReader((tmp_path / "y" / "yield.csv").open()))
    assert [float(row["yield"]) for row in rows] == [one.share for one in found.points]
    report = json.loads((tmp_path / "y" / "yield.json").read_text())
    assert [one["value"] for one in report["points"]] == [2, 4, 8]
    assert load_yield(tmp_path / "y" / "study.toml", runs=100).key == found.request.key


def test_the_worst_array_of_a_value_is_a_study_to_look_at(tmp_path: Path) -> None:
    found = yield_against(TABLES, {"array.size": [2, 8]}, crew=_answered(_falling), folder=tmp_path / "y")
    for place, size in enumerate((2, 8)):
        summary = found.points[place].summary
        assert summary is not None
        written = tmp_path / "y" / f"failure-{place}" / "study.toml"
        assert written.exists() == (summary.total.missed > 0)
        if written.exists():
            one = load_montecarlo(TABLES, [f"array.rows={size}", f"array.cols={size}"]).study(summary.total.worst[0])
            assert (load_study(written).crossbar.values("area") == one.crossbar.values("area")).all()


def test_runs_are_added_and_a_stopped_call_goes_on(tmp_path: Path) -> None:
    done = 0

    def stopping(task: Task) -> float:
        nonlocal done
        done += 1
        if done > 60:
            raise KeyboardInterrupt
        return _falling(task)

    asked: Tables = {"against": "array.size=2,8", "folder": tmp_path / "y"}
    with pytest.raises(KeyboardInterrupt):
        yield_against(TABLES, **asked, crew=_answered(stopping))
    yield_against(TABLES, **asked, crew=_answered(_falling), resume=True)
    more = yield_against(TABLES, runs=60, **asked, crew=_answered(_falling), resume=True)
    whole = yield_against(TABLES, "array.size=2,8", 60, crew=_answered(_falling))
    assert [one.share for one in more.points] == [one.share for one in whole.points]


def test_odds_that_no_runs_would_see_have_their_most_probable_failure(tmp_path: Path) -> None:
    """The measure falls with the amplitude alone, and fails 3, 3.5 and 3.9 deviations below the median."""
    far = {"2": 3.0, "3": 3.5, "4": 3.9}

    def formula(task: Task) -> float:
        assert task.variation is not None
        assert isinstance(task.variation.place, Stated)
        return float(0.5 + 0.1 * (task.variation.place.normal[_AMPLITUDE] + far[str(task.study.crossbar.rows)]))

    found = yield_against(
        TABLES, "array.size=2,3,4", target=0.9999, rare=True, per_level=300, weighted=600, crew=_answered(formula),
        folder=tmp_path / "y",
    )  # fmt: skip
    odds = [float(ndtr(-one)) for one in far.values()]
    np.testing.assert_allclose(found.dataset["odds"], odds, rtol=0.35)
    for one, true in zip(found.points, odds, strict=True):
        assert one.rare is not None
        assert one.rare.odds.distance == pytest.approx(-ndtri(true), abs=0.15)
        assert one.rare.causes()[0][0] == "amplitude"
    assert [one.meets(0.9999) for one in found.points] == ["no", "no", "yes"]
    assert load_study(tmp_path / "y" / "failure-2" / "study.toml").crossbar.shape == (4, 4)
    figure = yield_figure(found)
    assert figure.axes[0].get_yscale() == "log"
    legend = figure.axes[1].get_legend()
    assert legend is not None
    assert "amplitude" in [text.get_text() for text in legend.get_texts()]


def test_a_shipped_study_in_small() -> None:
    """Real arrays: runs are those of Monte Carlo, and the picture shows both panels."""
    shipped = Path(__file__).parents[3] / "scripts" / "studies" / "yield_size.toml"
    found = yield_against(shipped, "array.size=2,3", 2, crew=here)
    alone = montecarlo(load_study(shipped, ["array.rows=3", "array.cols=3"]).settings, 2, crew=here)
    np.testing.assert_array_equal(found.dataset["read_margin"][1], alone["read_margin"])
    figure = yield_figure(found)
    assert [ax.get_ylabel() for ax in figure.axes] == ["yield", "read margin"]
    assert figure.axes[0].get_xlabel() == "rows and columns"


def test_variants_such_as_schemes_and_selectors_stand_beside_each_other() -> None:
    variants = {"bare": ["array.temperature=300"], "1T1R": ["transistor.width=200nm"]}
    tables = TABLES | {"yield": {"against": {"name": "selector", "variants": variants}}}
    found = yield_against(tables, runs=4, crew=_answered(lambda task: 0.4 + 0.2 * (task.study.crossbar.kind == "1T1R")))
    assert [one.share for one in found.points] == [0, 1]
    assert (found.largest, found.request.axis.values) == ("", ("bare", "1T1R"))
    assert "is met at 1T1R" in found.answer or "may be met at 1T1R" in found.answer


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "against which key? Give --against KEY=V1,V2"),
        (["--against", "array.size"], "--against = 'array.size' is refused"),
        (["--against", "wire.widht=1um"], "did you mean 'width'"),
        (["--against", "wire.width=1um,2 V"], "wire.width = 2 V"),
        (["--against", "array.size=2,2"], "each value once"),
        (["--against", "array.size=2,3", "--target", "120%"], "yield.target = 1.2 is refused; allowed: > 0 and <= 1"),
        (["--against", "array.size=2,3", "--limit", "read_margin 0.5"], "--limit = 'read_margin 0.5' is refused"),
        (
            ["--against", "array.size=2,3", "--limit", "read_margin >= 0.5", "--limit", "read_margin <= 0.4"],
            "They contradict each other",
        ),
        (["--against", "array.size=2,3", "--rare", "--per-level", "3"], "per_level = 3 is refused"),
        (["--against", "array.size=2,3", "--set", "montecarlo.limits={}"], "what is a good array? Give limits"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[array]\nrows = 2\ncols = 2\n[variability]\n[montecarlo]\nruns = 4\nlimits = {read_margin = ">= 0.5"}\n'
    Path("s.toml").write_text(text + '[[program]]\ndo = "read"\nrow = 1\n')
    done = CliRunner().invoke(app, ["yield", "s.toml", *words])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_a_limit_on_no_measure_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match=r"unknown key 'margin' in .montecarlo.limits.; did you mean 'read_margin'"):
        yield_against(TABLES, "array.size=2,3", limits={"margin": ">= 1"}, crew=_answered(_falling))

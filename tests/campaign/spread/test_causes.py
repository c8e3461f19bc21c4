"""Causes told apart by runs of their own: Sobol indices against known functions, and one cause at a time."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from causes_cases import TABLES, answered
from scipy.special import ndtr
from typer.testing import CliRunner

from pyspice_models.campaign.assumptions import tornado
from pyspice_models.campaign.causes.indices import sobol_indices
from pyspice_models.campaign.causes.request import load_causes
from pyspice_models.campaign.causes.run import causes
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.study.draws.places import Mixed, Moved
from pyspice_models.study.variation import space_of, vary


def _pairs(pairs: int, seed: int) -> np.ndarray:
    """Of Ishigami's function, in the order of the runs."""
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(-math.pi, math.pi, (2, pairs, 3))
    rows = [first]
    for part in range(3):
        mixed = first.copy()
        mixed[:, part] = second[:, part]
        rows.append(mixed)
    x = np.stack([*rows, second], axis=1)
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


FIRST, TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
"""Of Ishigami's function with a = 7, b = 0.1 (Saltelli and others, Global Sensitivity Analysis, 2008)."""


def test_indices_of_a_known_function() -> None:
    found = sobol_indices(_pairs(1000, 1), ["a", "b", "c"])
    assert found is not None
    for one, first, total in zip(found, FIRST, TOTAL, strict=True):
        assert one.first == pytest.approx(first, abs=3 * one.first_width / 1.96)
        assert one.total == pytest.approx(total, abs=3 * one.total_width / 1.96)
    assert max(one.first_width for one in found) < 0.1
    assert sobol_indices(np.ones((9, 5)), ["a", "b", "c"]) is None
    broken = _pairs(1000, 1)
    broken[::2, 1] = np.nan
    assert sobol_indices(broken, ["a", "b", "c"]) == sobol_indices(_pairs(1000, 1)[1::2], ["a", "b", "c"])


def _mixed(pairs: int, seed: int, parts: int, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A function of standard normal numbers in its last axis, in the order of the runs."""
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, pairs, parts))
    rows = [first, *(np.where(np.arange(parts) == part, second, first) for part in range(parts)), second]
    return of(np.stack(rows, axis=1))


SLOPES = np.array([3.0, 2.0, 1.0, 0.5])
_LOG = 0.15 * SLOPES
_ALL = math.expm1(float(_LOG @ _LOG))
_FLAT = np.array([0.0, 1.0, 4.5])
_PART = 1 / (3 * (1 + _FLAT) ** 2)
_WHOLE = float(np.prod(1 + _PART) - 1)
KNOWN: dict[str, tuple[Callable[[int, int], np.ndarray], Sequence[float], Sequence[float]]] = {
    "Ishigami": (_pairs, FIRST, TOTAL),
    "sum": (lambda n, seed: _mixed(n, seed, 4, lambda x: x @ SLOPES), *[SLOPES**2 / (SLOPES @ SLOPES)] * 2),
    "lognormal": (
        lambda n, seed: _mixed(n, seed, 4, lambda x: np.exp(x @ _LOG)),
        np.expm1(_LOG**2) / _ALL, 1 - np.expm1(_LOG @ _LOG - _LOG**2) / _ALL,
    ),
    "square": (lambda n, seed: _mixed(n, seed, 2, lambda x: x[..., 0] ** 2 + x[..., 1]), *[(2 / 3, 1 / 3)] * 2),
    "product": (
        lambda n, seed: _mixed(n, seed, 2, lambda x: (1 + x[..., 0]) * (1 + x[..., 1])), (1 / 3, 1 / 3), (2 / 3, 2 / 3)
    ),
    # the width was not set by this one
    "Sobol's g": (
        lambda n, seed: _mixed(n, seed, 3, lambda x: ((np.abs(4 * ndtr(x) - 2) + _FLAT) / (1 + _FLAT)).prod(axis=-1)),
        _PART / _WHOLE, _PART * (1 + _WHOLE) / (1 + _PART) / _WHOLE,
    ),
}  # fmt: skip
"""Functions whose first-order and total indices are known."""


def _held(name: str, pairs: int, repeats: int) -> float:
    """How many intervals hold, of all indices of all repeats."""
    function, firsts, totals = KNOWN[name]
    parts = [str(number) for number in range(len(firsts))]
    held = []
    for seed in range(repeats):
        found = sobol_indices(function(pairs, seed), parts)
        assert found is not None
        held += [abs(one.first - true) <= one.first_width for one, true in zip(found, firsts, strict=True)]
        held += [abs(one.total - true) <= one.total_width for one, true in zip(found, totals, strict=True)]
    return float(np.mean(held))


@pytest.mark.parametrize("name", KNOWN)
def test_intervals_of_indices_of_100_pairs_hold(name: str) -> None:
    """Of 100 repeats: four to eight intervals each, which go together, so that the error is that of 100."""
    assert 0.95 - 3 * 0.0218 <= _held(name, 100, 100) <= 0.95 + 3 * 0.0218


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [30, 64, 256, 1000])
@pytest.mark.parametrize("name", KNOWN)
def test_the_intervals_of_indices_hold(name: str, pairs: int) -> None:
    """All intervals in each of 400 repeats: within 93 and 97 %."""
    assert 0.93 <= _held(name, pairs, 400) <= 0.97


def test_a_mixed_array_has_one_part_of_the_other_and_nothing_else() -> None:
    asked = load_causes(TABLES, samples=8).asked
    first = replace(asked.variation, seed=11)
    own, other = (vary(asked.nominal, replace(first, seed=seed))[1] for seed in (11, 12))
    for part in ("amplitude", "mobility, selected", "cycle_gap, unselected"):
        drawn = vary(asked.nominal, replace(first, place=Mixed(12, part)))[1]
        assert {name for name in drawn if drawn[name] != own[name]} == {part}
        assert drawn[part] == other[part] != own[part]


def test_indices_of_what_is_drawn_of_arrays() -> None:
    """x^2 is two thirds of the variance of x^2 + y; that x acts by a square hides nothing."""
    found = causes(
        TABLES, 40, only=["amplitude", "sense"], crew=answered(lambda d: d["amplitude"] ** 2 + d["sense"])
    )  # fmt: skip
    first = found["state_change"].sel(index="first_order")
    width = found["state_change_width"].sel(index="first_order")
    assert found.attrs["runs"] == 40 * 4
    for cause, share in (("amplitude", 2 / 3), ("sense", 1 / 3)):
        assert float(first.sel(cause=cause)) == pytest.approx(share, abs=1.5 * float(width.sel(cause=cause)))


def test_an_interaction_is_in_the_total_index_alone() -> None:
    found = causes(TABLES, 40, only=["amplitude", "sense"], crew=answered(lambda d: d["amplitude"] * d["sense"]))
    values, width = found["state_change"], found["state_change_width"]
    for cause in ("amplitude", "sense"):
        assert float(values.sel(index="first_order", cause=cause)) == pytest.approx(0, abs=0.6)
        total = values.sel(index="total", cause=cause)
        assert float(total) == pytest.approx(1, abs=1.5 * float(width.sel(index="total", cause=cause)))


def test_one_cause_at_a_time() -> None:
    """n cells are moved by 2/sqrt(n) each: the mean of their deviates by its own two standard deviations."""
    request = load_causes(TABLES)
    space = space_of(request.asked.nominal, request.asked.variation)
    cells = len(range(*space.slices["mobility, half-selected"].indices(space.size)))
    assert cells == 3
    drawn = vary(request.asked.nominal, replace(request.asked.variation, place=Moved("mobility, half-selected", 2)))[1]
    assert drawn["mobility, half-selected"] == pytest.approx(2 / math.sqrt(3), rel=1e-12, abs=0)
    assert sum(abs(value) for value in drawn.values()) == pytest.approx(2 / math.sqrt(3), rel=1e-9, abs=0)
    found = causes(TABLES, crew=answered(lambda d: 3 * d["amplitude"] - d["mobility, selected"]))
    one = tornado(found, "state_change")
    assert [bar.parameter for bar in one.bars[:2]] == ["amplitude", "mobility, selected"]
    assert [bar.span for bar in one.bars[:3]] == pytest.approx([12, 4, 0], rel=1e-9, abs=1e-12)
    assert one.nominal == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["--samples", "3"], "samples = 3"),
        (["--samples", "0"], "--one-at-a-time"),
        (["--one-at-a-time", "--away", "9"], "away = 9"),
        (["--only", "mobillity"], "did you mean 'mobility'"),
        (["--set", "montecarlo.vary=cycles"], "montecarlo.vary"),
        (["--set", "variability.seed=-1"], "variability.seed"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text('[array]\nrows = 2\ncols = 2\n[variability]\n[[program]]\ndo = "read"\nrow = 1\n')
    done = CliRunner().invoke(app, ["causes", "s.toml", *changes])
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["s.toml"]


def test_without_salib_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SALib", None)
    with pytest.raises(RequestError, match=r"ag2s-crossbar\[sensitivity\]"):
        causes(TABLES, 8, only=["sense"], crew=answered(lambda d: d["sense"]))


def test_what_is_kept_is_what_was_found(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    found = causes(TABLES, 8, only=["sense"], crew=answered(lambda d: d["sense"]), folder=folder)
    told = json.loads((folder / "causes.json").read_text())
    index = told["measures"]["state_change"]["causes"]["sense"]["total"]["value"]
    assert index == float(found["state_change"].sel(index="total", cause="sense"))
    again = causes(
        TABLES, 16, only=["sense"], crew=answered(lambda d: d["sense"]), folder=folder, resume=True
    )  # fmt: skip
    assert again.attrs["runs"] == 48
    assert (folder / "study.toml").is_file()


def test_what_no_cause_moves_is_told_without_a_table_or_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(
        '[study]\nengine = "nodal"\n[array]\nrows = 2\ncols = 2\n[variability]\n'
        '[[program]]\ndo = "write"\nrow = 1\ncol = 1\n'
    )
    words = ["causes", "s.toml", "--one-at-a-time", "--only", "amplitude", "--out", "o"]
    done = CliRunner().invoke(app, [*words, "--measure", "disturb_unselected", "--measure", "state_change"])
    assert done.exit_code == 0, done.output
    assert "disturb_unselected: 0 in the median array; no cause moves it" in done.output
    assert [path.name for path in Path("o").glob("*.png")] == ["tornado_state_change.png"]

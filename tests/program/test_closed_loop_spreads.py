"""Write-verify on arrays that differ: every spread, tolerances, random levels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from closed_loop_cases import VOLT, _asked, _file, _only

from pyspice_models.array.levels import Scale
from pyspice_models.array.variability import VariabilityParams, sample_crossbar
from pyspice_models.array.variability.wafer import WaferSpreadParams
from pyspice_models.errors import RequestError
from pyspice_models.program import rounds as module
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programming import Budget
from pyspice_models.program.write_verify import write_verify
from pyspice_models.stimulus import ReadAll, Write
from pyspice_models.study.variation import Variation

# ---- every key of [variability]


def test_array_amplitude_scales_pulses_and_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = np.linspace(0.1, 0.9, 33)
    asked = _asked(
        levels[[[4, 28, 16], [32, 0, 10]]], _only(array_amplitude=0.1), 3, levels=levels, budget=Budget(0.01)
    )
    bar = asked.study.crossbar
    factor = sample_crossbar(bar.cell, {}, bar.shape, bar.wire, bar.driver, 3, _only(array_amplitude=0.1)).amplitude
    assert abs(factor - 1) > 0.03
    real, studies = module.simulate_study, []
    monkeypatch.setattr(module, "simulate_study", lambda study, folder: (studies.append(study), real(study, folder))[1])
    report, _ = write_verify(asked)
    for study in studies:
        for step in study.program:
            if isinstance(step, Write):
                assert abs(step.voltage) == pytest.approx(0.15 * factor, rel=1e-12, abs=0)
            if isinstance(step, ReadAll):
                assert step.voltage == pytest.approx(VOLT * factor, rel=1e-12, abs=0)
    assert len(studies) > 2
    # the loop divides by the voltage that it asked for: what it takes for the conductance is off by the factor
    seen, held = report.scale.conductances(report.read), report.scale.conductances(report.held)
    assert seen / held == pytest.approx(np.full((2, 3), factor), rel=0.03, abs=0)
    assert report.converged
    assert not report.done


@pytest.mark.parametrize("name", sorted(VariabilityParams.quantities().keys() - WaferSpreadParams.quantities()))
def test_every_spread_alone_has_its_effect_or_is_refused_by_name(tmp_path: Path, name: str) -> None:
    off = "\n".join(f"{key} = 0" for key in VariabilityParams.quantities() if key != name)
    value = '"5 uS"' if name == "g_step" else "0.05"
    path = _file(tmp_path, "rounds = 1", "levels = 4", "[variability]", "seed = 1", off, f"{name} = {value}")
    if name == "g_step":
        with pytest.raises(RequestError, match=r"variability\.g_step = 5e-06 S is refused; .* would move by it"):
            load_write_verify(path)
        return
    asked = load_write_verify(path)
    varied, _ = write_verify(asked)
    plain, _ = write_verify(replace(asked, variation=None))
    assert np.abs(varied.states["w"] - plain.states["w"]).max() > 1e-9
    assert np.abs(varied.read - plain.read).max() > 1e-9


@pytest.mark.parametrize("key", ["seed", "cycle"])
def test_another_array_and_another_cycle_end_otherwise(tmp_path: Path, key: str) -> None:
    path = _file(tmp_path, "rounds = 1", "levels = 4", "[variability]", "seed = 1", "cycle = 5")
    one, other = (write_verify(load_write_verify(path, [f"variability.{key}={n}"]))[0] for n in (5, 6))
    assert (one.states["w"] != other.states["w"]).any()


def test_each_round_is_a_cycle_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    spread = _only(cycle_mobility=0.3, device_area=0.1)
    asked = replace(_asked([[0.2, 0.8, 0.5]]), variation=Variation(spread, 2, cycle=7))
    real, studies = module.simulate_study, []
    monkeypatch.setattr(module, "simulate_study", lambda study, folder: (studies.append(study), real(study, folder))[1])
    write_verify(asked)
    bar = asked.study.crossbar
    assert len(studies) > 2
    for number, study in enumerate(studies):
        drawn = sample_crossbar(bar.cell, {}, bar.shape, bar.wire, bar.driver, 2, spread, cycle=7 + number).cells
        for name in ("rate_int_set", "rate_int_reset", "area"):
            assert (study.crossbar.values(name) == drawn[name]).all(), (number, name)
    rates = [tuple(study.crossbar.values("rate_int_set").ravel()) for study in studies]
    assert len(set(rates)) == len(studies)
    last = replace(asked, variation=Variation(spread, 2, cycle=10_000_000 - 10))
    assert last.variation is not None
    with pytest.raises(RequestError, match=r"cycle \+ rounds = 10000001.* is refused; allowed: <= 10000000"):
        replace(last, variation=replace(last.variation, cycle=last.variation.cycle + 1))


# ---- the tolerance follows from the levels


@pytest.mark.parametrize("levels", [2, 3, 16, 17, 64, 4096])
@pytest.mark.parametrize("quantity", ["state", "conductance"])
def test_by_default_no_cell_passes_that_is_nearer_to_another_level(tmp_path: Path, levels: int, quantity: str) -> None:
    ends = ['quantity = "conductance"', 'low = "50 nS"', 'high = "150 nS"'] if quantity == "conductance" else []
    asked = load_write_verify(_file(tmp_path, *ends, f"levels = {levels}"))
    assert len(asked.levels) == levels
    step = np.diff(asked.levels).min()
    assert asked.budget.tolerance == pytest.approx(min(0.02, step / 3), rel=1e-9, abs=0)
    if quantity == "conductance":
        assert asked.scale.conductances(asked.levels) == pytest.approx(
            np.linspace(50e-9, 150e-9, levels), rel=1e-9, abs=0
        )


def test_a_tolerance_above_half_of_a_step_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, "levels = 64")
    half = 0.8 / 63 / 2
    words = r"write_verify\.tolerance = 0\.02 is refused; allowed: > 0 and <= 0\.006349, half of the step between 64"
    with pytest.raises(RequestError, match=words):
        load_write_verify(path, ["write_verify.tolerance=0.02"])
    with pytest.raises(RequestError, match="half of the step"):
        load_write_verify(path, [f"write_verify.tolerance={half * 1.001}"])
    assert load_write_verify(path, [f"write_verify.tolerance={half * 0.999}"]).budget.tolerance < half
    # where any level may be asked, none is another
    free = _asked([[0.2, 0.30]], budget=Budget(tolerance=0.4))
    assert write_verify(free)[0].wrong == []


def test_64_levels_are_told_apart_or_reported(tmp_path: Path) -> None:
    report, crossbar = write_verify(load_write_verify(_file(tmp_path, "levels = 64", rows=4, cols=4)))
    held = crossbar.conductance(VOLT, report.states["w"], report.states["x"])
    scale = Scale.nominal(crossbar, VOLT)
    levels = scale.conductances(np.linspace(0.1, 0.9, 64))
    number, nearest = (np.abs(g[..., None] - levels).argmin(axis=-1) for g in (scale.conductances(report.target), held))
    assert report.wrong == [tuple(place) for place in np.argwhere(nearest != number).tolist()]
    assert report.converged
    assert np.abs(report.read - report.target).max() < 0.8 / 63 / 3


@pytest.mark.parametrize(
    ("levels", "target", "message"),
    [
        ([0.2, 0.5], [[0.2, 0.4]], r"target\[0, 1\] = 0\.4 is refused; allowed: one of the levels"),
        ([0.5, 0.2], [[0.2, 0.5]], r"levels = .* is refused; allowed: two or more in rising order"),
        ([0.2, np.nan], [[0.2, 0.2]], r"levels = .* is refused; allowed: two or more in rising order"),
        ([0.2], [[0.2, 0.2]], r"levels = .* is refused; allowed: two or more in rising order"),
    ],
)
def test_levels_that_cannot_be_are_refused(levels: list[float], target: Any, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        _asked(target, levels=np.array(levels))


# ---- random levels


@pytest.mark.parametrize("levels", [2, 5, 16])
def test_random_means_any_of_the_levels(tmp_path: Path, levels: int) -> None:
    asked = load_write_verify(_file(tmp_path, f"levels = {levels}", rows=30, cols=40))
    values, counts = np.unique(asked.target, return_counts=True)
    assert values == pytest.approx(np.linspace(0.1, 0.9, levels), rel=1e-12, abs=0)
    share = 1 / levels
    assert (np.abs(counts - 1200 * share) < 4 * np.sqrt(1200 * share * (1 - share))).all()


def test_random_levels_belong_to_places_and_to_the_seed(tmp_path: Path) -> None:
    path = _file(tmp_path)
    small, large, other = (
        load_write_verify(path, [f"array.rows={n}", f"array.cols={n}", f"write_verify.seed={seed}"]).target
        for n, seed in ((6, 1), (9, 1), (6, 2))
    )
    assert (large[:6, :6] == small).all()
    assert (other != small).any()

"""Fits that survive real data: any width, outliers, one side of a parameter, other cells, devices and cycles."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fit_cases import BASE, TRUTH, _train

from pyspice_models.array.variability import VariabilityParams, sample_devices
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.foreign.read import foreign_cell
from pyspice_models.lab.fit import FitResult, PulseTrain, Setup, fit, read_all
from pyspice_models.lab.fit.apart.noise import noise_of
from pyspice_models.lab.fit.apart.spreads import likeliest
from pyspice_models.lab.fit.kinds import STILL, default_parameters
from pyspice_models.lab.fit.pulses import conductances

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plain() -> FitResult:
    return fit(_train(2), BASE)


# ---- nothing acts unseen


def test_another_width_is_the_same_fit_with_other_rates(plain: FitResult) -> None:
    train = _train(2)
    for factor in (0.03, 10.0):
        found = fit(replace(train, width=train.width * factor), BASE)
        for one, other in zip(plain.parameters, found.parameters, strict=True):
            scale = factor if one.name.startswith("rate") else 1.0
            for of in ("value", "sigma", "low", "high"):
                assert getattr(other, of) * scale == pytest.approx(getattr(one, of), rel=1e-10, abs=0), one.name


def test_a_filament_that_the_pulses_cannot_tell_is_held_still(plain: FitResult) -> None:
    assert plain.held == ("rate_fil_set", "rate_fil_reset")
    assert plain.cell.rate_fil_set == plain.cell.rate_fil_reset == STILL
    assert "the filament is held still" in plain.notes[0]
    assert plain.preset("a").origin("rate_fil_set").source == "held still in the fit to train.csv"
    # who fits it has it move
    assert fit(_train(2), BASE, parameters=["g_int_max", "rate_fil_set"], setup=Setup()).held == ()


def test_outliers_count_for_nothing() -> None:
    train, wild = _train(2), [7, 41, 42, 88, 110]
    spoilt = train.conductance.copy()
    spoilt[wild] += 2e-7 * np.array([1, -0.4, 0.8, -0.3, 1.5])
    found = fit(replace(train, conductance=np.maximum(spoilt, 1e-9)), BASE)
    assert set(np.flatnonzero(found.parts[0].outliers)) >= set(wild)
    kept = np.delete(np.arange(121), wild)
    without = fit(
        PulseTrain("kept", train.pulse[kept], train.voltage[kept], train.width[kept], train.conductance[kept]), BASE
    )
    for one, other in zip(without.parameters, found.parameters, strict=True):
        assert abs(one.value - other.value) < 0.1 * one.sigma, one.name


# ---- several sets


def test_defaults_of_several_sets() -> None:
    warm = replace(_train(1), temperature=np.full(121, 350.0))
    assert default_parameters([_train(1), warm])[-2:] == ("e_int", "e_act")
    assert default_parameters(_train(1))[-1] == "p_int"


def test_two_temperatures_give_both_activation_energies() -> None:
    names = ("g_int_max", "rate_int_set", "e_int", "e_act")
    start = replace(
        BASE, cell=TRUTH.replace(**{name: getattr(BASE.film, name) for name in names[:2]}, e_int=0.15, e_act=0.3)
    )
    trains = []
    for n, warm in enumerate((300.0, 340.0)):
        train = replace(_train(n, amplitudes=(0.3,) * 20), temperature=np.full(21, warm))
        g = conductances(train, TRUTH, {"w0": np.array([TRUTH.w0])}, read_voltage=5e-3, temperature=300.0)[0]
        dice = np.random.default_rng(n)
        trains.append(replace(train, conductance=g * (1 + dice.normal(0, 0.01, len(g)))))
    result = fit(trains, start, parameters=names)
    for p in result.parameters:
        assert abs(p.value - getattr(TRUTH, p.name)) < 3 * p.sigma, p
    assert {p.name: p.sigma for p in result.parameters}["e_act"] < 0.03


# ---- other cells


def _pulsed(cell: object, level: str, volts: float, width: float, seed: int = 3) -> PulseTrain:
    """20 set and 20 reset pulses with 1 % noise of the window."""
    signs = np.array([0.0, *([1.0] * 20), *([-1.0] * 20)])
    train = PulseTrain("other", np.arange(41.0), volts * signs, np.full(41, width), np.ones(41))
    start = {level: np.array([getattr(cell, level)])}
    g = conductances(train, cell, start, read_voltage=0.05, temperature=300.0)[0]  # type: ignore[arg-type]
    return replace(train, conductance=g + np.random.default_rng(seed).normal(0, 0.01 * np.ptp(g), 41))


def test_a_cell_of_another_kind() -> None:
    truth = VteamParams(w0=0.2, r_on=12e3, r_off=300e3, k_on=0.5, k_off=0.3, p_window=0.5)
    base = VteamParams(p_window=0.5)
    train = _pulsed(truth, "w0", 0.8, 4e-9)
    result = fit(train, base, setup=Setup(read_voltage=0.05))
    assert {p.name for p in result.parameters} == {"w0", "r_on", "r_off", "k_on", "k_off"}
    for p in result.parameters:
        assert abs(p.value - getattr(truth, p.name)) < 3 * p.sigma, p
    assert all(p.sigma < 0.2 * p.value for p in result.parameters if p.name in {"r_on", "k_on", "k_off"})


@pytest.mark.slow
def test_a_verilog_a_of_ones_own() -> None:
    states = {"closed": {"node": "gap", "initial": "gap0", "zero": 1.0, "one": 0.0}}
    file = ROOT / "scripts" / "studies" / "models" / "gap_cell.va"
    truth = foreign_cell(file, states=states, r_on=20e3, speed=5e6, gap0=0.3)
    base = foreign_cell(file, states=states)
    train = _pulsed(truth, "gap0", 0.5, 20e-9)
    result = fit(train, base, setup=Setup(read_voltage=0.05))
    assert {p.name for p in result.parameters} == {"gap0", "r_on", "decade", "speed"}
    for p in result.parameters:
        assert abs(p.value - getattr(truth, p.name)) < 3 * p.sigma, p
        assert p.sigma < 0.2 * p.value, p


# ---- what scatters


def test_noise_is_taken_apart() -> None:
    dice = np.random.default_rng(1)
    rows = 4000
    walk = np.cumsum(dice.normal(0, 2e-9, rows))
    left = walk + dice.normal(0, 5e-9, rows)
    train = PulseTrain("a", np.arange(rows) * 1.0, np.full(rows, 0.3), np.full(rows, 1e-6), np.full(rows, 1e-7))
    found = noise_of(train, left, np.linspace(1e-7, 2e-7, rows), np.zeros(rows, dtype=bool))
    assert found is not None
    # the data's own statistics: 4000 readings know a variance to 1.6 %, its parts a few times worse
    assert found.read == pytest.approx(5e-9, rel=0.05, abs=0)
    assert found.update == pytest.approx(2e-9, rel=0.1, abs=0)
    differences = np.diff(left)
    assert 2 * found.read**2 + found.update**2 == pytest.approx(np.var(differences), rel=0.05, abs=0)
    assert noise_of(train, left[:20], left[:20], np.zeros(20, dtype=bool)) is None


def test_the_likeliest_spread_leaves_out_what_noise_makes() -> None:
    dice = np.random.default_rng(2)
    errors = dice.uniform(0.02, 0.2, 400)
    groups = np.repeat(np.arange(100), 4)
    deviations = dice.normal(0, 0.1, 400) + errors * dice.normal(size=400) + dice.normal(size=100)[groups]
    value, low, high = likeliest(deviations, errors, groups)
    assert low < value < high
    assert value == pytest.approx(0.1, abs=2.5 * (high - low) / 2)
    assert (high - low) / 2 < 0.012
    assert likeliest(0.1 * dice.normal(size=50), np.full(50, 0.3))[0] == 0.0


def _devices(count: int, cycles: int, spread: VariabilityParams) -> list[PulseTrain]:
    own = sample_devices(TRUTH, count, 5, spread)
    levels = np.array([0.0, *(([0.3] * 10 + [-0.3] * 10) * cycles)])
    rows = len(levels)
    train = PulseTrain("devices", np.arange(rows) * 1.0, levels, np.full(rows, 1.5e-6), np.ones(rows))
    g = conductances(train, TRUTH, own, read_voltage=5e-3, temperature=300.0)
    g = g + np.random.default_rng(6).normal(0, 1e-9, g.shape)
    return [replace(train, conductance=g[n], device=str(n)) for n in range(count)]


def _no_spread(**some: float) -> VariabilityParams:
    none = {name: 0.0 for name in VariabilityParams.quantities() if name.startswith(("device", "cycle"))}
    return VariabilityParams(**{**none, **some})


def test_deviations_of_devices_come_back() -> None:
    spread = _no_spread(device_mobility=0.2, device_interface=0.1)
    own = sample_devices(TRUTH, 3, 5, spread)
    names = ("w0", "g_int_max", "rate_int_set", "rate_int_reset")
    start = replace(BASE, cell=TRUTH.replace(g_int_max=2e-7, rate_int_set=6e4, rate_int_reset=1e5))
    result = fit(_devices(3, 1, spread), start, parameters=names)
    assert result.spreads is not None
    found = {one.key: one for one in result.spreads.entries}
    for key, name in (("device_mobility", "rate_int_set"), ("device_interface", "g_int_max")):
        truth = np.log(own[name] / getattr(TRUTH, name))
        missed = (found[key].deviations - truth + truth.mean()) / found[key].errors
        assert np.abs(missed).max() < 3
        assert found[key].errors.max() < 0.1
        assert found[key].low < np.std(truth, ddof=1) < found[key].high
    table = result.spreads.table()
    assert table["device_area"] == table["cycle_mobility"] == 0.0
    assert result.spreads.params().device_mobility == table["device_mobility"]
    # the intervals know that three devices are few
    assert all(p.high > 1.05 * p.value for p in result.parameters if p.name.startswith("rate"))


def test_the_devices_that_ship_are_those_that_their_script_writes(tmp_path: Path) -> None:
    writer = runpy.run_path(str(ROOT / "tests" / "golden" / "write_fit_data.py"), run_name="write_fit_data")
    (tmp_path / "made.csv").write_text(writer["eight_devices"]())
    made, shipped = (read_all(path) for path in (tmp_path / "made.csv", ROOT / "scripts/examples/eight_devices.csv"))
    assert [one.device for one in shipped] == [str(n) for n in range(1, 9)]
    for one, other in zip(made, shipped, strict=True):
        # the last digit may be rounded the other way by another SciPy
        np.testing.assert_allclose(one.measured, other.measured, atol=1.01e-10)


@pytest.mark.slow
def test_eight_devices_that_ship() -> None:
    """What was put into the file comes back: nominal cell, spreads of devices and cycles, noise of readings."""
    result = fit(read_all(ROOT / "scripts" / "examples" / "eight_devices.csv"), BASE)
    assert result.spreads is not None
    found = {one.key: one for one in result.spreads.entries}
    for key, truth in (("device_mobility", 0.15), ("device_asymmetry", 0.1), ("device_interface", 0.12)):
        # 95 % of the time a spread is within twice its 68 % interval
        one = found[key]
        assert one.value - 2 * (one.value - one.low) <= truth <= one.value + 2 * (one.high - one.value), one
    # 20 pulses of 0.15 each make a cycle's mean rate 0.034 wider
    cycle, truth = found["cycle_mobility"], float(np.hypot(0.08, 0.15 / np.sqrt(20)))
    assert cycle.value - 2 * (cycle.value - cycle.low) <= truth <= cycle.value + 2 * (cycle.high - cycle.value), cycle
    # a simulated lot of such devices scatters as the data do
    lot = sample_devices(result.cell, 400, 1, result.spreads.params())
    train = result.data
    assert isinstance(train, PulseTrain)
    g = conductances(train, result.cell, lot, read_voltage=5e-3, temperature=300.0)[:, 20]
    data = np.array([part.data.measured[20] for part in result.parts])
    ratio = (np.std(g) / np.mean(g)) / (np.std(data, ddof=1) / np.mean(data))
    # eight devices know their standard deviation to 27 %
    assert 0.5 < ratio < 2.0

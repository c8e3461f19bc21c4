"""`ag2s fit`: known parameters come back from noisy data; what the data do not tell is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fit_cases import BASE, TRUTH, _train, check_recovered, known_to

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.presets import Preset
from pyspice_models.engine import Waves, engine
from pyspice_models.errors import RequestError
from pyspice_models.lab.fit import IvLoop, PulseTrain, Setup, fit
from pyspice_models.lab.fit.kinds import default_parameters
from pyspice_models.lab.fit.model import predict
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus.cell_bench import CellBench, Drive


def _loop(seed: int, truth: CellParams, setup: Setup, noise: float = 0.005) -> IvLoop:
    time = np.linspace(0, 12, 121)
    volt = np.interp(time, [0, 3, 9, 12], [0, 0.3, -0.3, 0])
    run = simulate(
        truth, [0, 3, 9, 12], [0, 0.3, -0.3, 0], series_resistance=setup.series_resistance, i_limit=setup.i_limit,
        max_step=2e-3,
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    current = np.interp(time, run.time, run.i) * (1 + rng.normal(0, noise, len(time)))
    return IvLoop("loop.csv", time, volt, current + rng.normal(0, 1e-10, len(time)))


def _knowing(truth: CellParams, names: Sequence[str]) -> Preset:
    """The preset to start from where all but these parameters are known."""
    return replace(BASE, cell=truth.replace(**{name: getattr(BASE.cell, name) for name in names}))


LOOP = BASE.cell.replace(g_int_max=310e-9, rate_fil_set=2400.0, rate_fil_reset=5000.0, v_nuc_fil=0.6)
LOOPS = pytest.mark.parametrize(
    "names",
    [
        ("g_int_max", "rate_fil_set"),
        pytest.param(("g_int_max", "rate_fil_set", "rate_fil_reset", "v_nuc_fil"), marks=pytest.mark.slow),
    ],
    ids=["two", "all"],
)
"""What is fitted to a loop: two parameters where the others are known, or all that a loop tells."""


# ---- recovery


def test_model_of_pulses_is_the_twin() -> None:
    moving = TRUTH.replace(rate_fil_set=BASE.film.rate_fil_set, rate_fil_reset=BASE.film.rate_fil_reset)
    train = _train(0, noise=0.0, cell=moving)
    error = predict(train, moving, {"w0": np.array([TRUTH.w0])}, Setup())[0] - train.conductance
    assert np.abs(error).max() < 5e-4 * np.ptp(train.conductance)


@pytest.mark.parametrize("seed", range(5))
def test_pulse_train_gives_its_parameters_back(seed: int) -> None:
    result = fit(_train(seed), BASE)
    assert {p.name for p in result.parameters} == {
        "w0", "g_int_min", "g_int_max", "rate_int_set", "rate_int_reset", "p_int",
    }  # fmt: skip
    noise = 0.01 * np.ptp(_train(0, 0.0).conductance)
    check_recovered(result, TRUTH, known_to(_train(0, 0.0), TRUTH, [p.name for p in result.parameters], Setup(), noise))
    assert result.rms == pytest.approx(0.01 * np.ptp(_train(0, 0.0).conductance), rel=0.25, abs=0)
    assert result.warnings == ()


def _check_honesty(base: Preset, names: Sequence[str] | None, levels: tuple[float, ...] | None) -> None:
    """Over 30 noise draws the estimates scatter as much as their uncertainties say."""
    pulls = []
    for seed in range(30):
        result = fit(_train(100 + seed, amplitudes=levels), base, parameters=names)
        pulls.append([(p.value - getattr(TRUTH, p.name)) / p.sigma for p in result.parameters])
    spread = np.std(pulls, axis=0)
    # the standard deviation of 30 normal numbers is known to 13 %: 3 sigma either way
    assert (spread > 0.6).all()
    assert (spread < 1.4).all()
    assert (np.abs(np.mean(pulls, axis=0)) < 3 / np.sqrt(30) + 0.1).all()


def test_uncertainties_of_three_parameters_are_honest() -> None:
    names = ("g_int_max", "rate_int_set", "rate_int_reset")
    _check_honesty(_knowing(TRUTH, names), names, (0.3,) * 20 + (-0.3,) * 20)


@pytest.mark.slow
def test_uncertainties_are_honest() -> None:
    _check_honesty(BASE, None, None)


def test_several_amplitudes_give_the_nucleation_voltage() -> None:
    levels = tuple((0.3 if k // 20 % 4 < 2 else 0.25) * (1 if k // 20 % 2 == 0 else -1) for k in range(160))
    result = fit(_train(3, 0.005, levels), BASE)
    (barrier,) = [p for p in result.parameters if p.name == "v_nuc_int"]
    assert abs(barrier.value - TRUTH.v_nuc_int) < 3 * barrier.sigma
    assert barrier.value == pytest.approx(TRUTH.v_nuc_int, rel=0.05, abs=0)


@LOOPS
def test_iv_loop_gives_its_parameters_back(names: tuple[str, ...]) -> None:
    setup = Setup(series_resistance=1e3, i_limit=1e-4)
    loop = _loop(1, LOOP, setup)
    # it sets, and resets again: the last sample before the end of the reset half is back below the interface path
    assert np.abs(loop.current).max() > 5e-5
    assert abs(loop.current[90]) < 1e-8
    assert default_parameters(loop) == ("g_int_max", "rate_fil_set", "rate_fil_reset", "v_nuc_fil")
    result = fit(loop, _knowing(LOOP, names), parameters=names, setup=setup)
    assert [p.name for p in result.parameters] == [*names]
    for p in result.parameters:
        assert abs(p.value - getattr(LOOP, p.name)) < 3 * p.sigma, p
        assert abs(p.value / getattr(LOOP, p.name) - 1) < 0.06, p
    assert result.warnings == ()


# ---- the same from the Verilog-A cell in ngspice: data that the fit's own model did not make


def _in_ngspice(folder: Path, bench: CellBench, step: float) -> Waves:
    return engine("ngspice").run_deck(cell_deck([bench], form="osdi", longest_step=step), folder, time_limit=120)


def test_pulses_of_the_verilog_a_cell(tmp_path: Path) -> None:
    levels = [0.3 if k // 30 % 2 == 0 else -0.3 for k in range(90)]
    drive, read_at = Drive().hold(1e-6), [0.5e-6]
    for level in levels:
        drive = drive.pulse(level, 1e-6, 10e-9).hold(1e-6)
        read_at.append(drive.times[-1] - 0.5e-6)
    waves = _in_ngspice(tmp_path, CellBench(TRUTH, drive.times, drive.volts), 0.1e-6)
    w, x = (np.interp(read_at, waves.time, waves.values[state][:, 0]) for state in ("w", "x"))
    g = Equations(TRUTH).conductance(5e-3, w, x)
    g = g + np.random.default_rng(5).normal(0, 0.01 * np.ptp(g), len(g))
    result = fit(PulseTrain("va", np.arange(91.0), np.array([0.0, *levels]), np.full(91, 1e-6), g), BASE)
    for p in result.parameters:
        assert abs(p.value - getattr(TRUTH, p.name)) < 3 * p.sigma, p
        assert abs(p.value / getattr(TRUTH, p.name) - 1) < 0.08, p


@LOOPS
def test_loop_of_the_verilog_a_cell(names: tuple[str, ...], tmp_path: Path) -> None:
    drive = Drive().ramp([0.3, -0.3, 0.0], 0.1)
    waves = _in_ngspice(tmp_path, CellBench(LOOP, drive.times, drive.volts, r_series=5e3), 2e-3)
    time = np.linspace(0, 12, 121)
    current = np.interp(time, waves.time, waves.values["i"][:, 0])
    rng = np.random.default_rng(6)
    current = current * (1 + rng.normal(0, 0.01, len(time))) + rng.normal(0, 1e-10, len(time))
    volt = np.interp(time, drive.times, drive.volts)
    result = fit(
        IvLoop("va", time, volt, current), _knowing(LOOP, names), parameters=names, setup=Setup(series_resistance=5e3)
    )
    for p in result.parameters:
        assert abs(p.value - getattr(LOOP, p.name)) < 3 * p.sigma, p
        assert abs(p.value / getattr(LOOP, p.name) - 1) < 0.1, p


# ---- honesty


def test_what_the_data_do_not_tell_stays_and_is_named() -> None:
    # rates hold at v_ref = 0.3 V: pulses of 0.3 V say nothing of how the rates go on from there
    result = fit(_train(1), BASE, parameters=["g_int_max", "w0", "v_nuc_int", "rate_int_set"])
    assert [p.name for p in result.parameters] == ["g_int_max", "w0", "rate_int_set"]
    assert "do not determine v_nuc_int: it stays at 0.5" in result.warnings[0]
    assert result.cell.v_nuc_int == BASE.film.v_nuc_int
    # one other voltage tells the rate there: a product of the two
    names = ["g_int_max", "w0", "rate_int_set", "v_nuc_int"]
    result = fit(_train(1, amplitudes=(0.25,) * 60), _knowing(TRUTH, names), parameters=names)
    assert "do not determine v_nuc_int apart from rate_int_set" in result.warnings[0]
    (rate,) = [p for p in result.parameters if p.name == "rate_int_set"]
    assert rate.low < TRUTH.rate_int_set < rate.high * 1.2


def test_data_that_tell_nothing_are_refused() -> None:
    with pytest.raises(RequestError, match=r"the data determine none of alpha, v_nuc_int\. Fit others"):
        fit(_train(1), BASE, parameters=["alpha", "v_nuc_int"])


def test_one_side_of_a_parameter_is_told() -> None:
    # 20 pulses that move a twentieth of the window: where that would end is seen from one side
    names = ("g_int_max", "rate_int_set", "w0")
    slow = TRUTH.replace(rate_int_set=2.5e3)
    result = fit(_train(1, amplitudes=(0.3,) * 20, noise=0.1, cell=slow), _knowing(slow, names), parameters=names)
    top, rate, _ = result.parameters
    assert top.high == top.sigma == np.inf
    assert 0 < top.low < TRUTH.g_int_max
    assert any("g_int_max is known from one side alone: > " in warning for warning in result.warnings)
    assert result.preset("a").provenance["g_int_max"].note.startswith("68 %: > ")
    assert rate.low < slow.rate_int_set < rate.high


def test_a_wide_uncertainty_is_warned_of() -> None:
    few = _train(1, noise=0.15)
    part = PulseTrain(few.name, few.pulse[:14], few.voltage[:14], few.width[:14], few.conductance[:14])
    result = fit(part, BASE, parameters=["w0", "g_int_max", "rate_int_set"])
    wide = [p.name for p in result.parameters if p.name != "w0" and p.sigma > 0.3 * p.value]
    assert wide
    assert all(any(name in warning for warning in result.warnings) for name in wide)


def test_a_model_that_misses_something_is_warned_of() -> None:
    train = _train(1, noise=0.002)
    drift = train.conductance * (1 + 0.3 * np.sin(np.arange(len(train.pulse)) / 9))
    result = fit(PulseTrain("drift", train.pulse, train.voltage, train.width, drift), BASE)
    assert any("neighbouring residuals" in warning for warning in result.warnings)


def test_names_are_checked() -> None:
    for names, message in (
        (["rate"], "parameters = 'rate' is refused; allowed: some of w0, x0"), (["w0", "w0"], "w0 is named twice"),
        ([], "no parameter to fit"), (["area"], "parameters = 'area' is refused"),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=message):
            fit(_train(1), BASE, parameters=names)

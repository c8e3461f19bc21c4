"""The cells beside Ag2S: each in three forms and three simulators against its own equations, and finite everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.alone import LoneRun, simulate
from pyspice_models.cells.gap.equations import Equations as GapEquations
from pyspice_models.cells.gap.model import GAP
from pyspice_models.cells.gap.params import GapParams
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import MODELS, model_named
from pyspice_models.cells.selectors.equations import threshold_rate
from pyspice_models.cells.selectors.params import ThresholdParams
from pyspice_models.cells.threshold.equations import Equations as ThresholdEquations
from pyspice_models.cells.threshold.model import THRESHOLD
from pyspice_models.cells.threshold.params import ThresholdCellParams
from pyspice_models.cells.vteam.equations import Equations as VteamEquations
from pyspice_models.cells.vteam.model import VTEAM
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus.cell_bench import CellBench, Drive

MODELLED = (VTEAM, GAP, THRESHOLD)
FORMS = [("ngspice", "osdi"), ("ngspice", "subckt"), ("vacask", "osdi")]


@dataclass(frozen=True)
class Case:
    """A cell, pulses that move its state through much of its window, and the resistor before it [ohm]."""

    cell: ParameterSet
    drive: Drive
    series: float
    temperature: float = 300.0


def _train(levels: list[float], width: float, rest: float) -> Drive:
    drive = Drive().hold(rest)
    for level in levels:
        drive = drive.pulse(level, width, width / 10).hold(rest)
    return drive


CASES = {
    "vteam": Case(VteamParams(w0=0.0), _train([0.8, -0.8, 0.7, -0.75], 50e-9, 20e-9), 1e3),
    "vteam-linear": Case(
        VteamParams(w0=0.1, exponential=0.0, p_window=0.5, alpha_on=1.5, v_off=0.6, r_on=30e3),
        _train([0.8, -0.9], 50e-9, 20e-9), 5e3,
    ),
    "gap": Case(GapParams(x0=0.2), _train([2.2, -1.8, 1.9], 50e-9, 20e-9), 5e3),
    "gap-field": Case(
        GapParams(
            x0=0.5, i0=1e-3, g0=0.25e-9, v0=0.25, vel0=10.0, e_a=0.6, t_ox=12e-9, gamma0=16.0, beta=0.8, f_min=1.2e9,
            r_th=2.1e3, gap_min=0.2e-9,
        ),
        _train([1.7, -1.5], 50e-9, 20e-9), 50.0, 320.0,
    ),
    "threshold": Case(ThresholdCellParams(), _train([0.5, 0.28, -0.5], 1e-6, 4e-6), 1e4),
    "threshold-fades": Case(
        ThresholdCellParams(s0=0.9, t_relax=2e-6, v_hold=0.08, g_on=1e-4), Drive().to(0.05, 1e-8).hold(8e-6), 1e4
    ),
}  # fmt: skip


def _model(case: Case) -> CellModel:
    return MODELS[type(case.cell)]


@cache
def _twin(name: str) -> LoneRun:
    case = CASES[name]
    return simulate(
        _model(case), case.cell, case.drive.times, case.drive.volts, series_resistance=case.series,
        temperature=case.temperature,
    )  # fmt: skip


@pytest.mark.parametrize(("tool", "form"), FORMS)
@pytest.mark.parametrize("name", CASES)
def test_every_form_does_what_the_equations_say(name: str, tool: str, form: str, tmp_path: Path) -> None:
    case, law = CASES[name], _twin(name)
    (state,) = _model(case).states
    assert np.ptp(law.states[state.name]) > 0.25, "the pulses move it"
    bench = CellBench(
        case.cell, case.drive.times, case.drive.volts, r_series=case.series, temperature=case.temperature
    )  # fmt: skip
    deck = cell_deck(
        [bench], form=form, longest_step=case.drive.times[-1] / 200, dialect_name=tool, accuracy=Accuracy().tighter(10)
    )  # fmt: skip
    run = engine(tool).run_deck(deck, tmp_path, time_limit=60)
    values = {quantity: waves[:, 0] for quantity, waves in run.values.items()}
    assert np.abs(np.interp(run.time, law.time, law.states[state.name]) - values[state.name]).max() < 0.005
    assert np.trapezoid(values["p"], run.time) == pytest.approx(law.loss[-1], rel=5e-3, abs=0)
    # what it shows follows from its voltage and state by the law, point by point
    conducts = _model(case).solved(case.cell, case.temperature, asked="a test").conductance(
        values["v"], values[state.name]
    )  # fmt: skip
    # the state that is shown is clipped already, and is clipped once more here: s_clip
    assert values["g"] == pytest.approx(conducts, rel=2e-3, abs=1e-3 * conducts.max())
    assert values["p"] == pytest.approx(values["g"] * values["v"] ** 2, rel=1e-3, abs=1e-6 * values["p"].max())


@pytest.mark.parametrize("model", MODELLED, ids=lambda model: model.name)
def test_everything_is_finite_at_a_hundred_volts_and_a_bound_is_not_left(model: CellModel) -> None:
    cell = model.parameters()
    equations = model.solved(cell, 300.0, asked="a test")
    v, s = np.meshgrid(np.r_[-np.geomspace(1e-9, 100, 60), 0, np.geomspace(1e-9, 100, 60)], np.linspace(-0.5, 1.5, 41))
    current, (rate,) = equations.current(v, s), equations.rates(v, s)
    assert np.isfinite(current).all()
    assert np.isfinite(rate).all()
    assert (current * v >= 0).all(), "it gives no energy"
    assert (rate[s > 1] <= 0).all(), "a state that overshot comes back"
    assert (rate[s < 0] >= 0).all()
    assert ((equations.clip(s) > 0) & (equations.clip(s) < 1.0001)).all()


@pytest.mark.parametrize("form", ["osdi", "subckt"])
@pytest.mark.parametrize("model", MODELLED, ids=lambda model: model.name)
def test_loops_of_three_volts_reach_their_end(model: CellModel, form: str, tmp_path: Path) -> None:
    """Behind much and little resistance, fast and slow: where compact models break."""
    (state,) = model.states
    for rate in (1e3, 1e7):
        drive = Drive().ramp([3.0, -3.0, 0.0], rate)
        for series in (100.0, 1e5):
            folder = tmp_path / f"{rate:g}-{series:g}"
            folder.mkdir()
            bench = CellBench(model.parameters(), drive.times, drive.volts, r_series=series)
            run = engine("ngspice").run_deck(
                cell_deck([bench], form=form, longest_step=drive.times[-1] / 50), folder, time_limit=60
            )
            values = run.values[state.name]
            assert -1e-3 < values.min() < values.max() < 1 + 1e-3
            assert run.time[-1] == pytest.approx(drive.times[-1], rel=1e-9, abs=0)


# ---- laws by hand


def test_vteam_is_the_published_law_away_from_its_thresholds() -> None:
    """With sharp thresholds and windows; how far the soft ones are from it, docs/cells.md says."""
    cell = VteamParams(p_window=0.0, exponential=0.0, alpha_off=2.0)

    def published(v: float) -> float:
        if v > cell.v_on:
            return float(cell.k_on / cell.length * (v / cell.v_on - 1) ** cell.alpha_on)
        if v < -cell.v_off:
            return float(-cell.k_off / cell.length * (-v / cell.v_off - 1) ** cell.alpha_off)
        return 0.0

    sharp = VteamEquations(cell.replace(softness=1e-6, s_smooth=1e-6))
    soft = VteamEquations(cell)
    for v in (-1.2, -0.7, -0.51, -0.4, 0.0, 0.25, 0.49, 0.53, 0.8, 1.1):
        assert float(sharp.rates(v, 0.5)[0]) == pytest.approx(published(v), rel=1e-5, abs=1e-9)
    for v in (-0.8, -0.55, 0.55, 0.8):
        assert float(soft.rates(v, 0.5)[0]) == pytest.approx(published(v), rel=1e-3, abs=0)
    # at the threshold ln 2 of a hundredth to the power of alpha; at V/2 of 0.8 V nothing that a day would show
    at_threshold = cell.k_on / cell.length * (0.01 * np.log(2)) ** 3
    assert float(soft.rates(0.5, 0.5)[0]) == pytest.approx(at_threshold, rel=1e-3, abs=0)
    assert abs(float(soft.rates(0.4, 0.5)[0])) * 86400 < 1e-3
    assert float(soft.current(0.3, 0.5)) == pytest.approx(0.3 / (0.5 * (cell.r_on + cell.r_off)), rel=1e-3, abs=0)
    curved = VteamEquations(cell.replace(exponential=1.0))
    assert float(curved.current(0.3, 0.5)) == pytest.approx(0.3 / np.sqrt(cell.r_on * cell.r_off), rel=1e-3, abs=0)


def test_the_gap_is_the_published_law() -> None:
    cell = GapParams()
    equations = GapEquations(cell)
    v, x = 1.2, 0.5
    gap = 1.7e-9 - 1.6e-9 * x
    current = 61.4e-6 * np.exp(-gap / 0.27505e-9) * np.sinh(v / 0.43)
    assert float(equations.current(v, x)) == pytest.approx(current, rel=1e-5, abs=0)
    kt = 1.380649e-23 * (300 + 7.227e5 * v * current) / 1.602176634e-19
    speed = 300 * np.exp(-1.5 / kt) * np.sinh((16.5 - 1.25 * 0.9**3) * 0.25 / 5 * v / kt)
    assert float(equations.rates(v, x)[0]) == pytest.approx(speed / 1.6e-9, rel=1e-3, abs=0)
    assert float(equations.rates(-v, x)[0]) == pytest.approx(-speed / 1.6e-9, rel=1e-3, abs=0)
    # ten years at 0.1 V, and microseconds at 2 V
    assert float(equations.rates(0.1, 0.5)[0]) * 3e8 < 0.01
    assert float(equations.rates(2.0, 0.5)[0]) * 1e-6 > 0.5
    least = GapEquations(cell.replace(f_min=4.2e9))
    assert float(least.rates(v, x)[0]) == pytest.approx(0.0, abs=1e-3 * speed / 1.6e-9), "gamma V/t_ox is 3.7 V/nm"
    assert float(GapEquations(cell.replace(f_min=3.4e9)).rates(v, x)[0]) == pytest.approx(
        speed / 1.6e-9, rel=1e-3, abs=0
    )


def test_the_volatile_state_is_that_of_the_switch_and_conducts_while_it_fades() -> None:
    cell = ThresholdCellParams()
    switch = ThresholdParams(
        g_off=cell.g_off, g_on=cell.g_on, v_th=cell.v_th, v_slope=cell.v_slope, v_hold=cell.v_hold,
        t_delay=cell.t_delay, t_relax=cell.t_relax,
    )  # fmt: skip
    equations = ThresholdEquations(cell)
    v, s = np.meshgrid(np.linspace(-0.6, 0.6, 25), np.linspace(0, 1, 11))
    assert equations.rates(v, s)[0] == pytest.approx(threshold_rate(switch, v, s), rel=1e-12, abs=0)
    (change,) = _alone(THRESHOLD, cell, "s0", 1.0, cell.t_relax, 0.0)
    assert change == pytest.approx(-0.5, abs=5e-3)
    assert float(equations.conductance(5e-3, 0.5)) == pytest.approx(np.sqrt(cell.g_on * cell.g_off), rel=1e-2, abs=0)


def _alone(model: CellModel, cell: ParameterSet, initial: str, start: float, length: float, volt: float) -> np.ndarray:
    assert model.alone is not None
    own = {initial: np.array([start])}
    return np.asarray(model.alone(cell, own, [0.0, length], [volt, volt])[0])


@pytest.mark.parametrize("name", ["vteam", "gap", "threshold"])
def test_a_lone_cell_on_an_ideal_source_is_the_twin_behind_little_resistance(name: str) -> None:
    case = CASES[name]
    model = _model(case)
    (state,) = model.states
    run = simulate(model, case.cell, case.drive.times, case.drive.volts, series_resistance=1.0)
    assert model.alone is not None
    start = {state.initial: np.array([getattr(case.cell, state.initial)])}
    (change,) = model.alone(case.cell, start, case.drive.times, case.drive.volts)
    waves = run.states[state.name]
    assert waves[-1] - waves[0] == pytest.approx(change[0], abs=1e-4)


# ---- what is refused


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (VteamParams, {"r_on": 1e6}, r"cell\.r_on = 1000000\.0 ohm is refused; allowed: < r_off, 840000"),
        (VteamParams, {"softness": 0.0}, r"softness = 0\.0 is refused; allowed: > 0 and <= 0\.1"),
        (GapParams, {"gap_min": 2e-9}, r"cell\.gap_min = 2e-09 m is refused; allowed: < gap_max, 1\.7e-09"),
        (ThresholdCellParams, {"v_hold": 0.4}, r"cell\.v_hold = 0\.4 V is refused; allowed: < v_th, 0\.3"),
        (
            ThresholdCellParams,
            {"v_slope": 0.02},
            r"cell\.v_hold = 0\.1 V is refused; allowed: >= 0\.1896 V\. With less than 9\.48",
        ),
        (ThresholdCellParams, {"g_off": 1.0}, r"cell\.g_off = 1\.0 S is refused; allowed: < g_on, 2e-05"),
    ],
)
def test_cells_that_do_not_switch_are_refused(
    kind: type[ParameterSet], given: dict[str, float], message: str
) -> None:  # fmt: skip
    with pytest.raises(RequestError, match=message):
        kind(**given)


def test_a_gap_that_would_close_where_it_should_open_is_refused() -> None:
    times, volts = (0.0, 1e-9), (0.0, 0.0)
    with pytest.raises(RequestError, match=r"cell\.gap_max = 3e-09 m is refused; allowed: gamma0 - beta \(gap_max"):
        CellBench(GapParams(gap_max=3e-9), times, volts)
    with pytest.raises(RequestError, match=r"no number at .* V in the state .*: v0 \(0\.05 V\) is too small against"):
        CellBench(GapParams(v0=0.05, v_bend=100.0), times, volts)


def test_every_cell_says_what_it_is() -> None:
    for model in MODELLED:
        assert model_named(model.name) is model
        (state,) = model.states
        assert model.recorded == (state.name, "p", "es")
        assert state.zero
        assert state.one
        assert model.soft_bounds is None
        assert model.kernel == ""
        assert model.spread is not None

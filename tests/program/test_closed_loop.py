"""What closed-loop programming says is true of the cells: levels in siemens, wrong ones counted, reasons that hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.array.levels import Scale
from pyspice_models.array.variability import VariabilityParams, sample_crossbar
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.measure import sense_current
from pyspice_models.program import write_verify as module
from pyspice_models.program.correction import SILENT_AFTER, Kinetics, Knowledge
from pyspice_models.program.disturb import doses
from pyspice_models.program.file import load_write_verify
from pyspice_models.program.programmed import Report
from pyspice_models.program.programmed_data import as_data
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.read_out import ReadOut
from pyspice_models.program.write_verify import write_verify
from pyspice_models.result import windows
from pyspice_models.stimulus import ReadAll, Write
from pyspice_models.stimulus.scheme import WRITE_SCHEMES, write_bias
from pyspice_models.study import Study
from pyspice_models.study.measures.energies import run_energies
from pyspice_models.study.measures.step_table import step_rows
from pyspice_models.study.variation import Variation

AG2S = Path(sys.executable).with_name("ag2s")
VOLT = 5e-3
FILE = """
[array]
rows = {rows}
cols = {cols}
[array.initial]
pattern = "uniform"
low = 0.3
[write_verify]
pattern = "random"
seed = 1
"""
NONE = dict.fromkeys(VariabilityParams.quantities(), 0.0)


def _file(folder: Path, *tables: str, rows: int = 2, cols: int = 3) -> Path:
    path = folder / "s.toml"
    path.write_text(FILE.format(rows=rows, cols=cols) + "\n".join(tables))
    return path


def _only(**spreads: float) -> VariabilityParams:
    return VariabilityParams(**(NONE | spreads))


def _crossbar(rows: int = 2, cols: int = 3, w: float = 0.4, **changes: Any) -> Crossbar:
    return Crossbar(rows, cols, per_cell={"w0": np.full((rows, cols), w)}, **changes)


def _asked(target: Any, spread: VariabilityParams | None = None, seed: int = 1, **changes: Any) -> Programming:
    target = np.asarray(target, dtype=float)
    study = Study("wv", _crossbar(*target.shape), [ReadAll()])
    return Programming(study, target, variation=Variation(spread, seed) if spread else None, **changes)


def _held(study: Study, spread: VariabilityParams, seed: int, cycle: int, report: Report) -> np.ndarray:
    """Conductance of every cell at the read voltage, each by its own equations [S]."""
    bar = study.crossbar
    drawn = sample_crossbar(bar.cell, {}, bar.shape, bar.wire, bar.driver, seed, spread, cycle=cycle).cells
    held = np.empty(bar.shape)
    for place in np.ndindex(*bar.shape):
        own = bar.cell.replace(**{name: float(values[place]) for name, values in drawn.items()})
        cell = Equations(own, bar.temperature)
        held[place] = cell.conductance(VOLT, report.states["w"][place], report.states["x"][place])
    return held


# ---- levels are conductances of the nominal window


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> tuple[Programming, Report]:
    """8 x 8, 16 levels, default spreads, and a budget by which some cells do not get there."""
    tables = ["levels = 16", "rounds = 4", "[variability]", "seed = 1"]
    asked = load_write_verify(_file(tmp_path_factory.mktemp("s"), *tables, rows=8, cols=8))
    return asked, write_verify(asked)[0]


def test_the_report_is_true_of_the_cells(spread: tuple[Programming, Report]) -> None:
    """All of it computed again from the states and each cell's own drawn parameters."""
    asked, report = spread
    assert asked.variation is not None
    cell = Equations(CellParams(), asked.study.crossbar.temperature)
    low, high = (float(cell.conductance(VOLT, w, 0.0)) for w in (0.0, 1.0))
    levels = low + np.linspace(0.1, 0.9, 16) * (high - low)
    wanted = low + report.target * (high - low)
    held = _held(asked.study, asked.variation.spread, 1, report.rounds, report)
    assert report.scale.conductances(report.held) == pytest.approx(held, rel=1e-9, abs=0)
    number, nearest = (np.abs(g[..., None] - levels).argmin(axis=-1) for g in (wanted, held))
    assert report.wrong == [tuple(place) for place in np.argwhere(nearest != number).tolist()]
    seen = 0
    for found in report.by_level():
        mine = number == int(np.abs(levels - found.conductance).argmin())
        error = held[mine] - wanted[mine]
        assert found.conductance == pytest.approx(wanted[mine][0], rel=1e-12, abs=0)
        assert found.cells == mine.sum()
        assert found.mean_error == pytest.approx(error.mean(), rel=1e-6, abs=0)
        assert found.largest_error == pytest.approx(error[np.abs(error).argmax()], rel=1e-6, abs=0)
        assert (found.lowest, found.highest) == pytest.approx((held[mine].min(), held[mine].max()), rel=1e-9, abs=0)
        assert found.pulses == report.pulses[mine].sum()
        assert found.wrong == (nearest != number)[mine].sum()
        seen += found.cells
    assert seen == 64


def test_cells_of_one_level_hold_one_conductance(spread: tuple[Programming, Report]) -> None:
    """By each cell's own window they would differ by as much as the windows do."""
    asked, report = spread
    assert len(report.missed) <= 3
    assert np.ptp(report.reach[1]) > 0.3, "the cells' own windows end at very different conductances"
    good = np.abs(report.read - report.target) <= asked.budget.tolerance
    # what reads the level within the tolerance holds it but for what IR drop takes from the read
    assert np.abs(report.held_error[good]).max() < asked.budget.tolerance + 0.02
    assert np.abs(report.states["w"] - report.target)[good].max() > 0.1, "states are no levels where windows differ"


def test_a_level_beyond_a_cells_own_window_is_said_to_be(spread: tuple[Programming, Report]) -> None:
    asked, report = spread
    assert asked.variation is not None
    bar = asked.study.crossbar
    drawn = sample_crossbar(bar.cell, {}, bar.shape, bar.wire, bar.driver, 1, asked.variation.spread, cycle=4).cells
    out = []
    for place in np.ndindex(8, 8):
        own = Equations(bar.cell.replace(**{n: float(v[place]) for n, v in drawn.items()}), bar.temperature)
        low, high = (asked.scale.levels(own.conductance(VOLT, w, 0.0)) for w in (0.0, 1.0))
        if not low <= report.target[place] <= high:
            out.append(place)
    assert report.beyond == out
    assert out
    for place in set(report.missed) & set(out):
        assert report.why(place) == "out of its reach"
    assert set(report.missed) & set(out)


def test_check_and_correction_know_what_hardware_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the drawn cells reaches them but the sensed currents: other cells, same currents, same next pulses."""
    real, studies = module.simulate_study, []

    def spied(study: Study, folder: Path | None) -> xr.Dataset:
        studies.append(study)
        return real(study, folder)

    def told(study: Study, folder: Path | None) -> xr.Dataset:
        # the designed array's currents, whatever cells there are
        return real(designed[len(seen) - 1], folder) if not seen.append(study) else None  # type: ignore[func-returns-value]

    target = [[0.2, 0.8, 0.5], [0.9, 0.1, 0.35]]
    monkeypatch.setattr(module, "simulate_study", spied)
    write_verify(_asked(target))
    designed, seen = list(studies), []
    monkeypatch.setattr(module, "simulate_study", told)
    report, _ = write_verify(_asked(target, _only(device_interface=0.3, device_mobility=0.3)))
    assert [tuple(study.program) for study in seen] == [tuple(study.program) for study in designed]
    assert report.converged
    assert report.wrong == []
    assert np.abs(report.held_error).max() > 0.05, "the cells are others, and only the report says so"


def test_time_overshoot_disturb_and_gaps_are_those_of_the_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it again from the waves: what each round's reads show, and what the cells are at its beginning and end."""
    levels = np.linspace(0.1, 0.9, 9)
    # the third of the first row begins at its level: only the others' pulses move it
    asked = _asked(levels[[[2, 7, 3], [8, 0, 2]]], _only(device_mobility=0.5), levels=levels, budget=Budget(0.02))
    real, rounds = module.simulate_study, []

    def kept(study: Study, folder: Path | None) -> xr.Dataset:
        rounds.append((study, real(study, folder)))
        return rounds[-1][1]

    monkeypatch.setattr(module, "simulate_study", kept)
    report, _ = write_verify(asked)
    overshoot, disturb, tops, seen = np.zeros((2, 3)), np.zeros((2, 3)), 0.0, None
    for study, waves in rounds:
        cells = study.crossbar.equations
        held = [asked.scale.levels(cells.conductance(VOLT, *(waves[s].values[t] for s in ("w", "x")))) for t in (0, -1)]
        writes = [step for step in study.program if isinstance(step, Write)]
        pulsed = np.zeros((2, 3), dtype=bool)
        current = np.array([sense_current(waves, one).values for one in windows(waves, "read")])
        read = asked.scale.levels(current / VOLT)
        for step in writes:
            place = (step.row, step.col)
            pulsed[place] = True
            beyond = (read - report.target)[place] * (1 if step.voltage > 0 else -1)
            overshoot[place] = max(overshoot[place], beyond)
            tops += step.width
        disturb = np.where(pulsed, disturb, np.maximum(disturb, np.abs(held[1] - held[0])))
        seen = read
    assert len(rounds) > 2
    assert seen == pytest.approx(report.read, rel=1e-9, abs=0)
    assert report.time == pytest.approx(sum(float(waves["time"][-1]) for _, waves in rounds), rel=1e-9, abs=0)
    assert report.pulse_time == pytest.approx(tops, rel=1e-9, abs=0)
    rows = [run_energies(waves, step_rows(waves)) for _, waves in rounds]
    for name in ("energy_source", "energy_supply"):
        total = sum(row[name].value for row in rows)
        assert getattr(report, name) == pytest.approx(total, rel=1e-9, abs=0)
    assert report.energy_supply > report.energy_source > 0
    assert report.overshoot == pytest.approx(overshoot, rel=1e-6, abs=1e-12)
    assert report.disturb == pytest.approx(disturb, rel=1e-6, abs=1e-12)
    assert overshoot.max() > 0.005
    assert disturb.max() > 1e-5
    held = report.scale.conductances(report.held)
    gaps = {(low, high): gap for low, high, gap in report.gaps()}
    assert list(gaps) == [(levels[n], levels[m]) for n, m in ((0, 2), (2, 3), (3, 7), (7, 8))]
    assert gaps[levels[2], levels[3]] == pytest.approx(held[0, 2] - max(held[0, 0], held[1, 2]), rel=1e-9, abs=0)
    assert (report.noise == 0).all(), "reads are ideal unless amplifiers are stated"


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


@pytest.mark.parametrize("name", VariabilityParams.quantities())
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


# ---- a disturbed cell is not a dead one


@pytest.mark.parametrize("selector", [None, TransistorParams()], ids=["1R", "1T1R"])
@pytest.mark.parametrize("scheme", [s for s in WRITE_SCHEMES if "float" not in s])
def test_doses_are_the_sum_over_all_other_pulses(scheme: str, selector: TransistorParams | None) -> None:
    bar = _crossbar(3, 4, selector=selector)
    rng = np.random.default_rng(0)
    width = np.where(rng.random((3, 4)) < 0.7, rng.uniform(1e-6, 1e-4, (3, 4)), 0.0)
    up = rng.random((3, 4)) < 0.5
    full, expected = Kinetics.of(bar, 0.3).rates, np.zeros((2, 3, 4))
    for row, col in np.argwhere(width > 0).tolist():
        bias = write_bias(scheme, (3, 4), [row], [col], 0.3 if up[row, col] else -0.3)
        volts = bias.word[:, None] - bias.bit
        if selector is not None:
            volts = volts * bias.gates
        for place in np.ndindex(3, 4):
            if place != (row, col) and volts[place]:
                way = 0 if volts[place] > 0 else 1
                rate = Kinetics.of(bar, abs(volts[place])).rates[way]
                expected[(way, *place)] += width[row, col] * rate / full[way]
    assert doses(bar, scheme, 0.3, width, up) == pytest.approx(expected, rel=1e-9, abs=1e-18)  # s


@pytest.mark.parametrize("scheme", [s for s in WRITE_SCHEMES if "float" in s])
def test_lines_that_float_disturb_at_most_as_much_as_the_full_voltage(scheme: str) -> None:
    width = np.array([[1e-5, 0.0], [0.0, 0.0]])
    found = doses(_crossbar(2, 2), scheme, 0.3, width, np.ones((2, 2), dtype=bool))
    assert found[:, 0, 0].tolist() == [0, 0]
    assert 0 < found.max() <= 1e-5


def _taught(others: float, moved: float, rounds: int) -> Knowledge:
    """What rounds of pulses teach of one cell that moves by `moved` each time, with so much of resets by others [s]."""
    kinetics, known = Kinetics.of(Crossbar(1, 1), 0.15), Knowledge.none((1, 1))
    before, target = np.full((1, 1), 0.2), np.full((1, 1), 0.6)
    for _ in range(rounds):
        width = kinetics.time(before, target, target > before)
        dose = np.array([0.0, others]).reshape(2, 1, 1)
        known = known.after(kinetics, width, dose, before, before + moved, target, 0.04)
    return known


def test_a_cell_is_silent_only_if_nothing_else_explains_that_it_stands_still() -> None:
    up = np.ones((1, 1), dtype=bool)
    width = float(Kinetics.of(Crossbar(1, 1), 0.15).time(np.full((1, 1), 0.2), np.full((1, 1), 0.6), up).item())
    dead = _taught(0.0, 0.0, SILENT_AFTER)
    assert dead.silent(up).all()
    assert not dead.disturbed.any()
    assert not _taught(0.0, 0.0, SILENT_AFTER - 1).silent(up).any()
    hidden = _taught(2 * width, 0.0, 10)
    assert not hidden.silent(up).any(), "the others may have undone its pulses"
    assert hidden.disturbed.all()
    assert np.isnan(hidden.speed).all(), "and nothing was learned of how fast it is"
    pushed = _taught(0.0, -0.1, 10)
    assert not pushed.silent(up).any()
    assert pushed.disturbed.all()
    weak = _taught(width / 100, 0.0, SILENT_AFTER)
    assert weak.silent(up).all(), "a disturb that is too small to hide an answer is no excuse"


def test_who_gets_no_pulse_and_goes_astray_was_moved_by_the_others() -> None:
    kinetics, target = Kinetics.of(Crossbar(1, 2), 0.15), np.array([[0.5, 0.5]])
    before, after = np.array([[0.2, 0.5]]), np.array([[0.5, 0.53]])
    for width, disturbed in ((np.array([[1e-4, 0.0]]), [False, True]), (np.zeros((1, 2)), [False, False])):
        known = Knowledge.none((1, 2)).after(kinetics, width, np.zeros((2, 1, 2)), before, after, target, 0.04)
        assert known.disturbed.tolist() == [disturbed]
    nearer = Knowledge.none((1, 2)).after(
        kinetics, np.array([[1e-4, 0.0]]), np.zeros((2, 1, 2)), np.array([[0.2, 0.53]]), target, target, 0.04
    )
    assert nearer.disturbed.tolist() == [[False, False]]


@pytest.mark.parametrize(
    "size", [pytest.param(6, id="6 x 6 at 0.6 V"), pytest.param(16, marks=pytest.mark.slow, id="16 x 16 at 0.3 V")]
)
def test_no_healthy_cell_is_called_dead_where_disturb_is_too_large(tmp_path: Path, size: int) -> None:
    volts = "0.3 V" if size == 16 else "0.6 V"
    report, _ = write_verify(load_write_verify(_file(tmp_path, f'voltage = "{volts}"', rows=size, cols=size)))
    assert report.missed
    assert report.silent == []
    reasons = {report.why(place) for place in report.missed}
    assert reasons <= {"disturbed by the pulses of others", "rounds used up"}
    assert report.disturbed


# ---- the report


def _call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [AG2S, "write-verify", "s.toml", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_does_not_say_that_a_wrong_level_is_right(tmp_path: Path) -> None:
    """Every read is right by what the loop knows, and the reference of all voltages is off."""
    off = "\n".join(f"{key} = 0" for key in NONE if key != "array_amplitude")
    _file(tmp_path, "levels = 16", "[variability]", "seed = 3", off, "array_amplitude = 0.1")
    done = _call(tmp_path, "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["converged"]
    assert answer["missed"] == []
    wrong = answer["wrong_levels"]
    assert answer["measures"]["wrong_levels"]["value"] == len(wrong) > 0
    assert {cell["why"] for cell in wrong} == {"reads its level, holds another"}
    assert all(cell["held_level"] != cell["level"] for cell in wrong)
    assert sum(level["wrong"] for level in answer["levels"]) == len(wrong)
    assert all(level["largest_error"]["unit"] == "S" for level in answer["levels"])
    assert answer["rounds"] == len(answer["errors"]) - 1 > 0
    assert np.shape(answer["pulses"]) == (2, 3)
    assert sum(map(sum, answer["pulses"])) == answer["measures"]["pulses"]["value"]
    held = answer["measures"]["largest_held_error_conductance"]
    assert held["unit"] == "S"
    assert held["value"] > answer["measures"]["tolerance_conductance"]["value"]
    kept = np.load(tmp_path / "out" / "s" / "states.npz")
    assert kept["held"].shape == (2, 3)
    line = done.stderr.splitlines()[-1]
    assert re.search(r"should be .* nS, reads .* nS, holds .* nS, \d+ pulses: reads its level, holds another", line)


def test_the_print_has_the_siemens_of_each_level(tmp_path: Path) -> None:
    asked = load_write_verify(_file(tmp_path, "levels = 4"))
    done = _call(tmp_path)
    usual = asked.noise_with(ReadOut.of(asked.study, VOLT)) * (asked.scale.high - asked.scale.low)
    assert (
        "ideal reads, without noise, offset or steps: with a [sensing] table, an empty one too, they would scatter by "
        f"{1e9 * usual:.3g} nS" in done.stdout
    )
    assert done.returncode == 0, done.stderr
    first, *table = done.stdout.splitlines()
    words = r"converged after \d+ rounds: 6 of 6 cells read their level within 0\.02 of the window, 3\.36 nS"
    assert re.match(words, first)
    assert "none hold another level" in first
    head = next(line for line in table if "largest error" in line)
    assert all(word in head for word in ("level", "conductance", "held", "mean error", "wrong", "pulses"))
    answer = json.loads((tmp_path / "out" / "s" / "report.json").read_text())
    assert sum(len(re.findall(r"│", line)) > 0 for line in table) == len(answer["levels"])


def test_a_report_of_faulty_cells_alone_has_no_number_that_is_none() -> None:
    """NaN is no JSON: what is not there is null."""
    asked = _asked([[0.2, 0.5]], levels=np.array([0.2, 0.5]), budget=Budget(rounds=1))
    report, _ = write_verify(asked)
    found = as_data("wv", "ngspice", replace(report, faulty=np.ones((1, 2), dtype=bool)))
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text)["levels"][0]["mean_error"] == {"value": None, "unit": "S"}
    assert json.loads(text)["measures"]["typical_held_error_conductance"]["value"] is None

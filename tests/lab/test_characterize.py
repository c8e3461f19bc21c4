"""The device sheet: rows, forms, the command line."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.lab.characterize import Sheet, characterize
from pyspice_models.lab.characterize.experiment import CellWaves, crossing
from pyspice_models.lab.characterize.loops import reset_threshold, set_threshold
from pyspice_models.lab.characterize.memory import endurance_bench, memory_experiments
from pyspice_models.lab.characterize.pulses import mirrored_asymmetry, pulse_experiments, recovery_time
from pyspice_models.lab.characterize.run import run_all
from pyspice_models.lab.characterize.sheet import all_experiments
from pyspice_models.lab.conditions import EDGE, GAP, WIDTH
from pyspice_models.lab.published import TARGETS, Target
from pyspice_models.netlist.cell import cell_deck


def agree(one: float, other: float, target: Target) -> bool:
    """Within 1 % of the larger number, or, where the target is 0, within 1 % of what is tolerated."""
    room = max(abs(one), abs(other)) if target.published != 0.0 else target.tolerance
    return abs(one - other) <= 0.01 * room


# ---- the sheet


def test_every_row_of_the_twin_is_ok(twin: Sheet) -> None:
    assert [row.target.id for row in twin.failed] == []
    assert [row.target.id for row in twin.rows] == [target.id for target in TARGETS]


QUICK = {"potentiation_depression", "asymmetry", "recovery", "iv_loops", "no_switch", "retention"}
MORE = {"symmetric_point", "downscaling", "thresholds_over_devices"}
"""Experiments that are quick in ngspice, and those that are it as Verilog-A alone."""


@pytest.mark.parametrize(("form", "quick"), [("osdi", QUICK | MORE), ("subckt", QUICK)], ids=["osdi", "subckt"])
def test_a_form_gives_the_same_numbers_where_it_is_quick(
    twin: Sheet, form: str, quick: set[str], tmp_path: Path
) -> None:  # fmt: skip
    chosen = [e for e in all_experiments(CellParams()) if e.name in quick]
    shares: list[float] = []
    waves = run_all(chosen, form, tmp_path, shares.append)
    assert set(waves) == quick
    for experiment in chosen:
        for name, finding in experiment.measure(waves[experiment.name]).items():
            row = twin.row(name)
            assert row.target.met_by(finding.simulated), name
            assert agree(finding.simulated, row.finding.simulated, row.target), name
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, rel=1e-6, abs=0)
    assert (tmp_path / "runs" / "recovery-0" / "deck.cir").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["osdi", "subckt"])
def test_a_form_gives_the_same_sheet(twin: Sheet, form: str, tmp_path: Path) -> None:
    shares: list[float] = []
    sheet = characterize(form, tmp_path, progress=shares.append)
    assert [row.target.id for row in sheet.failed] == []
    for mine, other in zip(sheet.rows, twin.rows, strict=True):
        if mine.target.id not in {"power", "state"}:
            assert agree(mine.finding.simulated, other.finding.simulated, mine.target), mine.target.id
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, rel=1e-6, abs=0)
    assert (tmp_path / "runs" / "recovery-0" / "deck.cir").is_file()


def test_a_wrong_cell_is_told(wrong_sheet: Sheet) -> None:
    """Twice the conductance, a filament that does not grow: the rows that this breaks say so, and only those."""
    failed = {row.target.id for row in wrong_sheet.failed}
    assert {"energy", "vth_d2d", "vth_d2d_reset", "compliance_mean"} <= failed
    assert not {"asymmetry", "sym_point_mid", "vth_250", "no_switch", "downscaling"} & failed
    never = wrong_sheet.row("vth_d2d")
    assert math.isnan(never.finding.simulated)
    assert never.as_dict()["simulated"] is None
    assert "stays below" in never.as_dict()["note"]


def test_a_seed_makes_the_samples() -> None:
    def cells(seed: int) -> list[CellParams]:
        return [b.cell for e in all_experiments(CellParams(), seed) for b in e.benches if e.name == "compliance"]

    assert cells(1) == cells(1)
    assert cells(1) != cells(2)


def test_the_same_benches_give_the_same_deck() -> None:
    def text() -> str:
        benches = pulse_experiments(CellParams())[1].benches
        return cell_deck(benches, form="osdi", longest_step=1e-8).text

    assert text() == text()


def test_benches_of_two_temperatures_do_not_share_a_run(tmp_path: Path) -> None:
    experiment = pulse_experiments(CellParams())[1]
    mixed = replace(experiment, benches=(experiment.benches[0], replace(experiment.benches[1], temperature=350.0)))
    for form in ("osdi", "twin"):
        with pytest.raises(RequestError, match="temperature"):
            run_all([mixed], form, tmp_path)


def test_the_twin_chains_cycles_as_it_runs_them_one_by_one(tmp_path: Path) -> None:
    """Ten cycles side by side against ten in a row; the cell starts elsewhere than where a cycle ends."""
    endurance = memory_experiments(CellParams())[0]
    bench = endurance_bench(CellParams().replace(w0=0.7, x0=0.4), 10)
    waves = [
        run_all([replace(endurance, benches=(bench,), cycles=cycles)], "twin", tmp_path)["endurance"][0]
        for cycles in (10, 1)
    ]
    at = np.linspace(0, bench.stop, 1001)
    for name in ("w", "x"):
        chained, plain = (run.at(getattr(run, name), at) for run in waves)
        np.testing.assert_allclose(chained, plain, atol=2e-3)
    assert waves[0].loss[-1] == pytest.approx(waves[1].loss[-1], rel=1e-3, abs=0)
    assert waves[0].time[-1] == pytest.approx(bench.stop, rel=1e-6, abs=0)


# ---- measures on waves whose answer is known


def made(time: np.ndarray, v_source: np.ndarray, i: np.ndarray) -> CellWaves:
    zero = np.zeros_like(time)
    return CellWaves(time, v_source, v_source, i, zero, zero, zero, zero, zero)


def test_crossing_is_exact_on_an_exponential() -> None:
    along = np.linspace(0, 1, 12)
    assert crossing(1e-6, 1e-9 * np.exp(14 * along), along, "it") == pytest.approx(math.log(1e3) / 14, rel=1e-9, abs=0)
    with pytest.raises(SimulationError, match="it stays below"):
        crossing(1.0, along / 2, along, "it")


@pytest.mark.parametrize("sign", [1, -1])
def test_recovery_time_of_a_decay(sign: int) -> None:
    """1 + s exp(-t/tau) settles to 5 % at tau ln 20, counted from half height of the falling edge."""
    tau, end = 2e-6, GAP + WIDTH + EDGE
    time = np.concatenate([np.linspace(0, end, 50)[:-1], end + np.linspace(0, 100e-6, 5001)])
    current = np.where(time < end, 30.0, 1 + sign * np.exp(-np.maximum(time - end, 0) / tau))
    assert recovery_time(made(time, current, current)) == pytest.approx(tau * math.log(20) + EDGE / 2, rel=1e-3, abs=0)


def test_thresholds_of_a_made_loop() -> None:
    """Sets at 0.12 V, resets at -0.2 V: the zero crossing between is not taken for either."""
    v = np.concatenate([np.linspace(0, 0.3, 301), np.linspace(0.3, -0.3, 601)[1:], np.linspace(-0.3, 0, 301)[1:]])
    step = np.arange(len(v))
    on = (step >= 120) & (step <= 300 + 500)
    waves = made(step.astype(float), v, np.where(on, 1e-3, 1e-9) * v)
    assert set_threshold(waves) == pytest.approx(0.12, abs=1.1e-3)
    assert reset_threshold(waves) == pytest.approx(-0.2, abs=1.1e-3)


@pytest.mark.parametrize(
    ("up", "down", "expected"),
    [
        ([0.0, 0.5, 1.0], [1.0, 0.5, 0.0], 0.0),
        ([0.0, 0.8, 1.0], [1.0, 0.2, 0.0], 0.6),
        ([1.0, 2.6, 3.0], [3.0, 1.4, 1.0], 0.6),
        ([0.0, 0.5, 1.0], [1.0, 0.4, 0.2], 0.25),  # the window is what depression leaves open
    ],
)
def test_mirrored_asymmetry_of_made_trains(up: list[float], down: list[float], expected: float) -> None:
    assert mirrored_asymmetry(np.array(up), np.array(down)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_both_definitions_of_the_asymmetry_are_shown_and_differ(twin: Sheet) -> None:
    """0.25 is met by one definition alone; the other one is 0.77, which no row hides."""
    assert twin.row("asymmetry").finding.simulated == pytest.approx(0.25, abs=0.01)
    assert twin.row("asymmetry_mirrored").finding.simulated == pytest.approx(0.77, abs=0.01)
    assert twin.row("asymmetry_mirrored").target.published is None


def test_the_energies_of_single_pulses_stand_beside_their_mean(twin: Sheet) -> None:
    finding = twin.row("energy").finding
    (each,) = finding.values.values()
    assert len(each) == 30
    assert np.mean(each) == pytest.approx(finding.simulated, rel=1e-9, abs=0)
    assert each[-1] > 4 * each[0]

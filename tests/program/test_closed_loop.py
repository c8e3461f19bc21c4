"""What closed-loop programming says is true of the cells: levels in siemens, wrong ones counted, reasons that hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from closed_loop_cases import VOLT, _asked, _only, spread  # noqa: F401

from pyspice_models.array.variability import VariabilityParams, sample_crossbar
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.measure import sense_current
from pyspice_models.program import rounds as module
from pyspice_models.program.programmed import Programmed
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.result import windows
from pyspice_models.stimulus import Write
from pyspice_models.study import Study
from pyspice_models.study.measures.energies import run_energies
from pyspice_models.study.measures.step_table import step_rows


def _held(study: Study, spread: VariabilityParams, seed: int, cycle: int, report: Programmed) -> np.ndarray:
    """Conductance of every cell at the read voltage, each by its own equations [S]."""
    bar = study.crossbar
    drawn = sample_crossbar(bar.cell, {}, bar.shape, bar.wire, bar.driver, seed, spread, cycle=cycle).cells
    held = np.empty(bar.shape)
    for place in np.ndindex(*bar.shape):
        own = bar.cell.replace(**{name: float(values[place]) for name, values in drawn.items()})
        cell = Equations(own, bar.temperature)
        held[place] = cell.conductance(VOLT, report.states["w"][place], report.states["x"][place])
    return held


def test_the_report_is_true_of_the_cells(spread: tuple[Programming, Programmed]) -> None:
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


def test_cells_of_one_level_hold_one_conductance(spread: tuple[Programming, Programmed]) -> None:
    """By each cell's own window they would differ by as much as the windows do."""
    asked, report = spread
    assert len(report.missed) <= 3
    assert np.ptp(report.reach[1]) > 0.3, "the cells' own windows end at very different conductances"
    good = np.abs(report.read - report.target) <= asked.budget.tolerance
    # what reads the level within the tolerance holds it but for what IR drop takes from the read
    assert np.abs(report.held_error[good]).max() < asked.budget.tolerance + 0.02
    assert np.abs(report.states["w"] - report.target)[good].max() > 0.1, "states are no levels where windows differ"


def test_a_level_beyond_a_cells_own_window_is_said_to_be(spread: tuple[Programming, Programmed]) -> None:
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

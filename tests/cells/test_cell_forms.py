"""Three forms of one model: the compiled Verilog-A and the subcircuit in ngspice, and the twin, on the same benches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import TwinRun, simulate
from pyspice_models.engine import Waves, engine
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus.cell_bench import CellBench, Drive

FORMS = ("osdi", "subckt")
CELL = CellParams()


def _train(levels: list[float]) -> Drive:
    drive = Drive().hold(1e-6)
    for level in levels:
        drive = drive.pulse(level, 1e-6, 10e-9).hold(1e-6)
    return drive


TRAIN = _train([0.3] * 30 + [-0.3] * 30)
LOOP = Drive().ramp([0.5, -0.5, 0.0], 0.1)


def _bench(drive: Drive, r: float, cell: CellParams = CELL, temperature: float = 300.0) -> CellBench:
    return CellBench(cell, drive.times, drive.volts, r_series=r, temperature=temperature)


def _spice(folder: Path, form: str, *benches: CellBench, step: float, accuracy: Accuracy | None = None) -> Waves:
    deck = cell_deck(benches, form=form, longest_step=step, accuracy=accuracy)
    return engine("ngspice").run_deck(deck, folder, time_limit=120)


def _twin(bench: CellBench) -> TwinRun:
    return simulate(
        bench.cell, bench.times, bench.volts, series_resistance=bench.r_series, temperature=bench.temperature,
        tolerance=1e-6,
    )  # fmt: skip


def _apart(waves: Waves, twin: TwinRun, cell: CellParams, late: float) -> dict[str, float]:
    """Largest distance of a simulator's waves from the twin's: of the states, of the current in its full scale.

    `late` is how much earlier or later one may do the same [s]: a jump has a time, and pointwise its height says
    nothing about the time's error.
    """
    i_twin = Equations(cell).current(twin.v, twin.w, twin.x)
    i_spice = (waves.values["g"] * waves.values["v"])[:, 0]
    scale = np.abs(i_twin).max()
    pairs = {
        "w": (waves.values["w"][:, 0], twin.w),
        "x": (waves.values["x"][:, 0], twin.x),
        "i": (i_spice / scale, i_twin / scale),
    }
    return {
        name: max(_outside(waves.time, a, twin.time, b, late), _outside(twin.time, b, waves.time, a, late))
        for name, (a, b) in pairs.items()
    }


def _outside(t: np.ndarray, wave: np.ndarray, t_other: np.ndarray, other: np.ndarray, late: float) -> float:
    """How far `wave` leaves what `other` does within `late` of each of its times."""
    near = np.array([np.interp(t + shift, t_other, other) for shift in np.linspace(-late, late, 41)])
    return float(np.maximum(near.min(axis=0) - wave, wave - near.max(axis=0)).max())


@pytest.mark.parametrize("form", FORMS)
def test_pulse_train_agrees_with_the_twin(form: str, tmp_path: Path) -> None:
    bench = _bench(TRAIN, 1e3, CELL.replace(w0=0.0))
    twin = _twin(bench)
    assert np.ptp(twin.w) > 0.95  # the train goes through the window and back
    assert max(_apart(_spice(tmp_path, form, bench, step=50e-9), twin, bench.cell, late=1e-9).values()) < 0.005


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("r", [1e3, 100e3])
def test_slow_loop_agrees_with_the_twin(form: str, r: float, tmp_path: Path) -> None:
    bench = _bench(LOOP, r)
    twin = _twin(bench)
    assert np.ptp(twin.x) > 0.5  # the filament forms and goes
    # 2 ms are 0.2 mV of the source
    assert max(_apart(_spice(tmp_path, form, bench, step=2e-3), twin, bench.cell, late=2e-3).values()) < 0.005


@pytest.mark.parametrize("form", FORMS)
def test_forms_agree_hot_and_with_parameters_of_their_own(form: str, tmp_path: Path) -> None:
    cell = CELL.replace(w0=0.1, area=4e-12, thickness=150e-9, g_int_max=3e-7, v_nuc_int=0.4, e_act=0.35)
    bench = _bench(_train([0.3, 0.3, -0.2, 0.35]), 10e3, cell, temperature=340.0)
    twin = _twin(bench)
    eq = Equations(cell, 340.0)
    waves = _spice(tmp_path, form, bench, step=50e-9)
    g = eq.conductance(twin.v, twin.w, twin.x)
    for q, wave, scale in (("w", twin.w, 1.0), ("g", g, g.max())):
        assert waves.values[q][:, 0] == pytest.approx(
            np.interp(waves.time, twin.time, wave), rel=0, abs=0.005 * scale
        ), q
    assert np.trapezoid(waves.values["p"][:, 0], waves.time) == pytest.approx(twin.loss[-1], rel=0.005, abs=0)


@pytest.mark.parametrize("form", FORMS)
def test_per_instance_parameters_are_honoured(form: str, tmp_path: Path) -> None:
    cells = [CELL, CELL.replace(w0=0.9), CELL.replace(thickness=250e-9), CELL.replace(rate_int_set=2e4)]
    benches = [_bench(_train([0.3]), 1e3, cell) for cell in cells]
    waves = _spice(tmp_path, form, *benches, step=50e-9)
    for k, bench in enumerate(benches):
        assert waves.values["w"][-1, k] == pytest.approx(_twin(bench).w[-1], abs=0.002)
    assert np.ptp(waves.values["w"][-1]) > 0.1


@pytest.mark.parametrize("form", FORMS)
def test_dissipated_energy_balances(form: str, tmp_path: Path) -> None:
    """What the source gives is what cell and resistor dissipate, since all charge is gone at the end."""
    bench = _bench(_train([0.3] * 3).hold(20e-6), 1e3, CELL.replace(w0=0.3))
    waves = _spice(tmp_path, form, bench, step=20e-9, accuracy=Accuracy(reltol=1e-5))
    t, v, i, p = waves.time, *(waves.values[q][:, 0] for q in ("v", "i", "p"))
    source = np.interp(t, bench.times, bench.volts)
    given = np.trapezoid(source * i, t)
    assert np.trapezoid(p + (source - v) ** 2 / bench.r_series, t) == pytest.approx(given, rel=1e-3, abs=0)
    assert (p >= 0).all()
    twin = _twin(bench)
    assert np.trapezoid(p, t) == pytest.approx(twin.loss[-1], rel=5e-3, abs=0)


@pytest.mark.parametrize("form", FORMS)
def test_half_the_step_gives_the_same_energy(form: str, tmp_path: Path) -> None:
    bench = _bench(_train([0.3, -0.3]), 1e3, CELL.replace(w0=0.3))
    energies = []
    for step in (50e-9, 25e-9):
        waves = _spice(tmp_path, form, bench, step=step)
        energies.append(np.trapezoid(waves.values["p"][:, 0], waves.time))
    assert energies[0] == pytest.approx(energies[1], rel=2e-3, abs=0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reltol", [1e-3, 1e-4, 1e-5])
def test_wild_loops_reach_their_end(form: str, reltol: float, tmp_path: Path) -> None:
    """Fast and slow loops of +-1 V behind little and much resistance: where compact models break."""
    for rate in (0.1, 1e4):
        drive = Drive().ramp([1.0, -1.0, 0.0], rate)
        benches = [_bench(drive, r) for r in (100.0, 1e3, 10e3, 200e3)]
        # apart, since one bench's steps would help another
        for bench in benches:
            waves = _spice(tmp_path, form, bench, step=drive.times[-1] / 50, accuracy=Accuracy(reltol=reltol))
            # the subcircuit shows its states and its power as node voltages, true to the solver's tolerance
            slack = reltol if form == "subckt" else 0.0
            for q in "wx":
                assert waves.values[q].min() >= -slack
                assert waves.values[q].max() <= 1.0 + slack
            assert waves.values["p"].min() >= -1e-6 * slack * waves.values["p"].max()

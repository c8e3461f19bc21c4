"""The committed parameters are those that the calibration finds, and they do what the paper reports."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.errors import SimulationError
from pyspice_models.lab import calibration

CELL = CellParams()
CALIBRATED = [name for name, q in CellParams.quantities().items() if q.calibrated_to]


@pytest.mark.parametrize("pulses", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_the_calibration_finds_the_committed_values(pulses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if pulses < 30:  # the energy is that of the first pulses, and its target what they take now

        def energy(cell: CellParams) -> float:
            first = calibration.pulse_train(cell.replace(w0=0.0, x0=0.0), [calibration.PULSE] * pulses)
            return float(first[1].mean())

        monkeypatch.setattr(calibration, "energy", energy)
        monkeypatch.setitem(calibration.TARGETS, "energy", energy(CELL))
    # from a start that is off, so that standing still is not enough
    off = CELL.replace(
        g_int_max=1.2 * CELL.g_int_max, r_ion=0.8 * CELL.r_ion, rate_fil_set=2 * CELL.rate_fil_set,
        p_int=0.6, rate_int_set=60e3, rate_int_reset=60e3, w0=0.123,
    )  # fmt: skip
    found = calibration.calibrate(off)
    others = off.as_dict().keys() - set(CALIBRATED) - {"g_int_min"}  # which stays a tenth of g_int_max
    assert {name: getattr(found, name) for name in others} == {name: getattr(off, name) for name in others}
    assert {name: getattr(found, name) for name in CALIBRATED} == {
        name: pytest.approx(getattr(CELL, name), rel=0.01, abs=0) for name in CALIBRATED
    }


def test_every_calibrated_parameter_names_a_target() -> None:
    assert {CellParams.quantities()[name].calibrated_to for name in CALIBRATED} == set(calibration.TARGETS)


def test_pulse_targets() -> None:
    assert calibration.energy(CELL) == pytest.approx(15e-15, rel=0.01, abs=0)  # as near as its parameter is found
    assert calibration.potentiation_window(CELL) >= 0.95
    assert calibration.asymmetry(CELL) == pytest.approx(0.25, abs=0.01)
    assert calibration.recovery(CELL) == pytest.approx(5e-6, rel=0.05, abs=0)


def test_alternating_pulses_lead_to_the_symmetric_point_from_any_start() -> None:
    assert calibration.symmetric_point(CELL) == pytest.approx(np.full(3, 0.27), abs=0.01)
    assert calibration.balance_point(CELL) == pytest.approx(0.27, abs=0.01)


def test_set_thresholds_of_both_films_that_are_known() -> None:
    assert calibration.set_threshold(CELL, 200e-9) == pytest.approx(0.1, rel=0.05, abs=0)
    assert calibration.set_threshold(CELL, 250e-9) == pytest.approx(0.08, rel=0.05, abs=0)


def test_a_thicker_film_sets_at_a_lower_voltage() -> None:
    thresholds = [calibration.set_threshold(CELL, t) for t in (50e-9, 100e-9, 150e-9, 200e-9, 250e-9)]
    assert (np.diff(thresholds) < 0).all()


def test_a_cell_that_does_not_set_has_no_threshold() -> None:
    with pytest.raises(SimulationError, match="does not set"):
        calibration.set_threshold(CELL.replace(rate_fil_set=1e-3), 50e-9)


def test_analog_pulses_leave_the_filament_alone() -> None:
    times, voltages = calibration.pulse_corners([0.3, -0.3] * 30)
    run = simulate(CELL.replace(w0=0.27), times, voltages)
    interface, filament = Equations(CELL).paths(5e-3, run.w, run.x)
    assert (filament < 0.05 * interface).all()


def test_ten_milliseconds_set_and_reset_the_filament() -> None:
    edge, pulse = 1e-6, 10e-3
    times = np.array([0, edge, pulse, pulse + edge, 2 * pulse, 2 * pulse + edge, 3 * pulse, 3 * pulse + edge])
    voltages = [0.0, 0.3, 0.3, 5e-3, 5e-3, -0.3, -0.3, 5e-3]
    run = simulate(CELL, times, voltages, series_resistance=1e3)
    after_set, after_reset = np.searchsorted(run.time, times[[4, 7]])
    g = Equations(CELL).conductance(5e-3, run.w, run.x)
    assert g[after_set] > 10 * g[after_reset]


@pytest.mark.parametrize(("w", "x"), [(0.05, 0.0), (0.95, 0.0), (0.5, 0.7)])
def test_a_read_voltage_keeps_the_state_for_ten_thousand_seconds(w: float, x: float) -> None:
    run = simulate(CELL.replace(w0=w, x0=x), [0.0, 1e4], [5e-3, 5e-3])
    g = Equations(CELL).conductance(5e-3, run.w, run.x)
    assert abs(g[-1] / g[0] - 1) < 0.1

"""The committed parameters are those that the calibration finds, and they do what the paper reports."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.lab.calibration import SOLVED, calibrate
from pyspice_models.lab.characterize import Sheet
from pyspice_models.lab.characterize.pulses import train_bench
from pyspice_models.lab.measured import MEASURED, measured, measured_each
from pyspice_models.lab.published import target

CELL = CellParams()
CALIBRATED = [name for name, q in CellParams.quantities().items() if q.calibrated_to]


def test_the_calibration_finds_the_committed_values() -> None:
    # from a start that is off, so that standing still is not enough
    off = CELL.replace(
        g_int_max=1.2 * CELL.g_int_max, r_ion=0.8 * CELL.r_ion, rate_fil_set=2 * CELL.rate_fil_set,
        p_int=0.6, rate_int_set=60e3, rate_int_reset=60e3, w0=0.123,
    )  # fmt: skip
    found = calibrate(off)
    others = off.as_dict().keys() - set(CALIBRATED) - {"g_int_min"}  # which stays a tenth of g_int_max
    assert {name: getattr(found, name) for name in others} == {name: getattr(off, name) for name in others}
    assert {name: getattr(found, name) for name in CALIBRATED} == {
        name: pytest.approx(getattr(CELL, name), rel=0.002, abs=0) for name in CALIBRATED
    }
    assert found.g_int_max == pytest.approx(10 * found.g_int_min, rel=1e-12, abs=0)


def test_a_start_that_is_too_far_off_is_told() -> None:
    with pytest.raises(SimulationError, match=r"no r_ion from .* to .* gives the row recovery its published number"):
        calibrate(CELL.replace(r_ion=4 * CELL.r_ion))


def test_cells_that_are_measured_side_by_side_know_nothing_of_each_other() -> None:
    cells = [CELL, CELL.replace(c_ion=1e-14, p_int=0.7), CELL.replace(r_ion=3e7)]
    for row in ("recovery", "asymmetry"):
        alone = [measured(row, cell) for cell in cells]
        assert len(set(alone)) > 1
        assert measured_each(row, cells) == pytest.approx(alone, rel=1e-9, abs=0)


def test_every_calibrated_parameter_names_a_row_that_is_measured_and_names_it_back() -> None:
    assert set(SOLVED) <= set(MEASURED)
    assert set(SOLVED.values()) == set(CALIBRATED)
    for row, parameter in SOLVED.items():
        assert parameter in target(row).tuned, row


@pytest.mark.parametrize("row", MEASURED)
def test_the_committed_cell_meets_the_rows_that_it_was_calibrated_to(row: str) -> None:
    assert target(row).met_by(measured(row, CELL))


def test_rows_are_measured_as_the_device_sheet_measures_them(twin: Sheet) -> None:
    """The sheet runs whole experiments, here what a row does not look at is left out."""
    for row in MEASURED:
        assert measured(row, CELL) == pytest.approx(twin.row(row).finding.simulated, rel=2e-4, abs=0), row


def test_alternating_pulses_lead_to_the_balance_point_from_any_start(twin: Sheet) -> None:
    ends = [twin.row(f"sym_point_{start}").finding.simulated for start in ("low", "mid", "high")]
    assert ends == pytest.approx([measured("sym_point_mid", CELL)] * 3, rel=0, abs=2e-4)


def test_a_threshold_is_that_of_the_film_whatever_the_cells_own() -> None:
    assert measured("vth_200", CELL.replace(thickness=50e-9)) == measured("vth_200", CELL)


def test_a_cell_that_does_not_set_has_no_threshold() -> None:
    with pytest.raises(SimulationError, match="the current of the set ramp stays below 1e-06"):
        measured("vth_200", CELL.replace(rate_fil_set=1e-7))


def test_a_row_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match=r"row = 'vth_50' is refused; allowed: energy, "):
        measured("vth_50", CELL)
    with pytest.raises(RequestError, match=r"row = 'vth_50' is refused; allowed: energy, "):
        target("vth_50")
    with pytest.raises(RequestError, match="the row vth_trend has no published number"):
        _ = target("vth_trend").number


def test_analog_pulses_leave_the_filament_alone() -> None:
    bench = train_bench(CELL.replace(w0=0.27), [0.3, -0.3] * 30)
    run = simulate(bench.cell, bench.times, bench.volts)
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

"""Closed-loop programming: it converges, says what did not and why, and survives being stopped."""

from __future__ import annotations

import numpy as np
import pytest
from write_verify_cases import TARGET, _study

from pyspice_models.array import Faults
from pyspice_models.array.levels import levels_for
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.program.programming import Budget, Programming
from pyspice_models.program.write_verify import write_verify

# ---- it converges


@pytest.mark.parametrize("selector", [None, TransistorParams()], ids=["1R", "1T1R"])
def test_every_cell_gets_its_level(selector: TransistorParams | None) -> None:
    report, crossbar = write_verify(Programming(_study(selector=selector), TARGET))
    assert report.converged
    assert np.abs(report.read - TARGET).max() <= 0.02
    # what a read gets wrong is less than a quarter of the tolerance, so the states are where they should be
    assert np.abs(report.read_error).max() < 0.02 / 4
    assert np.abs(report.states["w"] - TARGET).max() < 0.02 + 0.02 / 4
    assert (crossbar.values("w0") == report.states["w"]).all()
    assert report.errors[0] > 0.4
    assert report.off[-1] == 0
    assert len(report.errors) == len(report.off) == len(report.typical) <= 5


def test_the_wait_is_long_enough_for_the_read_that_follows() -> None:
    """Twice the recovery changes no level that is read by more than a tenth of what is allowed."""
    short, _ = write_verify(Programming(_study(), TARGET, Budget(rounds=1)))
    long, _ = write_verify(Programming(_study(), TARGET, Budget(rounds=1, read_duration=30e-6)))
    assert np.abs(short.read - long.read).max() < 0.02 / 40
    # and one that is far too short does: the test can tell
    hasty, _ = write_verify(Programming(_study(), TARGET, Budget(rounds=1, read_duration=1e-6)))
    assert np.abs(hasty.read - long.read).max() > 0.02 / 4


def test_a_cell_that_holds_its_level_gets_no_pulse() -> None:
    report, _ = write_verify(Programming(_study(), np.full((3, 3), 0.4)))
    assert report.pulses.sum() == 0
    assert len(report.errors) == 1
    target = np.full((3, 3), 0.4)
    target[1, 2] = 0.6
    report, _ = write_verify(Programming(_study(), target))
    assert report.pulses[1, 2] > 0
    assert report.pulses.sum() == report.pulses[1, 2]


def test_the_loop_learns_how_fast_each_cell_is() -> None:
    """Cells up to 6 times faster or slower than the film's nominal kinetics, which is all that the loop is told."""
    speed = np.geomspace(1 / 6, 6, 9).reshape(3, 3)
    cell = CellParams()
    uneven = {"rate_int_set": cell.rate_int_set * speed, "rate_int_reset": cell.rate_int_reset * speed.T}
    report, _ = write_verify(Programming(_study(uneven), TARGET, Budget(rounds=20)))
    assert report.converged
    assert np.abs(report.read - TARGET).max() <= 0.02


def test_the_read_voltage_does_not_move_a_level() -> None:
    low, _ = write_verify(Programming(_study(), np.full((3, 3), 0.4)))
    high, _ = write_verify(Programming(_study(), np.full((3, 3), 0.4), Budget(read_voltage=50e-3)))
    assert np.abs(low.read - high.read).max() < 1e-3


def test_a_conductance_is_what_it_comes_to() -> None:
    asked = Programming(_study(), TARGET)
    wanted = asked.scale.conductances(TARGET)
    assert asked.scale.levels(wanted) == pytest.approx(TARGET, rel=1e-12, abs=0)
    assert levels_for(asked.study.crossbar, wanted, 5e-3) == pytest.approx(TARGET, rel=1e-12, abs=0)
    _, programmed = write_verify(asked)
    # of an ideal measurement at each cell, from the model's own current
    held = programmed.equations.conductance(5e-3, programmed.values("w0"), programmed.values("x0"))
    assert np.abs(held - wanted).max() < 0.025 * (asked.scale.high - asked.scale.low)


# ---- it says what did not


@pytest.mark.parametrize(("fault", "level"), [("stuck_off", 0.6), ("stuck_on", 0.3)])
def test_a_stuck_cell_is_listed_and_gets_no_pulse_for_ever(fault: str, level: float) -> None:
    faults = Faults(**{fault: ((1, 1),)}, g_on=1e-6)
    report, _ = write_verify(
        Programming(_study(faults=faults), np.where(np.eye(3, dtype=bool), level, 0.5), Budget(rounds=12))
    )
    assert not report.converged
    assert report.missed == report.silent == [(1, 1)]
    assert np.argwhere(report.faulty).tolist() == [[1, 1]]
    assert report.why((1, 1)) == "faulty"
    assert report.pulses[1, 1] <= 4
    assert len(report.errors) < 12, "it ends when nothing is left that answers"


def test_a_cell_that_is_frozen_without_being_called_faulty_is_found() -> None:
    rates = {name: np.full((3, 3), getattr(CellParams(), name)) for name in ("rate_int_set", "rate_int_reset")}
    for values in rates.values():
        values[2, 0] *= 1e-6
    report, _ = write_verify(Programming(_study(rates), np.full((3, 3), 0.6)))
    assert report.missed == [(2, 0)]
    assert not report.faulty.any()
    assert report.why((2, 0)) == "does not answer"


def test_a_budget_that_is_too_small_ends_with_its_report() -> None:
    report, crossbar = write_verify(Programming(_study(), TARGET, Budget(rounds=2, longest=5e-6)))
    assert not report.converged
    assert report.pulses.max() == 2
    assert {report.why(place) for place in report.missed} == {"rounds used up"}
    expected = [(r, c) for r in range(3) for c in range(3) if abs(report.read[r, c] - TARGET[r, c]) > 0.02]
    assert report.missed == expected
    assert (crossbar.values("w0") != 0.4).any()


def test_cells_behind_threshold_selectors_cannot_be_verified() -> None:
    with pytest.raises(RequestError, match="cannot read cells behind threshold selectors"):
        write_verify(Programming(_study(selector=ThresholdParams()), TARGET))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.full((2, 2), 0.5), r"target's shape = \(2, 2\) is refused; allowed: \(3, 3\)"),
        (np.full((3, 3), 1.5), r"target\[0, 0\] = 1\.5 is refused; allowed: >= 0 and <= 1"),
        (np.full((3, 3), np.nan), r"target\[0, 0\] = nan is refused"),
    ],
)
def test_a_target_that_cannot_be_is_refused(target: np.ndarray, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        write_verify(Programming(_study(), target))


def test_a_conductance_outside_its_own_cells_window_is_refused_with_its_range() -> None:
    crossbar = _study({"g_int_max": np.where(np.eye(3), 0.1e-6, 0.2e-6)}).crossbar
    with pytest.raises(RequestError, match=r"target\[0, 0\] = 1\.5e-07 S is refused; allowed: >= .* and <= .* S"):
        levels_for(crossbar, np.full((3, 3), 150e-9), 5e-3)
    levels_for(crossbar, np.where(np.eye(3), 90e-9, 150e-9), 5e-3)

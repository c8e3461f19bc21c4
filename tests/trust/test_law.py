"""The cell's law stands once: what integrates it by other means, or in closed form, gives what the law gives."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from pyspice_models.cells.ag2s import law
from pyspice_models.cells.ag2s.imposed import states_after
from pyspice_models.cells.ag2s.law import CONSTANTS, Conduction, IonBranch, Kinetics
from pyspice_models.cells.ag2s.model import AG2S, soft_bounds
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.lab.fit.measured.train import PulseTrain
from pyspice_models.lab.fit.model import Setup, predict

SHARP = CellParams(s_smooth=1e-7, x0=0.0)
START, WIDTH = np.array([0.1, 0.4, 0.7]), np.array([2e-6, 0.7e-6, 3e-6])
EDGE = 1e-10  # [s] so short that pulses are rectangles


def moved(cell: CellParams, start: float, width: float, voltage: float) -> float:
    """State w after a pulse, by the integrator of imposed voltages."""
    corners = np.cumsum([0.0, EDGE, width - EDGE, EDGE])
    change, _ = states_after(
        cell, {"w0": np.array([start]), "x0": np.zeros(1)}, corners, np.array([0.0, voltage, voltage, 0.0])
    )
    return start + float(change[0])


@pytest.mark.parametrize("up", [True, False])
def test_soft_bounds_in_closed_form_are_those_of_the_law(up: bool) -> None:
    voltage = 0.3 if up else -0.3
    bounds, ways = soft_bounds(SHARP, 300.0, 0.3), np.full(3, up)
    ends = bounds.end(START, WIDTH, ways)
    # the law goes the other way, too, by a share of 1e-5
    assert ends == pytest.approx([moved(SHARP, *pair, voltage) for pair in zip(START, WIDTH, strict=True)], abs=2e-5)
    assert bounds.time(START, ends, ways) == pytest.approx(WIDTH, rel=1e-9, abs=0)
    assert bounds.travel(START, WIDTH, ways) == pytest.approx(np.abs(ends - START), rel=1e-9, abs=0)


def test_a_bound_is_reached_and_not_passed() -> None:
    bounds = SoftBounds((2.0, 4.0), 0.5)
    both = np.array([True, False])
    assert bounds.time(np.array([0.0, 1.0]), np.array([1.0, 0.0]), both) == pytest.approx([1.0, 0.5], rel=1e-12, abs=0)
    assert bounds.end(np.array([0.5, 0.5]), np.array([9.0, 9.0]), both).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("cell", [CellParams(), SHARP, CellParams(p_int=1.3, s_smooth=0.03)])
def test_the_walk_of_a_fit_is_that_of_the_law(cell: CellParams) -> None:
    """Its states are walked along one integral; here the same pulses are integrated one by one."""
    voltage, width = np.array([0.3, 0.25, -0.3, -0.2]), np.full(4, 1e-6)
    cell = cell.replace(rate_fil_set=1e-9)  # the conductance tells w alone
    told = predict(
        PulseTrain("", np.arange(1.0, 5.0), voltage, width, np.ones(4)), cell, {"w0": np.array([0.3])}, Setup()
    )[0]
    state, expected = 0.3, []
    for volt, long in zip(voltage, width, strict=True):
        state = moved(cell, state, long, volt)
        expected.append(float(AG2S.solved(cell, 300.0, asked="a test").conductance(5e-3, state, 0.0)))
    assert told == pytest.approx(expected, rel=1e-4, abs=0)


def test_each_function_of_the_law_calls_only_those_above_it() -> None:
    """So that they can be compiled in order, each with those it calls."""
    seen: set[str] = set()
    functions = {name: one for name, one in vars(law).items() if inspect.isfunction(one)}
    assert {"rate", "seen", "conductance", "dissipated"} <= set(functions)
    for name, one in functions.items():
        assert set(one.__code__.co_names) & set(functions) <= seen, name
        seen.add(name)


def test_the_order_of_the_constants_is_that_of_the_three_tuples_and_each_is_used() -> None:
    assert list(CONSTANTS) == list(dict.fromkeys((*Conduction._fields, *IonBranch._fields, *Kinetics._fields)))
    used = {name for one in vars(law).values() if inspect.isfunction(one) for name in one.__code__.co_names}
    assert set(CONSTANTS) - used == {"tau"}, "which an integrator uses as it needs"

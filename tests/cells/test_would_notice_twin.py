"""The twin, its integrator and imposed voltages: every term is seen by some test."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from would_notice_device_cases import CELL

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.imposed import states_after
from pyspice_models.cells.ag2s.twin import simulate, simulate_chain, simulate_many
from pyspice_models.errors import RequestError, SimulationError

# ---- the twin


FROZEN = {"rate_int_set": 1e-20, "rate_int_reset": 1e-20, "rate_fil_set": 1e-20, "rate_fil_reset": 1e-20}
OHMIC = CELL.replace(**FROZEN, g_int_min=1e-18, g_int_max=2e-18, g_fil_min=1e-7, g_fil_max=1e-7, t_nom=300.0)
"""A resistor of 10 Mohm beside the ionic branch."""


def test_a_resistor_with_an_ionic_branch_charges_as_by_hand() -> None:
    """A step to 0.2 V: v_ion follows with tau = r_ion c_ion, no series resistor; what is burnt is integrated."""
    eq = Equations(OHMIC)
    tau = float(eq.r_ion * eq.c_ion)
    edge, stop = 1e-6 * tau, 3 * tau
    run = simulate(OHMIC, [0.0, edge, stop], [0.0, 0.2, 0.2], tolerance=1e-8)
    late = run.time > 2 * edge
    v_ion = 0.2 * (1 - np.exp(-(run.time - edge / 2) / tau))
    assert run.v_ion[late] == pytest.approx(v_ion[late], rel=0, abs=2e-6)
    assert (run.v[late] == pytest.approx(0.2, rel=1e-9, abs=0)) is True
    ionic = (0.2 - v_ion) / eq.r_ion
    assert run.i[late][5:-1] == pytest.approx((0.2 * 1e-7 + ionic)[late][5:-1], rel=1e-4, abs=0)
    burnt = 0.2**2 * 1e-7 * stop + 0.5 * eq.c_ion * 0.2**2 * (1 - math.exp(-6))
    assert run.loss[-1] == pytest.approx(burnt, rel=1e-4, abs=0)
    assert run.p[-1] == pytest.approx(0.2**2 * 1e-7 + ionic[-1] ** 2 * eq.r_ion, rel=1e-4, abs=0)
    expected = 0.5 * eq.c_geo * 0.04 + 0.5 * eq.c_ion * v_ion[-1] ** 2
    assert run.stored[-1] == pytest.approx(expected, rel=1e-4, abs=0)
    assert (run.v_source == np.interp(run.time, [0.0, edge, stop], [0.0, 0.2, 0.2])).all()


def test_behind_a_resistor_the_cell_is_a_divider_from_the_start() -> None:
    """At rest at the first corner no ionic current flows: 5 Mohm before 10 Mohm."""
    run = simulate(OHMIC, [0.0, 1.0], [0.3, 0.3], series_resistance=5e6)
    assert run.v == pytest.approx(np.full(len(run.v), 0.2), rel=1e-6, abs=0)
    assert run.v_ion == pytest.approx(run.v, rel=1e-6, abs=0)
    assert run.i == pytest.approx(np.full(len(run.v), 2e-8), rel=1e-5, abs=0)
    assert run.loss[-1] == pytest.approx(0.2 * 2e-8, rel=1e-5, abs=0)
    below = simulate(OHMIC, [0.0, 1.0], [-0.3, -0.3], series_resistance=5e6)
    assert below.v == pytest.approx(-run.v[0] * np.ones(len(below.v)), rel=1e-6, abs=0)


def test_a_limited_resistor_follows_its_law_from_the_start() -> None:
    """dv/R / sqrt(1 + (dv/(R i))^2) = g v, solved here by bisection."""
    r, limit, source = 1e6, 3e-8, 0.5
    low, high = 0.0, source
    for _ in range(200):
        v = (low + high) / 2
        drop = source - v
        low, high = (v, high) if drop / r / math.sqrt(1 + (drop / r / limit) ** 2) > 1e-7 * v else (low, v)
    run = simulate(OHMIC, [0.0, 1e-3, 2e-3], [source, source, -source], series_resistance=r, i_limit=limit)
    assert run.v[0] == pytest.approx(v, rel=1e-9, abs=0)
    assert run.i[0] == pytest.approx(1e-7 * v, rel=1e-6, abs=0)
    assert run.v[-1] == pytest.approx(-v, rel=2e-3, abs=0)
    assert np.abs(run.i).max() < limit


def test_cells_with_sources_and_resistors_of_their_own_are_each_their_own() -> None:
    """Everything differs from column to column, and so do the time points."""
    times = np.array([[0.0, 1e-8, 1e-6, 1.01e-6], [0.0, 1e-5, 1e-3, 2e-3], [0.0, 1e-2, 1.0, 3.0]])
    volts = np.array([[0.0, 0.4, 0.4, 0.0], [0.0, -0.3, -0.3, 0.1], [0.1, 0.25, -0.2, 0.0]])
    own = {"w0": [0.2, 0.8, 0.5], "x0": [0.0, 0.4, 0.2], "area": [9e-12, 2e-11, 1e-11]}
    r, limits = [0.0, 1e4, 2e3], [np.inf, 1e-6, np.inf]
    runs = simulate_many(CELL, own, times, volts, series_resistance=r, i_limit=limits, temperature=340.0)
    for n, run in enumerate(runs):
        cell = CELL.replace(**{name: values[n] for name, values in own.items()})
        alone = simulate(cell, times[n], volts[n], series_resistance=r[n], i_limit=limits[n], temperature=340.0)
        assert run.time[-1] == times[n, -1]
        clip = Equations(cell).clip
        assert (run.w[0], run.x[0]) == pytest.approx((clip(own["w0"][n]), clip(own["x0"][n])), rel=1e-12, abs=0)
        for name in ("time", "v_source", "v", "v_ion", "i", "w", "x", "p", "loss", "stored"):
            one, other = getattr(run, name), getattr(alone, name)
            assert one == pytest.approx(other, rel=1e-6, abs=1e-9 * np.abs(other).max()), name


def test_no_step_is_longer_than_allowed_and_every_corner_is_met() -> None:
    times = [0.0, 1e-6, 3e-6, 3.1e-6]
    run = simulate(CELL, times, [0.0, 0.3, 0.3, 0.0], max_step=5e-8)
    assert np.diff(run.time).max() <= 5e-8 * (1 + 1e-9)
    assert set(times) <= set(run.time)
    assert (np.diff(run.time) > 0).all()
    loose, tight = (len(simulate(CELL, times, [0.0, 0.3, 0.3, 0.0], tolerance=t).time) for t in (1e-4, 1e-7))
    assert 2 * loose < tight


def test_the_integrator_is_of_third_order() -> None:
    """A tenth of the tolerance takes little more than twice the steps, and the error falls with it."""
    times, volts = [0.0, 1e-8, 2e-5], [0.0, 0.3, 0.3]
    runs = [simulate(CELL, times, volts, tolerance=tol) for tol in (1e-4, 1e-5, 1e-6, 1e-9)]
    counts = [len(run.time) for run in runs]
    assert counts[2] / counts[1] < 2.6
    errors = [abs(run.w[-1] - runs[-1].w[-1]) for run in runs[:-1]]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
    assert errors[1] < 1e-4


def test_a_chains_cycles_join_in_every_state() -> None:
    """Interface, filament and ionic branch; parameters of their own in every cycle; each counts its own loss."""
    times, volts = np.array([0.0, 1e-8, 2e-6, 2.01e-6, 3e-6]), np.array([0.0, 0.5, 0.5, 0.0, 0.0])
    own = {"rate_fil_set": np.array([2e4, 1e5, 3e4, 2e5]), "rate_int_set": np.array([6e4, 2e4, 5e4, 1e4])}
    chain = simulate_chain(CELL, own, times, volts, temperature=320.0)
    start = CELL
    for n, run in enumerate(chain):
        assert (run.w[0], run.x[0]) == pytest.approx((start.w0, start.x0), rel=0, abs=3e-5)
        cell = start.replace(**{name: float(values[n]) for name, values in own.items()})
        alone = simulate(cell, times, volts, temperature=320.0)
        assert (run.w[-1], run.x[-1]) == pytest.approx((alone.w[-1], alone.x[-1]), rel=0, abs=2e-4)
        assert run.loss[0] == 0.0
        assert run.loss[-1] == pytest.approx(alone.loss[-1], rel=0.02, abs=0)
        start = start.replace(w0=float(run.w[-1]), x0=float(run.x[-1]))
    for one, following in pairwise(chain):
        assert one.v_ion[-1] == pytest.approx(following.v_ion[0], rel=0, abs=2e-5)
    assert chain[0].v_ion[-1] > 0.01, "the branch is still charged where the next cycle starts"
    assert chain[-1].x[-1] - CELL.x0 > 0.05


def test_a_chain_of_states_that_meet_in_one_state_alone_is_not_joined() -> None:
    """Only the filament moves, and only from cycle to cycle: the interface meets at once, which proves nothing."""
    cell = CELL.replace(rate_int_set=1e-20, rate_int_reset=1e-20, rate_fil_set=3e4, r_ion=1e3)
    times, volts = np.array([0.0, 1e-8, 2e-6, 2.01e-6, 3e-6]), np.array([0.0, 0.4, 0.4, 0.0, 0.0])
    chain = simulate_chain(cell, {"area": np.full(4, 9e-12)}, times, volts)
    ends = [run.x[-1] for run in chain]
    assert [run.x[0] for run in chain[1:]] == pytest.approx(ends[:-1], rel=0, abs=2e-5)
    assert (np.diff(ends) > 1e-4).all()


@pytest.mark.parametrize(
    ("times", "volts", "options", "message"),
    [
        ([0.0], [0.0], {}, "at least two corners"),
        ([0.0, 1.0], [0.0, 1.0, 2.0], {}, "as many times"),
        ([[[0.0, 1.0]]], [0.0, 1.0], {}, "at least two corners"),
        ([0.0, 1.0], [[[0.0, 1.0]]], {}, "at least two corners"),
        (0.0, 1.0, {}, "at least two corners"),
        ([0.0, 0.0], [0.0, 1.0], {}, "increasing times"),
        ([0.0, float("inf")], [0.0, 1.0], {}, "must be finite"),
        ([0.0, 1.0], [0.0, float("nan")], {}, "must be finite"),
        ([0.0, 1.0], [0.0, 1.0], {"series_resistance": -1.0}, "series_resistance = -1.0 ohm is refused; allowed: >= 0"),
        ([0.0, 1.0], [0.0, 1.0], {"series_resistance": float("nan")}, "series_resistance = nan ohm"),
        ([0.0, 1.0], [0.0, 1.0], {"series_resistance": float("inf")}, "series_resistance = inf ohm"),
        ([0.0, 1.0], [0.0, 1.0], {"i_limit": 1e-5}, "i_limit = 1e-05 A is refused; allowed: > 0, behind a series"),
        ([0.0, 1.0], [0.0, 1.0], {"i_limit": 0.0, "series_resistance": 1.0}, "i_limit = 0.0 A"),
        ([0.0, 1.0], [0.0, 1.0], {"i_limit": -1.0, "series_resistance": 1.0}, "i_limit = -1.0 A"),
    ],
)
def test_a_bench_that_is_none_is_refused_by_name(
    times: object, volts: object, options: dict[str, float], message: str
) -> None:
    with pytest.raises(RequestError, match=message):
        simulate(CELL, times, volts, **options)  # type: ignore[arg-type]


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RequestError, match="differ in length"):
        simulate_many(CELL, {"w0": [0.1, 0.2]}, [0.0, 1.0], [0.0, 0.1], series_resistance=[1.0, 2.0, 3.0])
    with pytest.raises(RequestError, match="numbers or arrays of one dimension"):
        simulate_many(CELL, {"w0": [[0.1, 0.2]]}, [0.0, 1.0], [0.0, 0.1])
    with pytest.raises(RequestError, match=r"per_cycle\.x0 is refused: .* set cell\.x0"):
        simulate_chain(CELL, {"x0": [0.1, 0.2]}, [0.0, 1.0], [0.0, 0.0])
    with pytest.raises(RequestError, match="every cycle must end at the voltage at which the next one starts"):
        simulate_chain(CELL, {"area": [1e-12, 2e-12]}, [0.0, 1.0], [0.0, 0.1])
    assert len(simulate_many(CELL, {}, [0.0, 1e-6], [0.0, 0.0])) == 1


def test_a_step_that_becomes_too_small_says_where_and_when() -> None:
    with pytest.raises(SimulationError, match=r"step became too small at 0 s in column 0\."):
        simulate_many(CELL, {"w0": [0.5, 0.5]}, [0.0, 1.0], [[0.0, 1e-9], [0.0, 0.5]], tolerance=1e-120)


# ---- an imposed voltage


def test_imposed_voltages_move_both_states_as_the_equations_say() -> None:
    """A hold of a microsecond from 0 V, in 100,000 explicit steps here; three cells of their own."""
    own = {"w0": np.array([0.2, 0.5, 0.9]), "x0": np.array([0.3, 0.1, 0.0]), "rate_fil_set": np.array([1e5, 2e5, 4e5])}
    t, v = [1e-6, 1.1e-6, 2e-6], [0.1, 0.45, 0.4]
    found = states_after(CELL, own, t, v, temperature=330.0)
    for n in range(3):
        cell = CELL.replace(**{name: float(values[n]) for name, values in own.items()})
        eq, w, x = Equations(cell, 330.0), cell.w0, cell.x0
        moments = np.linspace(1e-6, 2e-6, 4001)
        for moment in 0.5 * (moments[1:] + moments[:-1]):
            volt = float(np.interp(moment, t, v))
            dw, dx = eq.rates(volt, w, x)
            w, x = w + 2.5e-10 * float(dw), x + 2.5e-10 * float(dx)
        change = (float(eq.clip(w) - eq.clip(cell.w0)), float(eq.clip(x) - eq.clip(cell.x0)))
        assert (found[0][n], found[1][n]) == pytest.approx(change, rel=2e-4, abs=0)
        assert abs(change[1]) > 1e-3

"""Static solutions of random networks against Kron's reduction in extended precision: voltages, currents, bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_networks import Network, join, random_network, solve_without_cancellation

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.network import Branches
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.static.solution import ends_of
from pyspice_models.engine.nodal.static.solve import solve_operating_point, solve_static
from pyspice_models.engine.nodal.static.structured import why_not_structured
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.scheme import Bias, read_bias, vector_bias, write_bias


def _methods(network: Network) -> list[str]:
    return ["direct"] if why_not_structured(network.crossbar, network.g) else ["direct", "structured"]


def _check(network: Network, method: str, where: str) -> int:
    """Hold one solution to the reference; gives the number of currents whose bound is above a millionth of them."""
    exact = solve_without_cancellation(network)
    found = solve_static(network.crossbar, network.bias, network.g, method=method)
    top = max(np.abs(network.bias.word).max(), np.abs(network.bias.bit).max())
    for side in ("word", "bit"):
        off = np.abs(getattr(found, side) - getattr(exact, side)).max()
        assert off < 1e-9 * top, f"{where}: {side} lines are off by {off:g} V"
    wide = 0
    for side in ("word", "bit"):
        current, bound = getattr(found, f"{side}_ends"), getattr(found, f"{side}_ends_error")
        true = getattr(exact, f"{side}_ends")
        off = np.abs(current - true)
        assert (off <= bound).all(), f"{where}: bounds of {side} lines do not hold: {off / bound}"
        wide += int((bound > 1e-6 * np.abs(true)).sum())
    return wide


def test_the_reference_by_hand() -> None:
    """Two cells in series with everything: 1 V over 1 + 2 + 3 + 4 + 5 ohm."""
    wire = WireParams(mean_free_path=0.0, resistivity_wl=2 * 25e-9, resistivity_bl=4 * 25e-9)
    bar = Crossbar(1, 1, wire=wire, driver=DriverParams(r_driver=1.0, r_sense=5.0, r_contact=0.0))
    bias = vector_bias([1.0], [0.0])
    exact = solve_without_cancellation(Network(bar, bias, np.array([[1 / 3]])))
    assert exact.word_ends == pytest.approx([1 / 15], rel=1e-14, abs=0)
    assert exact.bit_ends == pytest.approx([-1 / 15], rel=1e-14, abs=0)
    assert exact.word[0, 0] == pytest.approx(12 / 15, rel=1e-14, abs=0)
    assert exact.bit[0, 0] == pytest.approx(9 / 15, rel=1e-14, abs=0)


@pytest.mark.parametrize("seed", range(40))
def test_random_networks(seed: int) -> None:
    network = random_network(seed)
    for method in _methods(network):
        _check(network, method, f"network {seed}, {method}")


@pytest.mark.slow
def test_a_thousand_random_networks(record_property: pytest.RecordProperty) -> None:  # type: ignore[name-defined]
    solved = wide = ends = 0
    for seed in range(1000):
        network = random_network(seed)
        for method in _methods(network):
            wide += _check(network, method, f"network {seed}, {method}")
            solved += 1
            ends += sum(network.crossbar.shape)
    print(f"{solved} solutions: {wide} of {ends} currents have a bound above a millionth of themselves")  # noqa: T201
    assert solved > 1200


@pytest.mark.parametrize("seed", [271, 317, 326, 928])
def test_floating_lines_of_good_segments_keep_their_voltage(seed: int) -> None:
    """Networks whose matrix of all nodes is singular to rounding."""
    _check(random_network(seed), "direct", f"network {seed}")


@pytest.mark.parametrize("seed", [22, 317, 825, 973, 985])
def test_the_structure_keeps_it_too(seed: int) -> None:
    _check(random_network(seed), "structured", f"network {seed}")


@pytest.mark.parametrize("method", ["direct", "structured"])
def test_bounds_are_close_where_nothing_cancels(method: str) -> None:
    shape = (20, 30)
    wire = WireParams(mean_free_path=0.0, resistivity_wl=2 * 25e-9, resistivity_bl=2 * 25e-9)
    g = 10 ** np.random.default_rng(1).uniform(-5, -3, shape)
    bias = vector_bias(np.linspace(0.05, 0.2, 20), np.zeros(30))
    found = solve_static(Crossbar(*shape, wire=wire), bias, g, method=method)
    assert (found.bit_ends_error < 1e-7 * np.abs(found.bit_ends)).all()


def test_the_current_of_a_floating_line_is_that_of_its_leak() -> None:
    """Cells carry 1e-7 A in and out of it; its driver's 1e-16 A are no difference of these."""
    bar = Crossbar(2, 3, driver=DriverParams(r_off=1e15))
    g = np.array([[1e-6, 3e-6, 2e-6], [4e-6, 1e-6, 5e-6]])
    found = solve_static(bar, read_bias("floating", (2, 3), 0, [0], 0.1), g)
    leak = -(found.word[1, 0]) / 1e15
    assert found.word_ends[1] == pytest.approx(leak, rel=1e-6, abs=0)
    assert found.word_ends_error[1] < 1e-6 * abs(leak)


@pytest.mark.parametrize(
    ("ends", "r_word", "r_bit", "cells"),
    [
        (1e2, 40, 90, 1e-6),
        (1e4, 40, 90, 1e-6),
        (1e6, 40, 90, 1e-6),
        (1e6, 1e6, 0, 1e-6),
        (1e6, 0, 1e6, 1e-6),
        (1, 0.5, 0.5, 0.5),
    ],
)
def test_bounds_hold_for_a_solution_that_leaves_a_current_over_at_any_one_node(
    ends: float, r_word: float, r_bit: float, cells: float
) -> None:
    """Lines near a volt, whose differences drive the cells: the ends are read from the cells' currents then."""
    shape = (3, 4)
    wire = WireParams(mean_free_path=0.0, resistivity_wl=r_word * 25e-9, resistivity_bl=r_bit * 25e-9)
    g = cells * 10 ** np.random.default_rng(4).uniform(0, 1, shape)
    bar = Crossbar(*shape, wire=wire, driver=DriverParams(r_driver=ends, r_sense=ends, r_contact=0))
    exact = solve_static(bar, vector_bias([1.0, 1.001, 0.999], [0.998, 1.0, 0.997, 1.002]), g)
    network, size = exact.network, exact.network.size
    crossings = Branches(network.words, network.bits, g)
    laplace = np.zeros((size + 7, size + 7))
    lines = [network.word_segments()] * (r_word > 0) + [network.bit_segments()] * (r_bit > 0)
    for branches in (*lines, ends_of(network, exact.bias), crossings):
        join(laplace, branches.start, branches.stop, branches.conductance)
    lifted = np.linalg.inv(laplace[:size, :size])
    for node in range(size):
        voltages = exact.voltages.copy()
        voltages[:size] += 1e-8 * lifted[:, node]
        word, bit = voltages[network.words], voltages[network.bits]
        found = replace(exact, voltages=voltages, cells=g * (word - bit))
        for side in ("word", "bit"):
            off = np.abs(getattr(found, f"{side}_ends") - getattr(exact, f"{side}_ends"))
            assert (off <= getattr(found, f"{side}_ends_error")).all(), (node, side)


def test_bounds_of_real_cells_hold_too() -> None:
    """An operating point: against the same cells a thousand times more tightly, and against the direct solution."""
    states = np.random.default_rng(3).uniform(0, 1, (6, 5))
    bar, bias = Crossbar(6, 5, per_cell={"w0": states}), write_bias("V/2", (6, 5), [1], [2], 0.3)
    found = solve_operating_point(bar, bias, tolerance=1e-6)
    exact = solve_operating_point(bar, bias, tolerance=1e-14, method="direct")
    for side in ("word", "bit"):
        off = np.abs(getattr(found, f"{side}_ends") - getattr(exact, f"{side}_ends"))
        assert (off <= getattr(found, f"{side}_ends_error") + getattr(exact, f"{side}_ends_error")).all()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ([0.1, 0.1, 0.1], r"length of bias\.word = 3 is refused; allowed: 2, one voltage for each word line"),
        ([0.1], r"length of bias\.word = 1 is refused; allowed: 2"),
        ([np.nan, 0.1], r"bias\.word\[0\] = nan V is refused; allowed: a finite number V"),
    ],
)
def test_a_bias_for_another_array_is_refused(word: list[float], message: str) -> None:
    bar, g = Crossbar(2, 3), np.full((2, 3), 1e-3)
    for solve in (lambda bias: solve_static(bar, bias, g), lambda bias: solve_operating_point(bar, bias)):
        with pytest.raises(RequestError, match=message):
            solve(vector_bias(word, [0.0] * 3))
    bias = vector_bias([0.1, 0.1], [0.0] * 3)
    # two good lines at 0.1 V: 0.2 mA a column at 1 mS but for lines and ends
    assert -solve_static(bar, bias, g).bit_ends == pytest.approx([33.0e-6] * 3, rel=0.01, abs=0)
    with pytest.raises(RequestError, match=r"length of bias\.bit = 2"):
        solve_static(bar, vector_bias([0.1, 0.1], [0.0] * 2), g)
    with pytest.raises(RequestError, match=r"shape of bias\.bit_driven = \(2,\) is refused; allowed: \(3,\)"):
        replace(bias, bit_driven=np.ones(2, dtype=bool))
    assert isinstance(bias, Bias)

"""The bound of every output current, by the energy of what is left over: it holds, and it is not far from the error."""

from __future__ import annotations

import numpy as np
import pytest
from random_networks import random_network, solve_without_cancellation
from read_networks import ReadNetwork, read_network

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.static.sensitivity import adjoint_map, sensitivity
from pyspice_models.engine.nodal.static.solver import StaticSolver
from pyspice_models.engine.nodal.static.structured import why_not_structured
from pyspice_models.stimulus.scheme import vector_bias

_TOLD = 1e-9  # of the largest current: an error below, or one of rounding, is none that a bound could be compared with


def _array(seed: int) -> tuple[Crossbar, np.ndarray]:
    network = random_network(seed)
    return network.crossbar, network.g


def _ends(solution: object) -> tuple[np.ndarray, np.ndarray]:
    """Currents and bounds of all lines."""
    sides = ("word_ends", "bit_ends")
    values, bounds = ([getattr(solution, side + what) for side in sides] for what in ("", "_error"))
    return np.concatenate(values), np.concatenate(bounds)


def _check(network: ReadNetwork, where: str) -> tuple[float, float]:
    """The bounds of a solution that stopped early hold; how many times the error the largest is, 0 if there is none.

    The second number is the same of the current that the adjoint has corrected.
    """
    bias = network.bias
    exact, allowed = _ends(network.solver("direct").compute(bias.word, bias.bit))
    solver = network.solver("structured", network.tolerance)
    found = solver.compute(bias.word, bias.bit)
    currents, bounds = _ends(found)
    errors = np.abs(currents - exact)
    assert (errors <= bounds + allowed).all(), f"{where}: bounds do not hold: {(errors / bounds).max()}"
    one = adjoint_map(solver, found, f"bit {network.output}")
    place = network.crossbar.rows + network.output
    assert one.corrected is not None
    value, bound = one.corrected
    off = abs(value + exact[place])  # a sense current is the negative of what the source gives
    assert off <= bound + allowed[place], f"{where}: the corrected current's bound does not hold"
    top = np.abs(exact).max()
    largest = errors.max() if errors.max() > _TOLD * top else np.inf
    return float(bounds.max() / largest), bound / off if off > _TOLD * top else 0.0


@pytest.mark.parametrize("seed", range(30))
def test_bounds_of_solutions_that_stop_early_hold_and_tell_the_error(seed: int) -> None:
    told, _ = _check(read_network(seed), f"network {seed}")
    assert told < 1000


@pytest.mark.slow
def test_a_thousand_bounds() -> None:
    pairs = [_check(read_network(seed), f"network {seed}") for seed in range(1000)]
    told, corrected = (np.array([pair[k] for pair in pairs if pair[k] > 0]) for k in (0, 1))
    for name, ratios in (("currents", told), ("corrected currents", corrected)):
        print(  # noqa: T201
            f"{name}: {len(ratios)} bounds, over the error: median {np.median(ratios):.3g}, "
            f"95 % below {np.quantile(ratios, 0.95):.3g}, largest {ratios.max():.3g}"
        )
    assert len(told) > 600
    assert told.max() < 1000


_STRUCTURED = [seed for seed in range(60) if not why_not_structured(*_array(seed))]


@pytest.mark.parametrize("seed", _STRUCTURED)
def test_bounds_of_extreme_networks_that_stop_early_hold(seed: int) -> None:
    """Cells over twelve decades, floating lines, ends of 1 milliohm; against a solution in extended precision."""
    network = random_network(seed)
    own = ReadNetwork(network.crossbar, network.bias, network.g, 1e-4, 0)
    exact = solve_without_cancellation(network)
    found = own.solver("structured", own.tolerance).compute(network.bias.word, network.bias.bit)
    for side in ("word", "bit"):
        off = np.abs(getattr(found, f"{side}_ends") - getattr(exact, f"{side}_ends"))
        assert (off <= getattr(found, f"{side}_ends_error")).all()


def test_one_chain_by_hand() -> None:
    """The far crossing 2 nV too high: 1 nA is left over there, and goes back through the 2 ohm before it, 2e-18 W."""
    bar = Crossbar(
        2, 3, wire=WireParams(r_segment=2.0), driver=DriverParams(r_driver=100.0, r_sense=50.0, r_contact=0.0)
    )
    solver = StaticSolver.init(bar, np.zeros((2, 3)))
    found = solver.compute([0.1, 0.1])
    found.voltages[found.network.words[0, 2]] += 2e-9
    assert found.left_over == pytest.approx(np.sqrt(1e-18 * 2), rel=1e-6, abs=0)
    # 10 mS at the end of a line without cells: sqrt(0.01 S)
    assert found.word_ends_error == pytest.approx(np.sqrt(2e-18) / 10, rel=1e-6, abs=0)


def test_faults_and_floating_lines_fall_back_on_the_sum_of_what_is_left() -> None:
    """An open line hangs on 1e12 ohm: the energy along it says nothing, and the bound is still below the current."""
    faults = Faults(open_words=((1, 2),), open_bits=((2, 1),), shorted_words=((0, 3),), shorted_bits=((3, 2),))
    bar = Crossbar(5, 5, wire=WireParams(r_segment=5.0), faults=faults)
    g = 10 ** np.random.default_rng(2).uniform(-5, -3, (5, 5))
    found = sensitivity(bar, vector_bias([0.1] * 5, [0.0] * 5, float_words=[4], float_bits=[3]), "bit 0", g)
    assert found.error < 1e-9 * found.current
    assert found.corrected is not None
    assert found.corrected[0] == pytest.approx(found.current, rel=1e-12, abs=found.error)


def test_a_corrected_current_gains_digits() -> None:
    """Voltages to a thousandth and adjoint ones to a thousandth give a current to a millionth or so."""
    network = read_network(3)
    bias, name = network.bias, f"bit {network.output}"
    exact = network.solver("direct").compute(bias.word, bias.bit).sense[network.output]
    solver = network.solver("structured", 1e-3)
    one = adjoint_map(solver, solver.compute(bias.word, bias.bit), name)
    assert one.corrected is not None
    assert abs(one.corrected[0] - exact) < 0.1 * abs(one.current - exact)
    assert one.corrected[1] < one.error

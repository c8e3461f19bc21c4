"""Solver objects of the static crossbar: the map and its transpose, and what holds of any network of resistors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_network

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.static.output import Output
from pyspice_models.engine.nodal.static.solve import solve_static
from pyspice_models.engine.nodal.static.solver import StaticSolver
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.scheme import vector_bias

_SEEDS = st.integers(0, 999)


def _solver(seed: int, method: str = "auto") -> tuple[StaticSolver, np.random.Generator]:
    """Of a random network with faults and floating lines, and numbers to go with it."""
    network = random_network(seed)
    words, bits = (np.flatnonzero(~on).tolist() for on in (network.bias.word_driven, network.bias.bit_driven))
    solver = StaticSolver.init(network.crossbar, network.g, float_words=words, float_bits=bits, method=method)
    return solver, np.random.default_rng(seed)


def _large(method: str = "structured") -> tuple[StaticSolver, np.random.Generator]:
    """14 x 20, by structure."""
    random = np.random.default_rng(5)
    bar = Crossbar(14, 20, wire=WireParams(r_segment=3.0), driver=DriverParams(both_ends=True, r_driver=50.0))
    g = 10 ** random.uniform(-5, -3, (14, 20))
    return StaticSolver.init(bar, g, float_words=[3], float_bits=[0, 7], method=method), random


@settings(max_examples=20)
@given(_SEEDS)
def test_the_transpose_gives_the_adjoint_identity(seed: int) -> None:
    """<c, M s> = <M' c, s> for the map M from sources to currents at the ends."""
    solver, random = _solver(seed)
    _check_identity(solver, random)


def test_the_transpose_gives_the_adjoint_identity_by_structure() -> None:
    _check_identity(*_large())


def _check_identity(solver: StaticSolver, random: np.random.Generator) -> None:
    rows, cols = solver.network.crossbar.shape
    word, bit, by_word, by_sense = (random.uniform(-1, 1, n) for n in (rows, cols, rows, cols))
    found, adjoint = solver.compute(word, bit), solver.transpose().compute(by_word, by_sense)
    forth = by_word @ found.word_ends + by_sense @ found.sense
    back = adjoint.word_sources @ word + adjoint.bit_sources @ bit
    known = found.word_ends_error.sum() + found.bit_ends_error.sum()
    known += adjoint.solution.word_ends_error.sum() + adjoint.solution.bit_ends_error.sum()
    scale = np.abs(by_word) @ np.abs(found.word_ends) + np.abs(by_sense) @ np.abs(found.sense)
    assert forth == pytest.approx(back, rel=0, abs=known + 1e-13 * scale)


@settings(max_examples=20)
@given(_SEEDS, st.data())
def test_two_lines_are_reciprocal(seed: int, data: st.DataObject) -> None:
    """A volt on one line drives the same current out of the other as the other way round."""
    solver, _ = _solver(seed)
    rows, cols = solver.network.crossbar.shape
    first, second = (data.draw(st.integers(0, rows + cols - 1)) for _ in range(2))
    ends, bounds = zip(*(_unit(solver, line) for line in (first, second)), strict=True)
    assert ends[0][second] == pytest.approx(ends[1][first], rel=1e-12, abs=bounds[0][second] + bounds[1][first])


def _unit(solver: StaticSolver, line: int) -> tuple[np.ndarray, np.ndarray]:
    """Currents into all lines for a volt on one of them, and their bounds."""
    rows, cols = solver.network.crossbar.shape
    found = solver.compute(*np.split(np.eye(rows + cols)[line], [rows]))
    return (
        np.concatenate([found.word_ends, found.bit_ends]),
        np.concatenate([found.word_ends_error, found.bit_ends_error]),
    )


@settings(max_examples=20)
@given(_SEEDS)
def test_a_network_is_passive(seed: int) -> None:
    """Sources never receive energy, and equal voltages everywhere drive nothing."""
    solver, random = _solver(seed)
    rows, cols = solver.network.crossbar.shape
    word, bit = random.uniform(-1, 1, rows), random.uniform(-1, 1, cols)
    found = solver.compute(word, bit)
    known = np.abs(word) @ found.word_ends_error + np.abs(bit) @ found.bit_ends_error
    assert word @ found.word_ends + bit @ found.bit_ends >= -known
    level = solver.compute(np.full(rows, 0.3), np.full(cols, 0.3))
    assert (np.abs(level.word_ends) <= level.word_ends_error).all()
    assert (np.abs(level.bit_ends) <= level.bit_ends_error).all()


@settings(max_examples=20)
@given(_SEEDS)
def test_shares_of_an_injected_current_add_up(seed: int) -> None:
    """With all lines weighted alike, whatever flows into a crossing leaves through the ends: its share is 1."""
    solver, _ = _solver(seed)
    rows, cols = solver.network.crossbar.shape
    # currents out of the network: the drivers' with a minus
    adjoint = solver.transpose().compute(-np.ones(rows), np.ones(cols))
    for shares in (adjoint.into_word, adjoint.into_bit):
        assert shares == pytest.approx(np.ones((rows, cols)), rel=1e-9, abs=0)


@pytest.mark.parametrize("make", [lambda: _solver(11), _large])
def test_a_computed_solution_is_that_of_solve_static(make: object) -> None:
    solver, random = make()  # type: ignore[operator]
    rows, cols = solver.network.crossbar.shape
    word, bit = random.uniform(-1, 1, rows), random.uniform(-1, 1, cols)
    bias = replace(solver.rest, word=word, bit=bit)
    method = "direct" if cols < 20 else "structured"
    other = solve_static(solver.network.crossbar, bias, solver.conductances, method=method)
    found = solver.compute(word, bit)
    assert found.voltages == pytest.approx(other.voltages, rel=1e-12, abs=1e-13)
    assert found.method == other.method
    assert solver.compute(word).voltages == pytest.approx(solver.compute(word, np.zeros(cols)).voltages, rel=0, abs=0)
    assert solver.transpose().transpose() is solver


def test_what_is_asked_wrongly_is_refused() -> None:
    bar, g = Crossbar(2, 3), np.full((2, 3), 1e-4)
    solver = StaticSolver.init(bar, g)
    for ask, message in (
        (lambda: StaticSolver.init(bar, g.T), r"conductances' shape = \(3, 2\) is refused; allowed: \(2, 3\)"),
        (lambda: StaticSolver.init(bar, -g), "finite and >= 0 S"),
        (lambda: StaticSolver.init(bar, g, float_words=[2]), "float_words"),
        (lambda: StaticSolver.init(bar, g, tolerance=0.5), "tolerance = 0.5 is refused; allowed: above 0, to 0.01"),
        (lambda: StaticSolver.init(bar, g, tolerance=float("nan")), "tolerance = nan is refused"),
        (lambda: solver.compute([0.1]), "length of bias.word = 1|shape of bias.word_driven"),
        (lambda: solver.compute([0.1, np.inf]), r"bias\.word\[1\] = inf V is refused"),
        (lambda: solver.transpose().compute([1.0]), "weights of word = .* is refused; allowed: 2 finite numbers"),
        (lambda: solver.transpose().compute(sense=[1, np.nan, 0]), "weights of sense"),
        (lambda: StaticSolver.init(bar.replace(driver=DriverParams(compliance="mos")), g), "driver.compliance"),
    ):
        with pytest.raises(RequestError, match=message):
            ask()


@pytest.mark.parametrize("text", ["bit 3", "bit:3", "bit3", " bit 3 "])
def test_an_output_is_read_from_text(text: str) -> None:
    assert Output.parse(text) == Output("bit", 3)
    assert str(Output.parse(text)) == "bit 3"


@pytest.mark.parametrize("text", ["", "bit", "col 3", "bit -1", "bit 3.0", 3, None, "word 1e3", "bit 12345678"])
def test_an_output_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(RequestError, match="a line and its number, such as 'bit 3' or 'word 0'"):
        Output.parse(text)


def test_an_output_of_another_array_is_refused() -> None:
    with pytest.raises(RequestError, match=r"output = 'bit 3' is refused; allowed: bit 0 to bit 2 of 2 x 3"):
        Output("bit", 3).check((2, 3))
    with pytest.raises(RequestError, match=r"output\.side = 'gate' is refused"):
        Output("gate", 3)
    assert vector_bias([0.1], [0.0]).word_driven.all()

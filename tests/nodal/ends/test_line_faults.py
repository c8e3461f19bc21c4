"""Open segments and shorts in the matrix of a time step: as a dense matrix of all nodes says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from factored import factored

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.linear.gradients import Room, correct
from pyspice_models.engine.nodal.linear.matrix import Matrix, refactor_words
from pyspice_models.engine.nodal.linear.segments import Segments, conductance, ideal, segments_of
from pyspice_models.engine.nodal.linear.shorts import Shorts
from pyspice_models.engine.nodal.linear.team import Team

STAGE = 1e-9


def _dense(matrix: Matrix, shunts: np.ndarray) -> np.ndarray:
    """Conductance matrix of all crossings: word lines first, then bit lines, row by row; lines have resistance."""
    rows, cols = matrix.cells.shape
    word, bit = np.arange(2 * rows * cols).reshape(2, rows, cols)
    found = np.zeros((2 * rows * cols,) * 2)

    def branch(g: float, a: int, b: int | None = None) -> None:
        found[a, a] += g
        if b is not None:
            found[b, b] += g
            found[a, b] -= g
            found[b, a] -= g

    for r in range(rows):
        for c in range(cols):
            branch(matrix.cells[r, c], word[r, c], bit[r, c])
            branch(shunts[0, r, c] / STAGE, word[r, c])
            branch(shunts[1, r, c] / STAGE, bit[r, c])
            if c:
                branch(conductance(matrix.g_word, r, c), word[r, c - 1], word[r, c])
            if r:
                branch(conductance(matrix.g_bit, r, c), bit[r - 1, c], bit[r, c])
    for r in range(rows):
        branch(matrix.word_near[r], word[r, 0])
        branch(matrix.word_far[r], word[r, -1])
    for c in range(cols):
        branch(matrix.bit_near[c], bit[-1, c])
        branch(matrix.bit_far[c], bit[0, c])
    for r, c in matrix.shorts.words:
        branch(matrix.shorts.g, word[r, c], word[r + 1, c])
    for r, c in matrix.shorts.bits:
        branch(matrix.shorts.g, bit[r, c], bit[r, c + 1])
    return found


def _crossbar(shape: tuple[int, int], **faults: Any) -> Crossbar:
    return Crossbar(*shape, wire=WireParams(resistivity_wl=3e-8, resistivity_bl=2e-8), faults=Faults(**faults))


def _matrix(
    crossbar: Crossbar, shunts: np.ndarray, segments: tuple[Segments, Segments], *, shared: bool = False
) -> tuple[Team, Matrix]:  # fmt: skip
    rng, (rows, cols) = np.random.default_rng(5), crossbar.shape
    ends = [10.0 ** rng.uniform(-12, -2, size) for size in (rows, rows, cols, cols)]
    work = [np.empty(crossbar.shape) for _ in range(3)]
    matrix = Matrix(10.0 ** rng.uniform(-9, -3, crossbar.shape), *segments, *ends, *work, Shorts.of(crossbar))
    return factored(matrix, *shunts, STAGE, shared=shared), matrix


OPEN = {"open_words": [(0, 0), (1, 2), (3, 4)], "open_bits": [(0, 0), (1, 2), (5, 3), (4, 3)]}
SHORTED = {"shorted_words": [(0, 1), (1, 1), (4, 3)], "shorted_bits": [(2, 0), (2, 1), (5, 3), (0, 3)]}
KINDS: dict[str, dict[str, Any]] = {
    "open": OPEN, "shorted": SHORTED, "both": OPEN | SHORTED, "hard shorts": SHORTED | {"r_short": 1e-3},
    "a word line open": {"open_words": [(2, 3)]}, "a bit line shorted": {"shorted_bits": [(2, 3)]},
}  # fmt: skip


@pytest.mark.parametrize("farads", [1e-14, 1e-19], ids=["held", "hanging on cells"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_matrix_of_broken_lines_is_that_of_all_nodes(kind: str, farads: float) -> None:
    _solves_all_nodes(_crossbar((6, 5), **KINDS[kind]), farads, shared=False)


def test_faults_lie_across_the_parts_of_an_array() -> None:
    """They meet at row 16."""
    words, bits = [(15, 3), (14, 3), (16, 1), (1, 16)], [(14, 3), (15, 5), (16, 7), (16, 8), (17, 2), (0, 4)]
    open_words = [(15, 8), (16, 2)]
    _solves_all_nodes(
        _crossbar((29, 13), shorted_words=[(r, min(c, 12)) for r, c in words], open_words=open_words, open_bits=bits),
        1e-14, shared=True,
    )  # fmt: skip


def _solves_all_nodes(crossbar: Crossbar, farads: float, *, shared: bool) -> None:
    rng, shape = np.random.default_rng(3), crossbar.shape
    shunts = rng.uniform(0.5, 1, (2, *shape)) * farads
    team, matrix = _matrix(crossbar, shunts, segments_of(crossbar), shared=shared)
    dense = _dense(matrix, shunts)
    into = rng.uniform(-1e-6, 1e-6, (2, *shape))
    room = Room.of(shape)
    taken = correct(team, *into.copy(), matrix, room, 1e-13, 200)
    expected = np.linalg.solve(dense, into.ravel()).reshape(2, *shape)
    assert 0 <= taken <= 60
    assert np.stack([room.word, room.bit]) == pytest.approx(expected, rel=0, abs=1e-8 * np.abs(expected).max())
    left = dense @ np.stack([room.word, room.bit]).ravel() - into.ravel()
    assert np.abs(left).max() < 1e-10 * np.abs(into).max() + 1e-15 * np.abs(dense).max() * np.abs(expected).max()


def test_lines_without_resistance_may_be_shorted() -> None:
    """Three word lines and two bit lines, each one node: five unknowns."""
    rng, cells = np.random.default_rng(1), np.random.default_rng(2).uniform(1e-6, 1e-4, (3, 2))
    ends = [rng.uniform(1e-4, 1e-3, size) for size in (3, 3, 2, 2)]
    shorts = Shorts.at((3, 2), 0.01, ((1, 1),), ((0, 0),))
    matrix = Matrix(cells, np.inf, np.inf, *ends, *(np.empty((3, 2)) for _ in range(3)), shorts)
    none = np.zeros((3, 2))
    team = factored(matrix, none, none, STAGE, shared=False)
    into, room = rng.uniform(-1e-6, 1e-6, (2, 3, 2)), Room.of((3, 2))
    assert correct(team, *into.copy(), matrix, room, 1e-13, 50) >= 0
    dense = np.block([[np.diag(cells.sum(axis=1) + ends[0] + ends[1]), -cells],
                      [-cells.T, np.diag(cells.sum(axis=0) + ends[2] + ends[3])]])  # fmt: skip
    dense[1:3, 1:3] += 0.01 * np.array([[1, -1], [-1, 1]])
    dense[3:, 3:] += 0.01 * np.array([[1, -1], [-1, 1]])
    expected = np.linalg.solve(dense, np.r_[into[0].sum(axis=1), into[1].sum(axis=0)])
    assert room.word == pytest.approx(np.tile(expected[:3, None], 2), rel=1e-9, abs=0)
    assert room.bit == pytest.approx(np.tile(expected[3:], (3, 1)), rel=1e-9, abs=0)


def test_words_factored_again_are_those_of_the_new_ends() -> None:
    crossbar = _crossbar((6, 5), **KINDS["both"])
    shunts = np.full((2, 6, 5), 1e-14)
    team, matrix = _matrix(crossbar, shunts, segments_of(crossbar))
    matrix.word_near[:] *= np.linspace(0.01, 2, 6)
    refactor_words(team, matrix, shunts[0], STAGE)
    again = matrix._replace(word_pivots=np.empty((6, 5)), bit_pivots=np.empty((6, 5)))
    factored(again, *shunts, STAGE, shared=False)
    assert (matrix.word_pivots == again.word_pivots).all()
    assert (matrix.bit_pivots == again.bit_pivots).all()


def test_segments_are_one_number_unless_some_inside_are_open() -> None:
    plain = _crossbar((6, 5), open_words=[(2, 0)], open_bits=[(5, 1)])
    assert segments_of(plain) == (1 / plain.r_word, 1 / plain.r_bit)
    assert not ideal(segments_of(plain)[0])
    word, bit = segments_of(_crossbar((6, 5), **OPEN))
    assert isinstance(word, np.ndarray)
    assert isinstance(bit, np.ndarray)
    assert (word[:, [0, 5]] == 0).all()
    assert (bit[[0, 6]] == 0).all()
    assert word[1, 2] == bit[2, 2] == bit[1, 0] == 1e-15
    assert segments_of(Crossbar(2, 2, wire=WireParams(resistivity_wl=0.0, resistivity_bl=0.0))) == (np.inf, np.inf)

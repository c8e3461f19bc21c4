"""Lines solved in one compiled call, and four at a time: the same as by the static solver's matrix, and one by one."""

from __future__ import annotations

import numpy as np
import pytest
from factored import factored

from pyspice_models.engine.nodal import moments
from pyspice_models.engine.nodal.ends.amplifier import largest
from pyspice_models.engine.nodal.linear import sweeps
from pyspice_models.engine.nodal.linear.gradients import Room, correct
from pyspice_models.engine.nodal.linear.matrix import Matrix
from pyspice_models.engine.nodal.linear.schur import Schur, Side
from pyspice_models.engine.nodal.linear.shorts import Shorts
from pyspice_models.engine.nodal.linear.team import Team

SHAPES = [(1, 1), (1, 7), (7, 1), (4, 5), (6, 9), (13, 3), (21, 35)]


def _lines(
    shape: tuple[int, int], segments: tuple[float, float], *, shared: bool = False
) -> tuple[Team, Matrix, Schur, np.ndarray]:  # fmt: skip
    rng = np.random.default_rng(sum(shape))
    cells = 10.0 ** rng.uniform(-6, -3, shape)
    ends = [rng.uniform(1e-4, 1e-2, size) for size in (shape[0], shape[0], shape[1], shape[1])]
    shunts, stage = rng.uniform(0, 1e-13, (2, *shape)), 1e-9
    word, bit = (
        Side(segment, near, far, own / stage)
        for segment, near, far, own in zip(segments, ends[::2], ends[1::2], shunts, strict=True)
    )
    work = [np.empty(shape) for _ in range(3)]
    matrix = Matrix(cells, *segments, *ends, *work, Shorts.at(shape))
    team = factored(matrix, *shunts, stage, shared=shared)
    return team, matrix, Schur(word, bit, cells), rng.uniform(-1e-6, 1e-6, (2, *shape))


@pytest.mark.parametrize(
    ("segments", "shared"),
    [
        ((0.3, 0.2), False), ((np.inf, 0.2), False), ((0.3, np.inf), False), ((np.inf, np.inf), False),
        ((0.3, 0.2), True), ((np.inf, 0.2), True),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_one_call_solves_what_the_static_matrix_solves(
    shape: tuple[int, int], segments: tuple[float, float], shared: bool
) -> None:  # fmt: skip
    team, matrix, peer, (into_word, into_bit) = _lines(shape, segments, shared=shared)
    room = Room.of(shape)
    taken = correct(team, into_word.copy(), into_bit.copy(), matrix, room, 1e-12, 500)
    word, bit = peer.solve(into_word, into_bit)
    assert 0 <= taken <= 500
    largest = max(np.abs(word).max(), np.abs(bit).max())
    assert room.word == pytest.approx(word, rel=0, abs=1e-9 * largest)
    assert room.bit == pytest.approx(bit, rel=0, abs=1e-9 * largest)


def test_too_many_iterations_are_told() -> None:
    team, matrix, _, (into_word, into_bit) = _lines((13, 3), (0.3, 0.2))
    assert correct(team, into_word, into_bit, matrix, Room.of((13, 3)), 1e-12, 0) == -1


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 11])
def test_four_lines_at_once_are_as_one_by_one(rows: int) -> None:
    rng = np.random.default_rng(rows)
    shunts, currents = rng.uniform(1e-6, 1e-4, (rows, 6)), rng.uniform(-1e-6, 1e-6, (rows, 6))
    pivots, together, alone = np.empty((rows, 6)), np.empty((rows, 6)), currents.copy()
    sweeps.factor_words(shunts, 0.3, rng.uniform(1e-4, 1e-2, rows), np.zeros(rows), pivots)
    sweeps.solve_words(currents, 0.3, pivots, together)
    for r in range(rows):
        sweeps.solve_line(0.3, pivots[r], alone[r])
    assert (together == alone).all()


@pytest.mark.parametrize("place", [0, 4, 8])
def test_what_is_no_number_is_the_largest(place: int) -> None:
    """A step of which one cell is lost is no step, wherever the cell stands."""
    values = np.ones((3, 3))
    values.flat[place] = np.nan
    for lost in ("word", "bit"):
        room = Room.of((3, 3))._replace(**{lost: values})
        assert np.isnan(moments.largest_of_both(Team.of((3, 3)), room))


def test_of_the_ends_errors_one_that_is_no_number_is_the_largest() -> None:
    assert largest(1.0, -2.0) == 2.0
    assert largest(3.0, -2.0) == 3.0
    assert np.isnan(largest(np.nan, 2.0))
    assert np.isnan(largest(2.0, np.nan))

"""Tuples of arrays by reference: what a compiled function reads there is what stands in the tuple."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from pyspice_models.engine.nodal.linear.by_reference import block_of, reference_at, shape_of
from pyspice_models.engine.nodal.linear.compiled import numba


class Inner(NamedTuple):
    cube: Any
    flag: bool
    rows: Any


class Outer(NamedTuple):
    nothing: tuple[()]
    number: float
    inner: Inner
    count: int
    other: bool
    pair: tuple[float, Any]
    last: Any


def _outer(rng: np.random.Generator) -> Outer:
    table = np.zeros(3, dtype=[("a", float), ("n", np.int64)])
    table["a"], table["n"] = rng.random(3), rng.integers(0, 9, 3)
    every_other = np.asarray(rng.random((4, 6)))[::2, 1::2]
    inner = Inner(rng.random((2, 3, 4)), True, np.asfortranarray(rng.random((5, 2))))
    return Outer((), rng.random(), inner, int(rng.integers(-9, 9)), False, (rng.random(), every_other), table)


def _seen(it: Any) -> Any:
    it.inner.cube[1, 2, 3] += 1.0
    return (
        it.number, it.inner.flag, it.count, it.other, it.inner.cube.shape[2], it.inner.cube[1, 2, 3],
        it.inner.rows[4, 0], it.inner.rows[0, 1], it.pair[0], it.pair[1][1, 2], it.pair[1].sum(), it.last[2].a,
        it.last[1].n, len(it.last), it.inner.cube[:, 1].sum(),
    )  # fmt: skip


def _by_reference(thing: Outer) -> Any:
    reference = reference_at(numba.typeof(thing))
    seen = numba.njit(_seen)
    block = block_of(thing)
    return numba.njit(lambda address: seen(reference(address)))(block.ctypes.data)


def test_parts_are_those_of_the_tuple() -> None:
    for seed in range(3):
        mine, theirs = (_outer(np.random.default_rng(seed)) for _ in range(2))
        cube, rows, (first, strided), last = theirs.inner.cube, theirs.inner.rows, theirs.pair, theirs.last
        expected = (
            theirs.number, True, theirs.count, False, 4, cube[1, 2, 3] + 1.0, rows[4, 0], rows[0, 1], first,
            strided[1, 2], strided.sum(), last["a"][2], last["n"][1], 3, cube[:, 1].sum(),
        )  # fmt: skip
        assert _by_reference(mine) == pytest.approx(expected, rel=1e-12, abs=0)
        assert mine.inner.cube[1, 2, 3] == theirs.inner.cube[1, 2, 3] + 1.0


def test_shapes_tell_types_apart_as_numba_does() -> None:
    one = _outer(np.random.default_rng(0))
    assert shape_of(one) == shape_of(_outer(np.random.default_rng(1)))
    frozen = one.last.copy()
    frozen.flags.writeable = False
    for other in (
        one._replace(number=1), one._replace(last=one.last[::2]), one._replace(last=frozen), one._replace(nothing=(1,)),
        one._replace(inner=one.inner._replace(cube=one.inner.cube[0])), one._replace(last=one.last["a"].copy()),
    ):  # fmt: skip
        assert shape_of(other) != shape_of(one)
        assert numba.typeof(other) != numba.typeof(one)


def test_a_part_that_is_none_is_refused_by_the_compiler() -> None:
    thing = _outer(np.random.default_rng(0))
    reference, block = reference_at(numba.typeof(thing)), block_of(thing)
    with pytest.raises(numba.TypingError, match="lost"):
        numba.njit(lambda address: reference(address).lost)(block.ctypes.data)


def test_what_has_no_place_in_a_block_is_refused() -> None:
    thing = _outer(np.random.default_rng(0))._replace(nothing=("words",))
    reference = reference_at(numba.typeof(thing))
    with pytest.raises(Exception, match="cannot be taken by reference"):
        numba.njit(lambda address: reference(address).last)(0)

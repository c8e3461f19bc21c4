"""Threads: none for the linear algebra of small matrices, some for large arrays cut into parts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Given = TypeVar("Given")

_PARTS = 4
WORTH = 256 * 256  # cells; below, threads wait for each other longer than they work


def one_thread() -> AbstractContextManager[object]:
    """Keep BLAS to one thread inside the block.

    On small matrices its threads wait for each other longer than they work, and where other processes use the cores,
    as in a sweep, forty times longer: 256 inputs of a 256 x 256 array took 0.7 s with one thread, 27 s with two.
    """
    limits: AbstractContextManager[object] = _libraries(len(sys.modules)).limit(limits=1, user_api="blas")
    return limits


@lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """Libraries with threads; they are looked for again, ten milliseconds of work, when more modules are there."""
    # sets a variable of Intel's OpenMP when it is imported: not before it is needed
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def parts_of(lines: int, cells: int) -> list[tuple[int, int]]:
    """Parts that an array is cut into, from line to line: always the same, so that no result depends on the machine."""
    if cells < WORTH:
        return [(0, lines)]
    ends = [lines * n // _PARTS for n in range(_PARTS + 1)]
    return [(start, stop) for start, stop in pairwise(ends) if start < stop]


class Crew:
    """Does the parts of an array, at the same time where there are cores for it.

    What it is given has to let go of the interpreter, as compiled loops do.
    """

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        """`pool`: threads, or None: one part after the other."""
        self._pool = pool

    def __call__(self, work: Callable[[int, int], Given], parts: list[tuple[int, int]]) -> list[Given]:
        """What `work(start, stop)` gives, in the order of the parts."""
        if self._pool is None or len(parts) == 1:
            return [work(*part) for part in parts]
        return list(self._pool.map(lambda part: work(*part), parts))


@contextmanager
def crew(cells: int) -> Iterator[Crew]:
    """A crew for an array of so many cells; its threads end with the block."""
    cores = len(os.sched_getaffinity(0))
    if cells < WORTH or cores == 1:
        yield Crew(None)
        return
    with ThreadPoolExecutor(min(cores, _PARTS), "crossbar") as pool:
        yield Crew(pool)

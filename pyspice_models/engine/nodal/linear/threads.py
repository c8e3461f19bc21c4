"""Threads: none for the linear algebra of small matrices, some for large arrays cut into parts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from itertools import pairwise
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from pyspice_models import machine

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

    from pyspice_models.engine.nodal.linear.team import Team

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
    if cells < WORTH or machine.cores() == 1:
        yield Crew(None)
        return
    with ThreadPoolExecutor(min(machine.cores(), _PARTS), "crossbar") as pool:
        yield Crew(pool)


@contextmanager
def helped(team: Team, assist: Callable[[], None]) -> Iterator[None]:
    """Inside the block another thread assists a team that shares its work, where there is a core for it.

    What the team does is the same without it: if it comes late, or never, the block takes longer.
    """
    if not team.is_shared or machine.cores() == 1:
        yield
        return
    team.finish()
    assist()  # at most compiles
    team.start()
    helper = Thread(target=assist, name="crossbar", daemon=True)
    try:
        with suppress(RuntimeError):  # no more threads are to be had
            helper.start()
        yield
    finally:
        team.finish()
        if helper.ident is not None:
            helper.join()

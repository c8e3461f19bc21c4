"""Transients that two threads share: the same to the last bit as one thread's, and nothing is left running."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest

from pyspice_models import machine
from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.engine.nodal.linear import threads
from pyspice_models.engine.nodal.linear.team import (
    OVER,
    PARTS,
    Team,
    after,
    awaited,
    begin,
    done,
    lines_of_part,
    most,
    taken,
    total,
)
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.errors import SimulationError
from pyspice_models.stimulus import Read, Write, schedule

SHAPES = [(37, 34), (9, 40), (40, 1), (16, 9)]
_FOREVER = 1 << 60


def _transient(shape: tuple[int, int], shared: int = 1, width: float = 2e-7) -> Transient:
    bar = Crossbar(*shape, per_cell={"w0": pattern("random", shape, seed=3)})
    row, col = shape[0] - 1, shape[1] // 2
    program = [Write(row, col, width=width), Read(row, 0, duration=2e-7)]
    return Transient(bar, schedule(bar, program), Accuracy(), shared=shared)


def _held(run: Transient) -> tuple[bytes, ...]:
    """Everything that a run holds and has counted."""
    books = tuple(part.tobytes() for part in run.books)
    return (*(part.tobytes() for part in run.snapshot().values()), *books, repr(run.effort).encode())


def _ran(run: Transient) -> tuple[bytes, ...]:
    run.run(np.inf, None, lambda points: None)
    return _held(run)


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how many cores there are."""
    return lambda number: monkeypatch.setattr(machine, "cores", lambda: number)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_two_threads_give_what_one_does_to_the_last_bit(shape: tuple[int, int], cores: Callable[[int], None]) -> None:
    cores(1)
    alone = _ran(_transient(shape))
    cores(2)
    assert {_ran(_transient(shape)) for _ in range(12)} == {alone}


def test_parts_are_of_no_account_but_for_rounding(cores: Callable[[int], None]) -> None:
    cores(1)
    whole, parts = _transient((37, 34), _FOREVER), _transient((37, 34))
    for run in (whole, parts):
        run.run(np.inf, None, lambda points: None)
    assert not whole._core.team.is_shared
    assert parts._core.team.is_shared
    assert parts.effort == whole.effort
    for part, other in zip(parts.snapshot().values(), whole.snapshot().values(), strict=True):
        # flows are what is left of much larger currents along the lines
        assert part == pytest.approx(other, rel=0, abs=1e-10 * float(np.abs(other).max(initial=0.0)))
    assert parts.books.cells == pytest.approx(whole.books.cells, rel=1e-9, abs=0)


def test_who_comes_late_or_never_changes_nothing(
    cores: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    cores(2)
    expected = _ran(_transient((16, 9)))
    late, never = _transient((16, 9)), _transient((16, 9))
    assist, called = late._assist, []

    def slowly(*args: Any) -> None:
        called.append(threading.current_thread().name)
        if len(called) == 2:
            time.sleep(0.01)
        assist(*args)

    monkeypatch.setattr(late, "_assist", slowly)
    assert _ran(late) == expected
    assert called == ["MainThread", "crossbar"]

    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    assert _ran(never) == expected


@pytest.mark.parametrize("error", [KeyboardInterrupt, SimulationError, MemoryError])
def test_no_thread_outlives_a_run_however_it_ends(error: type[BaseException], cores: Callable[[int], None]) -> None:
    cores(2)
    run, seen = _transient((16, 9)), []

    def fails(points: object) -> None:
        seen.extend(thread.name for thread in threading.enumerate())
        raise error("over")

    with pytest.raises(error, match="over"):
        run.run(np.inf, None, fails)
    assert "crossbar" in seen
    assert "crossbar" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(SimulationError, match="time limit"):
        run.run(0.0, None, lambda points: None)
    assert "crossbar" not in [thread.name for thread in threading.enumerate()]


def test_a_run_that_failed_goes_on_from_a_snapshot(cores: Callable[[int], None]) -> None:
    cores(2)
    expected, run = _ran(_transient((16, 9))), _transient((16, 9))
    before = run.snapshot()
    with pytest.raises(KeyboardInterrupt):
        run.run(np.inf, None, lambda points: (_ for _ in ()).throw(KeyboardInterrupt))
    run.restore(before)
    run.feed(run.schedule)
    assert _ran(run) == expected


def test_each_run_has_helpers_of_its_own(cores: Callable[[int], None]) -> None:
    """Several arrays at the same time, from several threads of a program."""
    cores(2)
    expected = {shape: _ran(_transient(shape)) for shape in SHAPES[1:]}
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            assert dict(zip(SHAPES[1:], pool.map(_ran, map(_transient, SHAPES[1:])), strict=True)) == expected


def test_small_arrays_and_single_cores_have_none(cores: Callable[[int], None]) -> None:
    entered: list[int] = []
    for number, rows, shared in ((2, 9, False), (1, 9, True), (2, 8, True), (2, 9, True)):
        cores(number)
        with threads.helped(Team.of((rows, 9), shared=shared), partial(entered.append, number)):
            pass
    assert entered == [2, 2]  # once before, and once in the thread


def test_a_round_ends_when_all_of_its_parts_are_done_and_knows_no_other() -> None:
    team = Team.of((32, 32), shared=True)
    assert begin(team, 5) == 0
    number = awaited(team, OVER)
    assert team.order[0] == 5
    assert [taken(team, number), taken(team, number)] == [1, -1]
    with ThreadPoolExecutor(1) as pool:
        end = pool.submit(after, team, 0)
        time.sleep(0.02)
        assert not end.done()
        done(team, number, 1)
        assert end.result() == -1
    assert begin(team, 6) == 0
    assert taken(team, number) == -1  # a helper that comes late
    assert awaited(team, number) == number + 1
    assert [after(team, part) for part in range(PARTS)] == [1, -1]
    team.finish()
    assert awaited(team, number + 1) == OVER


def test_sums_of_parts_are_told_apart_from_what_is_no_number() -> None:
    team = Team.of((32, 32), shared=True)
    team.sums[:, 1] = 1.0, 2.0
    assert total(team, 1) == 3.0
    assert most(team, 1) == 2.0
    for part in range(PARTS):
        team.sums[:, 2] = 1.0
        team.sums[part, 2] = np.nan
        assert np.isnan(most(team, 2))


@pytest.mark.parametrize("size", [9, 16, 17, 31, 32, 33, 128, 1023])
def test_parts_are_all_lines_once(size: int) -> None:
    team = Team.of((size, 5), shared=True)
    assert team.rows[0] == 0
    assert team.rows[-1] == size
    assert len(team.rows) == PARTS + 1
    assert (np.diff(team.rows) > 0).all()
    assert ((team.rows % 8 == 0) | (team.rows == size)).all()
    assert np.diff(team.rows).max() == min(size, lines_of_part(size))

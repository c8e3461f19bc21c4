"""The loop of one who asks a Dask scheduler: short items go several in a task, and each answer comes by itself.

A task of Dask costs a message each to the scheduler, to a worker and back, and its result another one to be fetched; a
run of a small array costs little more. So a task takes items for TASK seconds. Their answers do not wait for its end:
they come as events, so that of a worker which is killed no answer is lost that it had given.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from pyspice_models.campaign.clusters.there import TOPIC, do_there, own_version
from pyspice_models.campaign.workers import Died
from pyspice_models.errors import Ag2sError

PATIENCE = 4.0
"""How long a scheduler may take to answer at first [s]."""

TASK = 0.5
"""How long the items of a task take together, about [s]."""

_MOST = 256  # items of a task
_LOOK = 2.0  # [s] between two looks at how many workers there are
_AHEAD = 2
"""Tasks per worker thread that are with the scheduler: one at work, one that waits, so that no worker does."""
_LOST = 3
"""An item whose answers do not arrive so often is given up."""

Watch = Callable[[int], None]
"""Is told every now and then how many threads of workers there are; may end the work by an error."""


def work_on(
    address: str, watch: Watch, function: Callable[[Any], Any], items: Sequence[Any]
) -> Generator[tuple[int, Any], None, None]:
    """Apply a function to items in the workers of a scheduler; number and answer of each, or `Died`, as they come.

    Raises:
        Ag2sError: what the function raised of this kind; the scheduler is gone.
    """
    if not items:
        return
    from distributed import Client

    # its own words about a connection that fails say less than the error does
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False, name="ag2s")
    except OSError as error:
        raise _gone(address, error) from None
    try:
        yield from _Asking(client, function, items).answers(watch)
    except (CancelledError, OSError) as error:
        raise _gone(address, error) from None
    finally:
        # what is still at work is given up: the scheduler forgets the runs of a client that leaves
        client.close()


def _gone(address: str, error: BaseException) -> Ag2sError:
    return Ag2sError(
        f"the Dask scheduler at {address} is gone ({type(error).__name__}): start it and go on with --resume."
    )


class _Asking:
    """What is with the scheduler, and what waits here."""

    def __init__(self, client: Any, function: Callable[[Any], Any], items: Sequence[Any]) -> None:
        self._client, self._function, self._items = client, function, items
        self._campaign = uuid4().hex
        self._waiting = deque(range(len(items)))
        self._alone: deque[int] = deque()
        """Items of tasks whose workers were killed: each by itself, since one of them may be why."""
        self._done: set[int] = set()
        self._lost: dict[int, int] = {}
        self._tasks: dict[str, tuple[Any, list[int]]] = {}
        self._took = 0.0  # [s] an item, by the last ones
        self._coming: SimpleQueue[Any] = SimpleQueue()

    def answers(self, watch: Watch) -> Generator[tuple[int, Any], None, None]:
        self._client.subscribe_topic(TOPIC, self._heard)
        threads, looked = 0, -_LOOK
        while len(self._done) < len(self._items):
            now = time.monotonic()
            if now > looked + _LOOK:
                threads, looked = sum(self._client.nthreads().values()), now
                watch(threads)
            while (self._waiting or self._alone) and len(self._tasks) < max(1, _AHEAD * threads):
                self._submit(threads)
            try:
                one = self._coming.get(timeout=_LOOK)
            except Empty:
                if self._client.status != "running":
                    raise ConnectionError from None
                continue
            for number, answer in self._event(one) if isinstance(one, dict) else self._ended(one):
                if isinstance(answer, Ag2sError):
                    raise answer
                if number not in self._done:
                    self._done.add(number)
                    yield number, answer

    def _heard(self, event: tuple[float, Any]) -> None:
        """Called in Dask's own thread."""
        if event[1].get("of") == self._campaign:
            self._coming.put(event[1])

    def _submit(self, threads: int) -> None:
        if self._alone:
            numbers = [self._alone.popleft()]
        else:
            fitting = int(TASK / self._took) if self._took else 1
            # towards the end in smaller pieces, so that all workers end together
            share = -(-len(self._waiting) // (2 * _AHEAD * max(1, threads)))
            numbers = [self._waiting.popleft() for _ in range(max(1, min(fitting, share, _MOST)))]
        future = self._client.submit(
            do_there, self._campaign, own_version(), self._function, numbers, [self._items[n] for n in numbers],
            pure=False,
        )  # fmt: skip
        self._tasks[future.key] = (future, numbers)
        future.add_done_callback(self._coming.put)

    def _event(self, told: dict[str, Any]) -> list[tuple[int, Any]]:
        took = float(told["took"])
        self._took = took if not self._took else 0.8 * self._took + 0.2 * took
        return [(told["number"], pickle.loads(told["answer"]))]

    def _ended(self, future: Any) -> list[tuple[int, Any]]:
        """A task is done with; what of its items is done without an answer."""
        from distributed.scheduler import KilledWorker

        if future.key not in self._tasks:
            return []
        status, (_, numbers) = future.status, self._tasks.pop(future.key)
        if status in ("cancelled", "lost"):
            raise CancelledError
        missing = [number for number in numbers if number not in self._done]
        if status == "finished":
            # its answers come before its end on the same way, unless the scheduler dropped one
            return self._again(missing)
        error = future.exception()
        if isinstance(error, Ag2sError):
            raise error
        if isinstance(error, KilledWorker):
            if len(missing) > 1:
                self._alone.extend(missing)
                return []
            error = "the workers that began it were killed: the memory may not suffice"
        return [(number, Died(str(error) if isinstance(error, str) else repr(error))) for number in missing]

    def _again(self, missing: Sequence[int]) -> list[tuple[int, Any]]:
        given_up = []
        for number in missing:
            self._lost[number] = self._lost.get(number, 0) + 1
            if self._lost[number] < _LOST:
                self._alone.append(number)
            else:
                given_up.append((number, Died("its worker's answer did not arrive")))
        return given_up

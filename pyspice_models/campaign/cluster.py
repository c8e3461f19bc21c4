"""Work on a cluster that Dask runs: the workers of a scheduler instead of processes of this machine.

What travels is the description of a run and its numbers. The workers need this package in the same version, and the
tools; compiled Verilog-A is made on each machine once and kept in its cache.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from pyspice_models import machine
from pyspice_models.campaign.runs import Crew
from pyspice_models.campaign.workers import Died
from pyspice_models.errors import Ag2sError, RequestError, ToolError
from pyspice_models.lazily import wanted

PATIENCE = 4.0
"""How long a scheduler may take to answer at first [s]."""

_LOOK = 2.0  # [s] between two looks at how many workers there are
_AHEAD = 2
"""Runs per worker thread that are with the scheduler: one at work, one that waits, so that no worker does."""


def cluster(address: str) -> Crew:
    """A crew of the workers of a running Dask scheduler, for example `tcp://head-node:8786`.

    Raises:
        RequestError: Dask is not installed, or no scheduler answers at this address within PATIENCE.
    """
    wanted("dask")
    try:
        from distributed import Client
    except ImportError:
        raise RequestError(
            "--scheduler needs Dask distributed, which is not installed: pip install 'ag2s-crossbar[dask]'"
        ) from None
    # its own words about a connection that fails say less than the error does
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # a client that never gets through cannot be closed in time
    if reason := asyncio.run(_refusal(address)):
        raise RequestError(
            f"no Dask scheduler answers at {address} ({reason}). Start one with `dask scheduler`, check host, port and "
            "firewall, or use --workers N on this machine."
        )
    client = Client(address, timeout=PATIENCE, set_as_default=False, name="ag2s")
    return partial(_on, client, address)


@cache
def _version() -> str:
    """Of this package here; to look it up takes a millisecond."""
    return version("ag2s-crossbar")


async def _refusal(address: str) -> str:
    """Why no scheduler answers at the address, or "" if one does."""
    from distributed.comm import connect

    try:
        async with asyncio.timeout(PATIENCE):
            comm = await connect(address, timeout=PATIENCE)
            await comm.write({"op": "identity", "reply": True})
            answer = await comm.read()
            await comm.close()
            return "" if answer["type"] == "Scheduler" else f"it is a {answer['type']}"
    except TimeoutError:
        return f"no answer for {PATIENCE:g} s"
    # what listens there may be anything and say anything
    except Exception as error:
        return str(error) or type(error).__name__


def _on(
    client: Any, address: str, function: Callable[[Any], Any], items: Sequence[Any]
) -> Generator[tuple[int, Any], None, None]:
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    waiting = deque(range(len(items)))
    numbers: dict[Any, int] = {}
    try:
        coming = as_completed(with_results=True, raise_errors=False, loop=client.loop)
        threads, looked = 0, -_LOOK
        while waiting or numbers:
            if time.monotonic() > looked + _LOOK:
                threads, looked = sum(client.nthreads().values()), time.monotonic()
            while waiting and len(numbers) < max(1, _AHEAD * threads):
                number = waiting.popleft()
                future = client.submit(_there, _version(), function, items[number], pure=False)
                numbers[future.key] = number
                coming.add(future)
            future, answer = next(coming)
            number = numbers.pop(future.key)
            if future.status == "cancelled":
                raise CancelledError
            if future.status == "error":
                error = answer[1] if isinstance(answer, tuple) else answer
                if isinstance(error, Ag2sError):
                    raise error
                killed = isinstance(error, KilledWorker)
                answer = Died(
                    "the workers that began it were killed: the memory may not suffice" if killed else repr(error)
                )
            yield number, answer
    except (CancelledError, OSError) as error:
        raise Ag2sError(
            f"the Dask scheduler at {address} is gone ({type(error).__name__}): start it and go on with --resume."
        ) from None
    finally:
        # what is still at work is given up: the scheduler forgets the runs of a client that leaves
        client.close()


def _there(asked: str, function: Callable[[Any], Any], item: Any) -> Any:
    """Called in a worker of the cluster."""
    from distributed import get_worker

    worker = get_worker()
    here = f"worker {worker.name} ({worker.address} on {socket.gethostname()})"
    if (own := _version()) != asked:
        raise ToolError(f"{here} has ag2s-crossbar {own}, and this is {asked}: install the same on all machines.")
    # Dask removes this folder, even after a worker that was killed
    tempfile.tempdir = worker.local_directory
    machine.leave_cores()
    try:
        return function(item)
    except ToolError as error:
        raise ToolError(f"{here}: {error}") from None

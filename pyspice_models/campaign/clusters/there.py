"""What is called in a worker of the cluster: a few items one after the other, each told as soon as it is done."""

from __future__ import annotations

import pickle
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from pyspice_models import machine
from pyspice_models.campaign.workers import Died
from pyspice_models.errors import Ag2sError, ToolError

TOPIC = "ag2s"
"""Of Dask's events, by which answers come; the scheduler keeps its last thousand, whoever asked."""


@cache
def own_version() -> str:
    """Of this package here; to look it up takes a millisecond."""
    return version("ag2s-crossbar")


def do_there(
    campaign: str, asked: str, function: Callable[[Any], Any], numbers: Sequence[int], items: Sequence[Any]
) -> None:
    """Apply a function to items; each answer goes to whoever asked at once, so that a death costs one item.

    Args:
        campaign: who asked.
        asked: version of this package there.
        function, items: what is done.
        numbers: of the items.
    """
    from distributed import get_worker

    worker = get_worker()
    here = f"worker {worker.name} ({worker.address} on {socket.gethostname()})"
    if (own := own_version()) != asked:
        raise ToolError(f"{here} has ag2s-crossbar {own}, and this is {asked}: install the same on all machines.")
    # Dask removes this folder, even after a worker that was killed
    tempfile.tempdir = worker.local_directory
    machine.leave_cores()
    machine.keep_freed_memory()
    for number, item in zip(numbers, items, strict=True):
        began = time.perf_counter()
        try:
            answer = pickle.dumps(_answer(here, function, item))
        except Exception as error:  # a kind of answer that cannot travel
            answer = pickle.dumps(Died(repr(error)))
        took = time.perf_counter() - began
        machine.settle()
        worker.log_event(TOPIC, {"of": campaign, "number": number, "answer": answer, "took": took})


def _answer(here: str, function: Callable[[Any], Any], item: Any) -> Any:
    try:
        return function(item)
    except ToolError as error:
        return ToolError(f"{here}: {error}")
    except Ag2sError as error:
        return error
    except Exception as error:
        return Died(repr(error))

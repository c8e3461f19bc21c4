"""Work on a cluster: the workers of a Dask scheduler, or jobs of SLURM, instead of processes of this machine.

What travels is the description of a run and its numbers. The workers need this package in the same version, and the
tools; compiled Verilog-A is made on each machine once and kept in its cache.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from math import inf

from pyspice_models.campaign.clusters.scheduler import PATIENCE, work_on
from pyspice_models.campaign.clusters.slurm import Slurm
from pyspice_models.campaign.clusters.words import NAME, parse_words
from pyspice_models.campaign.runs import Crew
from pyspice_models.engine.toolchain.waits import tell
from pyspice_models.errors import RequestError
from pyspice_models.lazily import wanted

__all__ = ["PATIENCE", "cluster"]

_LONELY = 30.0  # [s]


def cluster(address: str, workers: int = 2) -> Crew:
    """A crew of the workers of a running Dask scheduler, such as `tcp://head-node:8786`; or of jobs of SLURM.

    Args:
        address: of the scheduler. Or `slurm`, and after it options of sbatch, such as
            `"slurm --partition=night --time=08:00:00"`: jobs are asked for with the first run, and end with the crew.
        workers: of SLURM, how many; a scheduler has those that it has.

    Raises:
        RequestError: Dask is not installed, or no scheduler answers at this address within PATIENCE. Of SLURM:
            dask-jobqueue or SLURM is missing, SLURM does not answer, or it refuses a job with these options.
    """
    wanted("dask")
    if address.split(maxsplit=1)[:1] == [NAME]:
        return Slurm(parse_words(address), workers)
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise RequestError(
            "--scheduler needs Dask distributed, which is not installed: pip install 'ag2s-crossbar[dask]'"
        ) from None
    # a client that never gets through cannot be closed in time
    if reason := asyncio.run(_refusal(address)):
        raise RequestError(
            f"no Dask scheduler answers at {address} ({reason}). Start one with `dask scheduler`, check host, port and "
            "firewall, or use --workers N on this machine."
        )
    return partial(work_on, address, _Lonely(address))


class _Lonely:
    """Says so, once, when a scheduler has no workers for long."""

    def __init__(self, address: str) -> None:
        self._address, self._since = address, time.monotonic()

    def __call__(self, threads: int) -> None:
        if threads:
            self._since = time.monotonic()
        elif time.monotonic() > self._since + _LONELY:
            self._since = inf
            tell(f"the scheduler at {self._address} has no workers: waiting for some")


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

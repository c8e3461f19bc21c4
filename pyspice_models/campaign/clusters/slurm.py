"""Jobs of SLURM that are workers of Dask: asked for, watched, asked for again when they end, and ended."""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from pyspice_models.campaign.clusters.scheduler import work_on
from pyspice_models.campaign.clusters.words import MOST_WORKERS, Words
from pyspice_models.engine.toolchain.cache import cache_folder
from pyspice_models.engine.toolchain.waits import tell
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.numeric import whole

_ANSWER = 20.0  # [s] SLURM may take for
_LOOK = 10.0  # [s] between two questions to SLURM, while workers are missing
_TELL = 30.0  # [s] without any worker, until it is said what SLURM says
_FAILURES = 3
"""So many jobs that end before their worker answers are no accident of a node."""


class Slurm:
    """A crew of jobs; they are asked for when it is first called, and end with it."""

    def __init__(self, words: Words, workers: int) -> None:
        """See `cluster`, also for what it raises."""
        self._words = words
        self._count = -(-whole(workers, 1, MOST_WORKERS, name="workers") // words.cores)
        self._name = f"ag2s-{uuid4().hex[:8]}"
        self._jobs: Any = None
        self._logs = Path()
        self._lonely = self._asked = self._said = 0.0
        self._began: set[str] = set()
        """Identities of jobs whose workers have answered."""
        self._failed: set[str] = set()
        _check(self._script())

    def __call__(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        """See `Crew`."""
        if self._jobs is None:
            self._begin()
        self._lonely = time.monotonic()
        yield from work_on(self._jobs.scheduler_address, self._watch, function, items)

    def close(self) -> None:
        """End all jobs."""
        if self._jobs is not None:
            self._end()

    def _options(self) -> dict[str, Any]:
        words = self._words
        return {
            "cores": words.cores,
            "processes": words.cores,
            "memory": f"{words.memory} MiB",
            "job_mem": f"{words.memory}M",
            "job_name": self._name,
            # the partition's own time, unless --time says another: Dask would say half an hour
            "walltime": "",
            "job_directives_skip": ["#SBATCH -t "],
            "job_extra_directives": list(words.options),
            "interface": words.interface or None,
            "local_directory": "${TMPDIR:-/tmp}",
            "worker_extra_args": ["--no-dashboard"],
            # Dask's own profile, a look at all threads every 10 ms, would be shown there alone
            "job_script_prologue": ["export DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED=False"],
        }

    def _script(self) -> str:
        """A job, without the address that its worker turns to."""
        try:
            from dask_jobqueue.slurm import SLURMJob
        except ImportError:
            raise RequestError(
                "--scheduler slurm needs dask-jobqueue, which is not installed: pip install 'ag2s-crossbar[slurm]'"
            ) from None
        return str(SLURMJob("tcp://localhost:1", name="one", **self._options()).job_script())

    def _begin(self) -> None:
        import dask
        from dask_jobqueue import SLURMCluster

        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        # nodes see it, since the cache of compiled code lies on a file system that they share, or nobody reads it
        self._logs = Path(tempfile.mkdtemp(prefix="slurm-", dir=cache_folder()))
        options = dask.config.get("jobqueue.slurm.scheduler-options", {}) or {}
        try:
            self._jobs = SLURMCluster(
                **self._options(), log_directory=str(self._logs), silence_logs="critical",
                scheduler_options={"dashboard_address": ":0", **options},
            )  # fmt: skip
            self._jobs.scale(jobs=self._count)
        except (OSError, RuntimeError, ValueError) as error:
            raise Ag2sError(f"jobs of SLURM cannot be asked for: {error}") from None
        self._end = weakref.finalize(self, _end, self._jobs, self._name, self._logs)

    def _watch(self, threads: int) -> None:
        """Ask SLURM where the jobs are, if workers are missing; ask again for those that ended.

        Raises:
            Ag2sError: none has begun in time, or they end before they work.
        """
        now, words = time.monotonic(), self._words
        if threads:
            self._lonely, self._said = now, 0.0
        if threads >= self._count * words.cores or now < self._asked + min(_LOOK, words.patience / 4):
            return
        self._asked = now
        found = self._states()
        self._replace(found)
        waits = "; ".join(sorted({f"{state}, {reason}" for state, reason in found.values()})) or "no job of ours"
        if now > self._lonely + words.patience:
            raise Ag2sError(
                f"no job of SLURM has begun to work for {words.patience:g} s. SLURM says of the {self._count} of them: "
                f"{waits}. Ask for less (--time, --mem, --cpus-per-task), in another --partition, or wait longer "
                "(--patience); --resume goes on."
            )
        if now > self._lonely + _TELL and self._said < self._lonely + _TELL:
            self._said = now
            tell(f"waiting for SLURM, up to {words.patience:g} s: {waits}")

    def _states(self) -> dict[str, tuple[str, str]]:
        """State and reason of each of our jobs that has not ended."""
        said = _ask(["squeue", "--noheader", "--format=%i|%T|%r", f"--name={self._name}"])
        rows = (line.split("|") for line in said.stdout.splitlines() if line.count("|") == 2)
        return {number: (state, reason) for number, state, reason in rows}

    def _replace(self, found: dict[str, tuple[str, str]]) -> None:
        names = {str(worker["name"]) for worker in self._jobs.scheduler_info["workers"].values()}
        ended = []
        for name, job in list(self._jobs.workers.items()):
            works = any(one == str(name) or one.startswith(f"{name}-") for one in names)
            if works:
                self._began.add(job.job_id)
            elif job.job_id and job.job_id not in found:
                ended.append(name)
                if job.job_id not in self._began:
                    self._failed.add(job.job_id)
        if len(self._failed) >= _FAILURES and not self._began:
            raise Ag2sError(
                f"jobs of SLURM end before they work; the last one said: {_last_words(self._logs) or 'nothing'}"
            )
        if ended:
            self._jobs.sync(self._jobs.scale_down, ended)
            self._jobs.scale(jobs=self._count)


def _end(jobs: Any, name: str, logs: Path) -> None:
    with suppress(Exception):  # at the end of the process, Dask may be gone
        jobs.close(timeout=_ANSWER)
    with suppress(RequestError):
        _ask(["scancel", f"--name={name}"])
    shutil.rmtree(logs, ignore_errors=True)


def _last_words(logs: Path) -> str:
    """Of the job that said something last."""
    files = sorted((file for file in logs.iterdir() if file.stat().st_size), key=lambda file: file.stat().st_mtime)
    return " ".join(files[-1].read_text(encoding="utf-8", errors="replace")[-600:].split()) if files else ""


def _check(script: str) -> None:
    """Raise RequestError if SLURM is not there, does not answer, or would not take the job."""
    if shutil.which("sbatch") is None:
        raise RequestError(
            "--scheduler slurm needs SLURM's sbatch, which is not on PATH. Call ag2s where jobs are handed in (a login "
            "node), load SLURM's module, or use --workers N on this machine."
        )
    done = _ask(["sbatch", "--test-only"], script)
    if done.returncode:
        reason = " ".join(done.stderr.replace("sbatch: error: ", "").replace("allocation failure: ", "").split())
        raise RequestError(
            f"SLURM refuses the job that --scheduler asks for: {reason} sinfo tells partitions, their nodes and limits."
        )


def _ask(command: list[str], script: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, input=script, capture_output=True, text=True, timeout=_ANSWER, check=False)
    except subprocess.TimeoutExpired:
        raise RequestError(
            f"SLURM does not answer {command[0]} within {_ANSWER:g} s. Does slurmctld run (scontrol ping)? Try later, "
            "or use --workers N on this machine."
        ) from None
    except OSError as error:
        raise RequestError(f"SLURM's {command[0]} cannot be called: {error}. See whether it is installed.") from None

"""pytest in processes that are forked from one which has loaded the libraries already: half of a short test's time."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

_LOADED = (
    "numpy", "scipy.integrate", "scipy.optimize", "scipy.sparse.linalg", "scipy.stats", "scipy.io", "pandas", "xarray",
    "h5netcdf", "numba", "pytest", "hypothesis.strategies", "coverage", "rich.console", "typer",
)  # fmt: skip
_BEFORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}

_running: set[int] = set()
_stopped = False

_context = multiprocessing.get_context("forkserver")


def load_libraries() -> None:
    """Once, before the first run. The package is not among them: every run takes its own copy."""
    os.environ.update(_BEFORE)  # a library with threads must not be forked
    _context.set_forkserver_preload(list(_LOADED))


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, limit: float
) -> int | None:  # fmt: skip
    """Run pytest in a folder; gives its exit status, None when the limit [s] has passed.

    Whatever it started is ended with it.

    Raises:
        InterruptedError: after `stop`.
    """
    if _stopped:
        raise InterruptedError
    process = _context.Process(target=_pytest, args=(list(arguments), str(folder), dict(environment), str(log)))
    process.start()
    assert process.pid is not None
    _running.add(process.pid)
    try:
        process.join(limit)
        if _stopped:
            raise InterruptedError
        return process.exitcode
    finally:
        _end(process.pid)
        process.join()
        _running.discard(process.pid)


def stop() -> None:
    """End all runs, and start no more."""
    global _stopped
    _stopped = True
    for pid in list(_running):
        _end(pid)


def _end(pid: int) -> None:
    """End a process and those that it started, also where they have groups of their own."""
    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue


def _pytest(arguments: list[str], folder: str, environment: dict[str, str], log: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)
    sys.argv = ["pytest", *arguments]
    sys.dont_write_bytecode = True
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    config = importlib.import_module("numba").config
    config.CACHE_DIR = environment["NUMBA_CACHE_DIR"]
    status = importlib.import_module("pytest").main(arguments)
    sys.stdout.flush()
    os._exit(int(status))  # whatever threads a test has left

"""Monte Carlo and sweeps on the workers of a real Dask scheduler."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner

from pyspice_models.campaign.cluster import PATIENCE, cluster
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.montecarlo import MonteCarlo, load_montecarlo, run_montecarlo
from pyspice_models.campaign.runs import local
from pyspice_models.cli.main import app
from pyspice_models.errors import Ag2sError, RequestError, ToolError
from pyspice_models.result import load

pytestmark = pytest.mark.usefixtures("no_pictures")

BIN = Path(sys.executable).parent
RUNS = 12
STUDY = """
[array]
rows = 2
cols = 2
[variability]
[[program]]
do = "write"
[[program]]
do = "read"
"""


@contextmanager
def _ended(command: list[object], folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{command[1]}.log").open("ab") as log:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, stdout=log, stderr=log, env=os.environ | environment
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    told = folder / "scheduler.json"
    words = ["scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", told]
    with _ended([BIN / "dask", *words], folder) as process:
        deadline = time.monotonic() + 60
        while not (told.exists() and told.read_text().endswith("}")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield json.loads(told.read_text())["address"], process


def _worker(folder: Path, address: str, name: str, **environment: str):
    words = ["worker", address, "--nthreads", 1, "--no-dashboard", "--name", name, "--local-directory", folder / "w"]
    return _ended([BIN / "dask", *words], folder, **environment)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers."""
    folder = tmp_path_factory.mktemp("dask")
    with ExitStack() as stack:
        address, _ = stack.enter_context(_scheduler(folder))
        for name in ("one", "two"):
            stack.enter_context(_worker(folder, address, name))
        yield address


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> MonteCarlo:
    path = tmp_path_factory.mktemp("study") / "s.toml"
    path.write_text(STUDY, encoding="utf-8")
    return load_montecarlo(path, runs=RUNS)


def _run(asked: MonteCarlo, target: Path, address: str = "", report=None) -> xr.Dataset:
    crew = cluster(address) if address else local(2)
    with journal_in(target, asked.key, asked.about, resume=True) as journal:
        return run_montecarlo(asked, journal, crew, report)


@pytest.fixture(scope="module")
def undisturbed(asked: MonteCarlo, tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return _run(asked, tmp_path_factory.mktemp("local") / "m")


def test_a_cluster_gives_the_numbers_of_this_machine(
    asked: MonteCarlo, running: str, undisturbed: xr.Dataset, tmp_path: Path
) -> None:
    counts: list[int] = []
    xr.testing.assert_identical(_run(asked, tmp_path / "m", running, counts.append), undisturbed)
    assert counts == list(range(RUNS + 1))


@pytest.mark.slow
def test_the_command_and_a_sweep(running: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for words in (["montecarlo", "s.toml", "--runs", "3"], ["sweep", "s.toml", "--over", "program.0.voltage=0.2,0.3"]):
        there = subprocess.run(
            [BIN / "ag2s", *words, "--out", f"{words[0]}-there", "--scheduler", running], capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert there.returncode == 0, there.stderr
        own = CliRunner().invoke(app, [*words, "--out", f"{words[0]}-here", "--workers", "1"])
        assert own.exit_code == 0, own.output
        results = [load(tmp_path / f"{words[0]}-{place}" / f"{words[0]}.nc") for place in ("there", "here")]
        xr.testing.assert_identical(*results)


# of a process, before and after it made and freed an array of 196 pages 50 times: how many pages it was given
PAGES = (
    "(lambda given, ones: (given(0).ru_minflt, [ones(100_000).size for _ in range(50)], given(0).ru_minflt))"
    "(__import__('resource').getrusage, __import__('numpy').ones)"
)


def test_workers_keep_the_memory_of_a_run_for_the_next_one(running: str) -> None:
    for _, (before, _, after) in cluster(running)(eval, [PAGES] * 4):
        assert after - before < 500


@pytest.mark.slow
def test_a_killed_scheduler_costs_nothing_that_is_done(
    asked: MonteCarlo, undisturbed: xr.Dataset, tmp_path: Path
) -> None:
    with _scheduler(tmp_path) as (address, scheduler):

        def harm(count: int) -> None:
            if count == 5:
                scheduler.kill()

        with (
            _worker(tmp_path, address, "only"),
            pytest.raises(Ag2sError, match=r"scheduler at tcp.* is gone.*--resume"),
        ):
            _run(asked, tmp_path / "m", address, harm)
    kept = (tmp_path / "m-unfinished" / "runs.jsonl").read_bytes().splitlines()
    assert len(kept) >= 6
    xr.testing.assert_identical(_run(asked, tmp_path / "m"), undisturbed)
    assert (tmp_path / "m" / "runs.jsonl").read_bytes().splitlines()[: len(kept)] == kept


def _kill_child(pid: int) -> None:
    """Kill the worker process under its nanny, which starts another one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)


def test_a_worker_that_is_killed_costs_its_run_alone(
    asked: MonteCarlo, undisturbed: xr.Dataset, tmp_path: Path
) -> None:
    with _scheduler(tmp_path) as (address, _), _worker(tmp_path, address, "only") as nanny:

        def harm(count: int) -> None:
            if count == 4:
                _kill_child(nanny.pid)

        xr.testing.assert_identical(_run(asked, tmp_path / "m", address, harm), undisturbed)
    numbers = [json.loads(line[17:]).get("run") for line in (tmp_path / "m" / "runs.jsonl").open()]
    assert sorted(numbers[1:]) == list(range(RUNS))


@pytest.mark.slow
def test_a_worker_without_the_simulator_says_so_by_name(asked: MonteCarlo, tmp_path: Path) -> None:
    with (
        _scheduler(tmp_path) as (address, _),
        _worker(tmp_path, address, "bare", AG2S_NGSPICE="/nowhere/ngspice"),
        pytest.raises(ToolError, match=rf"worker bare \(tcp://.* on {socket.gethostname()}\): ngspice cannot be used"),
    ):
        _run(asked, tmp_path / "m", address)


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:9", "http://127.0.0.1:80"])
def test_an_address_without_a_scheduler_is_refused(address: str) -> None:
    began = time.monotonic()
    with pytest.raises(RequestError, match=f"no Dask scheduler answers at {address}"):
        cluster(address)
    assert time.monotonic() < began + 25, "Dask's own patience is 30 s"


def test_something_else_that_listens_is_no_scheduler() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        began = time.monotonic()
        with pytest.raises(RequestError, match=f"no answer for {PATIENCE:g} s"):
            cluster(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        assert time.monotonic() < began + 25, "Dask's own patience is 30 s"

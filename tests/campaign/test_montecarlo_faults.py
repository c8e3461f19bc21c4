"""Monte Carlo on a machine with faults."""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from montecarlo_cases import AG2S, STUDY, _asked, _lines, _run, study  # noqa: F401
from signals import hear_signals

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.montecarlo import load_montecarlo, run_montecarlo
from pyspice_models.campaign.runs import local
from pyspice_models.campaign.workers import in_workers
from pyspice_models.errors import Ag2sError
from pyspice_models.result import load
from pyspice_models.study.variation import vary

pytestmark = pytest.mark.usefixtures("no_pictures")

MANY = 16


# ---- faults of the machine


def _started(command: subprocess.Popen[str], tmp: Path, results: int, out: Path) -> None:
    deadline = time.monotonic() + 60
    while not ((out / "runs.jsonl").exists() and len(_lines(out)) > results):
        assert time.monotonic() < deadline
        assert command.poll() is None, command.communicate()
        time.sleep(0.01)


def _begin(study: Path, *words: str) -> subprocess.Popen[str]:
    (study / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [AG2S, "montecarlo", "s.toml", "--out", "m", *words], cwd=study, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, env=os.environ | {"NO_COLOR": "1", "TMPDIR": str(study / "tmp")},
        preexec_fn=hear_signals,
    )  # fmt: skip


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("many")
    (folder / "s.toml").write_text(STUDY, encoding="utf-8")
    asked = load_montecarlo(folder / "s.toml", runs=MANY)
    return _run(asked, folder / "m")


# SIGKILL by default in tests/folders/test_kill.py, SIGINT in test_sweep_runs.py; SIGTERM ends it as they do
@pytest.mark.parametrize(
    "how",
    [
        signal.SIGHUP,
        *(pytest.param(how, marks=pytest.mark.slow) for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)),
    ],
)
@pytest.mark.slow
def test_a_killed_program_goes_on_where_it_was_bit_for_bit(
    study: Path, many: xr.Dataset, how: signal.Signals
) -> None:  # fmt: skip
    command = _begin(study, "--runs", str(MANY))
    _started(command, study / "tmp", 8, study / "m-unfinished")
    command.send_signal(how)
    told = command.communicate(timeout=30)[1]
    assert command.returncode == (-how if how == signal.SIGKILL else 128 + how), told
    assert "Traceback" not in told, told
    assert not (study / "m").exists()
    deadline = time.monotonic() + 10
    while list((study / "tmp").iterdir()):
        assert time.monotonic() < deadline, list((study / "tmp").iterdir())
        time.sleep(0.05)
    before = _lines(study / "m-unfinished")
    if how != signal.SIGKILL:
        kept = f"stopped: {len(before) - 1} results are kept in m-unfinished; --resume goes on"
        assert kept in " ".join(told.split())
    done = _begin(study, "--runs", str(MANY), "--resume")
    told = done.communicate(timeout=120)[1]
    assert done.returncode == 0, told
    there = f"going on: {len(before) - 1} results are there"
    assert (there if how != signal.SIGKILL else "going on: ") in " ".join(told.split())
    xr.testing.assert_equal(load(study / "m" / "montecarlo.nc"), many)
    after = _lines(study / "m")
    assert after[: len(before) - 1] == before[:-1]
    numbers = [json.loads(line[17:])["run"] for line in after[1:]]
    assert sorted(numbers) == list(range(MANY)), "nothing is done twice"
    assert not (study / "m-unfinished").exists()


def test_a_killed_worker_costs_its_run_alone_which_is_done_again(study: Path, many: xr.Dataset) -> None:
    command = _begin(study, "--runs", str(MANY))
    _started(command, study / "tmp", 6, study / "m-unfinished")
    victim = _children(command.pid)[0]
    os.kill(victim, signal.SIGKILL)
    told = command.communicate(timeout=120)[1]
    assert command.returncode == 0, told
    found = load(study / "m" / "montecarlo.nc")
    assert (found["failure"] == "").all()
    xr.testing.assert_equal(found, many)
    assert not list((study / "tmp").iterdir())


def test_a_full_disk_is_told_and_the_results_before_it_are_intact(tmp_path: Path, many: xr.Dataset) -> None:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    asked, soft_hard = load_montecarlo(tmp_path / "s.toml", runs=MANY), resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(count: int) -> None:  # workers that run already keep their own limit
        if count == 8:
            size = (tmp_path / "m-unfinished" / "runs.jsonl").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 1000, soft_hard[1]))

    try:
        with (
            pytest.raises(Ag2sError, match=r"jsonl cannot be written.* The 8 results before run \d+ are intact"),
            journal_in(tmp_path / "m", asked.key, asked.about) as journal,
        ):
            run_montecarlo(asked, journal, local(2), fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, soft_hard)
    assert len(_lines(tmp_path / "m-unfinished")) == 9
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.damaged == 0
        assert len(journal.done) == 8
        found = run_montecarlo(asked, journal, local(2))
    xr.testing.assert_identical(found, many)


def test_workers_that_all_die_stop_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyspice_models.campaign.runs.perform", _die)
    asked = _asked(40)
    with (
        pytest.raises(Ag2sError, match="the workers die one after the other: its process"),
        journal_in(tmp_path / "m", asked.key, asked.about) as journal,
    ):
        run_montecarlo(asked, journal, partial(in_workers, workers=2))
    with journal_in(tmp_path / "m", asked.key, asked.about, resume=True) as journal:
        assert journal.done == set(), "they are tried again"


def _die(_: object) -> None:
    """Called in a worker, which has no such module: it dies before it gets here."""


def test_a_full_temporary_folder_stops_the_work_and_is_named(study: Path) -> None:
    command = f"ulimit -f 20; exec {shlex.quote(str(AG2S))} montecarlo s.toml --set array.rows=12"
    done = subprocess.run(
        ["bash", "-c", command], cwd=study, text=True,
        capture_output=True, timeout=120, check=False, env=os.environ | {"NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "cannot work in the temporary folder" in done.stderr
    assert "TMPDIR" in done.stderr
    assert "Traceback" not in done.stderr


def test_vary_gives_what_was_drawn_by_group() -> None:
    asked = _asked(array={"rows": 4, "cols": 4})
    _, drawn = vary(asked.nominal, asked.variation)
    assert {"area, selected", "area, half-selected", "area, unselected", "driver", "amplitude"} <= set(drawn)
    assert all(np.isfinite(list(drawn.values())))


def test_the_example_of_the_manual_runs_as_a_plain_script(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    example = re.findall(r"```python\n(.*?)```", (root / "docs" / "montecarlo.md").read_text(), re.DOTALL)[0]
    (tmp_path / "script.py").write_text(example)
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    share, interval = done.stdout.splitlines()[0].split(" ", 1)
    assert 0 <= float(share) <= 1
    assert interval.startswith("(")


def test_every_spread_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "montecarlo.md").read_text()
    for name, declared in VariabilityParams.quantities().items():
        if name == "g_step":  # no part of a transient
            continue
        (row,) = [line for line in manual.splitlines() if line.startswith("|") and f"`{name}`" in line]
        assert f"{getattr(VariabilityParams(), name):.2f}" in row, name
        assert declared.unit == ""


@pytest.mark.slow
def test_memory_and_handles_stay_flat_and_two_workers_do_eight_runs_a_second(studies: Path, tmp_path: Path) -> None:
    asked = load_montecarlo(studies / "montecarlo.toml", runs=1000)
    seen: list[tuple[float, list[tuple[int, int]]]] = []

    def look(count: int) -> None:
        if count in (100, 1000 - 2):
            processes = [os.getpid(), *_children(os.getpid())]
            seen.append((time.monotonic(), [(_memory(pid), _handles(pid)) for pid in processes]))

    with journal_in(tmp_path / "m", asked.key, asked.about) as journal:
        run_montecarlo(asked, journal, local(2), look)
    (began, first), (ended, last) = seen
    assert (898 / (ended - began)) > 8
    for (memory, handles), (later, more) in zip(first, last, strict=True):
        assert later - memory < 8e6
        assert more <= handles + 1


def _memory(pid: int) -> int:
    """Resident memory [bytes]."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def _handles(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())

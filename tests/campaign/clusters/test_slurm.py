"""Jobs of SLURM: what they are asked for, and (slow) runs by a SLURM of this machine."""

from __future__ import annotations

import json
import re
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
import xarray as xr
from slurm_cases import PAGE, asked, slurm, until
from typer.testing import CliRunner

from pyspice_models.campaign.cluster import cluster
from pyspice_models.campaign.clusters.words import Words, parse_words
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.montecarlo import MonteCarlo, load_montecarlo, run_montecarlo
from pyspice_models.campaign.runs import local
from pyspice_models.cli.main import app
from pyspice_models.engine.toolchain.cache import cache_folder
from pyspice_models.errors import Ag2sError, RequestError

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).parents[3]
RUNS = 60
JOBS = "slurm --time=00:10:00 --mem=500M"
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


def test_words_are_options_of_sbatch_or_ours() -> None:
    said = parse_words("slurm --partition=night --exclusive --comment='two words' --cpus-per-task=8 --patience='2 ks'")
    assert said == Words(("--partition=night", "--exclusive", "--comment='two words'"), 8, 8 * 2048, 2000.0, "")
    assert parse_words("slurm --mem=3G --interface=ib0") == Words((), 1, 3072, 3600.0, "ib0")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("slurm -p night", "'-p' is refused; allowed: options as --NAME=VALUE"),
        ("slurm --partition night", "'night' is refused; allowed: options as --NAME=VALUE"),
        ("slurm '--comment=a\nb'", "is refused; allowed: options as --NAME=VALUE"),
        ("slurm '--comment=a", "cannot be read: No closing quotation"),
        ("slurm --array=1-5", "takes no --array: each job is asked for by itself"),
        ("slurm --cpus-per-task=0", "--cpus-per-task = '0' is refused; allowed: a whole number from 1 to 1024"),
        ("slurm --mem=lots", "--mem = 'lots' is refused; allowed: 256M or more"),
        ("slurm --mem=5M", "--mem = '5M' is refused; allowed: 256M or more"),
        ("slurm --patience=5mV", r"--patience = '5mV' is refused; allowed: a number in s"),
        ("slurm --patience=0", "--patience = '0' is refused; allowed: from 1 s to 30 days"),
    ],
)
def test_other_words_are_refused(text: str, why: str) -> None:
    with pytest.raises(RequestError, match=re.escape(why)):
        cluster(text)


def _command(folder: Path, *words: str) -> tuple[int, str]:
    path = folder / "s.toml"
    path.write_text(STUDY, encoding="utf-8")
    done = CliRunner().invoke(app, ["montecarlo", str(path), "--runs", "3", "--out", str(folder / "m"), *words])
    return done.exit_code, done.stderr


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, said = _command(tmp_path, "--scheduler", "slurm")
    assert (code, "slurm needs SLURM's sbatch, which is not on PATH" in said) == (2, True), said
    sbatch = tmp_path / "sbatch"
    sbatch.write_text("#!/bin/sh\necho 'sbatch: error: invalid partition specified: nihgt' >&2\nexit 1\n")
    sbatch.chmod(0o755)
    code, said = _command(tmp_path, "--scheduler", "slurm --partition=nihgt")
    assert (code, "SLURM refuses the job" in said, "invalid partition specified: nihgt" in said) == (2, True, True)
    code, said = _command(tmp_path, "--scheduler", "slurm", "--workers", "0")
    assert (code, "workers = 0 is refused" in said) == (2, True), said
    monkeypatch.setitem(sys.modules, "dask_jobqueue.slurm", None)
    code, said = _command(tmp_path, "--scheduler", "slurm")
    assert (code, "pip install 'ag2s-crossbar[slurm]'" in said) == (2, True), said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.toml", "sbatch"], "nothing is left behind"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # a socket's path is short
    with slurm(tmp_path_factory.mktemp("slurm")):
        yield


@pytest.fixture(scope="module")
def asked_for(tmp_path_factory: pytest.TempPathFactory) -> MonteCarlo:
    path = tmp_path_factory.mktemp("study") / "s.toml"
    path.write_text(STUDY, encoding="utf-8")
    return load_montecarlo(path, runs=RUNS)


def _run(request: MonteCarlo, target: Path, crew, report=None) -> xr.Dataset:
    with journal_in(target, request.key, request.about, resume=True) as journal:
        return run_montecarlo(request, journal, crew, report)


def _jobs() -> list[str]:
    return asked("squeue", "--noheader", "--states=RUNNING", "--format=%i").split()


@pytest.mark.slow
def test_a_job_that_is_killed_costs_nothing_that_is_done(asked_for: MonteCarlo, running: None, tmp_path: Path) -> None:
    """All runs are there, equal to those of this machine byte for byte; another job takes the killed one's place."""
    killed: list[str] = []
    kept: list[bytes] = []
    path = tmp_path / "there-unfinished" / "runs.jsonl"

    def harm(count: int) -> None:
        if count == 12:
            killed.extend(_jobs()[:1])
            asked("scancel", *killed)
            kept.extend(path.read_bytes().splitlines())

    before = set(cache_folder().glob("slurm-*"))
    crew = cluster(JOBS, 2)
    there = _run(asked_for, tmp_path / "there", crew, harm)
    assert killed
    assert len(kept) >= 12
    lines = (tmp_path / "there" / "runs.jsonl").read_bytes().splitlines()
    assert lines[: len(kept)] == kept
    assert sorted(json.loads(line[17:]).get("run", -1) for line in lines) == list(range(-1, RUNS)), "each once"
    here = _run(asked_for, tmp_path / "here", local(2))
    xr.testing.assert_identical(there, here)
    assert sorted(lines) == sorted((tmp_path / "here" / "runs.jsonl").read_bytes().splitlines())
    seen: set[str] = set()
    xr.testing.assert_identical(_run(asked_for, tmp_path / "again", crew, lambda count: seen.update(_jobs())), here)
    assert len(seen - set(killed)) == 2, "another one takes its place"
    crew.close()
    until(lambda: not asked("squeue", "--noheader"))
    assert set(cache_folder().glob("slurm-*")) <= before, "what jobs said goes with them"


@pytest.mark.slow
def test_jobs_that_do_not_begin_or_do_not_work_are_reported(
    asked_for: MonteCarlo, running: None, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=r"SLURM refuses the job that --scheduler asks for: .*partition.* nihgt"):
        cluster("slurm --partition=nihgt")
    with pytest.raises(RequestError, match=r"SLURM refuses the job.*configuration"):
        cluster("slurm --cpus-per-task=99")
    asked("sbatch", "--exclusive", "--output=/dev/null", "--wrap=sleep 600")
    until(_jobs)
    began = time.monotonic()
    match = r"no job of SLURM has begun to work for 4 s.*PENDING, (Resources|Priority).*--resume"
    with pytest.raises(Ag2sError, match=match):
        _run(asked_for, tmp_path / "m", cluster(f"{JOBS} --patience=4s", 2))
    assert time.monotonic() < began + 30
    asked("scancel", "--user=root")
    until(lambda: not asked("squeue", "--noheader"))
    with (
        dask.config.set({"jobqueue.slurm.python": "/nowhere/python"}),
        pytest.raises(Ag2sError, match=r"jobs of SLURM end before they work; the last one said: .*/nowhere/python"),
    ):
        _run(asked_for, tmp_path / "m", cluster(f"{JOBS} --patience=60s", 2))
    until(lambda: not asked("squeue", "--noheader"))
    assert not (tmp_path / "m-unfinished").exists(), "nothing was done"


@pytest.mark.slow
def test_the_command_of_the_page(running: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a small instance, and what it leaves is what --workers leaves, byte for byte."""
    (block,) = re.findall(r"(?ms)^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"))
    cells = ("array.rows=4", "array.cols=4", "program.0.row=1", "program.0.col=1", "program.1.row=1")
    small = {
        "--runs 1000": "--runs 8 " + " ".join(f"--set {change}" for change in cells),
        "--workers 40": "--workers 2",
    }
    for old, new in small.items():
        assert old in block
        block = block.replace(old, new)
    monkeypatch.chdir(ROOT)
    words = [*shlex.split(block)[1:], "--out"]
    done = CliRunner().invoke(app, [*words, str(tmp_path / "there")])
    assert done.exit_code == 0, done.output
    place = words.index("--scheduler")
    done = CliRunner().invoke(app, [*words[:place], "--out", str(tmp_path / "here")])
    assert done.exit_code == 0, done.output
    for name in ("montecarlo.csv", "report.json"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name

"""Commands on a full disk."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from results_commands_cases import AG2S, STUDY, VERIFY

from pyspice_models.result import load

# ---- full disks


def _tight(folder: Path, limit: str, *words: str) -> tuple[int, str]:
    """Status and standard error of a command, with its output on a disk of so many kB, or files of so many at most."""
    kind, kilobytes = limit.split()
    line = 'ulimit -f "$SIZE"; exec "$0" "$@"'
    if kind == "disk":
        # gone with the namespace, and so with the command: what lies there is copied first
        line = (
            'mount -t tmpfs -o size="${SIZE}k" small small && { "$0" "$@"; status=$?; cp -a small copy; exit $status; }'
            " || exit 77"
        )
    (folder / "small").mkdir()
    call = ["bash", "-c", line, AG2S, *words]
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", *call] if kind == "disk" else call, cwd=folder, text=True,
        capture_output=True, timeout=120, check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200", "SIZE": kilobytes, "TMPDIR": str(folder / "tmp")},
    )  # fmt: skip
    if kind == "files":
        (folder / "small").rename(folder / "copy")
    assert (folder / "copy").is_dir(), f"no file system can be mounted here, in no namespace either: {done.stderr}"
    return done.returncode, " ".join(done.stderr.split())


_TRY = ["--set", "study.disk_limit=1e12"]  # else the estimate refuses what will not find room
FULL = r"No space left on device|File too large|SIGXFSZ"


LIMITS = ["disk 4", "disk 80", "disk 100", "disk 160", "disk 240", "disk 330", "files 8", "files 80"]


def _each_limit_once() -> list[object]:
    """Every limit with one engine, by turns; with the other one it is slow."""
    engines = ["ngspice", "nodal"]
    return [
        pytest.param(limit, engine, marks=[pytest.mark.slow] if engines.index(engine) != n % 2 else [])
        for n, limit in enumerate(LIMITS)
        for engine in engines
    ]


@pytest.mark.parametrize(("limit", "engine"), _each_limit_once())
def test_a_simulation_on_a_full_disk_says_so_and_keeps_what_is_done(tmp_path: Path, limit: str, engine: str) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "tmp").mkdir()
    status, told = _tight(tmp_path, limit, "simulate", "s.toml", "--engine", engine, *_TRY, "--out", "small/r")
    left = {path.name for path in (tmp_path / "copy").iterdir()}
    if status == 0:  # nodal leaves no deck, and needs less
        assert limit in ("disk 330", "disk 240")
    else:
        assert status == 1, told
        assert re.search(FULL, told), told
    assert "Traceback" not in told
    assert left in ({"r"}, {"r-failed"}, set()), "never a hidden one, never both"
    if "r" in left:
        assert load(tmp_path / "copy" / "r" / "result.nc").attrs["study"] == "s"
        assert json.loads((tmp_path / "copy" / "r" / "measures.json").read_text())["measures"]
        assert status == 0 or "The data are complete in" in told
    elif "r-failed" in left:
        assert "r-failed" in told
        for path in (tmp_path / "copy" / "r-failed").iterdir():
            assert path.suffix in (".log", ".raw") or path.stat().st_size > 0, "no half file"
    if rescued := list((tmp_path / "tmp").glob("ag2s-rescued-*/result.nc")):
        assert str(rescued[0]) in told
        assert load(rescued[0]).attrs["study"] == "s"
    elif "measures.json" in {path.name for path in (tmp_path / "copy").glob("*/*")}:
        assert "r" in left or "found room nowhere else" in told


@pytest.mark.parametrize("words", [["simulate", "s.toml"], ["write-verify", "w.toml"]])
def test_a_disk_without_room_is_seen_before_the_work(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "w.toml").write_text(VERIFY)
    (tmp_path / "tmp").mkdir()
    status, told = _tight(tmp_path, "disk 20", *words, "--out", "small/r")
    assert status == 2, told
    assert re.search(r"need about \d+ kB of room on the disk; \d[\d.]* kB are free in", told), told
    assert not list((tmp_path / "copy").iterdir())


@pytest.mark.parametrize(
    "limit",
    [
        "disk 32",
        pytest.param("files 8", marks=pytest.mark.slow),
        pytest.param("disk 24", marks=pytest.mark.slow),
        pytest.param("disk 68", marks=pytest.mark.slow),
    ],
)
def test_a_campaign_on_a_full_disk_goes_on_where_there_is_room(tmp_path: Path, limit: str) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "tmp").mkdir()
    words = ["montecarlo", "s.toml", "--runs", "5", "--workers", "1", "--engine", "nodal", "--out"]
    status, told = _tight(tmp_path, limit, *words, "small/r")
    assert status == 1, told
    assert re.search(FULL, told), told
    assert "--resume" in told
    assert "Traceback" not in told
    assert not list((tmp_path / "tmp").iterdir())
    (left,) = (tmp_path / "copy").iterdir()
    lines = (left / "runs.jsonl").read_bytes().splitlines(keepends=True)
    assert left.name == "r-unfinished"
    assert all(line.endswith(b"\n") for line in lines), "no half line"
    assert len(lines) >= 2
    (tmp_path / "small2").mkdir()
    left.rename(tmp_path / "small2" / "r-unfinished")
    done = subprocess.run(
        [AG2S, *words, "small2/r", "--resume"], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"going on: {len(lines) - 1} results are there" in done.stderr
    assert (tmp_path / "small2" / "r" / "runs.jsonl").read_bytes().startswith(b"".join(lines))


def test_runs_that_fail_for_a_full_disk_do_not_count_as_failed_arrays(tmp_path: Path) -> None:
    """A simulator on a full disk ends early without a word; a yield would be wrong, and nobody would know."""
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "tmp").mkdir()
    line = (
        'ulimit -f 80; exec "$0" montecarlo s.toml --runs 3 --workers 1 --set array.rows=6 --set array.cols=6 '
        "--form subckt --out m"
    )
    done = subprocess.run(
        ["bash", "-c", line, AG2S], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp"), "COLUMNS": "200"},
    )  # fmt: skip
    told = " ".join(done.stderr.split())
    assert done.returncode == 1, told
    assert "SIGXFSZ" in told
    assert "let TMPDIR name another one" in told
    assert "failed" not in told, "no run failed"


def test_write_verify_on_a_full_disk_keeps_its_rounds(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(VERIFY)
    (tmp_path / "tmp").mkdir()
    words = ["write-verify", "w.toml", "--set", "write_verify.tolerance=0.002", *_TRY, "--out"]
    status, told = _tight(tmp_path, "disk 260", *words, "small/r")
    assert status == 1, told
    assert re.search(FULL, told), told
    assert "the same command goes on from there" in told
    assert "Traceback" not in told
    (tmp_path / "copy").rename(tmp_path / "room")
    done = subprocess.run(
        [AG2S, *words, "room/r"], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "going on from" in done.stderr

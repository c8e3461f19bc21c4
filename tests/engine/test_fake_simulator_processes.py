"""Simulators that print nonsense, ignore signals, hang or leave children."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_simulators_cases import fake, good  # noqa: F401
from fakes import Fake, gone

from pyspice_models.engine import program
from pyspice_models.engine.toolchain import tools
from pyspice_models.errors import ToolError

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")
STUDY = """
[array]
rows = 1
cols = 1
[[program]]
do = "read"
row = 0
col = 0
"""


# ---- what it prints


def test_a_simulator_that_prints_without_end_is_stopped(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "LOG_LIMIT", 10_000_000)
    fake.does("exec yes")
    assert "was stopped: it printed more than 10 MB" in fake.refused(fake.run)
    fake.does("yes | head -c 11000000")  # ended before anyone looked
    assert "was stopped: it printed more than 10 MB" in fake.refused(fake.run)
    log = next(fake.run_folder.glob("*.log"))
    assert log.stat().st_size >= 10_000_000


def test_a_simulator_that_writes_without_end_is_stopped(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "raw_limit", lambda: 5_000_000)
    fake.does("exec cat /dev/zero > waves.raw")
    assert "it wrote a file of more than 0.005 GB" in fake.refused(fake.run)
    # the limit is set while it already writes
    assert 5_000_000 <= (fake.run_folder / "waves.raw").stat().st_size < 1_000_000_000


def test_the_largest_file_is_the_memory_of_this_machine() -> None:
    assert 1e8 < program.raw_limit() < 1e15


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("exec yes", "prints without end: more than 1048576 bytes"),
        ("exec yes ngspice-46 This is vacask 1.0. ", "prints without end: more than 1048576 bytes"),
        ("sleep 60", "did not end within 0.5 s"),
        ("trap '' TERM INT HUP; sleep 60 & wait", "did not end within 0.5 s"),
        ("sleep 60 &", "does not run as"),
        (f"echo 'ngspice-{'4' * 4000}'; echo 'This is vacask {'4' * 4000}. '", "does not run as"),
        ("exit 0", "does not run as"),
        ("kill -9 $$", "does not run as"),
        ("printf '\\377\\000'", "does not run as"),
    ],
)
def test_a_probe_ends_whatever_it_meets(fake: Fake, monkeypatch: pytest.MonkeyPatch, what: str, words: str) -> None:
    monkeypatch.setattr(tools, "PROBE_TIME_LIMIT", 0.5)
    fake.program.write_text(f"#!/bin/sh\n{what}\n")
    began = time.monotonic()
    with pytest.raises(ToolError, match=re.escape(words)):
        fake.run()
    assert time.monotonic() - began < 30
    assert not list(fake.run_folder.iterdir()), "nothing was begun"


# ---- what it does with signals, time and children


@pytest.mark.parametrize(
    "what", ["trap '' TERM INT HUP; echo $$ > pid; while :; do sleep 60; done", "echo $$ > pid; kill -STOP $$"]
)
def test_a_simulator_that_ignores_signals_or_sleeps_is_killed_at_its_time_limit(fake: Fake, what: str) -> None:
    fake.does(what)
    assert "was stopped at its time limit of 1 s" in fake.refused(lambda: fake.run(1.0))
    assert gone(int((fake.run_folder / "pid").read_text()))


@pytest.mark.parametrize("ends", [True, False])
def test_grandchildren_end_with_their_simulator(fake: Fake, ends: bool) -> None:
    """Which hold its output open, too: nobody waits for them."""
    fake.does(f"(trap '' TERM HUP; sleep 600 & echo $! > pid; wait) & sleep 0.2; {'exit 0' if ends else 'wait'}")
    began = time.monotonic()
    message = fake.refused(lambda: fake.run(3.0))
    assert ("wrote no waves" if ends else "time limit of 3 s") in message
    assert time.monotonic() - began < 30
    assert gone(int((fake.run_folder / "pid").read_text()))


# ---- the whole command


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("cat LEAVES > waves.raw", "do not increase"),
        ("sleep 600 & wait", "time limit of 2"),
    ],
)
def test_the_command_ends_with_status_1_and_names_folder_and_reason(fake: Fake, what: str, words: str) -> None:
    fake.leaves.write_bytes(fake.good.with_time(fake.good.rows // 2, float("nan")))
    fake.does(what.replace("LEAVES", str(fake.leaves)))
    (fake.folder / "study.toml").write_text(STUDY)
    done = subprocess.run(
        [AG2S, "simulate", "study.toml", "--engine", fake.good.name, "--out", "out", "--time-limit", "2"],
        cwd=fake.folder, env=os.environ | {"COLUMNS": "500"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    folder = re.search(r"Deck and log: (\S+)", done.stderr)
    assert folder is not None
    assert list((fake.folder / folder[1]).glob("deck.*"))


def test_doctor_tells_of_a_tool_without_end(fake: Fake) -> None:
    fake.program.write_text("#!/bin/sh\nexec yes\n")
    done = subprocess.run([AG2S, "doctor"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "prints without end" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr

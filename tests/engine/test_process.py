"""Programs that are started and watched: they end in time, and with all that they have started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import gone

from pyspice_models.engine.toolchain import process
from pyspice_models.engine.toolchain.process import output_of, started
from pyspice_models.errors import ToolError


def test_a_time_limit_counts_after_a_program_has_ended_too(tmp_path: Path) -> None:
    """One that ended while nobody looked took as long as it took."""
    with (tmp_path / "log").open("wb") as log:
        for seconds, look in ((0.2, lambda: time.sleep(0.5)), (0.0, None)):
            with (
                started(["/bin/sh", "-c", "sleep 0.3"], tmp_path, log) as running,
                pytest.raises(TimeoutError, match=r"^$"),  # which program, and what to do, its callers say
            ):
                running.wait(seconds, look)
        with started(["/bin/sh", "-c", "exit 3"], tmp_path, log) as running:
            assert running.wait(60) == 3


def test_an_error_of_who_watches_ends_the_program(tmp_path: Path) -> None:
    def look() -> None:
        if (tmp_path / "pid").is_file():
            raise KeyboardInterrupt("pressed")

    with (tmp_path / "log").open("wb") as log, pytest.raises(KeyboardInterrupt, match="pressed"):  # noqa: SIM117
        with started(["/bin/sh", "-c", "echo $$ > new; mv new pid; exec sleep 600"], tmp_path, log) as running:
            running.wait(60, look)
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_program_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    """However that died."""
    script = f"""
import os, signal
from pathlib import Path
from pyspice_models.engine.toolchain.process import started
folder = Path({str(tmp_path)!r})
with (folder / "log").open("wb") as log, started(["/bin/sh", "-c", "echo $$ > pid; exec sleep 600"], folder, log) as it:
    it.wait(60, lambda: os.kill(os.getpid(), signal.SIGKILL) if (folder / "pid").is_file() else None)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=120)
    assert done.returncode == -9
    assert gone(int((tmp_path / "pid").read_text()))


def test_it_is_watched_where_setpriv_and_pidfd_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_program", lambda _: None)
    monkeypatch.delattr(os, "pidfd_open")
    process.death_guard.cache_clear()
    try:
        assert process.death_guard() == ()
        _is_watched(tmp_path)
    finally:
        process.death_guard.cache_clear()


def _is_watched(tmp_path: Path) -> None:
    assert output_of(["/bin/sh", "-c", "echo here; exit 4"], tmp_path, seconds=60) == (4, "here\n")
    with pytest.raises(ToolError, match=r"did not end within 0\.3 s"):
        output_of(["/bin/sleep", "60"], tmp_path, seconds=0.3)


def test_what_does_not_start_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="/nowhere/tool"):
        output_of(["/nowhere/tool"], tmp_path, seconds=20)

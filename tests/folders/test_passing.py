"""Folders for a moment: what a killed process leaves goes with the next one, and a living one keeps its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pyspice_models.engine.toolchain.own_folder import in_empty_folder
from pyspice_models.passing import passing_folder

_WAITS = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from pyspice_models.passing import passing_folder
with passing_folder("empty") as folder:
    (folder / "held").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _process(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    started = subprocess.Popen(
        [sys.executable, "-c", _WAITS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    return started, Path(started.stdout.readline().strip())


def test_it_is_empty_and_goes_with_all_that_is_in_it(temporary: Path) -> None:
    with passing_folder("probe") as folder:
        assert folder.parent == temporary
        assert folder.name.startswith("ag2s-probe-")
        assert not list(folder.iterdir())
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
    with pytest.raises(ZeroDivisionError), passing_folder("probe"):
        _ = 1 / 0
    assert not list(temporary.iterdir())


def test_a_folder_that_another_process_is_about_to_remove_is_not_taken(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the lock, and the folder is still there."""
    asked: list[bool] = []

    def beaten_once(handle: int) -> bool | None:
        asked.append(len(asked) > 0)
        return asked[-1]

    monkeypatch.setattr("pyspice_models.passing.locks", beaten_once)
    with passing_folder("probe") as folder:
        assert asked == [False, True]
        (other,) = set(temporary.iterdir()) - {folder}
    assert list(temporary.iterdir()) == [other], "which is for the other process to remove"


@pytest.mark.parametrize("locked", [True, None], ids=["locked", "no locks"])
def test_a_file_system_without_locks_does(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, locked: bool | None
) -> None:
    monkeypatch.setattr("pyspice_models.passing.locks", lambda _: locked)
    (temporary / "within").mkdir()
    with passing_folder("probe", temporary / "within") as folder:
        assert folder.parent == temporary / "within"
    assert not list((temporary / "within").iterdir())


def test_the_next_one_removes_what_a_killed_process_left_and_leaves_the_living_theirs(temporary: Path) -> None:
    killed, left = _process(temporary)
    living, kept = _process(temporary)
    killed.kill()
    killed.communicate(timeout=60)
    assert left.is_dir()
    for other in ("ag2s-emptied", "ag2s-probe-x", "mine"):
        (temporary / other).mkdir()
    (temporary / "ag2s-empty-link").symlink_to(temporary / "mine")
    in_empty_folder(lambda: None)
    assert not left.exists()
    assert (kept / "held").is_file()
    told = {path.name for path in temporary.iterdir()}
    assert told == {kept.name, "ag2s-emptied", "ag2s-probe-x", "mine", "ag2s-empty-link"}
    living.communicate("", timeout=60)
    assert living.returncode == 0
    assert not kept.exists()

"""Several at work on the same folder, and what dead processes left."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from results_folders_cases import ONE, SWEEP, TWO, _fill, _texts

from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.files import write_text
from pyspice_models.folders import scratch as scratch_module
from pyspice_models.folders.mark import Origin, at_work, read_mark
from pyspice_models.folders.output import output_folder

# ---- several at work


def test_another_question_that_came_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def slow() -> None:
        with output_folder(tmp_path / "r", ONE) as scratch:
            write_text(scratch / "result", "slow")
            _fill(tmp_path / "r", "quick", TWO)

    with pytest.raises(Ag2sError, match=r"complete, but lies in .*r-2: meanwhile .* holds the result") as caught:
        slow()
    assert caught.value.exit_code == 1
    assert _texts(tmp_path) == {"r/result": "quick", "r-2/result": "slow"}


def test_a_folder_that_cannot_be_moved_into_its_place_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    _fill(tmp_path / "r", "old")

    def refusing(*_: Path) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(scratch_module, "exchange", refusing)
    with pytest.raises(Ag2sError, match=r"r-2: meanwhile .*busy"):
        _fill(tmp_path / "r", "new")
    assert _texts(tmp_path) == {"r/result": "old", "r-2/result": "new"}


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    """Four questions, twenty runs, one target: each question's answer is there in the end, and nothing hidden."""

    def run(number: int) -> None:
        origin = Origin("simulate", str(number % 4))
        for _ in range(50):
            try:
                _fill(tmp_path / "r", f"answer {number % 4}", origin)
            except RequestError:  # another one's place: a user would choose another --out
                time.sleep(0.001)
            except Ag2sError:
                return
            else:
                return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(20)))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "r"
    assert all(name.startswith("r") for name in names), "nothing hidden"
    for path in tmp_path.iterdir():
        mark = read_mark(path)
        assert mark is not None
        assert (path / "result").read_text() == f"answer {mark.origin.question}"


def test_without_an_atomic_exchange_it_is_done_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    class Old:
        """A C library without renameat2."""

    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: Old())
    _fill(tmp_path / "r", "old")
    _fill(tmp_path / "r", "new")
    assert _texts(tmp_path) == {"r/result": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_file_system_without_locks_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", none)
    left = _dead(tmp_path / "r", "left")
    _fill(tmp_path / "r", "old")
    _fill(tmp_path / "r", "new")
    assert _texts(tmp_path / "r") == {"result": "new"}
    assert left.exists(), "who cannot tell whether it is dead leaves it alone"


# ---- what dead processes left


def _dead(target: Path, text: str, *, origin: Origin = ONE, state: str = "at work", **place: str) -> Path:
    """As a process that was killed leaves it."""
    path = target.with_name(f".{target.name}-{len(list(target.parent.iterdir())):08x}")
    path.mkdir()
    write_text(path / "result", text)
    mark = at_work(origin, target.name)
    if state == "complete":
        mark = mark.ended(path, state)
    data = {**mark.place, **place} if state != "complete" else {}
    type(mark)(mark.origin, mark.state, mark.name, mark.files, data).write(path)
    return path


def test_what_a_dead_run_left_is_cleared_by_the_next_of_that_name_alone(tmp_path: Path) -> None:
    for _ in range(3):
        _dead(tmp_path / "r", "half")
    (tmp_path / ".r-00000009").mkdir()  # killed before it had a mark
    other = _dead(tmp_path / "r-2", "half")
    (tmp_path / ".r-notes").mkdir()
    (tmp_path / ".r-0000000a").write_text("a file")
    stranger = tmp_path / ".r-0000000b"
    stranger.mkdir()
    (stranger / "mine").write_text("mine")
    _fill(tmp_path / "r")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["r", other.name, ".r-notes", ".r-0000000a", ".r-0000000b"]
    )


def test_what_is_at_work_is_left_alone(tmp_path: Path) -> None:
    with output_folder(tmp_path / "r", ONE) as scratch:
        write_text(scratch / "result", "slow")
        _fill(tmp_path / "r", "quick")
        assert (scratch / "result").exists()
    assert _texts(tmp_path) == {"r/result": "slow"}


def test_what_another_machine_left_is_left_alone_unless_it_was_this_one_before_a_restart(tmp_path: Path) -> None:
    other = _dead(tmp_path / "r", "half", boot="b", machine="m", host="h")
    same_image = _dead(tmp_path / "r", "half", boot="b", host="h")
    restarted = _dead(tmp_path / "r", "half", boot="b")
    _fill(tmp_path / "r")
    assert other.exists()
    assert same_image.exists()
    assert not restarted.exists()


def test_a_finished_result_of_a_dead_run_takes_its_place(tmp_path: Path) -> None:
    left = _dead(tmp_path / "r", "finished", state="complete")
    write_text(left / "picture", "drawn just before")
    with pytest.raises(RequestError, match="holds the result of ag2s simulate"):
        _fill(tmp_path / "r", "other", TWO)
    assert _texts(tmp_path) == {"r/result": "finished", "r/picture": "drawn just before"}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    _fill(tmp_path / "r", "again")


def test_a_finished_result_that_is_newer_counts_and_an_older_one_goes(tmp_path: Path) -> None:
    _dead(tmp_path / "r", "older", state="complete")  # what an exchange had put there, when it was killed
    time.sleep(0.02)
    (tmp_path / "r").mkdir()
    write_text(tmp_path / "r" / "result", "there")
    at_work(ONE, "r").ended(tmp_path / "r", "complete").write(tmp_path / "r")
    with pytest.raises(RequestError, match="--force"):
        _fill(tmp_path / "r", "x", TWO)
    assert _texts(tmp_path) == {"r/result": "there"}
    time.sleep(0.02)
    _dead(tmp_path / "r", "newer", state="complete")
    with pytest.raises(RequestError, match="--force"):
        _fill(tmp_path / "r", "x", TWO)
    assert _texts(tmp_path) == {"r/result": "newer"}
    time.sleep(0.02)
    _dead(tmp_path / "r", "forced", state="complete", origin=TWO)
    with pytest.raises(RequestError, match="--force"):
        _fill(tmp_path / "r", "x", SWEEP)
    assert _texts(tmp_path) == {"r/result": "newer", "r-2/result": "forced"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r", "r-2"]


def test_a_lock_of_the_folder_that_others_keep_delays_but_does_not_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """As `flock out ag2s simulate ...` does."""
    monkeypatch.setattr(scratch_module, "LOCK_PATIENCE", 0.05)
    code = "import fcntl, os, sys; h = os.open(sys.argv[1], 0); fcntl.flock(h, 2); print('ok', flush=True); input()"
    keeper = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == "ok\n"
    _fill(tmp_path / "r")
    assert _texts(tmp_path) == {"r/result": "data"}
    keeper.communicate("\n", timeout=10)

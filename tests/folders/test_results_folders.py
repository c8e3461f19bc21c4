"""A folder of results is never replaced by another result, whatever happens, and what dead runs left is cleared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyspice_models.campaign.journal import journal_in
from pyspice_models.errors import Ag2sError, RequestError, SimulationError, StorageError, ToolError
from pyspice_models.files import write_text
from pyspice_models.folders import scratch as scratch_module
from pyspice_models.folders.mark import MARK, Origin, at_work, read_mark
from pyspice_models.folders.output import data_complete, output_folder

ONE = Origin("simulate", "1", {"study": "s"}, "ag2s simulate s.toml")
TWO = Origin("simulate", "2", {"study": "s"}, "ag2s simulate s.toml --set array.rows=3")
SWEEP = Origin("sweep", "1", {"sweep": "s"}, "ag2s sweep s.toml")


def _fill(target: Path, text: str = "data", origin: Origin | None = ONE, *, force: bool = False) -> None:
    with output_folder(target, origin, force=force) as scratch:
        write_text(scratch / "result", text)


def _texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MARK
    }


# ---- what may take whose place


def test_the_same_question_may_be_asked_again(tmp_path: Path) -> None:
    _fill(tmp_path / "r", "first")
    _fill(tmp_path / "r", "second")
    assert _texts(tmp_path) == {"r/result": "second"}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("other", [TWO, SWEEP, None, Origin()], ids=["question", "kind", "none", "unknown"])
def test_another_one_is_refused_unless_forced(tmp_path: Path, other: Origin | None) -> None:
    _fill(tmp_path / "r")
    with pytest.raises(RequestError) as caught:
        _fill(tmp_path / "r", "other", other)
    for word in (str(tmp_path / "r"), "ag2s simulate s.toml", "study s", "--out", "--force"):
        assert word in str(caught.value)
    assert _texts(tmp_path) == {"r/result": "data"}
    _fill(tmp_path / "r", "other", other, force=True)
    assert _texts(tmp_path) == {"r/result": "other"}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize(
    "mark",
    ["made by ag2s; may be replaced by its next run\n", "", "[]", "{}", '{"kind": 3}', "\0", "[" * 100_000],
    ids=range(7),
)
def test_a_mark_of_an_older_version_or_a_damaged_one_needs_force(tmp_path: Path, mark: str) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / MARK).write_text(mark)
    (tmp_path / "r" / "old").write_text("precious")
    with pytest.raises(RequestError, match=r"a result of unknown origin.*--force"):
        _fill(tmp_path / "r")
    assert (tmp_path / "r" / "old").read_text() == "precious"
    _fill(tmp_path / "r", force=True)
    assert _texts(tmp_path) == {"r/result": "data"}


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()])
def test_a_mark_that_is_no_file_is_not_opened(tmp_path: Path, make: Callable[[Path], object]) -> None:
    (tmp_path / "r").mkdir()
    make(tmp_path / "r" / MARK)
    with pytest.raises(RequestError, match="a result of unknown origin"):
        _fill(tmp_path / "r")


@pytest.mark.parametrize("force", [True, False])
def test_what_ag2s_did_not_make_is_never_replaced(tmp_path: Path, force: bool) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("years")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RequestError, match="holds files that are not ours"):
        _fill(tmp_path / "thesis", force=force)
    with pytest.raises(RequestError, match="is a file"):
        _fill(tmp_path / "file", force=force)
    assert _texts(tmp_path) == {"thesis/chapter.tex": "years", "file": "mine"}


def test_what_a_user_put_into_a_result_or_changed_there_is_not_lost(tmp_path: Path) -> None:
    _fill(tmp_path / "r")
    (tmp_path / "r" / "notes").mkdir()
    (tmp_path / "r" / "notes" / "a.txt").write_text("mine")
    with pytest.raises(RequestError, match=r"did not write, or that were changed since: notes/a\.txt\. .*--force"):
        _fill(tmp_path / "r", "again")
    (tmp_path / "r" / "notes" / "a.txt").unlink()
    (tmp_path / "r" / "result").write_text("changed by hand")
    with pytest.raises(RequestError, match="changed since: result"):
        _fill(tmp_path / "r", "again")
    (tmp_path / "r" / "result").unlink()  # what a user deleted is not missed
    _fill(tmp_path / "r", "again")
    assert _texts(tmp_path) == {"r/result": "again"}


def test_an_empty_folder_is_filled_and_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir(mode=0o700)
    _fill(tmp_path / "r")
    assert _texts(tmp_path) == {"r/result": "data"}
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o700


def test_a_new_folder_has_the_permissions_of_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        _fill(tmp_path / "r")
    finally:
        os.umask(before)
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 250, "File name too long"),
        ("file/r", "Not a directory"),
        ("loop/r", "Too many levels of symbolic links|Symlink loop"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_the_work(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RequestError, match=f"cannot be written: .*({message})"):
        _fill(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


def test_the_current_folder_and_a_mount_point_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    for place in (".", "..", "", "/"):
        with pytest.raises(RequestError, match="is the current folder, or holds it"):
            _fill(Path(place), force=True)
    with pytest.raises(RequestError, match="is a mount point"):
        _fill(Path("/proc"), force=True)


def test_a_link_to_a_folder_stays_one(tmp_path: Path) -> None:
    _fill(tmp_path / "runs" / "first")
    (tmp_path / "latest").symlink_to("runs/first")
    with pytest.raises(RequestError, match=r"runs/first holds the result"):
        _fill(tmp_path / "latest", "other", TWO)
    _fill(tmp_path / "latest", "again")
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "runs" / "first" / "result").read_text() == "again"


def test_a_mark_says_the_same_for_the_same_work_and_nothing_of_the_machine(tmp_path: Path) -> None:
    _fill(tmp_path / "a" / "r")
    _fill(tmp_path / "b" / "r")
    marks = [(tmp_path / place / "r" / MARK).read_bytes() for place in "ab"]
    assert marks[0] == marks[1]
    told = json.loads(marks[0])
    assert (told["kind"], told["question"], told["command"]) == (ONE.kind, ONE.question, ONE.command)
    assert told["files"] == {"result": 4}
    assert not told["place"]


def test_a_message_shows_no_control_characters_and_ends(tmp_path: Path) -> None:
    origin = Origin("simulate", "1", {"study": "s\x1b[31m"}, "ag2s simulate " + "x" * 10_000)
    _fill(tmp_path / "r", origin=origin)
    with pytest.raises(RequestError) as caught:
        _fill(tmp_path / "r", origin=TWO)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 1500


# ---- failures


def _fail(target: Path, error: BaseException, origin: Origin = ONE, text: str = "deck") -> None:
    with output_folder(target, origin) as scratch:
        write_text(scratch / "deck.cir", text)
        if isinstance(error, SimulationError):
            error.folder = scratch
        raise error


def test_a_failed_run_leaves_its_files_beside_and_an_older_failure_of_it_gives_way(tmp_path: Path) -> None:
    _fill(tmp_path / "r")
    for text in ("first", "second"):
        with pytest.raises(SimulationError, match="r-failed") as caught:
            _fail(tmp_path / "r", SimulationError("it stopped"), text=text)
        assert caught.value.folder == tmp_path / "r-failed"
    assert _texts(tmp_path) == {"r/result": "data", "r-failed/deck.cir": "second"}
    assert read_mark(tmp_path / "r-failed").state == "failed"  # type: ignore[union-attr]
    # and the next good one may take the place of its own failure
    _fill(tmp_path / "r-failed")


def test_a_failure_never_replaces_anything_else(tmp_path: Path) -> None:
    _fill(tmp_path / "r-failed", "a good one of that name")
    (tmp_path / "r-failed-2").mkdir()
    (tmp_path / "r-failed-2" / "mine").write_text("mine")
    (tmp_path / "r-failed-4").write_text("a file")
    for origin, place in ((ONE, "r-failed-3"), (TWO, "r-failed-5")):
        with pytest.raises(SimulationError) as caught:
            _fail(tmp_path / "r", SimulationError("it stopped"), origin)
        assert caught.value.folder == tmp_path / place
    assert _texts(tmp_path) == {
        "r-failed/result": "a good one of that name", "r-failed-2/mine": "mine", "r-failed-4": "a file",
        "r-failed-3/deck.cir": "deck", "r-failed-5/deck.cir": "deck",
    }  # fmt: skip


def test_notes_in_the_folder_of_a_failure_stay(tmp_path: Path) -> None:
    for place in ("r-failed", "r-failed-2"):
        with pytest.raises(SimulationError) as caught:
            _fail(tmp_path / "r", SimulationError("it stopped"))
        assert caught.value.folder == tmp_path / place
        (tmp_path / "r-failed" / "notes").write_text("mine")


def test_a_full_disk_is_told_and_what_is_there_is_kept(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"r cannot be written: No space left.*is kept in .*r-failed") as caught:
        _fail(tmp_path / "r", OSError(28, "No space left on device"))
    assert caught.value.exit_code == 1
    assert _texts(tmp_path) == {"r-failed/deck.cir": "deck"}


def test_an_unforeseen_error_keeps_the_files_too_and_a_refusal_does_not(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _fail(tmp_path / "r", ZeroDivisionError())
    assert any("r-failed" in note for note in caught.value.__notes__)
    assert _texts(tmp_path) == {"r-failed/deck.cir": "deck"}
    for error in (RequestError("no"), ToolError("no"), KeyboardInterrupt("no")):
        with pytest.raises(type(error), match="no"):
            _fail(tmp_path / "q", error)
    assert [path.name for path in tmp_path.iterdir()] == ["r-failed"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError(), OSError(28, "No space left on device")])
def test_once_the_data_are_complete_nothing_costs_them(tmp_path: Path, error: BaseException) -> None:
    def late() -> None:
        with output_folder(tmp_path / "r", ONE) as scratch:
            write_text(scratch / "result", "data")
            data_complete(scratch)
            write_text(scratch / "picture", "more")
            raise error

    # what stands for a full disk is told as such
    with pytest.raises(StorageError if isinstance(error, OSError) else type(error)) as caught:
        late()
    assert any("complete in" in note and str(tmp_path / "r") in note for note in caught.value.__notes__)
    assert _texts(tmp_path) == {"r/result": "data", "r/picture": "more"}
    _fill(tmp_path / "r", "again")


def test_an_interrupt_at_the_last_moment_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path / "r", "old")
    real = scratch_module.exchange
    calls = []

    def interrupted(*places: Path) -> None:
        calls.append(places)
        if len(calls) == 1:
            raise KeyboardInterrupt
        real(*places)

    monkeypatch.setattr(scratch_module, "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _fill(tmp_path / "r", "new")
    assert _texts(tmp_path) == {"r/result": "new"}


def test_an_interrupt_right_after_the_exchange_does_not_undo_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    _fill(tmp_path / "r", "old")
    real = scratch_module.exchange

    def interrupted(*places: Path) -> None:
        real(*places)
        raise KeyboardInterrupt

    monkeypatch.setattr(scratch_module, "exchange", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _fill(tmp_path / "r", "new")
    assert _texts(tmp_path) == {"r/result": "new"}


def test_a_disk_that_is_full_at_the_very_end_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with output_folder(tmp_path / "r", ONE) as scratch:
        write_text(scratch / "result", "data")
        monkeypatch.setattr("pyspice_models.folders.mark.write_text", full)
    assert _texts(tmp_path) == {"r/result": "data"}
    monkeypatch.undo()
    with pytest.raises(RequestError, match="holds the result"):
        _fill(tmp_path / "r", "other", TWO)
    _fill(tmp_path / "r", "again")


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
    monkeypatch.setattr(scratch_module, "_PATIENCE", 0.05)
    code = "import fcntl, os, sys; h = os.open(sys.argv[1], 0); fcntl.flock(h, 2); print('ok', flush=True); input()"
    keeper = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout is not None
    assert keeper.stdout.readline() == "ok\n"
    _fill(tmp_path / "r")
    assert _texts(tmp_path) == {"r/result": "data"}
    keeper.communicate("\n", timeout=10)


# ---- folders of many runs


def _journal(target: Path, *numbers: int, key: str = "k", origin: Origin = ONE, stop: bool = False, **how: bool) -> set:
    with journal_in(target, key, {"study": "s"}, origin=origin, **how) as journal:
        before = set(journal.done)
        for number in numbers:
            journal.add(number, {"measures": {}, "n": number}, {"log.txt": f"{number}"} if number % 2 else None)
        if stop:
            raise KeyboardInterrupt
        write_text(journal.folder / "report", "report")
    return before


def test_a_finished_campaign_is_not_replaced_by_another_question(tmp_path: Path) -> None:
    _journal(tmp_path / "m", 0, 1, origin=SWEEP)
    before = _texts(tmp_path)
    for origin in (ONE, TWO):
        with pytest.raises(RequestError, match=r"m holds the result of ag2s sweep"):
            _journal(tmp_path / "m", 0, key="other", origin=origin)
    with pytest.raises(RequestError, match=r"m holds the result of ag2s sweep"):
        _fill(tmp_path / "m", origin=ONE)
    assert _texts(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    _journal(tmp_path / "m", 5, key="other", force=True)
    assert sorted(_texts(tmp_path)) == ["m/failed/run-5/log.txt", "m/report", "m/runs.jsonl"]


def test_resume_adds_to_a_finished_campaign_whose_question_grew(tmp_path: Path) -> None:
    _journal(tmp_path / "m", 0, 1, origin=ONE)
    assert _journal(tmp_path / "m", 2, 3, origin=TWO, resume=True) == {0, 1}
    assert sorted(_texts(tmp_path)) == [
        "m/failed/run-1/log.txt", "m/failed/run-3/log.txt", "m/report", "m/runs.jsonl",
    ]  # fmt: skip
    assert _journal(tmp_path / "m", origin=TWO, resume=True) == {0, 1, 2, 3}


def test_runs_of_a_finished_campaign_are_not_lost_to_an_unfinished_one(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _journal(tmp_path / "m", 0, stop=True)
    (tmp_path / "m-unfinished").rename(tmp_path / "aside")
    _journal(tmp_path / "m", 0, 1, 2)
    (tmp_path / "aside").rename(tmp_path / "m-unfinished")
    assert _journal(tmp_path / "m", origin=TWO, resume=True) == {0}
    assert _journal(tmp_path / "m", origin=TWO, resume=True) == {0, 1, 2}


def test_a_refused_resume_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    _journal(tmp_path / "m", 0, 1)
    before = _texts(tmp_path)
    with pytest.raises(RequestError, match="m holds the result"):
        _journal(tmp_path / "m", key="other", origin=TWO, resume=True)
    assert _texts(tmp_path) == before
    with pytest.raises(KeyboardInterrupt):
        _journal(tmp_path / "n", 0, stop=True)
    before = _texts(tmp_path)
    with pytest.raises(RequestError, match=r"belongs to another request \(study s\)"):
        _journal(tmp_path / "n", key="other", resume=True)
    assert _texts(tmp_path) == before


def test_force_begins_anew_and_says_so_before(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _journal(tmp_path / "m", 0, 1, stop=True)
    with pytest.raises(RequestError, match=r"holds 2 results of a call that was not finished.*--resume.*--force"):
        _journal(tmp_path / "m", 0)
    assert _journal(tmp_path / "m", 4, force=True) == set()
    assert sorted(_texts(tmp_path)) == ["m/report", "m/runs.jsonl"]


def test_a_result_that_came_meanwhile_is_not_replaced_by_a_campaign(tmp_path: Path) -> None:
    def slow() -> None:
        with journal_in(tmp_path / "m", "k", {}, origin=ONE) as journal:
            journal.add(0, {})
            _fill(tmp_path / "m", "quick", TWO)

    with pytest.raises(Ag2sError, match=r"complete, but lie in .*m-unfinished: meanwhile") as caught:
        slow()
    assert caught.value.exit_code == 1
    assert (tmp_path / "m" / "result").read_text() == "quick"
    assert _journal(tmp_path / "m", resume=True, force=True) == {0}


def test_a_good_result_that_is_called_unfinished_is_not_worked_in(tmp_path: Path) -> None:
    _fill(tmp_path / "m-unfinished")
    for how in ({}, {"resume": True}, {"force": True}):
        with pytest.raises(RequestError, match="m-unfinished holds the result of ag2s simulate"):
            _journal(tmp_path / "m", 0, **how)
    (tmp_path / "n-unfinished").mkdir()
    (tmp_path / "n-unfinished" / "mine").write_text("mine")
    with pytest.raises(RequestError, match="not ours"):
        _journal(tmp_path / "n", 0, force=True)
    (tmp_path / "o-unfinished").write_text("mine")
    with pytest.raises(RequestError, match="is a file"):
        _journal(tmp_path / "o", 0, force=True)
    assert _texts(tmp_path) == {"m-unfinished/result": "data", "n-unfinished/mine": "mine", "o-unfinished": "mine"}


@pytest.mark.parametrize("place", ["copied", "marked", "exchanged"])
def test_a_campaign_killed_at_any_moment_of_its_end_loses_no_run(tmp_path: Path, place: str) -> None:
    _journal(tmp_path / "m", 0, 1)
    work = tmp_path / "m-unfinished"
    if place == "copied":  # only a part of the failed runs is copied yet
        (work / "failed" / "run-1").mkdir(parents=True)
        at_work(ONE, "m").write(work)
    else:
        with pytest.raises(KeyboardInterrupt):
            _journal(tmp_path / "m", 2, origin=ONE, resume=True, stop=True)
        at_work(ONE, "m").ended(work, "complete").write(work)
        if place == "exchanged":
            scratch_module.exchange(work, tmp_path / "m")
    done = _journal(tmp_path / "m", resume=True)
    assert {0, 1} <= done
    if place != "copied":
        assert 2 in _journal(tmp_path / "m", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    assert (tmp_path / "m" / "failed" / "run-1" / "log.txt").read_text() == "1"

"""A folder of results is never replaced by another result, whatever happens, and what dead runs left is cleared."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from results_folders_cases import ONE, SWEEP, TWO, _fill, _texts

from pyspice_models.errors import RequestError
from pyspice_models.folders.mark import MARK, Origin

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

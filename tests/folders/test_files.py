"""Files whole or not at all: what is there already, devices and links stay; what fails leaves nothing."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyspice_models import files
from pyspice_models.errors import RequestError, StorageError
from pyspice_models.files import check_file, copy, whole, whole_text, write_text, writing


@pytest.fixture(params=["nameless", "named"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With files that have no name while they are filled, and on a file system that has none such."""
    if request.param == "named":
        real = os.open

        def refusing(path: object, flags: int, *rest: int, **more: int) -> int:
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(errno.EOPNOTSUPP, "Operation not supported")
            return real(path, flags, *rest, **more)  # type: ignore[arg-type]

        monkeypatch.setattr("os.open", refusing)
    return str(request.param)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_file_appears_whole_with_the_permissions_of_umask(tmp_path: Path, way: str, umask: None) -> None:
    with whole(tmp_path / "a") as file:
        file.write(b"one")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").read_bytes() == b"one"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    (tmp_path / "a").chmod(0o604)
    write_text(tmp_path / "a", "two\n")
    assert (tmp_path / "a").read_text() == "two\n"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o604, "an old file's own permissions stay"
    copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_text() == "two\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("there", [True, False])
def test_what_fails_leaves_what_was_there(tmp_path: Path, way: str, there: bool) -> None:
    if there:
        (tmp_path / "a").write_text("precious")

    def fail() -> None:
        with whole_text(tmp_path / "a") as file:
            file.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == ([("a", "precious")] if there else [])


def test_only_the_same_content_takes_the_place_unasked(tmp_path: Path, way: str) -> None:
    (tmp_path / "a").write_text("precious")
    with whole_text(tmp_path / "a", replace=False) as file:
        file.write("precious")

    def other() -> None:
        with whole_text(tmp_path / "a", replace=False) as file:
            file.write("PRECIOUS")

    with pytest.raises(RequestError, match=r"a is there already and holds something else.*--force"):
        other()
    assert (tmp_path / "a").read_text() == "precious"
    with pytest.raises(RequestError, match="is there already"):
        check_file(tmp_path / "a", "-o", replace=False)
    check_file(tmp_path / "a", "-o")
    with whole_text(tmp_path / "a", replace=True) as file:
        file.write("other")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "other")]


def test_a_file_that_comes_meanwhile_is_not_replaced_either(tmp_path: Path, way: str) -> None:
    def race() -> None:
        with whole_text(tmp_path / "a", replace=False) as file:
            file.write("mine")
            (tmp_path / "a").write_text("theirs")

    with pytest.raises(RequestError, match="is there already"):
        race()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a", "theirs")]


def test_links_are_followed_and_stay_links(tmp_path: Path, way: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "real").write_text("old")
    (tmp_path / "chain").symlink_to("link")
    (tmp_path / "link").symlink_to("deep/real")
    (tmp_path / "dangling").symlink_to("deep/new")
    write_text(tmp_path / "chain", "new")
    write_text(tmp_path / "dangling", "made")
    assert (tmp_path / "chain").is_symlink()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "dangling").is_symlink()
    assert {p.name: p.read_text() for p in (tmp_path / "deep").iterdir()} == {"real": "new", "new": "made"}
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RequestError, match=r"loop cannot be written: .*symbolic links"):
        check_file(tmp_path / "loop", "-o")


def test_devices_and_fifos_are_written_through(tmp_path: Path) -> None:
    write_text(Path("/dev/null"), "gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(OSError, match="No space left"):
        write_text(Path("/dev/full"), "gone")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)
    os.mkfifo(tmp_path / "fifo")
    reader = subprocess.Popen(["cat", tmp_path / "fifo"], stdout=subprocess.PIPE, text=True)
    write_text(tmp_path / "fifo", "through\n")
    assert reader.communicate(timeout=10)[0] == "through\n"
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def test_a_fifo_that_nobody_reads_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "READER_PATIENCE", 0.2)
    os.mkfifo(tmp_path / "fifo")

    def write() -> None:
        with writing(tmp_path / "fifo", "-o"), whole_text(tmp_path / "fifo") as file:
            file.write("x")

    with pytest.raises(RequestError, match="fifo cannot be written"):
        write()
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def test_standard_output_by_its_name_is_no_file_to_replace(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from pyspice_models.files import write_text\n"
        "print('before', flush=True); write_text(Path('/dev/stdout'), 'text\\n'); print('after')"
    )
    with (tmp_path / "log").open("w") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True, timeout=60)
    assert (tmp_path / "log").read_text() == "before\ntext\nafter\n"
    assert [p.name for p in tmp_path.iterdir()] == ["log"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("file/below", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("folder", "it is a folder"),
    ],
)
def test_a_place_where_no_file_can_lie_is_refused_before_the_work(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(RequestError, match=f"cannot be written: {reason}.*Choose another"):
        check_file(tmp_path / name, "-o")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_folders_made_for_a_file_that_fails_go_again(tmp_path: Path) -> None:
    def fail() -> None:
        with writing(tmp_path / "a" / "b" / "file", "-o"), whole(tmp_path / "a" / "b" / "file"):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match=r"file cannot be written: No space left.*MB are free there\)\. Make room\."):
        fail()
    assert not list(tmp_path.iterdir())


def test_users_own_partial_files_are_never_touched(tmp_path: Path, way: str) -> None:
    """An earlier version wrote to this name, and deleted it."""
    for name in ("x.cir.partial", ".x.cir.partial", "x.cir.part", "x.cir.tmp", "x.cir~"):
        (tmp_path / name).write_text("mine")
    write_text(tmp_path / "x.cir", "theirs")
    assert {p.name for p in tmp_path.iterdir() if p.read_text() == "mine"} == {
        "x.cir.partial", ".x.cir.partial", "x.cir.part", "x.cir.tmp", "x.cir~",
    }  # fmt: skip


def test_a_killed_writer_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from pyspice_models.files import whole\n"
        "with whole(Path(sys.argv[1])) as file:\n"
        "    file.write(b'x' * 100000); file.flush(); print('there', flush=True); time.sleep(60)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, tmp_path / "a"], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "there\n"
    writer.kill()
    assert writer.wait() == -signal.SIGKILL
    writer.stdout.close()
    assert not list(tmp_path.iterdir())

"""Files whole or not at all: what is there already, devices and links stay; what fails leaves nothing."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from pyspice_models import files
from pyspice_models.disk import lack
from pyspice_models.errors import RequestError, StorageError
from pyspice_models.files import check_file, copy, whole, whole_text, write_text, writing
from pyspice_models.result import load
from pyspice_models.result.sink import Sink
from pyspice_models.result.store import save, save_or_rescue


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
    monkeypatch.setattr(files, "_PATIENCE", 0.2)
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


# ---- netCDF on a disk that is full


@st.composite
def _operations(draw: st.DrawFn) -> list[tuple[str, int, bytes]]:
    return draw(
        st.lists(
            st.tuples(st.sampled_from(["write", "read", "truncate"]), st.integers(0, 60), st.binary(max_size=30)),
            max_size=30,
        )
    )


@given(operations=_operations(), limit=st.one_of(st.none(), st.integers(0, 60)))
@example(
    operations=[("write", 10, b"0123456789"), ("truncate", 15, b""), ("write", 19, b"x"), ("read", 10, bytes(10))],
    limit=5,
)
@example(operations=[("write", 0, b"1"), ("truncate", 0, b""), ("write", 1, b"2"), ("read", 0, b"3")], limit=0)
@example(operations=[("write", 0, b"12"), ("truncate", 1, b""), ("write", 2, b"3"), ("read", 0, b"456")], limit=1)
def test_a_sink_reads_back_what_was_written_however_full_the_disk_is(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, int, bytes]], limit: int | None
) -> None:
    """Against a plain list of bytes; the disk takes what lies below the limit."""
    path = tmp_path_factory.mktemp("sink") / "file"
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    sink, model = Sink(handle), bytearray()
    real = os.pwrite

    def limited(number: int, data: memoryview, place: int) -> int:
        if limit is not None and place + len(data) > limit:
            if place >= limit:
                raise OSError(errno.ENOSPC, "No space left on device")
            data = data[: limit - place]
        return real(number, data, place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.pwrite", limited)
        for what, place, data in operations:
            sink.seek(place)
            if what == "write":
                assert sink.write(data) == len(data)
                if data:
                    model.extend(bytes(max(0, place + len(data) - len(model))))
                    model[place : place + len(data)] = data
            elif what == "truncate":
                assert sink.truncate(place) == place
                model = model[:place].ljust(place, b"\0")
            else:
                buffer = bytearray(len(data))
                assert sink.readinto(buffer) == len(model[place : place + len(data)])
                assert buffer[: len(model[place:])] == model[place : place + len(data)]
            assert sink.seek(0, os.SEEK_END) == len(model)
    os.close(handle)
    if sink.failure is None:
        assert path.read_bytes() == bytes(model)


def test_a_sink_says_that_it_reads_writes_and_seeks(tmp_path: Path) -> None:
    handle = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    sink = Sink(handle)
    assert (sink.readable(), sink.writable(), sink.seekable()) == (True, True, True)
    os.close(handle)


def _dataset(size: int = 200_000) -> xr.Dataset:
    return xr.Dataset({"w": ("time", np.random.default_rng(0).random(size))}, {"time": np.arange(float(size))})


def test_netcdf_comes_back_bit_by_bit(tmp_path: Path) -> None:
    save(_dataset(), tmp_path / "a.nc")
    xr.testing.assert_identical(load(tmp_path / "a.nc"), _dataset())


def test_netcdf_on_a_full_disk_costs_no_process_and_leaves_no_file(tmp_path: Path) -> None:
    """HDF5 itself crashes at the end of the process, when it cannot write what it still holds."""
    code = (
        "import numpy as np, xarray as xr, sys\n"
        "from pathlib import Path\n"
        "from pyspice_models.result.store import save\n"
        "data = xr.Dataset({'w': ('time', np.random.default_rng(0).random(1_000_000))})\n"
        "for place in sys.argv[1:]:\n"
        "    try: save(data, Path(place))\n"
        "    except OSError as error: print(error.strerror)\n"
        "import gc; gc.collect()\n"
    )
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 2000; exec "$0" "$@"', sys.executable, "-c", code, tmp_path / "a.nc", "/dev/full"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["File too large", "File too large"]
    assert not list(tmp_path.iterdir())


def test_a_dataset_without_room_is_kept_where_there_is_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    real = os.pwrite

    def sometimes(handle: int, data: memoryview, place: int) -> int:
        if not Path(f"/proc/self/fd/{handle}").readlink().is_relative_to(tmp_path / "tmp"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data, place)

    monkeypatch.setattr("os.pwrite", sometimes)
    with pytest.raises(StorageError, match=r"full/a\.nc cannot be written: No space left.*It lies in .*tmp.*a\.nc"):
        save_or_rescue(_dataset(1000), tmp_path / "full" / "a.nc")
    (rescued,) = (tmp_path / "tmp").glob("*/a.nc")
    xr.testing.assert_identical(load(rescued), _dataset(1000))
    assert not list((tmp_path / "full").iterdir())
    shutil.rmtree(rescued.parent)

    def never(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.pwrite", never)
    with pytest.raises(StorageError, match="found room nowhere else"):
        save_or_rescue(_dataset(1000), tmp_path / "full" / "a.nc")
    assert not list((tmp_path / "tmp").iterdir())


def test_a_full_disk_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lack(tmp_path) == ""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        assert "File too large" in lack(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())

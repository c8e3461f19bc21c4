"""netCDF files whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from pyspice_models.disk import lack
from pyspice_models.errors import StorageError
from pyspice_models.result import load
from pyspice_models.result.sink import Sink
from pyspice_models.result.store import save, save_or_rescue

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
                sink.truncate(place)
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

"""Files that a user names: only regular ones are opened, and read up to a cap."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from input_readers import READERS, TOML
from typer.testing import CliRunner

from pyspice_models.cells.presets import load_preset
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.inputs import arrays, matlab
from pyspice_models.inputs import text as reading
from pyspice_models.inputs.text import check_regular, read_bytes
from pyspice_models.study.tables.read import load_study

runner = CliRunner()


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_device, "it is a device, not a regular file"),
        (_fifo, "it is a FIFO, not a regular file"),
        (Path.mkdir, "it is a folder|holds no finished run"),
    ],
    ids=["device", "FIFO", "folder"],
)
def test_only_regular_files_are_read(name: str, make: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    """A device never ends and a FIFO never begins: neither is even opened."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    make(path)
    with pytest.raises(RequestError, match=message) as refused:
        READERS[name](path)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("part", ["x" * 300, "x" * 5000, "a\0b", "\ud800", "no\x1b[31msuch\nfile"])
def test_a_name_that_no_file_has_is_refused(name: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError) as refused:
        READERS[name](tmp_path / part / name)
    assert len(str(refused.value)) < 700
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("name", READERS)
def test_rubbish_is_refused_by_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for content in (
        b"=",
        b"\0" * 1000,
        bytes(range(256)) * 4,
        b"PK\x03\x04",
        b"\x89HDF\r\n\x1a\n" + bytes(100),
        b"[" * 5000,
    ):
        path.write_bytes(content)
        with pytest.raises(RequestError, match=path.name):
            READERS[name](path)


def test_a_file_above_the_cap_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(2_000_000)  # takes no room on the disk
    with pytest.raises(
        RequestError, match=r"the data file .*large cannot be read: it has 2000000 bytes, and at most 1000000"
    ):
        read_bytes(path, "data file", 1_000_000)
    with pytest.raises(RequestError, match="at most 1000000 are read"):
        load_preset(path)
    assert len(read_bytes(path, "data file", 2_000_000)) == 2_000_000
    # a pseudo file of the system states no size
    assert Path("/proc/self/maps").stat().st_size == 0
    with pytest.raises(RequestError, match="it has more than 10 bytes"):
        read_bytes(Path("/proc/self/maps"), "data file", 10)


def test_a_link_to_a_regular_file_is_one(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(TOML)
    (tmp_path / "link.toml").symlink_to("study.toml")
    assert load_study(tmp_path / "link.toml").name == "m"
    check_regular(tmp_path / "link.toml", "study")


@pytest.mark.parametrize("command", [["simulate"], ["sweep"], ["montecarlo"], ["write-verify"], ["fit"]])
def test_commands_refuse_what_is_no_regular_file(command: list[str], tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    for path in ("/dev/zero", "fifo", "."):
        done = runner.invoke(app, [*command, path])
        assert (done.exit_code, "not a regular file" in done.stderr) == (2, True), done.stderr
    done = runner.invoke(app, ["convert", "fifo", "--to", "waves.csv"])
    assert (done.exit_code, "it is a FIFO" in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["fifo"]


def test_a_map_that_is_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes(TOML + b'[array.initial]\nfile = "/dev/zero"\n')
    with pytest.raises(RequestError, match="the map in /dev/zero cannot be read: it is a device"):
        load_study(tmp_path / "s.toml")


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    (tmp_path / "s.toml").write_bytes(TOML)
    os.mkfifo(tmp_path / "fifo")
    for _ in range(5):
        load_study(tmp_path / "s.toml")
        with pytest.raises(RequestError, match=r"the map .*fifo cannot be read: it is a FIFO"):
            read_bytes(tmp_path / "fifo", "map", 10)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert stat.S_ISFIFO((tmp_path / "fifo").stat().st_mode)


def test_every_reader_of_user_files_is_the_one() -> None:
    """Nothing else in the package opens what a user names: the list is short and known."""
    package = Path(reading.__file__).parent
    allowed = {"inputs/text.py", "journal.py", "checkpoint.py", "folder.py"}  # the last three: this package's own files
    for path in [
        *(package / "study").rglob("*.py"),
        *(package / "params").rglob("*.py"),
        *(package / "cli").rglob("*.py"),
    ]:
        text = path.read_text(encoding="utf-8")
        if path.name not in allowed:
            assert "np.load(" not in text, path
            assert "tomllib.load" not in text, path
            assert "loadmat(" not in text, path
    assert arrays.MOST_MAP == matlab.MOST_MAP == reading.MOST_MAP

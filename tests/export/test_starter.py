"""`ag2s studies` and `ag2s init`: what ships is listed whole, and lands in a user's folder whole, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyspice_models import load_study, load_sweep, load_write_verify
from pyspice_models.cli.commands import COMMANDS
from pyspice_models.cli.main import app
from pyspice_models.export.shipped import shipped_studies, studies_as_data

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).resolve().parents[2] / "scripts"
AG2S = Path(sys.executable).with_name("ag2s")


def _ag2s(*words: str):
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def test_every_study_is_listed_with_what_it_answers() -> None:
    studies = shipped_studies()
    assert [one.name for one in studies] == sorted(path.stem for path in (ROOT / "studies").glob("*.toml"))
    for one in studies:
        assert one.title
        assert len(one.answers) > 40, one.name
        assert one.command.split()[0] in COMMANDS
    commands = {one.name: one.command for one in studies}
    assert commands["write_read"] == "simulate"
    assert commands["sneak_sweep"] == "sweep"
    assert commands["learn_tune"] == "learn --tune"
    assert commands["write_verify"] == "write-verify"


def test_the_command_lists_them() -> None:
    done = _ag2s("studies")
    assert done.exit_code == 0
    assert all(one.name in done.stdout for one in shipped_studies())
    assert "Write one cell of a 16 x 16 array" in done.stdout
    assert json.loads(_ag2s("studies", "--json").stdout) == studies_as_data(shipped_studies())


def _tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("how", ["new", "deep/er/new", "empty", "."])
def test_a_folder_to_begin_in_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    if how == "empty":
        (here / how).mkdir(mode=0o750)
    done = _ag2s("init", how)
    assert done.exit_code == 0, done.stderr
    assert "ag2s simulate studies/write_read.toml" in done.stderr
    assert ("cd " in done.stderr) == (how != ".")
    place = here / how
    for kind, endings in (("studies", "toml csv va sub lib inc mod"), ("examples", "py csv"), ("notebooks", "ipynb")):
        shipped = {
            str(path.relative_to(ROOT)) for end in endings.split() for path in (ROOT / kind).rglob(f"*.{end}")
        }  # fmt: skip
        assert {name for name in _tree(place) if name.startswith(f"{kind}/") and (place / name).is_file()} == shipped
        assert all((place / name).read_bytes() == (ROOT / name).read_bytes() for name in shipped)
    readme = (place / "README.md").read_text(encoding="utf-8")
    assert all(f"`{one.name}.toml`" in readme for one in shipped_studies())
    assert {path.name for path in place.iterdir()} == {"README.md", "studies", "examples", "notebooks"}
    if how == "empty":
        assert place.stat().st_mode & 0o777 == 0o750


def test_what_was_copied_is_read_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _ag2s("init", "mine").exit_code == 0
    monkeypatch.chdir(tmp_path / "mine")
    load_sweep("studies/sneak_sweep.toml")
    load_write_verify("studies/write_verify.toml")  # levels in a CSV
    for name in ("sneak_read", "write_read_1t1r_foundry"):  # states in a CSV; a foundry's file, which includes another
        load_study(f"studies/{name}.toml")


@pytest.mark.parametrize("lies", ["notes.txt", ".hidden", "studies/own.toml"])
def test_a_folder_that_holds_anything_is_refused(tmp_path: Path, lies: str) -> None:
    place = tmp_path / "mine"
    (place / lies).parent.mkdir(parents=True)
    (place / lies).write_text("years of work")
    before = _tree(tmp_path)
    done = _ag2s("init", str(place))
    assert done.exit_code == 2
    assert "is not empty, and nothing in it is touched" in " ".join(done.stderr.split())
    assert _tree(tmp_path) == before
    assert (place / lies).read_text() == "years of work"


def test_no_place_for_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to("loop")
    before = _tree(tmp_path)
    for place in ("file", "file/in", "loop", "x" * 300):
        done = _ag2s("init", str(tmp_path / place))
        assert done.exit_code == 2, place
        assert "Traceback" not in done.stderr
    assert _ag2s("init", "/proc/nowhere").exit_code == 2
    assert _tree(tmp_path) == before


def test_a_disk_that_takes_no_more_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Played by a limit of the size of a file: of the studies some are larger than 1 kB."""
    for place in ("a/b/new", "empty"):
        if place == "empty":
            (tmp_path / place).mkdir()
        before = _tree(tmp_path)
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f 1; {AG2S} init {place}"], cwd=tmp_path, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "cannot be written" in done.stderr
        assert "Traceback" not in done.stderr
        assert _tree(tmp_path) == before


def test_what_a_killed_call_left_goes_with_the_next(tmp_path: Path) -> None:
    """A hidden folder with the mark of a process that is no more."""
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from pyspice_models.folders.mark import Origin\n"
        "from pyspice_models.folders.scratch import scratch_folder\n"
        "with scratch_folder(Path('mine').resolve(), Origin('init')) as scratch:\n"
        "    (scratch.path / 'studies').mkdir()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, timeout=60)
    assert len(list(tmp_path.iterdir())) == 1
    assert _ag2s("init", str(tmp_path / "mine")).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]

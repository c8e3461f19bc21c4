"""The commands and what is there already: no second command, picture, signal or full disk costs any of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from results_commands_cases import STUDY, WRITING, Call, call  # noqa: F401
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.result import load

pytestmark = pytest.mark.usefixtures("no_pictures")


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_command_that_writes_can_be_forced() -> None:
    for command in (
        "simulate", "sweep", "montecarlo", "write-verify", "program", "bench",
        "characterize", "export", "fit", "deembed", "currents", "netlist", "convert",
    ):  # fmt: skip
        told = CliRunner().invoke(app, [command, "--help"])
        assert "--force" in re.sub(r"\x1b\[[0-9;]*m", "", told.output), command


@pytest.mark.parametrize("name", ["x" * 3000, "/".join(["y" * 200] * 30)], ids=["name", "path"])
@pytest.mark.parametrize(
    "words",
    [
        *([word for word in words if word not in ("--out", "r")] + ["--out"] for words in WRITING.values()),
        ["export", "--to"], ["characterize", "--form", "twin", "--out"], ["bench", "--quick", "--out"],
        ["netlist", "-o"],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_a_name_that_is_too_long_is_refused_before_the_work(call: Call, words: list[str], name: str) -> None:
    refused = call(*words, name)
    assert refused.exit_code == 2, refused.output
    assert re.search(r"error: .{1,400} cannot be written: File name too long", " ".join(refused.stderr.split()))


# ---- one result after the other


@pytest.mark.slow
def test_what_montecarlo_prints_is_safe_to_type_and_shows_that_run(call: Call, tmp_path: Path) -> None:
    done = call("montecarlo", "s.toml", "--set", "program.0.voltage=0.25 V", "--seed", "9", "--out", "out/s")
    assert done.exit_code == 0, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("the worst alone: ")]
    words = shlex.split(line.partition(": ")[2])
    assert words[:2] == ["ag2s", "simulate"]
    before = _files(tmp_path / "out" / "s")
    for _ in range(2):
        alone = call(*words[1:], "--json")
        assert alone.exit_code == 0, alone.output
    assert _files(tmp_path / "out" / "s") == before
    run = int(words[words.index("--run") + 1])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["s", f"s-run-{run}"]
    campaign = load(tmp_path / "out" / "s" / "montecarlo.nc")
    for name, measure in json.loads(alone.stdout)["measures"].items():
        assert measure["value"] == float(campaign[name].values[run]), name


@pytest.mark.parametrize("first", WRITING)
def test_another_kind_or_question_does_not_replace_a_result(call: Call, tmp_path: Path, first: str) -> None:
    done = call(*WRITING[first])
    assert done.exit_code == 0, done.output
    before = _files(tmp_path / "r")
    others = [words for name, words in WRITING.items() if name != first]
    others += [
        ["simulate", "s.toml", "--set", "array.rows=3", "--out", "r"],
        ["simulate", "s.toml", "--engine", "nodal", "--out", "r"],
        ["simulate", "s.toml", "--form", "subckt", "--out", "r"],
        ["simulate", "s.toml", "--accuracy", "0.3%", "--out", "r"],
        ["simulate", "s.toml", "--run", "1", "--out", "r"],
        ["sweep", "s.toml", "--over", "program.0.voltage=0.2,0.31", "--out", "r"],
        ["montecarlo", "s.toml", "--runs", "4", "--out", "r"],
        ["montecarlo", "s.toml", "--set", "montecarlo.limits.state_change=>= 0.05", "--out", "r"],
        ["write-verify", "w.toml", "--set", "write_verify.tolerance=0.025", "--out", "r"],
        ["fit", "d.csv", "--parameters", "g_int_max", "--name", "other", "--out", "r"],
        ["export", "--to", "r"],
        ["characterize", "--form", "twin", "--out", "r"],
        ["bench", "--quick", "--out", "r"],
    ]
    for words in others:
        refused = call(*words)
        assert refused.exit_code == 2, (words, refused.output)
        assert f"holds the result of ag2s {first}" in refused.stderr, words
        assert "--force" in refused.stderr
        assert refused.stdout == ""
    assert _files(tmp_path / "r") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "r", "s.toml", "w.toml"]


@pytest.mark.parametrize(
    "command", [one if one in ("simulate", "fit") else pytest.param(one, marks=pytest.mark.slow) for one in WRITING]
)
def test_the_same_question_again_replaces_and_force_replaces_anything(
    call: Call, tmp_path: Path, command: str
) -> None:  # fmt: skip
    words = WRITING[command]
    other = ["simulate", "s.toml", "--set", "array.rows=1", "--set", "program.0.row=0", "--set", "program.1.row=0"]
    assert call(*other, "--out", "r").exit_code == 0
    for more in (["--force"], []):
        done = call(*words, *more)
        assert done.exit_code == 0, done.output
        assert json.loads((tmp_path / "r" / ".ag2s").read_text())["kind"] == command
    assert not (tmp_path / "r" / "deck.cir").exists() or command == "simulate"
    if command == "simulate":  # a longer limit of time is no other question
        assert call(*words, "--time-limit", "100").exit_code == 0


def test_a_netlist_or_waves_do_not_replace_another_file_unless_forced(call: Call, tmp_path: Path) -> None:
    assert call("simulate", "s.toml", "--out", "r").exit_code == 0
    for words, name in ((["netlist", "-o"], "x.cir"), (["convert", "r", "--to"], "x.csv")):
        Path(name).write_text("mine")
        refused = call(*words, name)
        assert refused.exit_code == 2
        assert f"{name} is there already" in refused.stderr
        assert Path(name).read_text() == "mine"
        assert call(*words, name, "--force").exit_code == 0
        assert Path(name).read_text() != "mine"
    again = call("netlist", "-o", "x.cir")  # the same text is no other file
    assert again.exit_code == 0
    Path("ag2s.osdi").write_text("my own")
    refused = call("netlist", "-o", "y.cir", "--form", "osdi")
    assert refused.exit_code == 2
    assert "ag2s.osdi is there already" in refused.stderr
    assert Path("ag2s.osdi").read_text() == "my own"
    assert not Path("y.cir").exists()


def test_a_fitted_preset_does_not_replace_a_file_and_says_so_before_the_fit(call: Call) -> None:
    Path("d.preset.toml").write_text("mine")
    refused = call("fit", "d.csv", "--parameters", "g_int_max")
    assert refused.exit_code == 2
    assert "d.preset.toml is there already" in refused.stderr
    assert Path("d.preset.toml").read_text() == "mine"
    assert call("fit", "d.csv", "--parameters", "g_int_max", "--force").exit_code == 0
    assert "[cell.g_int_max]" in Path("d.preset.toml").read_text()


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a result."""
    folder = tmp_path_factory.mktemp("result")
    (folder / "s.toml").write_text(STUDY)
    done = CliRunner().invoke(
        app, ["simulate", str(folder / "s.toml"), "--engine", "nodal", "--out", str(folder / "r")]
    )
    assert done.exit_code == 0, done.output
    return folder / "r"


@pytest.mark.parametrize("ending", [".csv", ".mat", ".raw", ".nc"])
def test_devices_fifos_and_links_stay_what_they_are(call: Call, result: Path, tmp_path: Path, ending: str) -> None:
    shutil.copytree(result, "r")
    assert call("convert", "r", "--to", f"plain{ending}").exit_code == 0
    plain = (tmp_path / f"plain{ending}").read_bytes()
    os.mkfifo(f"fifo{ending}")
    with Path("through").open("wb") as out:  # a pipe would be full before the test reads from it
        reader = subprocess.Popen(["cat", f"fifo{ending}"], stdout=out)
    assert call("convert", "r", "--to", f"fifo{ending}").exit_code == 0
    assert reader.wait(timeout=30) == 0
    through = Path("through").read_bytes()
    assert len(through) == len(plain)
    assert through == plain or ending == ".mat"  # whose header tells the time
    Path(f"null{ending}").symlink_to("/dev/null")
    assert call("convert", "r", "--to", f"null{ending}").exit_code == 0
    Path(f"full{ending}").symlink_to("/dev/full")
    full = call("convert", "r", "--to", f"full{ending}")
    assert full.exit_code == 1
    assert "No space left on device" in full.stderr
    Path(f"link{ending}").symlink_to("target")
    assert call("convert", "r", "--to", f"link{ending}").exit_code == 0
    assert (tmp_path / "target").stat().st_size == len(plain)
    assert Path(f"link{ending}").is_symlink()
    assert Path(f"null{ending}").is_symlink()
    assert stat.S_ISFIFO(Path(f"fifo{ending}").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("command", [*WRITING, "export", "bench", "characterize"])
def test_a_folder_that_cannot_be_is_refused_before_the_work(
    call: Call, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    words = WRITING.get(command, [command, "--to" if command == "export" else "--out", "r"])

    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work began")

    begins = "campaign.sweep.work_through", "campaign.montecarlo.work_through", "cli.commands.lab.fit.fit"
    for place in ("engine.program.Program.run", *begins):
        monkeypatch.setattr(f"pyspice_models.{place}", work)
    Path("file").touch()
    for place in ("file", "file/r", "x" * 250, "/proc/none/r", "/dev/full", "."):
        refused = call(*words[:-1], place)
        assert refused.exit_code == 2, (place, refused.output)
        assert len(refused.stderr) < 2000
        assert refused.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "file", "s.toml", "w.toml"]

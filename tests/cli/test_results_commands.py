"""The commands and what is there already: no second command, picture, signal or full disk costs any of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from matplotlib.figure import Figure
from signals import hear_signals
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.result import load

AG2S = Path(sys.executable).with_name("ag2s")
STUDY = """
[array]
rows = 2
cols = 2
[array.initial]
pattern = "checkerboard"
[variability]
seed = 7
[montecarlo]
runs = 3
[montecarlo.limits]
state_change = ">= 0.06"
[[program]]
do = "write"
row = 1
col = 1
[[program]]
do = "read"
row = 1
col = 1
"""
VERIFY = """
[array]
rows = 2
cols = 2
[array.initial]
pattern = "uniform"
low = 0.3
[write_verify]
pattern = "identity"
"""
TRAIN = "pulse,voltage [V],width [us],conductance [uS]\n" + "".join(
    f"{n},0.3,1,{0.02 + 0.18 * (1 - 0.93**n):.6f}\n" for n in range(1, 25)
)
WRITING = {
    "simulate": ["simulate", "s.toml", "--out", "r"],
    "sweep": ["sweep", "s.toml", "--over", "program.0.voltage=0.2,0.3", "--workers", "1", "--out", "r"],
    "montecarlo": ["montecarlo", "s.toml", "--workers", "1", "--out", "r"],
    "write-verify": ["write-verify", "w.toml", "--out", "r"],
    "fit": ["fit", "d.csv", "--parameters", "g_int_max", "--out", "r"],
}
"""Commands that write a folder with data and pictures, and do not take a minute."""

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """In this process."""
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "w.toml").write_text(VERIFY)
    (tmp_path / "d.csv").write_text(TRAIN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, words)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_command_that_writes_can_be_forced() -> None:
    for command in (
        "simulate", "sweep", "montecarlo", "write-verify", "bench",
        "characterize", "export", "fit", "netlist", "convert",
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


@pytest.mark.parametrize("command", WRITING)
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


@pytest.mark.parametrize("ending", [".csv", ".mat", ".raw", ".nc"])
def test_devices_fifos_and_links_stay_what_they_are(call: Call, tmp_path: Path, ending: str) -> None:
    assert call("simulate", "s.toml", "--engine", "nodal", "--out", "r").exit_code == 0
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

    for place in ("engine.program.Program.run", "study.campaign.work_through", "study.fit.fit"):
        monkeypatch.setattr(f"pyspice_models.{place}", work)
    Path("file").touch()
    for place in ("file", "file/r", "x" * 250, "/proc/none/r", "/dev/full", "."):
        refused = call(*words[:-1], place)
        assert refused.exit_code == 2, (place, refused.output)
        assert len(refused.stderr) < 2000
        assert refused.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "file", "s.toml", "w.toml"]


# ---- pictures


@pytest.mark.parametrize("command", WRITING)
def test_a_picture_that_fails_costs_no_data(
    call: Call, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    real = Figure.savefig
    seen: list[str] = []

    def second_fails(self: Figure, *words: object, **more: object) -> None:
        seen.append("")
        if len(seen) == 1:
            raise ValueError("mathtext: expected end of text")
        real(self, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Figure, "savefig", second_fails)
    failed = call(*WRITING[command], "--json")
    assert failed.exit_code == 1
    told = " ".join(failed.stderr.split())
    assert re.search(r"the picture \w+\.png cannot be drawn: ValueError: mathtext: expected end of text", told)
    assert "The data are complete in r." in told
    assert "Traceback" not in told
    json.loads(failed.stdout)
    names = {path.name for path in (tmp_path / "r").iterdir()}
    data = {
        "simulate": {"result.nc", "measures.json", "deck.cir", "ngspice.log"},
        "sweep": {"sweep.nc", "sweep.csv"},
        "montecarlo": {"montecarlo.nc", "montecarlo.csv", "report.json"},
        "write-verify": {"report.json", "states.csv", "states.npz"},
        "fit": {"preset.toml", "fit.json"},
    }
    assert names >= data[command]
    assert len([name for name in names if name.endswith(".png")]) == len(seen) - 1, "the others are drawn"
    again = call(*WRITING[command], "--json")  # and the same command mends it
    assert again.exit_code == 0, again.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "r", "s.toml", "w.toml"]


def test_a_library_for_pictures_that_cannot_be_loaded_costs_no_data(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, "pyspice_models.report", None)
    failed = call("simulate", "s.toml", "--out", "r")
    assert failed.exit_code == 1
    assert "the pictures cannot be drawn: ModuleNotFoundError" in " ".join(failed.stderr.split())
    assert "energy_per_switch" in failed.stdout
    assert (tmp_path / "r" / "result.nc").is_file()


@pytest.mark.parametrize("command", ["simulate", "write-verify", "fit"])
def test_a_stop_while_pictures_are_drawn_costs_no_data(
    call: Call, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def stop(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    monkeypatch.setattr(Figure, "savefig", stop)
    stopped = call(*WRITING[command])
    assert stopped.exit_code == 143, stopped.output
    told = " ".join(stopped.stderr.split())
    assert "stopped by SIGTERM" in told
    assert f"The data are complete in {tmp_path / 'r'}" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "r", "s.toml", "w.toml"]
    assert len(list((tmp_path / "r").iterdir())) >= 3


# ---- signals


def _begin(folder: Path, *words: str, command: str = "exec") -> subprocess.Popen[str]:
    (folder / "tmp").mkdir(exist_ok=True)
    line = f'{command} "$0" "$@"'
    return subprocess.Popen(
        ["bash", "-c", line, AG2S, *words], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200", "TMPDIR": str(folder / "tmp")},
        preexec_fn=hear_signals,
    )  # fmt: skip


def _wait_for(pattern: str, folder: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


LARGE = ["--set", "array.rows=60", "--set", "array.cols=60"]


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_simulation_and_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    process = _begin(tmp_path, "simulate", "s.toml", *LARGE, "--out", "out/r")
    _wait_for("out/.r-*/waves.raw", tmp_path, process)
    process.send_signal(how)
    process.send_signal(how)  # a terminal that closes sends more than one
    _, told = process.communicate(timeout=30)
    assert process.returncode == 128 + how, told
    assert f"stopped by {how.name}" in told
    assert "Traceback" not in told
    assert not list((tmp_path / "out").iterdir())
    assert not list((tmp_path / "tmp").iterdir())


def test_a_hangup_that_is_ignored_stays_so(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    process = _begin(tmp_path, "simulate", "s.toml", "--out", "out/r", command="trap '' HUP; exec")
    _wait_for("out/.r-*", tmp_path, process)
    process.send_signal(signal.SIGHUP)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert (tmp_path / "out" / "r" / "result.nc").is_file()


def test_a_hangup_of_a_campaign_says_what_is_kept_and_resume_goes_on(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    words = ["montecarlo", "s.toml", "--runs", "40", "--out", "m"]
    process = _begin(tmp_path, *words)
    _wait_for("m-unfinished/runs.jsonl", tmp_path, process)
    journal = tmp_path / "m-unfinished" / "runs.jsonl"
    while len(journal.read_bytes().splitlines()) < 4:
        time.sleep(0.01)
    process.send_signal(signal.SIGHUP)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 129, told
    kept = len(journal.read_bytes().splitlines()) - 1
    assert f"stopped: {kept} results are kept in m-unfinished; --resume goes on" in " ".join(told.split())
    assert not list((tmp_path / "tmp").iterdir())
    again = _begin(tmp_path, *words, "--resume")
    _, told = again.communicate(timeout=120)
    assert again.returncode == 0, told
    assert f"going on: {kept} results are there" in told
    assert (load(tmp_path / "m" / "montecarlo.nc")["failure"] == "").all()


def test_a_stopped_write_verify_says_where_its_rounds_are(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(VERIFY)
    words = ["write-verify", "w.toml", "--set", "array.rows=8", "--set", "array.cols=8", "--out", "r"]
    words += ["--set", "write_verify.tolerance=0.002"]
    process = _begin(tmp_path, *words)
    _wait_for("r-checkpoint.npz", tmp_path, process)
    process.send_signal(signal.SIGQUIT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 131, told
    assert "The rounds so far are kept in" in told
    assert "r-checkpoint.npz: the same command goes on from there" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r-checkpoint.npz", "tmp", "w.toml"]


# ---- full disks


def _tight(folder: Path, limit: str, *words: str) -> tuple[int, str]:
    """Status and standard error of a command, with its output on a disk of so many kB, or files of so many at most."""
    kind, kilobytes = limit.split()
    line = 'ulimit -f "$SIZE"; exec "$0" "$@"'
    if kind == "disk":
        # gone with the namespace, and so with the command: what lies there is copied first
        line = (
            'mount -t tmpfs -o size="${SIZE}k" small small && { "$0" "$@"; status=$?; cp -a small copy; exit $status; }'
            " || exit 77"
        )
    (folder / "small").mkdir()
    call = ["bash", "-c", line, AG2S, *words]
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", *call] if kind == "disk" else call, cwd=folder, text=True,
        capture_output=True, timeout=120, check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200", "SIZE": kilobytes, "TMPDIR": str(folder / "tmp")},
    )  # fmt: skip
    if kind == "files":
        (folder / "small").rename(folder / "copy")
    assert (folder / "copy").is_dir(), f"no file system can be mounted here, in no namespace either: {done.stderr}"
    return done.returncode, " ".join(done.stderr.split())


_TRY = ["--set", "study.disk_limit=1e12"]  # else the estimate refuses what will not find room
FULL = r"No space left on device|File too large|SIGXFSZ"


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
@pytest.mark.parametrize(
    "limit", ["disk 4", "disk 80", "disk 100", "disk 160", "disk 240", "disk 330", "files 8", "files 80"]
)
def test_a_simulation_on_a_full_disk_says_so_and_keeps_what_is_done(tmp_path: Path, limit: str, engine: str) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "tmp").mkdir()
    status, told = _tight(tmp_path, limit, "simulate", "s.toml", "--engine", engine, *_TRY, "--out", "small/r")
    left = {path.name for path in (tmp_path / "copy").iterdir()}
    if status == 0:  # nodal leaves no deck, and needs less
        assert limit in ("disk 330", "disk 240")
    else:
        assert status == 1, told
        assert re.search(FULL, told), told
    assert "Traceback" not in told
    assert left in ({"r"}, {"r-failed"}, set()), "never a hidden one, never both"
    if "r" in left:
        assert load(tmp_path / "copy" / "r" / "result.nc").attrs["study"] == "s"
        assert json.loads((tmp_path / "copy" / "r" / "measures.json").read_text())["measures"]
        assert status == 0 or "The data are complete in" in told
    elif "r-failed" in left:
        assert "r-failed" in told
        for path in (tmp_path / "copy" / "r-failed").iterdir():
            assert path.suffix in (".log", ".raw") or path.stat().st_size > 0, "no half file"
    if rescued := list((tmp_path / "tmp").glob("ag2s-rescued-*/result.nc")):
        assert str(rescued[0]) in told
        assert load(rescued[0]).attrs["study"] == "s"
    elif "measures.json" in {path.name for path in (tmp_path / "copy").glob("*/*")}:
        assert "r" in left or "found room nowhere else" in told


@pytest.mark.parametrize("words", [["simulate", "s.toml"], ["write-verify", "w.toml"]])
def test_a_disk_without_room_is_seen_before_the_work(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "w.toml").write_text(VERIFY)
    (tmp_path / "tmp").mkdir()
    status, told = _tight(tmp_path, "disk 20", *words, "--out", "small/r")
    assert status == 2, told
    assert re.search(r"need about \d+ kB of room on the disk; \d[\d.]* kB are free in", told), told
    assert not list((tmp_path / "copy").iterdir())


@pytest.mark.parametrize("limit", ["disk 16", "disk 24", "disk 60", "files 8"])
def test_a_campaign_on_a_full_disk_goes_on_where_there_is_room(tmp_path: Path, limit: str) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "tmp").mkdir()
    words = ["montecarlo", "s.toml", "--runs", "5", "--workers", "1", "--engine", "nodal", "--out"]
    status, told = _tight(tmp_path, limit, *words, "small/r")
    assert status == 1, told
    assert re.search(FULL, told), told
    assert "--resume" in told
    assert "Traceback" not in told
    assert not list((tmp_path / "tmp").iterdir())
    (left,) = (tmp_path / "copy").iterdir()
    lines = (left / "runs.jsonl").read_bytes().splitlines(keepends=True)
    assert left.name == "r-unfinished"
    assert all(line.endswith(b"\n") for line in lines), "no half line"
    assert len(lines) >= 2
    (tmp_path / "small2").mkdir()
    left.rename(tmp_path / "small2" / "r-unfinished")
    done = subprocess.run(
        [AG2S, *words, "small2/r", "--resume"], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"going on: {len(lines) - 1} results are there" in done.stderr
    assert (tmp_path / "small2" / "r" / "runs.jsonl").read_bytes().startswith(b"".join(lines))


def test_runs_that_fail_for_a_full_disk_do_not_count_as_failed_arrays(tmp_path: Path) -> None:
    """A simulator on a full disk ends early without a word; a yield would be wrong, and nobody would know."""
    (tmp_path / "s.toml").write_text(STUDY)
    (tmp_path / "tmp").mkdir()
    line = (
        'ulimit -f 80; exec "$0" montecarlo s.toml --runs 3 --workers 1 --set array.rows=6 --set array.cols=6 '
        "--form subckt --out m"
    )
    done = subprocess.run(
        ["bash", "-c", line, AG2S], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp"), "COLUMNS": "200"},
    )  # fmt: skip
    told = " ".join(done.stderr.split())
    assert done.returncode == 1, told
    assert "SIGXFSZ" in told
    assert "let TMPDIR name another one" in told
    assert "failed" not in told, "no run failed"


def test_write_verify_on_a_full_disk_keeps_its_rounds(tmp_path: Path) -> None:
    (tmp_path / "w.toml").write_text(VERIFY)
    (tmp_path / "tmp").mkdir()
    words = ["write-verify", "w.toml", "--set", "write_verify.tolerance=0.002", *_TRY, "--out"]
    status, told = _tight(tmp_path, "disk 260", *words, "small/r")
    assert status == 1, told
    assert re.search(FULL, told), told
    assert "the same command goes on from there" in told
    assert "Traceback" not in told
    (tmp_path / "copy").rename(tmp_path / "room")
    done = subprocess.run(
        [AG2S, *words, "room/r"], cwd=tmp_path, text=True, capture_output=True, timeout=120, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "going on from" in done.stderr

"""Sweeps at work: workers, pictures, resuming."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from click.testing import Result
from matplotlib.figure import Figure
from signals import hear_signals
from sweep_cases import TABLES, _run
from typer.testing import CliRunner

from pyspice_models.campaign.axis import parse_axis
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.runs import local
from pyspice_models.campaign.sweep import Sweep, load_sweep, points_of, run_sweep
from pyspice_models.campaign.workers import Died, in_workers
from pyspice_models.cli.main import app
from pyspice_models.engine.toolchain.surroundings import environment, python
from pyspice_models.errors import RequestError
from pyspice_models.report.campaign.sweep import draw_sweep, save_sweep_picture, sweep_figure
from pyspice_models.result import load
from pyspice_models.study.tables.source import Source

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")
SWEEPS = sorted((Path(__file__).parents[2] / "scripts" / "studies").glob("*_sweep.toml"))


def test_a_worker_that_dies_costs_its_task_alone(capfd: pytest.CaptureFixture[str]) -> None:
    tasks = ["1+1", "__import__('os')._exit(3)", "2+2", "__import__('os').kill(__import__('os').getpid(), 9)", "1/0"]
    with closing(in_workers(eval, [*tasks, "print('noise') or 3+3"], 2)) as answers:
        found = dict(answers)
    assert [found[n] for n in (0, 2, 5)] == [2, 4, 6]
    died = [found[n] for n in (1, 3, 4)]
    assert all(isinstance(answer, Died) for answer in died)
    assert "status 3" in died[0].reason
    assert "SIGKILL" in died[1].reason
    told = capfd.readouterr().err
    assert "ZeroDivisionError" in told
    assert "noise" in told


def test_a_worker_whose_parent_died_while_it_started_ends(tmp_path: Path) -> None:
    """The kernel tells of a parent's death only whoever has asked before; the task lies in the pipe by then."""
    task = pickle.dumps((os.mkdir, str(tmp_path / "done")))
    assert _worker_of(os.getpid() + 1, task, tmp_path) == ["own", "scratch"], "nothing was done, but cleared"
    assert _worker_of(os.getpid(), task, tmp_path) == ["done", "own", "scratch"]


def test_a_worker_whose_folder_is_gone_removes_nothing_else(tmp_path: Path) -> None:
    """Python then takes the next folder for temporary files that there is, which is everybody's."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "precious").write_text("x")
    assert _worker_of(os.getpid(), b"", tmp_path) == ["own", "scratch"]
    assert (tmp_path / "own" / "precious").exists()


def _worker_of(parent: int, task: bytes, folder: Path) -> list[str]:
    """What lies in a folder after a worker was there, whose own folder is gone before it starts."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "scratch").mkdir(exist_ok=True)
    code = f"from pyspice_models.campaign.workers import main; main({parent}, {str(folder / 'gone')!r})"
    places = {"TMPDIR": str(folder / "gone"), "TEMP": str(folder / "own")}
    subprocess.run(
        python(code), input=task, env=environment() | places, cwd=folder / "scratch", check=True, timeout=60
    )  # fmt: skip
    return sorted(path.name for path in folder.iterdir())


def test_workers_compute_with_one_thread_each() -> None:
    with closing(in_workers(os.getenv, ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], 1)) as answers:
        assert [answer for _, answer in answers] == ["1", "1"]


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_shipped_sweep_is_valid_explained_and_runs_at_its_first_point(path: Path, tmp_path: Path) -> None:
    asked = load_sweep(path)
    first = [f"{axis.name}={axis.values[0]}" for axis in asked.axes]
    found = _run(load_sweep(path, first), tmp_path / "s")
    assert (found["failure"] == "").all()
    assert set(asked.shown) <= set(found.data_vars)
    assert abs(found["energy_imbalance"].item()) < 1e-3
    manual = (path.parents[2] / "docs" / "sweeps.md").read_text()
    assert f"`{path.name}`" in manual


def test_a_table_of_axes_is_checked(tmp_path: Path) -> None:
    study = tmp_path / "s.toml"
    for line, message in (
        ("over = 3", "sweep.over = 3"), ("ovr = []", "did you mean 'over'"), ("over = []", "no axis to sweep"),
        ("measures = [1]", "sweep.measures"),
    ):  # fmt: skip
        study.write_text(f"[sweep]\n{line}\n[array]\nrows = 2\ncols = 2\n", encoding="utf-8")
        with pytest.raises(RequestError, match=message):
            load_sweep(study)


def _grid(*sizes: int) -> xr.Dataset:
    coords = {f"k.n{n}": np.arange(1.0, size + 1) for n, size in enumerate(sizes)}
    values = np.arange(float(np.prod(sizes))).reshape(sizes)
    values.flat[0] = np.nan
    return xr.Dataset({"read_margin": (list(coords), values, {"units": "1"})}, coords)


def test_two_long_numeric_axes_are_a_map_short_ones_are_lines(tmp_path: Path) -> None:
    ax = Figure().subplots()
    draw_sweep(ax, _grid(5, 3)["read_margin"])
    assert len(ax.lines) == 3
    assert ax.lines[2].get_ydata()[1] == 5
    ax = Figure().subplots()
    draw_sweep(ax, _grid(5, 6)["read_margin"])
    assert not ax.lines
    shades = ax.collections[0].get_array()
    assert shades.shape == (6, 5)
    assert shades[1, 2] == 13
    for sizes in ((1,), (3, 2, 2), (2, 2, 2, 2)):
        save_sweep_picture(_grid(*sizes), tmp_path / "p.png")
        assert (tmp_path / "p.png").stat().st_size > 1000
        (tmp_path / "p.png").unlink()


def test_panels_share_one_legend() -> None:
    data = _grid(3, 2)["read_margin"]
    for shown in ([data], [data, data.rename("sneak_share")]):
        figure = sweep_figure(shown)
        own = [ax.get_legend() is not None for ax in figure.axes]
        assert [len(figure.legends), *own] == ([0, True] if len(shown) == 1 else [1, False, False])


@pytest.mark.slow
def test_the_example_of_the_manual_runs_as_a_plain_script(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    example, *_ = re.findall(r"```python\n(.*?)```", (root / "docs" / "sweeps.md").read_text(), re.DOTALL)
    (tmp_path / "script.py").write_text(example)  # without the guard that multiprocessing would ask for
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "(program.0.voltage: 2, program.0.scheme: 2)" in done.stdout


STUDY = '[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "write"\nrow = 1\ncol = 1\n'


@pytest.mark.usefixtures("pictures")
def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, ["sweep", "s.toml", *words], env={"NO_COLOR": "1"})

    done = subprocess.run(
        [AG2S, "sweep", "s.toml", "--over", "program.0.voltage=200mV,0.3", "--json"], capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    assert answer["axes"] == [{"name": "program.0.voltage", "unit": "V", "values": [0.2, 0.3]}]
    assert answer["measures"]["energy_per_switch"]["unit"] == "J"
    kept = load(tmp_path / "out" / "s-sweep" / "sweep.nc")
    assert [point["energy_per_switch"] for point in answer["points"]] == pytest.approx(
        kept["energy_per_switch"].values, rel=1e-9, abs=0
    )
    assert {p.name for p in (tmp_path / "out" / "s-sweep").iterdir()} == {
        ".ag2s", "runs.jsonl", "study.toml", "sweep.nc", "sweep.csv", "sweep.png",
    }  # fmt: skip
    heads = (tmp_path / "out" / "s-sweep" / "sweep.csv").read_text().partition("\n")[0].split(",")
    assert {"program.0.voltage [V]", "energy_per_switch [J]", "state_change [1]", "failure"} <= set(heads)
    shown = call("--over", "program.0.voltage=200mV,0.3", "--resume")
    assert shown.exit_code == 0, shown.stderr
    (line,) = [line for line in shown.stdout.splitlines() if "200 mV" in line and "fJ" in line][:1]
    assert f"{1e15 * kept['energy_per_switch'].values[0]:.5g} fJ" in line
    assert "dissipated in the whole array" in " ".join(shown.stdout.split())
    failed = call("--over", "array.rows+array.cols=2,64", "--set", "study.time_limit=3", "--out", "f")
    assert failed.exit_code == 1
    assert "2 points, 1 failed" in failed.stderr
    assert (tmp_path / "f" / "failed" / "run-1" / "ngspice.log").is_file()
    hopeless = call("--over", "array.rows+array.cols=16,17", "--set", "study.time_limit=0.02", "--out", "g")
    assert hopeless.exit_code == 1
    assert "2 points, 2 failed" in hopeless.stderr
    assert "Traceback" not in hopeless.stderr
    for words, message in (([], "no axis to sweep"), (["--over", "array.rows=0"], "array.rows = 0 is refused")):
        refused = call(*words, "--out", "r")
        assert refused.exit_code == 2
        assert message in refused.stderr
        assert not (tmp_path / "r").exists()


def test_a_stopped_sweep_goes_on_and_a_changed_one_does_not_mix(tmp_path: Path) -> None:
    over = ["program.0.voltage=0.2,0.25,0.3"]
    asked = Sweep(Source("s", TABLES), [parse_axis(text) for text in over])
    whole = _run(asked, tmp_path / "whole")
    points = points_of(asked)

    def stopped() -> None:
        with journal_in(tmp_path / "s", points.key, points.about) as journal:
            run_sweep(points, journal, local(1), lambda count: 1 / (2 - count))

    with pytest.raises(ZeroDivisionError):
        stopped()
    kept = (tmp_path / "s-unfinished" / "runs.jsonl").read_bytes()
    assert len(kept.splitlines()) == 3, "the head and two points"
    other = Sweep(Source("s", TABLES), [parse_axis("program.0.voltage=0.2,0.25,0.31")])
    with pytest.raises(RequestError, match="belongs to another request"):
        _run(other, tmp_path / "s", resume=True)
    with pytest.raises(RequestError, match="holds 2 results of a call that was not finished"):
        _run(asked, tmp_path / "s")
    xr.testing.assert_identical(_run(asked, tmp_path / "s", resume=True), whole)
    assert (tmp_path / "s" / "runs.jsonl").read_bytes().startswith(kept)


def _below(pid: int) -> set[int]:
    """Processes that this one started, and those that they started."""
    children = {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return children.union(*map(_below, children))


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1]


@pytest.mark.parametrize("how", [pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGINT, signal.SIGKILL])
def test_a_killed_sweep_leaves_no_process_and_no_folder(tmp_path: Path, how: signal.Signals) -> None:
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    command = subprocess.Popen(
        [AG2S, "sweep", "s.toml", "--over", "array.rows+array.cols=48,49,50"], cwd=tmp_path, text=True,
        stderr=subprocess.PIPE, env=os.environ | {"TMPDIR": str(tmp_path / "tmp")}, preexec_fn=hear_signals,
    )  # fmt: skip
    started: set[int] = set()
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("tmp/ag2s-worker-*/ag2s-*/waves.raw"))) < 2:
        assert time.monotonic() < deadline
        assert command.poll() is None, command.communicate()
        time.sleep(0.05)
    started = _below(command.pid)
    assert len(started) == 4, "two workers, two simulators"
    command.send_signal(how)
    told = command.communicate(timeout=30)[1]
    assert command.returncode != 0
    assert "Traceback" not in told, told
    deadline = time.monotonic() + 10
    while any(map(_runs, started)):
        assert time.monotonic() < deadline, [pid for pid in started if _runs(pid)]
        time.sleep(0.05)
    assert not list((tmp_path / "tmp").iterdir())
    if how != signal.SIGKILL:  # which gives the command itself no time
        assert not list((tmp_path / "out").iterdir())

"""The commands as a user or a script calls them: output, exit status, and what stays behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from signals import hear_signals
from small_studies import array, write_then_read
from typer.testing import CliRunner

from pyspice_models.cli.commands import COMMANDS, module_of
from pyspice_models.cli.main import app

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")
STUDY = array(2, 3) + write_then_read(1, 1)


@pytest.fixture
def run(tmp_path: Path):
    (tmp_path / "tiny.toml").write_text(STUDY, encoding="utf-8")

    def call(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AG2S, *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "200"} | environment,
        )  # fmt: skip

    return call


@pytest.fixture
def here(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The same in this process, where nothing has to be a process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, words)


def test_a_refusal_is_the_status_of_the_process(run) -> None:
    for words in (["simulate", "tiny.toml", "--set", "array.rows=-1"], ["nonsense"]):
        done = run(*words)
        assert done.returncode == 2, words
        assert done.stdout == ""
        assert "refused" in done.stderr or "nonsense" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("pictures")
def test_simulate_prints_json_alone_and_leaves_a_whole_folder(run, tmp_path: Path) -> None:
    done = run("simulate", "tiny.toml", "--json", "--out", "result")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    for name, measure in answer["measures"].items():
        assert set(measure) >= {"value", "unit"}, name
        assert isinstance(measure["value"], float)
    m = {name: measure["value"] for name, measure in answer["measures"].items()}
    assert m["energy_source"] == pytest.approx(m["energy_dissipated"] + m["energy_stored"], rel=1e-3, abs=0)
    assert {p.name for p in (tmp_path / "result").iterdir()} >= {
        "deck.cir", "ngspice.log", "result.nc", "measures.json", "waves.png", "maps.png",
    }  # fmt: skip
    assert sorted(p.name for p in tmp_path.iterdir()) == ["result", "tiny.toml"]


def test_simulate_shows_a_table_to_people(here, tmp_path: Path) -> None:
    """In which a set and a reset stand for themselves, every number with its unit and meaning."""
    reset = '[[program]]\ndo = "write"\nrow = 1\ncol = 2\nvoltage = "-0.3 V"\n'
    (tmp_path / "both.toml").write_text(STUDY + reset, encoding="utf-8")
    done = here("simulate", "both.toml")
    assert done.exit_code == 0, done.stderr
    rows = {line.split("│")[1].strip(): line for line in done.stdout.splitlines() if line.count("│") > 3}
    for name, word in (
        ("energy_per_set", "fJ"),
        ("energy_per_reset", "fJ"),
        ("energy_per_switch", "alike (1 set 0.3 V"),
    ):
        assert word in rows[name]
    assert list(rows).index("energy_per_reset") < list(rows).index("energy_per_switch")
    assert {name for name in rows if name.startswith("state_change")} == {"state_change_set", "state_change_reset"}
    assert "µs" in rows["read_latency"]
    assert "-" in rows["state_change_reset"]
    assert any(name.startswith("2: 1 reset -300 mV") for name in rows)
    assert "files in out/both" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "array.rows=-1"], "array.rows = -1 is refused"),
        (["--set", "program.0.col=3"], "program[0].col = 3 is refused; allowed: a whole number from 0 to 2"),
        (["--set", "driver.r_driver=1 V"], "declared in ohm"),
        (["--form", "spice"], "form = 'spice' is refused; allowed: one of osdi, subckt"),
        (["--engine", "magic"], "engine = 'magic' is refused"),
        (["--time-limit", "-3"], "time_limit = -3.0 s is refused"),
        (["--out", "/proc/nowhere/out"], "cannot be written"),
        (["--out", "tiny.toml"], "is a file"),
    ],
)
def test_a_wrong_request_ends_with_2_and_leaves_nothing(here, tmp_path: Path, words: list[str], message: str) -> None:
    done = here("simulate", "tiny.toml", *words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


def test_a_failed_simulation_ends_with_1_and_says_where_its_files_lie(run, tmp_path: Path) -> None:
    big = ["--set", "array.rows=64", "--set", "array.cols=64"]
    done = run("simulate", "tiny.toml", *big, "--time-limit", "2", "--json")
    assert done.returncode == 1
    assert "time limit of 2 s" in done.stderr
    assert "tiny-failed" in done.stderr
    assert done.stdout == ""
    assert (tmp_path / "out" / "tiny-failed" / "deck.cir").exists()
    assert not (tmp_path / "out" / "tiny").exists()


def _command_line(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def _runs(process: int) -> bool:
    """Whether a process still does anything: one that nobody has asked for its end yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# SIGINT by default in test_results_pictures.py
@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGKILL])
def test_a_killed_command_leaves_no_simulator_behind(run, tmp_path: Path, how: signal.Signals) -> None:
    big = ["--set", "array.rows=48", "--set", "array.cols=48", "--engine", "ngspice"]
    command = subprocess.Popen(
        [AG2S, "simulate", "tiny.toml", *big], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        preexec_fn=hear_signals,
    )  # fmt: skip
    simulator = None
    deadline = time.monotonic() + 60
    while simulator is None and time.monotonic() < deadline:
        children = Path(f"/proc/{command.pid}/task/{command.pid}/children").read_text().split()
        # not a probe of the version: the run itself
        running = [child for child in children if b"deck.cir" in _command_line(child)]
        simulator = int(running[0]) if running else None
        time.sleep(0.02)
    assert simulator is not None, "ngspice did not start"
    command.send_signal(how)
    assert command.wait(timeout=30) != 0
    deadline = time.monotonic() + 30
    while _runs(simulator) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(simulator)
    if how != signal.SIGKILL:
        assert not list((tmp_path / "out").iterdir()), "no scratch folder stays behind"


def test_a_missing_simulator_is_said_with_the_next_step(run, tmp_path: Path) -> None:
    done = run("simulate", "tiny.toml", AG2S_NGSPICE="/none")
    assert done.returncode == 1
    assert "ngspice cannot be used" in done.stderr
    assert "scripts/setup" in done.stderr
    assert not (tmp_path / "out" / "tiny").exists()


@pytest.mark.parametrize("form", ["subckt", "osdi"])
def test_a_written_netlist_runs_with_bare_ngspice(run, tmp_path: Path, form: str) -> None:
    done = run("netlist", "--rows", "2", "--cols", "3", "--form", form, "-o", "sub/x.cir")
    assert done.returncode == 0, done.stderr
    assert shutil.which("ngspice"), "ngspice is not installed; run scripts/setup"
    ran = subprocess.run(
        ["ngspice", "-b", "sub/x.cir"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0
    values = dict(line.split("=")[:2] for line in ran.stdout.splitlines() if line.startswith("step0_state"))
    before, after = (float(values[key]) for key in sorted(values, reverse=True))
    assert after > before


def test_a_netlist_goes_to_standard_output_alone(run, here) -> None:
    done = run("netlist", "--rows", "1", "--cols", "1")
    assert done.returncode == 0
    assert done.stdout.startswith("* Ag2S crossbar")
    assert done.stdout.endswith(".end\n")
    assert here("netlist", "--rows", "1", "--cols", "1").stdout == done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rows", "0"], "array.rows = 0"),
        (["--dialect", "eldo"], "dialect = 'eldo' is refused"),
        (["--form", "x"], "form = 'x'"),
        (["-o", "/proc/none/x.cir"], "cannot be written"),
        (["--set", "array.rows=3"], "give one with --study"),
        (["--study", "none.toml"], "cannot be read"),
    ],
)
def test_a_wrong_netlist_request_ends_with_2(here, tmp_path: Path, words: list[str], message: str) -> None:
    done = here("netlist", *words)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


def test_help_names_every_option(run, here) -> None:
    for command in ("simulate", "netlist", "doctor"):
        done = here(command, "--help")
        assert done.exit_code == 0
        assert "--" in done.stdout
    assert run("--version").stdout.strip()


def test_what_a_command_is_spared_can_be_had_when_it_is_wanted() -> None:
    code = (
        "import sys, xarray\n"
        "from pyspice_models.lazily import spare, wanted\n"
        "spare('dask'); xarray.DataArray([1.0]).to_dataset(name='x').mean()\n"
        "print('dask.array' in sys.modules)\n"
        "wanted('dask'); wanted('numpy'); import dask; print(dask.__name__, 'numpy' in sys.modules)\n"
        "spare('dask'); print(sys.modules['dask'] is dask)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "dask", "True", "True"]


def test_a_command_does_not_load_what_it_does_not_need() -> None:
    """Each of these takes a tenth of a second or more, and every worker of a sweep starts anew."""
    code = (
        "import sys\n"
        "from importlib import import_module\n"
        "from pyspice_models.cli.commands import COMMANDS, module_of\n"
        "for name in COMMANDS: import_module(module_of(name))\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    heavy = {"PySpice", "dask", "distributed", "matplotlib", "numba"} | {
        f"scipy.{part}" for part in ("constants", "integrate", "optimize", "special", "stats")
    }
    loaded = done.stdout.split()
    assert {module_of(name) for name in COMMANDS} <= set(loaded)
    assert not heavy & set(loaded)

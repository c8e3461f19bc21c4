"""Commands that are stopped or cannot draw cost no data."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from results_commands_cases import AG2S, STUDY, VERIFY, WRITING, Call, call  # noqa: F401
from signals import hear_signals

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


# SIGTERM by default in test_cli.py
@pytest.mark.parametrize(
    "how", [signal.SIGHUP, signal.SIGQUIT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGINT]
)
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

"""`scripts/fuzz` finds nothing in the package, and finds every kind of fault that is planted in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "scripts"))

from fuzzing import simulators  # noqa: E402
from fuzzing.case import STATUS, Case, Found, Place  # noqa: E402
from fuzzing.kills import COMPARED_BY  # noqa: E402
from fuzzing.kinds import SHARES  # noqa: E402

from pyspice_models import run_study  # noqa: E402


def _fuzz(out: Path, *words: str, plant: str = "") -> subprocess.CompletedProcess[str]:
    """Run the campaign; `plant` is code that every Python process of it runs as it starts."""
    environment = dict(os.environ)
    if plant:
        (out / "plant").mkdir(parents=True)
        (out / "plant" / "sitecustomize.py").write_text(textwrap.dedent(plant))
        environment["PYTHONPATH"] = str(out / "plant")
    return subprocess.run(
        [ROOT / "scripts" / "fuzz", *words, "--out", str(out / "fuzz")], capture_output=True, text=True,
        env=environment, check=False, timeout=500,
    )  # fmt: skip


def _found(done: subprocess.CompletedProcess[str]) -> dict[int, str]:
    """What each guilty case is guilty of."""
    return {int(number): what for what, number in re.findall(r"FOUND (.+) in \w+ case (\d+)", done.stderr)}


# ---- nothing is found


def test_a_small_campaign_finds_nothing(tmp_path: Path) -> None:
    """Every kind but the signals, which have tests of their own; the whole campaign is CONTRIBUTING's."""
    kinds = ",".join(kind for kind in SHARES if kind != "signal")
    done = _fuzz(tmp_path, "--cases", "40", "--seed", "11", "--kind", kinds, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert re.search(r"40 of 40 cases .* the largest held 0\.\d+ GB", done.stderr)
    assert "nothing was found" in done.stderr
    refused = int(re.search(r"(\d+) were refused", done.stderr)[1])  # type: ignore[index]
    assert 16 < refused < 39, "bad input is refused, and not everything is bad"
    assert not list((tmp_path / "fuzz").iterdir())


@pytest.mark.slow
def test_a_campaign_finds_nothing(tmp_path: Path) -> None:
    done = _fuzz(tmp_path, "--cases", "2000", "--seed", "12", "--keep-going")
    assert done.returncode == 0, done.stderr


# ---- what is planted is found

NUMBER = """
    # what the fault is, the number of the case says: its folder is the current one
    import os, sys, re

    if "fuzzing.worker" in " ".join(sys.orig_argv):  # which needs no sound files for what is planted
        import fuzzing.inputs.originals as files
        files.originals = lambda common: common

    def _number():
        match = re.search(r"/(?:study|command)-\\d+-(\\d+)/cwd$", os.getcwd())
        return int(match[1]) if match else -1
"""

PLANT = (
    NUMBER
    + """
    def _plant(what):
        import pyspice_models.cells.presets.read  # which is no study, and is read as it is

        def fails(text, where):
            what(_number())
            from pyspice_models.errors import RequestError
            raise RequestError("refused, as it should be")
        import pyspice_models.inputs.text as reading
        reading.parse_toml = fails
        # read_tables and --set go by other doors
        import pyspice_models.study.tables.change as change
        change.parse_toml = fails
"""
)

IN_A_PROCESS = (
    PLANT
    + """
    def _fault(number):
        import pathlib, signal, subprocess, tempfile, time
        from pyspice_models.errors import RequestError
        if number == 0:
            raise ZeroDivisionError
        if number == 1:
            time.sleep(600)
        if number == 2:
            pathlib.Path(tempfile.gettempdir(), "ag2s-left").write_text("x")
        if number == 3:
            os.mkdir(".made-by-accident")
        if number == 4:
            subprocess.Popen(["sleep", "600"])
        if number == 5:
            bytearray(b"x") * 450_000_000
        if number == 6:
            bytearray(b"x") * 9_000_000_000
        if number == 7:
            os.kill(os.getpid(), signal.SIGSEGV)
        if number == 8:
            raise RequestError("x" * 5000)
        if number == 9:
            raise RequestError("\\x1b[2J")
    if "fuzzing.worker" in " ".join(sys.orig_argv):
        _plant(_fault)
"""
)


def test_faults_in_a_process_are_found(tmp_path: Path) -> None:
    done = _fuzz(
        tmp_path, "--kind", "study", "--cases", "11", "--keep-going", "--patience", "3", "--memory", "0.5",
        plant=IN_A_PROCESS,
    )  # fmt: skip
    assert _found(done) == {
        0: "traceback", 1: "hang", 2: "left-over", 3: "left-over", 4: "left-over", 5: "memory", 6: "traceback",
        7: "crash", 8: "message", 9: "message",
    }, done.stderr  # fmt: skip
    assert done.returncode == 1
    assert "11 of 11 cases" in done.stderr
    assert "ZeroDivisionError at" in done.stderr
    assert "MemoryError at" in done.stderr
    assert "in _fault" in (tmp_path / "fuzz" / "study-1-1" / "finding.txt").read_text(), "where it hangs"
    # the inputs of a finding stay, those of the sound case do not
    assert (tmp_path / "fuzz" / "study-1-0" / "inputs").is_dir()
    assert not (tmp_path / "fuzz" / "study-1-10").exists()
    assert not (tmp_path / "fuzz" / "common").exists()


IN_A_COMMAND = (
    NUMBER
    + """
    def _fault(number):
        import subprocess, pathlib, signal, tempfile, time
        if number == 0:
            raise ZeroDivisionError
        if number == 1:
            time.sleep(600)
        if number == 2:
            pathlib.Path(tempfile.gettempdir(), "ag2s-left").write_text("x")
        if number == 3:
            raise SystemExit(0)
        if number == 4:
            print("half an answer")
        if number == 5:
            pathlib.Path("precious.txt").write_text("overwritten")
        if number == 6:
            bytearray(b"x") * 600_000_000
        if number == 7:
            os.kill(os.getpid(), signal.SIGSEGV)
        if number == 8:
            raise SystemExit(1)
        if number == 9:
            subprocess.Popen(["sleep", "600"], start_new_session=True)

    def _app():
        _fault(_number())
        print("error: refused, as it should be", file=sys.stderr)
        return 2

    if sys.orig_argv[1:2] and sys.orig_argv[1].endswith("ag2s"):
        import types
        main = types.ModuleType("pyspice_models.cli.main")
        main.app = _app
        sys.modules[main.__name__] = main
"""
)
"""In place of the command stands one that does what is planted, and refuses then: it takes no second to start."""


def test_faults_of_a_command_are_found(tmp_path: Path) -> None:
    """All cases of this campaign read a sound study with --json."""
    plant = (
        IN_A_COMMAND
        + """
    if "fuzzing.worker" in " ".join(sys.orig_argv):
        import fuzzing.commands as commands

        def words(place, dice):
            (place.inputs / "s.toml").write_text("[array]\\nrows = 2\\ncols = 2\\n")
            return ["simulate", str(place.inputs / "s.toml"), "--engine", "nodal", "--json"], set(), {}
        commands._COMMANDS = {words: 1}
    """
    )
    done = _fuzz(
        tmp_path, "--kind", "command", "--cases", "11", "--keep-going", "--patience", "3", "--memory", "0.5",
        "--workers", "1", plant=plant,
    )  # fmt: skip
    assert _found(done) == {
        0: "traceback", 1: "hang", 2: "left-over", 3: "untrue status", 4: "untrue status", 5: "destroyed",
        6: "memory", 7: "crash", 8: "message", 9: "left-over",
    }, done.stderr  # fmt: skip
    assert done.returncode == 1


def test_it_ends_with_the_first_finding(tmp_path: Path) -> None:
    plant = (
        PLANT
        + """
    if "fuzzing.worker" in " ".join(sys.orig_argv):
        _plant(lambda number: 1 // 0)
    """
    )
    done = _fuzz(tmp_path, "--kind", "study", "--cases", "50", "--workers", "1", plant=plant)
    assert done.returncode == 1
    assert len(_found(done)) == 1
    assert re.search(r"\b1 of 50 cases", done.stderr)
    again = re.search(r"again: (scripts/fuzz --seed 1 --kind study --case \d+)", done.stderr)
    assert again, "the command that repeats it is told"


def test_waves_that_are_none_and_are_believed_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that believes a simulator whatever it writes."""
    outcome = run_study(simulators.study("nodal"))
    waves = simulators.Waves(b"\tVariables:\n" * 9 + b"Binary:\n", np.ones((9, 9)))
    monkeypatch.setattr(simulators, "run_study", lambda study: outcome)
    monkeypatch.setattr(simulators, "recorded", lambda common, engine: (waves, "log"))
    believed = []
    for number in range(30):
        place = Place(tmp_path / str(number), tmp_path)
        place.make()
        try:
            simulators.fake(Case(1, "simulator", number), place)
        except Found as found:
            believed.append((found.what, found.detail.partition(", ")[2].rpartition(": ")[2]))
    assert set(believed) == {(STATUS, "waves that are none are believed")}
    assert len(believed) > 15


def test_a_resumed_series_that_differs_is_found(tmp_path: Path) -> None:
    """The kind `signal` compares to the last bit."""
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, energy in ((first, 1.0), (second, 1.0 + 2**-52)):
        folder.mkdir()
        xr.Dataset({"energy": ("run", [energy])}).to_netcdf(folder / "montecarlo.nc", engine="h5netcdf")
    same_dataset = COMPARED_BY["montecarlo"]
    same_dataset(first, first, "itself")
    with pytest.raises(Found, match="energy differs") as found:
        same_dataset(first, second, "a resume")
    assert found.value.what == STATUS

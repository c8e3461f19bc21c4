"""Nothing of the current folder or of the environment is executed, and no compiled code that others could plant."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_cases import AG2S
from small_studies import array, write_then_read

from pyspice_models.engine.toolchain import surroundings
from pyspice_models.engine.toolchain.own_folder import in_empty_folder
from pyspice_models.engine.toolchain.process import output_of

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).resolve().parents[2]
ENV = "/usr/bin/env"

STUDY = array(2, 2) + write_then_read(0, 1)
SPREAD = STUDY + "[variability]\ndevice_gap = 0.1\n"


class Trap:
    """A folder in which everything that could be executed leaves a mark, and an environment that points into it."""

    def __init__(self, folder: Path) -> None:
        self.marks, self.folder = folder / "marks", folder / "here"
        self.marks.mkdir()
        self.folder.mkdir()
        for module in ("ctypes", "numpy", "re", "PySpice", "pyspice_models", "sitecustomize", "yaml"):
            self.write(f"{module}.py", f"open({str(self.marks / module)!r}, 'w').close()\nraise SystemExit(9)\n")
        for program in ("ngspice", "ld", "openvaf-r", "vacask", "setpriv", "true", "uname", "ldconfig", "gcc", "latex"):
            self.write(program, f"#!/bin/sh\n: > '{self.marks / program}'\nexit 9\n").chmod(0o755)
        for script in (".spiceinit", "spinit", "scripts/spinit"):
            mark = self.marks / script.replace("/", "-")
            self.write(script, f"* executed by ngspice\nshell touch {mark}\nset ngbehavior=ltpsa\nquit\n")
        self.write(".vacaskrc.toml", "this is no TOML\n")
        self.write(".numba_config.yaml", "cache_dir: [\n")
        self.write("disciplines.vams", "this is no Verilog-A\n")
        (self.folder / "matplotlibrc").write_bytes(b"text.usetex: True\nbackend: module://numpy\n\xff\n")
        hidden = {name: str(self.folder) for name in ("SPICE_SCRIPTS", "SPICE_LIB_DIR", "NGSPICE_INPUT_DIR")}
        hidden |= {"SIM_MODULE_PATH": str(self.folder), "SIM_OPENVAF": str(self.folder / "openvaf-r")}
        path = os.pathsep.join([".", "", os.environ["PATH"], "here"])
        self.environment = os.environ | hidden | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "200"}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def call(self, *words: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            list(map(str, words)), cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def executed(self) -> set[str]:
        return {path.name for path in self.marks.iterdir()}


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


def test_the_trap_is_one(trap: Trap) -> None:
    """What the other tests find unused would leave its mark if it were used."""
    for command in (
        [sys.executable, "-c", "import ctypes"], ["ngspice", "-b", os.devnull], ["/usr/bin/ngspice", "-b", os.devnull],
    ):  # fmt: skip
        subprocess.run(command, cwd=trap.folder, env=trap.environment, capture_output=True, check=False, timeout=60)
    assert trap.executed() >= {"ctypes", "ngspice", "spinit"}


def test_doctor_in_a_hostile_folder(trap: Trap) -> None:
    assert "Everything that is needed is here and works." in trap.call(AG2S, "doctor").stdout
    assert not trap.executed()


@pytest.mark.usefixtures("pictures")
@pytest.mark.parametrize("name", ["ngspice", "pyspice", "vacask", "nodal"])
def test_a_study_in_a_hostile_folder(name: str, trap: Trap) -> None:
    trap.write("study.toml", STUDY)
    trap.call(AG2S, "simulate", "study.toml", "--engine", name, "--out", "out")
    assert not trap.executed()
    assert list((trap.folder / "out").glob("*.png"))


def test_workers_in_a_hostile_folder(trap: Trap) -> None:
    trap.write("study.toml", SPREAD)
    trap.call(AG2S, "montecarlo", "study.toml", "--runs", "2", "--workers", "2", "--out", "out")
    assert not trap.executed()


def test_a_users_own_pyspice_circuit_in_a_hostile_folder(trap: Trap) -> None:
    script = """
import os
before, here = dict(os.environ), os.getcwd()
from PySpice.Spice.Netlist import Circuit
from pyspice_models.pyspice import Ag2SCell
assert dict(os.environ) == before, "an import sets no variables"
circuit = Circuit("mine")
circuit.subcircuit(Ag2SCell())
circuit.X("c", "ag2s", "a", 0)
circuit.V("a", "a", 0, 0.1)
print(float(circuit.simulator().operating_point()["a"][0]))
assert dict(os.environ) == before
assert os.getcwd() == here
"""
    assert trap.call(sys.executable, "-I", "-c", script).stdout == "0.1\n"
    assert not trap.executed()


def test_the_demo_looks_at_the_simulator_from_a_hostile_folder(trap: Trap) -> None:
    """The one Python line of the script that runs outside the command `ag2s`."""
    lines = [line for name in ("demo", "setup") for line in (ROOT / "scripts" / name).read_text().splitlines()]
    calls = [
        line for line in lines
        if ".venv/bin/python" in line and not line.lstrip().startswith("#") and "type -P" not in line
    ]  # fmt: skip
    assert calls
    assert not [line for line in calls if "python -I" not in line and 'python" -I' not in line]


def test_a_program_is_given_the_stated_variables_and_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PYTHONPATH", "LD_LIBRARY_PATH", "SPICE_LIB_DIR", "NGSPICE_MEAS_PRECISION", "OMP_PROC_BIND", "LANG"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("PATH", f".:relative::{os.environ['PATH']}")
    _, words = output_of([ENV], tmp_path, seconds=20)
    seen = dict(line.split("=", 1) for line in words.splitlines())
    assert seen == surroundings.environment()
    assert seen.keys() == {*surroundings.FIXED, "PATH", "TMPDIR"}
    assert seen["HOME"] == "/nonexistent"
    assert all(folder.startswith("/") for folder in seen["PATH"].split(":"))
    monkeypatch.setenv("AG2S_PASS", "LD_LIBRARY_PATH, SPICE_LIB_DIR,NOT_SET")
    passed = surroundings.environment()
    assert passed.keys() - seen.keys() == {"LD_LIBRARY_PATH", "SPICE_LIB_DIR"}


def test_the_stated_variables_are_those_of_the_documentation() -> None:
    _, _, section = (ROOT / "docs" / "studies.md").read_text().partition("## What programs are given")
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ") and "`" in line]
    stated = {name: value for names, value in rows for name in re.findall(r"`(\w+)`", names)}
    assert stated.keys() == {*surroundings.FIXED, "PATH", "TMPDIR", surroundings.PASS}
    for name, value in surroundings.FIXED.items():
        assert value in stated[name] or name == "SPICE_SCRIPTS"


@given(st.lists(st.sampled_from(["", ".", "..", "bin", "~/bin", "/usr/bin", "/bin", "./x", "/"]), max_size=6))
def test_no_entry_of_path_depends_on_the_current_folder(entries: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", ":".join(entries))
        assert surroundings.search_path().split(":") == ([e for e in entries if e.startswith("/")] or [""])


def test_a_program_in_the_current_folder_is_not_found_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".::{tmp_path.name}:..")
    assert surroundings.find_program("tool") is None
    assert surroundings.find_program("./tool") == tmp_path / "tool"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert surroundings.find_program("tool") == tmp_path / "tool"


def test_a_python_of_ours_finds_this_package_and_none_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('SPOILED')")
    (tmp_path / "pyspice_models.py").write_text("raise SystemExit('SPOILED')")
    code = "import json, pyspice_models; print(pyspice_models.__file__, *sys.argv[1:])"
    status, words = output_of(surroundings.python(code, "a b"), tmp_path, seconds=60)
    assert (status, words) == (0, f"{ROOT / 'pyspice_models' / '__init__.py'} a b\n")


def test_code_in_an_empty_folder_leaves_the_process_where_it_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").touch()

    def inside() -> tuple[Path, list[Path], str]:
        here = Path.cwd()
        return here, list(here.iterdir()), str(Path(f"/proc/{os.getpid()}/cwd").readlink())

    place, files, of_the_process = in_empty_folder(inside)
    assert files == []
    assert not place.exists()
    assert of_the_process == str(tmp_path)
    assert Path.cwd() == tmp_path
    with pytest.raises(ZeroDivisionError):
        in_empty_folder(lambda: 1 / 0)

"""Nothing of the current folder or of the environment is executed, and no compiled code that others could plant."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar
from pyspice_models.engine import engine
from pyspice_models.engine.toolchain import cache, surroundings, verilog_a
from pyspice_models.engine.toolchain.own_folder import in_empty_folder
from pyspice_models.engine.toolchain.process import output_of
from pyspice_models.errors import RequestError, ToolError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, Write, schedule

ROOT = Path(__file__).resolve().parents[2]
AG2S = Path(sys.executable).with_name("ag2s")
ENV = "/usr/bin/env"

STUDY = """
[array]
rows = 2
cols = 2
[[program]]
do = "write"
row = 0
col = 1
[[program]]
do = "read"
row = 0
col = 1
"""
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
    for script in ("demo", "setup"):
        for line in (ROOT / "scripts" / script).read_text().splitlines():
            if ".venv/bin/python" in line and not line.lstrip().startswith("#") and "type -P" not in line:
                assert "python -I" in line or 'python" -I' in line, line


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


# ---- compiled code


MODEL = '`include "disciplines.vams"\nmodule r(a,b); inout a,b; electrical a,b; analog I(a,b)<+V(a,b); endmodule\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, without any cache, and a temporary folder that others may write."""
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    for name in ("AG2S_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(cache, "_temporary", {})
    return tmp_path / "home"


def test_the_cache_is_the_users_own_and_closed_to_others(home: Path) -> None:
    folder = cache.cache_folder()
    assert folder == home / ".cache" / "ag2s-crossbar"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)  # as older versions made it
    assert cache.cache_folder() == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _is_fresh(folder: Path, home: Path) -> bool:
    return folder.parent == home.parent / "tmp" and stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("spoiled", ["file", "link", "open", "another's", "relative", "no home"])
def test_a_cache_that_others_could_have_filled_is_not_used(
    spoiled: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / ".cache" / "ag2s-crossbar"
    folder.parent.mkdir()
    planted = home.parent / "tmp" / "ag2s-crossbar"  # which older versions trusted
    planted.mkdir()
    if spoiled == "file":
        folder.touch()
    elif spoiled == "link":
        folder.symlink_to(planted)
    elif spoiled == "open":
        folder.mkdir()
        folder.chmod(0o777)
    elif spoiled == "another's":
        folder.mkdir()
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert not cache.is_private(folder)
        assert cache.users_folder()[1] == "it is no folder of this user alone: another user owns it or may write it"
        return
    elif spoiled == "relative":
        # older versions of platformdirs believed a HOME or XDG_CACHE_HOME that is relative
        monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("home/.cache/ag2s-crossbar"))
    else:
        monkeypatch.setenv("HOME", "/proc/nowhere")
    first = cache.cache_folder()
    assert _is_fresh(first, home)
    assert cache.cache_folder() == first, "one for the whole process"
    if spoiled == "open":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o777, "what is not trusted is not touched either"


def test_a_temporary_cache_goes_with_its_process_and_not_with_a_fork(home: Path) -> None:
    script = """
import os
from pyspice_models.engine.toolchain.cache import cache_folder
own = cache_folder()
if os.fork() == 0:
    assert cache_folder() != own
    raise SystemExit
os.wait()
assert own.is_dir()
print(own)
"""
    environment = os.environ | {"HOME": "/proc/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith(str(home.parent / "tmp"))
    assert not list((home.parent / "tmp").iterdir())


def test_a_cache_that_was_named_and_cannot_be_used_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = home / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    for named in (shared, Path("/proc/nowhere/x"), Path(os.devnull)):
        monkeypatch.setenv("AG2S_CACHE", str(named))
        with pytest.raises(RequestError, match=rf"AG2S_CACHE={named} cannot keep compiled code: .*Name a folder of"):
            cache.cache_folder()
    shared.chmod(0o755)
    monkeypatch.setenv("AG2S_CACHE", str(shared))
    assert cache.cache_folder() == shared
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755, "the user's own folder stays as it is"
    done = subprocess.run(
        [AG2S, "doctor", "--json"], env=os.environ | {"AG2S_CACHE": os.devnull}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "AG2S_CACHE=/dev/null cannot keep compiled code" in done.stdout
    assert done.stderr.startswith("problem: AG2S_CACHE=/dev/null cannot keep compiled code")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("change", ["content", "cut", "link", "open"])
def test_a_compiled_model_that_was_changed_is_made_anew(
    change: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = verilog_a.compiled(MODEL, "r")
    whole = first.read_bytes()
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    if change == "link":
        elsewhere = home / "elsewhere.osdi"
        first.rename(elsewhere)
        first.symlink_to(elsewhere)
    elif change == "open":
        first.chmod(0o666)
    else:
        first.write_bytes(b"planted" if change == "content" else whole[:100])
    again = verilog_a.compiled(MODEL, "r")  # known in this process
    monkeypatch.setattr(verilog_a, "_made", {})
    for found in (again, verilog_a.compiled(MODEL, "r")):
        assert found.is_file()
        assert not found.is_symlink()
        assert stat.S_IMODE(found.stat().st_mode) == 0o600
        assert found.read_bytes()[:4] == b"\x7fELF"
        assert len(found.read_bytes()) == len(whole)


def test_what_was_planted_where_older_versions_looked_is_not_loaded(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = verilog_a.compiled(MODEL, "r").name
    planted = tmp_path / "tmp" / "ag2s-crossbar"
    planted.mkdir()
    for old in (name, name.rpartition("-")[0] + ".osdi"):
        (planted / old).write_bytes(b"planted")
    monkeypatch.setenv("HOME", "/proc/nowhere")
    found = verilog_a.compiled(MODEL, "r")
    assert found.parent != planted
    assert found.read_bytes()[:4] == b"\x7fELF"


def test_machine_code_is_kept_in_the_same_place_whatever_numbas_variables_say(home: Path) -> None:
    code = (
        "from pyspice_models.engine.nodal.linear.compiled import numba; "
        "print(numba.config.CACHE_DIR, [numba.config.CACHE_LOCATOR_CLASSES])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        env=os.environ | {"NUMBA_CACHE_DIR": "/elsewhere", "NUMBA_CACHE_LOCATOR_CLASSES": "InTreeCacheLocator"},
    )  # fmt: skip
    assert done.stdout.startswith(str(home / ".cache" / "ag2s-crossbar" / "numba-"))
    assert done.stdout.endswith(" ['']\n")


def test_machine_code_has_a_place_where_none_can_be_kept() -> None:
    """The package can be imported; whoever compiles Verilog-A says what is wrong with the variable."""
    code = "from pyspice_models.engine.nodal.linear.compiled import numba; print(numba.config.CACHE_DIR)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        env=os.environ | {"AG2S_CACHE": "/proc/nowhere"},
    )  # fmt: skip
    assert Path(done.stdout.strip()).is_absolute()
    assert Path(done.stdout.strip()).name == "numba"


def test_a_compiler_that_gives_nothing_or_does_not_end_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "openvaf-r"
    monkeypatch.setenv("AG2S_OPENVAF", str(fake))
    monkeypatch.setattr(verilog_a, "_TIME_LIMIT", 0.5)
    for what, words in (
        ("exit 0", r"r\.va does not compile"), ("sleep 60 & wait", "did not end within"), ("yes", "prints without end"),
    ):  # fmt: skip
        fake.write_text(f'#!/bin/sh\ncase "$*" in *--version*) echo osdi_0.5; exit;; esac\n{what}\n')
        fake.chmod(0o755)
        with pytest.raises(ToolError, match=words):
            verilog_a.compiled(MODEL, "r")
        assert not list(cache.cache_folder().iterdir())


# ---- what a user writes never becomes a command


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(("*", "//", "Ag2S", "simulator"))]


@given(
    st.text(max_size=60) | st.sampled_from(["x\n.control\nshell touch INJECTED\n.endc", "a\r.include x", "\x85.end"])
)
@pytest.mark.parametrize("name", ["ngspice", "vacask"])
def test_no_title_reaches_a_deck_but_as_a_title(name: str, title: str) -> None:
    crossbar = Crossbar(1, 1)
    plan = schedule(crossbar, [Write(0, 0), Read(0, 0)])
    plain = crossbar_deck(crossbar, plan, dialect_name=name, title="plain").text
    try:
        deck = crossbar_deck(crossbar, plan, dialect_name=name, title=title).text
    except RequestError:
        return
    assert deck.splitlines()[1:] == plain.splitlines()[1:]
    assert len(deck.split("\n")) == len(plain.split("\n"))
    assert deck.isascii()


def test_a_title_like_a_mark_of_the_raw_file_is_read_back(tmp_path: Path) -> None:
    crossbar = Crossbar(1, 1)
    deck = crossbar_deck(crossbar, schedule(crossbar, [Read(0, 0)]), title="Binary:")
    assert engine("ngspice").run_deck(deck, tmp_path, time_limit=60).time[-1] == deck.stop

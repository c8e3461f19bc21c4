"""Compiled code that others could plant, and text that must not become a command."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_cases import AG2S

from pyspice_models.array import Crossbar
from pyspice_models.engine import engine
from pyspice_models.engine.toolchain import cache, verilog_a
from pyspice_models.errors import RequestError, ToolError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, Write, schedule

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
    monkeypatch.setattr(cache, "temporary_folders", {})
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
    verilog_a.known_objects.clear()
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
    monkeypatch.setattr(verilog_a, "COMPILE_TIME_LIMIT", 0.5)
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

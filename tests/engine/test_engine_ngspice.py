"""The ngspice engine on the real program, and on programs that misbehave."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar
from pyspice_models.engine import engine
from pyspice_models.engine.rawfile import Growing, read_header, read_raw
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.errors import RequestError, SimulationError, ToolError
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.stimulus import Read, Write, schedule

REAL = shutil.which("ngspice")


@pytest.fixture
def deck() -> Deck:
    crossbar = Crossbar(2, 2)
    return crossbar_deck(crossbar, schedule(crossbar, [Write(0, 0), Read(0, 0)]))


@pytest.fixture
def impostor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a script in ngspice's place that answers probes truly and treats a deck as told."""
    assert REAL, "ngspice is not installed; run scripts/setup"

    def install(what: str) -> None:
        script = tmp_path / "ngspice"
        script.write_text(
            f'#!/bin/sh\ncase "$*" in *--version*|*probe.cir*) exec {REAL} "$@";; esac\n{what}\n', encoding="ascii"
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("AG2S_NGSPICE", str(script))

    return install


def test_a_run_reaches_its_end_and_tells_its_progress(deck: Deck, tmp_path: Path) -> None:
    shares: list[float] = []
    waves = engine("ngspice").run_deck(deck, tmp_path, time_limit=60, progress=shares.append)
    assert waves.time[0] == 0
    assert waves.time[-1] == pytest.approx(deck.stop, rel=1e-12, abs=0)
    assert (np.diff(waves.time) > 0).all()
    assert waves.values["change_w"].shape == (len(waves.time), 2, 2)
    assert waves.values["i_word_source"].shape == (len(waves.time), 2)
    assert waves.values["change_w"][-1, 0, 0] > waves.values["change_w"][0, 0, 0] + 0.05
    assert all(0 <= share <= 1 for share in shares)
    assert (tmp_path / "deck.cir").read_text() == deck.text
    assert "ngspice" in waves.engine


def test_a_run_can_be_repeated_by_hand(deck: Deck, tmp_path: Path) -> None:
    waves = engine("ngspice").run_deck(deck, tmp_path, time_limit=60)
    (tmp_path / "waves.raw").unlink()
    subprocess.run(
        ["ngspice", "-n", "-b", "-r", "again.raw", "deck.cir"], cwd=tmp_path, check=True, capture_output=True
    )
    columns, numbers = read_raw(tmp_path / "again.raw")
    assert (numbers[:, columns["v(n_0_0#nw)"]] == waves.values["change_w"][:, 0, 0]).all()


def test_over_its_time_limit_it_is_stopped_and_nothing_runs_on(deck: Deck, tmp_path: Path, impostor) -> None:
    impostor("echo $$ > pid; sleep 600")
    began = time.monotonic()
    with pytest.raises(SimulationError, match=r"time limit of 1 s, at 0 s of .* Give a longer --time-limit") as caught:
        engine("ngspice").run_deck(deck, tmp_path, time_limit=1.0)
    assert time.monotonic() - began < 30
    assert caught.value.folder == tmp_path
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("kill -9 $$", r"ngspice was killed \(SIGKILL\)"),
        ("echo 'Error: out of ideas'; exit 3", r"ended with status 3 and wrote no waves(.|\n)*out of ideas"),
        (f'{REAL} "$@"; size=$(stat -c %s waves.raw); truncate -s $((size/2)) waves.raw', "stopped early, at "),
        (f"{REAL} \"$@\"; echo 'Error: something is odd'", r"reported errors(.|\n)*something is odd"),
        (f'{REAL} "$@"; exit 1', "ended with status 1"),
        ("head -c 100 /dev/zero > waves.raw", "stopped before its first time point"),
    ],
)
def test_every_bad_ending_is_reported_as_what_it_is(
    deck: Deck, tmp_path: Path, impostor, what: str, message: str
) -> None:
    impostor(what)
    with pytest.raises(SimulationError, match=message) as caught:
        engine("ngspice").run_deck(deck, tmp_path, time_limit=60)
    assert caught.value.exit_code == 1
    assert caught.value.folder == tmp_path
    assert (tmp_path / "deck.cir").exists()


def test_a_deck_that_does_not_converge_shows_the_simulators_own_words(tmp_path: Path) -> None:
    text = "* trouble\nV1 a 0 1\nL1 a 0 0\nV2 a 0 2\n.save v(a)\n.tran 1u 1m\n.end\n"
    broken = Deck(lambda: [text], "subckt", 1e-3, {"v": ["v(a)"]}, {"v": (1,)})
    with pytest.raises(SimulationError, match=r"stopped before its first time point(.|\n)*(singular|aborted)"):
        engine("ngspice").run_deck(broken, tmp_path, time_limit=60)


def test_a_missing_vector_is_named(deck: Deck, tmp_path: Path) -> None:
    wrong = Deck(deck.pieces, deck.form, deck.stop, {"w": ["v(n_7_7#nw)"]}, {"w": (1,)}, models=deck.models)
    with pytest.raises(SimulationError, match=r"did not save the vector .v\(n_7_7#nw"):
        engine("ngspice").run_deck(wrong, tmp_path, time_limit=60)


def test_missing_or_old_ngspice_is_named_with_the_next_step(
    deck: Deck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, impostor
) -> None:
    monkeypatch.setenv("AG2S_NGSPICE", "/no/such/ngspice")
    with pytest.raises(ToolError, match=r"ngspice cannot be used(.|\n)*scripts/setup"):
        engine("ngspice").run_deck(deck, tmp_path, time_limit=60)
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho '** ngspice-39.3 : Circuit level simulation program'\n", encoding="ascii")
    old.chmod(0o755)
    monkeypatch.setenv("AG2S_NGSPICE", str(old))
    with pytest.raises(ToolError, match=r"39\.3 .* is too old: 44 or later"):
        engine("ngspice").run_deck(deck, tmp_path, time_limit=60)


def test_verilog_a_that_does_not_compile_shows_the_compilers_words(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path))
    with pytest.raises(ToolError, match=r"broken\.va does not compile(.|\n)*error"):
        compiled("module broken(a; endmodule\n", "broken")
    assert not list(tmp_path.iterdir()), "nothing half-made stays behind"


def test_a_compiled_model_is_made_once(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path))
    source = '`include "disciplines.vams"\nmodule r(a,b); inout a,b; electrical a,b; analog I(a,b)<+V(a,b); endmodule\n'
    first = compiled(source, "r")
    stamp = first.stat().st_mtime_ns
    assert compiled(source, "r") == first
    assert first.stat().st_mtime_ns == stamp
    assert compiled(source + "\n", "r") != first


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match="engine = 'spectre' is refused; allowed: one of ngspice"):
        engine("spectre")


def test_a_raw_file_that_is_still_being_written(deck: Deck, tmp_path: Path) -> None:
    engine("ngspice").run_deck(deck, tmp_path, time_limit=60)
    whole = (tmp_path / "waves.raw").read_bytes()
    header = read_header(tmp_path / "waves.raw")
    assert header is not None
    part = tmp_path / "part.raw"
    part.write_bytes(whole[: header.offset // 2])
    assert read_header(part) is None
    growing = Growing(part)
    assert growing.last_time() == 0
    row = 8 * len(header.names)
    part.write_bytes(whole[: header.offset + 10 * row + 12])
    columns, numbers = read_raw(part)
    assert numbers.shape == (10, len(header.names))
    assert growing.last_time() == numbers[-1, columns["time"]] > 0


def test_a_deck_shows_something_under_a_bare_ngspice(deck: Deck, tmp_path: Path) -> None:
    """Without -r, as who looks into a result's folder would run it."""
    deck.write(tmp_path / "deck.cir")
    shutil.copy(compiled(deck.source("ag2s")), tmp_path / "ag2s.osdi")
    assert REAL, "ngspice is not installed; run scripts/setup"
    run = subprocess.run(
        [REAL, "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    rows = [line.split() for line in run.stdout.splitlines() if re.match(r"\d+\t", line)]
    assert len(rows) > 20
    assert max(float(row[2]) for row in rows) == pytest.approx(0.3, rel=0.02, abs=0)

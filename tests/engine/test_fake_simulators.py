"""Simulators that misbehave: whatever one leaves or prints, a run ends with its waves, or with folder and reason."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import Fake, Good, gone, same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyspice_models.array import Crossbar
from pyspice_models.engine import engine, program
from pyspice_models.engine.rawfile import read_header
from pyspice_models.engine.toolchain import tools
from pyspice_models.errors import SimulationError, ToolError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, schedule

AG2S = Path(sys.executable).with_name("ag2s")
STUDY = """
[array]
rows = 1
cols = 1
[[program]]
do = "read"
row = 0
col = 0
"""


@pytest.fixture(scope="module", params=["ngspice", "vacask"])
def good(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Good:
    name, folder = request.param, tmp_path_factory.mktemp("good")
    crossbar = Crossbar(1, 1)
    deck = crossbar_deck(crossbar, schedule(crossbar, [Read(0, 0)]), dialect_name=name)
    waves = engine(name).run_deck(deck, folder, time_limit=120)
    header = read_header(folder / "waves.raw")
    assert header is not None
    return Good(name, deck, waves, (folder / "waves.raw").read_bytes(), header.offset, len(header.names))


@pytest.fixture
def fake(good: Good, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setenv(f"AG2S_{good.name.upper()}", "")  # put back afterwards
    made = Fake(good, tmp_path)
    made.does(f"cat {made.leaves} > waves.raw")
    return made


# ---- what it leaves


def test_the_fake_that_leaves_a_good_file_is_believed(fake: Fake) -> None:
    assert same(fake.run_on(fake.good.raw), fake.good.waves)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_time_column_out_of_order_is_refused(fake: Fake, data: st.DataObject) -> None:
    good = fake.good
    row = data.draw(st.integers(0, good.rows - 1), "row")
    bad = st.sampled_from([float("nan"), float("inf"), -float("inf"), -1e-9, 2 * good.deck.stop, 1e300])
    if 0 < row < good.rows - 1:
        # the neighbours' own times, and any before or after them
        bad |= st.integers(0, row - 1).map(good.time) | st.integers(row + 1, good.rows - 1).map(good.time)
    words = fake.refused(lambda: fake.run_on(good.with_time(row, data.draw(bad, "time"))))
    assert re.search("do not increase|left out the beginning|stopped early|beyond its end", words)


def test_a_run_beyond_its_end_is_refused(fake: Fake) -> None:
    good = fake.good
    words = fake.refused(lambda: fake.run_on(good.with_time(good.rows - 1, 1.0001 * good.deck.stop)))
    assert "went on beyond its end" in words


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_swapped_rows_are_refused(fake: Fake, data: st.DataObject) -> None:
    good, width = fake.good, 8 * fake.good.columns
    rows = [good.raw[place : place + width] for place in range(good.offset, len(good.raw), width)]
    one, other = sorted(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True), "rows"))
    rows[one], rows[other] = rows[other], rows[one]
    assert "do not increase" in fake.refused(lambda: fake.run_on(good.raw[: good.offset] + b"".join(rows)))


def _announced(good: Good, points: int) -> bytes:
    return re.sub(rb"No\. Points: *[0-9]+", b"No. Points: %d" % points, good.raw, count=1)


def test_a_count_of_points_that_does_not_hold_is_refused(fake: Fake) -> None:
    good = fake.good
    for points in (0, 1, good.rows - 1, good.rows + 1, 10**14):
        words = fake.refused(lambda points=points: fake.run_on(_announced(good, points)))
        assert f"announces {points} time points and holds {good.rows}" in words
    assert "holds" in fake.refused(lambda: fake.run_on(good.raw + good.raw[-8:]))


def test_rows_that_are_missing_are_refused(fake: Fake) -> None:
    """At the end, at the beginning and around a corner of a source, even where the header counts them rightly."""
    good, width = fake.good, 8 * fake.good.columns
    rows = [good.raw[place : place + width] for place in range(good.offset, len(good.raw), width)]
    corner = good.deck.breakpoints[len(good.deck.breakpoints) // 2]
    near = 0.3 * min(abs(corner - other) for other in good.deck.breakpoints if other != corner)
    around = [row for number, row in enumerate(rows) if abs(good.time(number) - corner) > near]
    for kept, words in (
        (rows[:-1], "stopped early"), (rows[: len(rows) // 2], "stopped early"), (rows[1:], "left out the beginning"),
        (around, f"passed over the corner of a source at {corner:.9g} s"), ([], "stopped early, at 0 s"),
        (rows[-1:], "left out the beginning"), (rows[:1], "stopped early, at 0 s"),
    ):  # fmt: skip
        head = re.sub(rb"No\. Points: *[0-9]+", b"No. Points: %d" % len(kept), good.raw[: good.offset], count=1)
        assert words in fake.refused(lambda head=head, kept=kept: fake.run_on(head + b"".join(kept)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"Flags: real", b"Flags: complex"),
        (rb"Flags: real", b"Flags: real padded"),
        (rb"Flags: real", b""),
        (rb"No\. Variables: *[0-9]+", b"No. Variables: 3"),
        (rb"No\. Variables: *[0-9]+", b"No. Variables: -5"),
        (rb"No\. Variables: *[0-9]+", b"No. Variables: 1e3"),
        (rb"No\. Variables: *[0-9]+", b"No. Variables: " + b"9" * 5000),
        (rb"No\. Variables: *[0-9]+", b"No. Variables: \xd9\xa1"),
        (rb"No\. Variables: *[0-9]+", b""),
        (rb"No\. Points: *[0-9]+", b"No. Points: many"),
        (rb"No\. Points: *[0-9]+", b"No. Points: -1"),
        (rb"Variables:\n", b""),
        (rb"\ttime\t", b"\tfrequency\t"),
        (rb"\t0\ttime\t", b"\t7\ttime\t"),
        (rb"\t1\t", b"\t1"),
        (rb"\t2\t[^\t]+", b"\t2\ttime"),
        (rb"\t[0-9]+\t[^\n]+\nBinary", b"Binary"),
        (rb"Binary:", b"Values:"),
        (rb"Binary:", b"Binary:\r"),
        (rb"Binary:\n", b""),
        (rb"(?s).*", b""),
        (rb"(?s).*", b"\0" * 4096),
        (rb"(?s).*", b"Binary:\n"),
        (rb"(?s).*", b"\nBinary:\n"),
        (rb"(?s).*", b"no raw file\nBinary:\n"),
    ],
)
def test_an_odd_header_is_refused(fake: Fake, old: bytes, new: bytes) -> None:
    head, numbers = fake.good.raw[: fake.good.offset], fake.good.raw[fake.good.offset :]
    changed = re.sub(old, lambda _: new, head, count=1)
    assert changed != head
    assert len(fake.refused(lambda: fake.run_on(changed + numbers))) < 2000


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_header_is_refused_or_changes_nothing(fake: Fake, data: st.DataObject) -> None:
    good = fake.good
    start = data.draw(st.integers(0, good.offset - 1), "start")
    end = data.draw(st.integers(start, min(good.offset, start + 40)), "end")
    damaged = good.raw[:start] + data.draw(st.binary(max_size=20), "bytes") + good.raw[end:]
    folder = fake.run_folder
    try:
        waves = fake.run_on(damaged)
    except SimulationError as error:
        waves, folder = None, error.folder
    assert folder == fake.run_folder
    assert waves is None or same(waves, good.waves)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_that_is_cut_anywhere_is_refused(fake: Fake, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(fake.good.raw) - 1), "length")
    words = fake.refused(lambda: fake.run_on(fake.good.raw[:length]))
    assert re.search("stopped before its first|stopped early|time points and holds", words)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1e308])
def test_a_wave_that_no_circuit_has_is_refused(fake: Fake, number: float) -> None:
    """In any column that the study measures."""
    good = fake.good
    header = read_header(_written(fake.folder / "good.raw", good.raw))
    assert header is not None
    measured = [name for names in good.deck.probes.values() for name in names]
    for column, name in enumerate(header.names):
        place = good.offset + 8 * (good.columns * (good.rows // 2) + column)
        raw = good.raw[:place] + struct.pack("<d", number) + good.raw[place + 8 :]
        if column and name in measured:
            assert "is not finite, or beyond all" in fake.refused(lambda raw=raw: fake.run_on(raw))


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("exit 0", "ended with status 0 and wrote no waves"),
        ("mkfifo waves.raw", "wrote no waves"),
        ("mkdir waves.raw", "wrote no waves"),
        ("ln -s /dev/zero waves.raw", "wrote no waves"),
        ("ln -s nowhere waves.raw", "wrote no waves"),
        (": > waves.raw", "stopped before its first time point"),
        ("rm -f *.log *.osdi", "wrote no waves"),
        ("rm -f *.log; mkfifo ngspice.log vacask.log", "wrote no waves"),
        ("printf '\\377\\376\\033[2J\\000'", "wrote no waves"),
    ],
)
def test_a_simulator_that_ends_well_and_leaves_nothing_is_refused(fake: Fake, what: str, words: str) -> None:
    fake.does(what)
    message = fake.refused(fake.run)
    assert words in message
    assert "\033" not in message, "what a program prints does not steer the terminal"


def test_a_good_run_without_a_log_is_a_good_run(fake: Fake) -> None:
    fake.does(f"cat {fake.leaves} > waves.raw; rm -f *.log")
    waves = fake.run_on(fake.good.raw)
    assert same(waves, fake.good.waves)
    assert waves.log == ""


# ---- what it prints


def test_a_simulator_that_prints_without_end_is_stopped(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "LOG_LIMIT", 10_000_000)
    fake.does("exec yes")
    assert "was stopped: it printed more than 10 MB" in fake.refused(fake.run)
    fake.does("yes | head -c 11000000")  # ended before anyone looked
    assert "was stopped: it printed more than 10 MB" in fake.refused(fake.run)
    log = next(fake.run_folder.glob("*.log"))
    assert log.stat().st_size >= 10_000_000


def test_a_simulator_that_writes_without_end_is_stopped(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "raw_limit", lambda: 5_000_000)
    fake.does("exec cat /dev/zero > waves.raw")
    assert "it wrote a file of more than 0.005 GB" in fake.refused(fake.run)
    # the limit is set while it already writes
    assert 5_000_000 <= (fake.run_folder / "waves.raw").stat().st_size < 1_000_000_000


def test_the_largest_file_is_the_memory_of_this_machine() -> None:
    assert 1e8 < program.raw_limit() < 1e15


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("exec yes", "prints without end: more than 1048576 bytes"),
        ("exec yes ngspice-46 This is vacask 1.0. ", "prints without end: more than 1048576 bytes"),
        ("sleep 60", "did not end within 0.5 s"),
        ("trap '' TERM INT HUP; sleep 60 & wait", "did not end within 0.5 s"),
        ("sleep 60 &", "does not run as"),
        (f"echo 'ngspice-{'4' * 4000}'; echo 'This is vacask {'4' * 4000}. '", "does not run as"),
        ("exit 0", "does not run as"),
        ("kill -9 $$", "does not run as"),
        ("printf '\\377\\000'", "does not run as"),
    ],
)
def test_a_probe_ends_whatever_it_meets(fake: Fake, monkeypatch: pytest.MonkeyPatch, what: str, words: str) -> None:
    monkeypatch.setattr(tools, "_PROBE_TIME_LIMIT", 0.5)
    tools._ngspice.cache_clear()
    fake.program.write_text(f"#!/bin/sh\n{what}\n")
    began = time.monotonic()
    with pytest.raises(ToolError, match=re.escape(words)):
        fake.run()
    assert time.monotonic() - began < 30
    assert not list(fake.run_folder.iterdir()), "nothing was begun"


# ---- what it does with signals, time and children


@pytest.mark.parametrize(
    "what", ["trap '' TERM INT HUP; echo $$ > pid; while :; do sleep 60; done", "echo $$ > pid; kill -STOP $$"]
)
def test_a_simulator_that_ignores_signals_or_sleeps_is_killed_at_its_time_limit(fake: Fake, what: str) -> None:
    fake.does(what)
    assert "was stopped at its time limit of 1 s" in fake.refused(lambda: fake.run(1.0))
    assert gone(int((fake.run_folder / "pid").read_text()))


@pytest.mark.parametrize("ends", [True, False])
def test_grandchildren_end_with_their_simulator(fake: Fake, ends: bool) -> None:
    """Which hold its output open, too: nobody waits for them."""
    fake.does(f"(trap '' TERM HUP; sleep 600 & echo $! > pid; wait) & sleep 0.2; {'exit 0' if ends else 'wait'}")
    began = time.monotonic()
    message = fake.refused(lambda: fake.run(3.0))
    assert ("wrote no waves" if ends else "time limit of 3 s") in message
    assert time.monotonic() - began < 30
    assert gone(int((fake.run_folder / "pid").read_text()))


# ---- the whole command


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("cat LEAVES > waves.raw", "do not increase"),
        ("sleep 600 & wait", "time limit of 2"),
    ],
)
def test_the_command_ends_with_status_1_and_names_folder_and_reason(fake: Fake, what: str, words: str) -> None:
    fake.leaves.write_bytes(fake.good.with_time(fake.good.rows // 2, float("nan")))
    fake.does(what.replace("LEAVES", str(fake.leaves)))
    (fake.folder / "study.toml").write_text(STUDY)
    done = subprocess.run(
        [AG2S, "simulate", "study.toml", "--engine", fake.good.name, "--out", "out", "--time-limit", "2"],
        cwd=fake.folder, env=os.environ | {"COLUMNS": "500"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert words in done.stderr
    folder = re.search(r"Deck and log: (\S+)", done.stderr)
    assert folder is not None
    assert list((fake.folder / folder[1]).glob("deck.*"))


def test_doctor_tells_of_a_tool_without_end(fake: Fake) -> None:
    fake.program.write_text("#!/bin/sh\nexec yes\n")
    done = subprocess.run([AG2S, "doctor"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "prints without end" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr

"""Simulators that misbehave: whatever one leaves or prints, a run ends with its waves, or with folder and reason."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from fake_simulators_cases import fake, good  # noqa: F401
from fakes import Fake, Good, same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyspice_models.engine.rawfile import read_header
from pyspice_models.errors import SimulationError

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

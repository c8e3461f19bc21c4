"""Ranges of a sweep: they take units, are bounded, and say from where to where they go before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_studies import array, write_then_read
from typer.testing import CliRunner

from pyspice_models.campaign.axis import parse_axis
from pyspice_models.campaign.sweep import load_sweep, points_of
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError

runner = CliRunner()
STUDY = '[study]\nname = "tiny"\nengine = "nodal"\n' + array(2, 2) + write_then_read(0, 1)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.5us:2us:0.5us", ["0.5 us", "1 us", "1.5 us", "2 us"]),
        ("0.5:2:0.5 us", ["0.5 us", "1 us", "1.5 us", "2 us"]),
        ("0.5 us : 2 us : 0.5 us", ["0.5 us", "1 us", "1.5 us", "2 us"]),
        ("0.5:2:0.5", ["0.5", "1", "1.5", "2"]),
        ("log:1us:100us:3", ["1 us", "10 us", "100 us"]),
        ("log:1:100us:3", ["1 us", "10 us", "100 us"]),
        ("10%:30%:10%", ["10 %", "20 %", "30 %"]),
        ("0.3V:-0.3V:-0.3V", ["0.3 V", "0 V", "-0.3 V"]),
        ("0:1:0.1", [f"{n / 10:g}" for n in range(11)]),
        ("log:-1:-100:3", ["-1", "-10", "-100"]),
        ("3:3:1", ["3"]),
        ("1um^2:3um^2:1um^2", ["1 um^2", "2 um^2", "3 um^2"]),
        ("1:9999:1", [str(n) for n in range(1, 10000)]),
    ],
)
def test_ranges_with_units(text: str, values: list[str]) -> None:
    assert list(parse_axis(f"k={text}").values) == values


@pytest.mark.parametrize(
    "text",
    [
        "0.5us:2ms:0.5us",
        "0.5us:2:0.5us",
        "0.5us:2us:0.5",
        "1:2:0",
        "1:2:-1",
        "2:1:1",
        "1:2:1e-300",
        "0:1e9:1",
        "1:2:nan",
        "1:inf:1",
        "1e999:2:1",
        "log:1:2:0",
        "log:1:2:10001",
        "log:-1:1:3",
        "log:0:1:3",
        "log:1:0:3",
        "log:1:2:3us",
        "log:1:2:1.5",
        "log:1:2",
        "1:2",
        "1:2:3:4",
        "::",
        "a:b:c",
        "1:2:" + "9" * 5000,
        "log:1:2:" + "9" * 5000,
        "1_0:20:1",
        "١:2:1",
        "-1e308:1e308:1",
    ],
    ids=range(28),
)
def test_ranges_that_make_no_sense(text: str) -> None:
    with pytest.raises(
        RequestError, match=r"--over = 'k=.*' is refused; allowed: START:STOP:STEP or log:.* with up to 10000"
    ):
        parse_axis(f"k={text}")


def test_a_range_sweeps_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulses of seconds came from 0.5:2:0.5: SI is meant, and is now said before anything runs."""
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(STUDY)
    points = points_of(load_sweep(Path("s.toml"), ["program.0.width=0.5us:2us:0.5us"]))
    widths = [task.study.program[0].width for _, task in sorted(points.tasks.items())]  # type: ignore[union-attr]
    assert widths == [0.5e-6, 1e-6, 1.5e-6, 2e-6]
    (axis,) = points.coords
    assert points.coords[axis].attrs["units"] == "s"
    plain = points_of(load_sweep(Path("s.toml"), ["program.0.width=0.5:2:0.5"]))
    assert plain.asked.axes[0].described(plain.coords[axis]) == "program.0.width: 4 values, 500 ms to 2 s"
    done = runner.invoke(app, ["sweep", "s.toml", "--over", "program.0.width=1us:2us:1us"])
    assert done.exit_code == 0, done.stderr
    assert "program.0.width: 2 values, 1 µs to 2 µs" in done.stderr


@given(st.text(max_size=30) | st.from_regex(r"[a-z.+0-9]{1,12}=(log:)?[-0-9.a-z:, ]{0,25}", fullmatch=True))
def test_any_axis_is_taken_or_refused(text: str) -> None:
    words = "fine"
    try:
        axis = parse_axis(text)
        axis.coordinate({})
        assert len(axis.values) <= 10_000
    except RequestError as refused:
        words = str(refused)
    assert words.isprintable()

"""What goes into a page and comes out again: numbers to four digits, extremes of waves, the same bytes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from report_cases import KINDS, TITLE

from pyspice_models.report.page import report_folders, save_report
from pyspice_models.report.page.blocks import Axis, Channel, Panel, Report, Waves
from pyspice_models.report.page.kinds.study import furthest
from pyspice_models.report.page.packing import DIGITS, packed, unpacked
from pyspice_models.report.page.thin import MOST, extremes, fitted
from pyspice_models.report.page.ticks import ticks
from pyspice_models.report.page.traces import wave
from pyspice_models.units import micro, show, shown

FLOATS = st.floats(-1e30, 1e30, allow_subnormal=False).filter(lambda v: v == 0 or abs(v) > 1e-30)


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 50)), elements=FLOATS))
def test_numbers_come_back_to_four_digits(values: np.ndarray) -> None:
    back = unpacked(packed(values), len(values))
    assert back.shape == values.shape
    assert (np.abs(back - values) <= DIGITS * np.abs(values)).all()


def test_a_floor_is_a_share_of_the_largest_and_what_is_none_stays_none() -> None:
    values = np.array([[1.0, 1e-3, 3e-8, np.nan, np.inf, -1.0]])
    back = unpacked(packed(values, 1e-7), 1)
    assert np.abs(back[0, :3] - values[0, :3]).max() <= 2e-5
    assert back[0, 2] == 0.0
    assert np.isnan(back[0, 3])
    assert np.isinf(back[0, 4])


@given(
    arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 200)), elements=st.floats(-1e3, 1e3)),
    st.integers(1, 40),
)
def test_no_peak_is_lost(values: np.ndarray, buckets: int) -> None:
    places = extremes(values, buckets)
    size = -(-values.shape[1] // buckets)
    for line, kept in zip(values, places, strict=True):
        assert (np.diff(kept) >= 0).all()
        assert kept[0] == 0
        assert kept[-1] == len(line) - 1
        for start in range(0, len(line), size):
            inside = [place for place in kept if start <= place < start + size]
            part = line[start : start + size]
            assert {part.min(), part.max()} <= {line[place] for place in inside}


def noise(rows: int, cols: int, count: int) -> Waves:
    """Waves that cannot be compressed."""
    generator = np.random.default_rng(3)
    channels = {
        "v": Channel("cell", "V", "noise", generator.normal(size=(rows * cols, count))),
        "i": Channel("col", "A", "noise", generator.normal(size=(cols, count))),
    }
    time = np.linspace(0.0, 1.0, count)
    return Waves("waves", "Waves", (rows, cols), (2, 3), time, channels, [Panel("v", "V", [("v", "v"), ("i", "i")])])


def packed_size(waves: Waves) -> int:
    total = 0
    for name, channel in waves.channels.items():
        places = waves.places.get(name)
        total += len(packed(channel.values if places is None else np.take_along_axis(channel.values, places, 1)))
    return total


def test_long_waves_lose_samples_and_say_so() -> None:
    fewer = fitted(noise(4, 5, 4000), 60_000)
    assert packed_size(fewer) <= 60_000
    assert fewer.channels["v"].lines is None
    assert len(fewer.notes) == 1
    assert "Of 4000 samples" in fewer.notes[0]


def test_large_arrays_lose_cells_and_say_so() -> None:
    fewer = fitted(noise(24, 24, 300), 120_000)
    assert packed_size(fewer) <= 120_000
    lines = fewer.channels["v"].lines
    assert lines is not None
    assert 0 < len(lines) < 576
    assert f"the waves of {len(lines)} of the 576 cells" in fewer.notes[0]
    assert 2 * 24 + 3 in lines, "that of the first cell stays"
    assert wave(fewer, "v") is not None
    assert fewer.channels["i"].lines is None


def test_waves_that_fit_stay_as_they_are() -> None:
    waves = noise(2, 4, 100)
    fewer = fitted(waves, MOST)
    assert fewer.channels == waves.channels
    assert not fewer.places
    assert not fewer.notes


def test_blocks_of_a_large_map_show_what_is_furthest_from_zero() -> None:
    values = np.zeros((5, 4))
    values[4, 3], values[0, 1], values[1, 1] = 2.0, -7.0, 5.0
    assert furthest(values, 2).tolist() == [[-7.0, 0.0], [0.0, 0.0], [0.0, 2.0]]


def test_numbers_are_written_for_people() -> None:
    assert shown(1.5e-6, "s") == "1.5 µs"
    assert shown(46.18e6, "ohm") == "46.18 MΩ"
    assert shown(2.5e-11, "m^2") == "25 µm²"
    areas = [show(area, "m^2") for area in (1e-15, 1e-14, 2.5e-11, 1e-8)]
    assert areas == ["1000 nm^2", "0.01 um^2", "25 um^2", "0.01 mm^2"]
    assert micro("at 5 um, 0.1 uA, 3 units") == "at 5 µm, 0.1 µA, 3 units"
    assert [text for _, text in ticks(Axis("t", "s"), 0.0, 5e-5)] == ["0", "10 µs", "20 µs", "30 µs", "40 µs", "50 µs"]
    assert [text for _, text in ticks(Axis("i", "A", "log"), 1e-9, 1e-6)] == ["1 nA", "10 nA", "100 nA", "1 µA"]


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_the_same_folder_gives_the_same_bytes_wherever_it_lies(results: Path, tmp_path: Path, ending: str) -> None:
    elsewhere = Path(shutil.copytree(results / "sheet", tmp_path / "elsewhere" / "sheet"))
    pages = [tmp_path / f"{n}.{ending}" for n in range(2)]
    for folder, page in zip((results / "sheet", elsewhere), pages, strict=True):
        save_report(report_folders([folder]), page)
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert pages[0].read_bytes().startswith(b"%PDF" if ending == "pdf" else b"<!doctype html>")
    assert pages[0].stat().st_size > 20_000


class _Text(HTMLParser):
    """All text of a page outside its scripts, and the exact numbers behind what is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.exact: list[float] = []
        self._quiet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quiet = tag in {"script", "style"}
        if tag == "data":
            self.exact.append(float(dict(attrs)["value"] or "nan"))

    def handle_endtag(self, tag: str) -> None:
        self._quiet = False

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.text.append(data)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_measured_and_where_it_comes_from_is_text(
    reports: Mapping[str, Report], pages: Mapping[str, Path], kind: str
) -> None:
    report = reports[kind]
    reader = _Text()
    reader.feed(pages[kind].read_text(encoding="utf-8"))
    text = " ".join(" ".join(reader.text).split())
    assert report.measures
    for name, (number, about) in report.measures.items():
        assert name in text
        if kind in {"study", "small", "programmed", "learning"}:
            assert number.value in reader.exact
            assert unescape(" ".join(about.split())) in text
    for words in ("Where the numbers come from", "How to run it again", "ag2s "):
        assert words in text
    assert re.search(r"assumed|calibrated", text)


def test_every_parameter_stands_with_its_tag_and_source(reports: Mapping[str, Report]) -> None:
    (section,) = [section for section in reports["small"].sections if section.key == "sources"]
    rows = {str(row[0]): row for block in section.blocks if hasattr(block, "rows") for row in block.rows}
    assert rows["rate_limit"][2] == "set, in this study"
    assert "by default 1000" in str(rows["rate_limit"][4])
    assert str(rows["p_int"][2]) == "assumed, calibrated to sym_point_mid"
    assert str(rows["v_ref"][2]).startswith("measured")
    assert all(str(row[2]) for row in rows.values())
    assert {"area", "width", "r_driver", "bandwidth", "reltol", "temperature"} <= rows.keys()


def test_text_of_a_user_is_text(pages: Mapping[str, Path]) -> None:
    text = pages["study"].read_text(encoding="utf-8")
    assert "write &amp; read &lt;b&gt;at&lt;/b&gt; V/2 &lt;/script&gt;" in text
    assert TITLE not in text
    assert text.count("</script>") == 4
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data
    assert set(json.loads(data[1])) == {"waves", "maps", "curves", "colours"}

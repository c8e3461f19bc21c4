"""Pages as people meet them: in a browser, on a wide window and on a phone, by pointer, by keyboard, without script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from browser import Page, browser
from page_checks import check_page
from report_cases import KINDS

from pyspice_models.report.page import report_folders, save_report
from pyspice_models.report.page.blocks import Report, Waves
from pyspice_models.report.page.thin import fitted
from pyspice_models.result import load

PREFIXES = {"a": 1e-18, "f": 1e-15, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3}
FOUR_DIGITS = 5e-4 / 9.999  # half a unit of the fourth digit of the largest number of four
FLOOR = 0.51e-7  # of the largest in the array, for numbers of cells, as the page says


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def study(results: Path, pages: Mapping[str, Path]) -> tuple[Path, xr.Dataset]:
    """The page of the 16 x 16 study, and its dataset."""
    return pages["study"], load(results / "study" / "result.nc")


def value(text: str) -> float:
    """A number as the page shows it."""
    found = re.fullmatch(r"(-?[0-9.]+(?:e[-+]?\d+)?)\s*([afpnµmk]?)[sVAWJ]?", text)
    assert found, text
    return float(found[1]) * PREFIXES[found[2]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "small"])
def test_a_page_is_quiet_asks_nobody_and_bars_nobody(page: Page, pages: Mapping[str, Path], kind: str) -> None:
    assert pages[kind].stat().st_size < 1_000_000
    for width in (1280, 390):
        page.size(width)
        check_page(page, pages[kind], width, bars=width == 390)


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_what_is_written_can_be_read(page: Page, pages: Mapping[str, Path], dark: bool) -> None:
    page.size(1280, dark=dark)
    check_page(page, pages["programmed"], 1280, contrast=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_on_every_page_can_be_read(page: Page, pages: Mapping[str, Path], kind: str) -> None:
    for width in (1280, 390):
        for dark in (False, True):
            page.size(width, dark=dark)
            check_page(page, pages[kind], width, contrast=True)


def test_several_results_side_by_side(page: Page, results: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    save_report(report_folders([results / kind for kind in ("study", "small", "sweep")]), path)
    for width in (390, 1280):
        page.size(width)
        check_page(page, path, width, bars=width == 390)
    assert page.run("document.querySelector('#compared tbody').rows.length") > 20
    page.run("document.querySelector('.waves .row').value = 0")
    page.run("document.querySelector('.waves .row').onchange()")
    told = page.run("[...document.querySelectorAll('.waves .which')].map(e => e.textContent)")
    assert told == ["Cell (0, 1)", "Cell (0, 1)"], "a cell that both have is chosen in both"


def spot(page: Page, selector: str, across: float, down: float = 0.5) -> tuple[float, float]:
    """Where a share of an element lies in the window, after it was scrolled to."""
    page.run(f"{selector}.scrollIntoView({{block: 'center'}})")
    left, top, wide, high = page.run(f"(b => [b.left, b.top, b.width, b.height])({selector}.getBoundingClientRect())")
    return left + across * wide, top + down * high


def told_at(page: Page, chart: int, across: float) -> list[str]:
    """What stands under a chart while the pointer is there: time, then each line."""
    page.mouse("mouseMoved", *spot(page, f"document.querySelectorAll('.wave .u-over')[{chart}]", across))
    values = f"document.querySelectorAll('.wave')[{chart}].querySelectorAll('.u-value')"
    return list(page.run(f"[...{values}].map(e => e.textContent)"))


def near(shown: float, values: xr.DataArray, time: float, floor: float) -> bool:
    """Whether a number is that of a sample at the time shown, to four digits or so near as its floor says."""
    moments = values["time"].values
    there = values.values[np.abs(moments - time) <= 2e-5 * time + 1e-15]
    assert there.size, time
    return bool((np.abs(there - shown) <= np.maximum(FOUR_DIGITS * np.abs(there), floor)).any())


def waves_in(dataset: xr.Dataset) -> list[list[xr.DataArray]]:
    """What the charts show, from top to bottom, of all cells or lines."""
    return [
        [dataset["v_word_terminal"], dataset["v_bit_terminal"], dataset["v_word"] - dataset["v_bit"]],
        [dataset["w"], dataset["x"]],
        [dataset["i_sense"]],
        [dataset["p"]],
    ]


def check_hover(page: Page, dataset: xr.Dataset, row: int, col: int, places: tuple[float, ...]) -> None:
    for chart, lines in enumerate(waves_in(dataset)):
        for across in places:
            time, *shown = told_at(page, chart, across)
            for text, line in zip(shown, lines, strict=True):
                here = line.sel({dim: place for dim, place in (("row", row), ("col", col)) if dim in line.dims})
                floor = FLOOR * float(np.abs(line).max()) if line.ndim == 3 else 0.0
                assert near(value(text), here, value(time), floor), (chart, across, time, text)


def test_values_under_the_pointer_are_those_of_the_dataset(page: Page, study: tuple[Path, xr.Dataset]) -> None:
    path, dataset = study
    page.size(1280)
    page.open(path)
    assert page.run("document.querySelectorAll('.wave').length") == 4
    check_hover(page, dataset, 1, 1, (0.03, 0.09, 0.3, 0.8))


def test_a_click_on_a_map_shows_the_waves_of_the_cell(page: Page, study: tuple[Path, xr.Dataset]) -> None:
    path, dataset = study
    page.size(390)
    page.open(path)
    x, y = spot(page, "document.querySelector('figure.map canvas')", 12.5 / 16, 5.5 / 16)
    page.mouse("mouseMoved", x, y)
    told = page.run("document.querySelector('figure.map .read').textContent")
    assert told.startswith("word line 5, bit line 12: ")
    assert value(told.rpartition(": ")[2]) == pytest.approx(float(dataset["w"][0, 5, 12]), rel=FOUR_DIGITS, abs=0)
    page.mouse("mousePressed", x, y)
    page.mouse("mouseReleased", x, y)
    assert page.run("document.querySelector('.which').textContent") == "Cell (5, 12)"
    check_hover(page, dataset, 5, 12, (0.06, 0.5))


def test_keys_do_what_the_pointer_does(page: Page, study: tuple[Path, xr.Dataset]) -> None:
    page.size(1280)
    page.open(study[0])
    page.run("document.querySelector('figure.map canvas').focus()")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.call("Input.dispatchKeyEvent", type="keyDown", key=key)
    assert page.run("document.querySelector('.which').textContent") == "Cell (2, 1)"


def test_all_charts_zoom_together(page: Page, study: tuple[Path, xr.Dataset]) -> None:
    path, dataset = study
    page.size(1280)
    page.open(path)
    whole = float(dataset["time"][-1])
    over = "document.querySelectorAll('.wave .u-over')[0]"
    start, stop = spot(page, over, 0.4), spot(page, over, 0.6)
    page.mouse("mouseMoved", *start)
    page.mouse("mousePressed", *start)
    page.mouse("mouseMoved", *stop)
    page.mouse("mouseReleased", *stop)
    for chart in range(4):
        first, last = (value(told_at(page, chart, across)[0]) for across in (0.02, 0.98))
        assert 0.35 * whole < first < 0.45 * whole, chart
        assert 0.55 * whole < last < 0.65 * whole, chart
    check_hover(page, dataset, 1, 1, (0.5,))
    page.run("document.querySelector('.reset').click()")
    assert value(told_at(page, 3, 0.98)[0]) > 0.9 * whole


def test_thinned_waves_show_samples_of_the_dataset(
    page: Page, results: Path, reports: Mapping[str, Report], tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    save_report([thinned(reports["small"])], path)
    page.size(1280)
    page.open(path)
    assert "smallest and the largest of every" in page.run("document.querySelector('.waves').textContent")
    check_hover(page, load(results / "small" / "result.nc"), 1, 1, (0.03, 0.2, 0.7))


def thinned(report: Report) -> Report:
    sections = [
        replace(section, blocks=[fitted(b, 8_000) if isinstance(b, Waves) else b for b in section.blocks])
        for section in report.sections
    ]
    return replace(report, sections=sections)


def test_lines_of_a_sweep_tell_their_values(page: Page, results: Path, pages: Mapping[str, Path]) -> None:
    dataset = load(results / "sweep" / "sweep.nc")
    page.size(1280)
    page.open(pages["sweep"])
    titles = page.run("[...document.querySelectorAll('figure.curves figcaption')].map(e => e.textContent)")
    figure = f"document.querySelectorAll('figure.curves')[{titles.index('energy per switch')}]"
    page.run(f"{figure}.scrollIntoView({{block: 'center'}})")
    page.run("new Promise(done => setTimeout(done, 300))")
    page.mouse("mouseMoved", *spot(page, f"{figure}.querySelector('.u-over')", 0.97))
    shown = page.run(f"[...{figure}.querySelectorAll('.u-value')].map(e => e.textContent)")
    assert value(shown[0]) == pytest.approx(0.3, abs=1e-9)
    expected = dataset["energy_per_switch"].sel({"program.0.voltage": 0.3}).values
    assert [value(text) for text in shown[1:]] == pytest.approx(expected.tolist(), rel=FOUR_DIGITS, abs=0)


def test_without_script_figures_stand_still_and_numbers_are_there(page: Page, study: tuple[Path, xr.Dataset]) -> None:
    page.size(390)
    page.script(False)
    try:
        page.open(study[0], "document.readyState === 'complete'")
        assert not page.errors
        assert page.run("document.documentElement.scrollWidth <= innerWidth")
        assert page.run("getComputedStyle(document.querySelector('noscript p')).display") == "block"
        assert page.run("document.querySelectorAll('figure.map img').length") > 5
        assert page.run("document.querySelectorAll('.waves svg').length") == 4
        told = page.run("[...document.querySelectorAll('#measures tr')].map(r => r.innerText).join('|')")
        assert "energy_per_switch" in told
        assert "dissipated in the whole array" in told
    finally:
        page.script(True)

"""The playground page as people meet it, with its twin beside NumPy's and its ngspice beside the machine's own."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import Page, browser
from page_checks import check_page
from playground_cases import anywhere, move, shipped

from pyspice_models.cells.ag2s.twin import simulate_many
from pyspice_models.engine.toolchain.tools import find_ngspice, require
from pyspice_models.engine.toolchain.web_ngspice import web_ngspice
from pyspice_models.report.playground import write_playground
from pyspice_models.report.playground.controls import choices_of, sliders_of
from pyspice_models.report.playground.decks import at, chosen, deck_text
from pyspice_models.study import Study

SEVEN = 1e-4
"""How near the page's ngspice comes to the machine's own, relative."""

STATES, CURRENTS = 1e-5, 1e-4
"""What the page says of its twin."""

RESISTOR = "* a resistor and a capacitor\nv1 a 0 pwl(0 0 1n 1)\nr1 a b 1k\nc1 b 0 1p\n.tran 0.1n 20n\n.end\n"
GIVEN_UP = """* a source that no time step is small enough for
v1 a 0 pwl(0 0 1n 1)
r1 a b 1k
c1 b 0 1p
b1 b 0 i = v(b) > 0.3 ? 1e6*sgn(sin(1e15*time))*exp(min(200*v(b), 500)) : 0
.tran 0.1n 20n
.end
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the shipped study, with ngspice in it."""
    if web_ngspice() is None:
        pytest.fail("ngspice for pages is not in the cache: scripts/setup fetches it, or ag2s playground --fetch")
    return write_playground(tmp_path_factory.mktemp("playground") / "page.html", shipped())


def test_the_page_is_quiet_asks_nobody_and_bars_nobody(page: Page, playground: Path) -> None:
    assert playground.stat().st_size < 3_000_000
    for width in (1280, 390):
        page.size(width)
        check_page(page, playground, width)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.run("document.documentElement.scrollWidth") <= 390


def test_the_pages_script_fills_in_the_generators_decks(page: Page, playground: Path) -> None:
    study = shipped()
    page.open(playground)
    assert page.run("playground.deck()") == deck_text(study)
    for seed in (5, 6, 7):
        values, places, deck = anywhere(study, seed)
        move(page, values, choices_of(study), places)
        assert page.run("playground.deck()") == deck
        assert page.run("document.getElementById('deck').textContent") == deck


def told(page: Page) -> dict[str, float]:
    """What the twin in the page measures, by the names of the deck."""
    asked = "twin.deck.steps.flatMap(s => s.asked.map(a => [a.name, sampled(twin.time, twin.wave(a.vector), a.at)]))"
    return dict(page.run(f"(({{twin}}) => {asked})(playground.shown())"))


def by_numpy(study: Study) -> dict[str, float]:
    """The same by the package's twin: each cell between two ideal sources."""
    schedule, crossbar = study.schedule(), study.crossbar
    settled = [window.settled for window in schedule.windows]  # a time point, so that nothing is interpolated
    times = np.unique(np.concatenate([[0.0, schedule.stop], schedule.corners, settled]))
    word, bit = (np.array([wave.at(times) for wave in side]) for side in (schedule.word, schedule.bit))
    shape = crossbar.shape
    volts = (word[:, None, :] - bit[None, :, :]).reshape(-1, len(times))
    own = {name: np.broadcast_to(np.asarray(value), shape).ravel() for name, value in crossbar.per_cell.items()}
    runs = simulate_many(
        crossbar.cell,
        own,
        times,
        volts,
        temperature=crossbar.temperature,
        tolerance=1e-7,  # type: ignore[arg-type]
    )

    found: dict[str, float] = {}
    for number, window in enumerate(schedule.windows):
        cell = runs[window.rows[0] * shape[1] + window.cols[0]]
        if window.kind == "write":
            for name, moment in (("before", window.start), ("after", window.stop)):
                found[f"step{number}_state_{name}"] = float(np.interp(moment, cell.time, cell.w))
        for col in window.cols if window.kind == "read" else ():
            cells = runs[col :: shape[1]]
            found[f"step{number}_sense_{col}"] = sum(float(np.interp(window.settled, r.time, r.i)) for r in cells)
    return found


@pytest.mark.slow
def test_what_is_written_can_be_read(page: Page, playground: Path) -> None:
    for width, dark in ((390, False), (1280, False), (1280, True)):
        page.size(width, dark=dark)
        check_page(page, playground, width, contrast=True)


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"write0": -0.45, "temperature": 350.0}, [4, 1]),
        ({"write0": 0.6, "v_nuc_int": 0.2, "rate_limit": 2000.0, "w_lower": 0.5}, [5, 2]),
        ({"read1": 0.1, "r_ion_exponent": 0.9, "p_int": 0.9, "alpha_limit": 0.4, "eps_r": 15.0}, [0, 0]),
    ],
)
def test_the_pages_twin_is_the_packages(
    page: Page, playground: Path, values: dict[str, float], places: list[int]
) -> None:
    study = shipped()
    page.open(playground)
    move(page, values, choices_of(study), places)
    mine, theirs = told(page), by_numpy(at(chosen(study, choices_of(study), places), sliders_of(study), values))
    assert mine.keys() == theirs.keys()
    for name, value in theirs.items():
        allowed = STATES if "state" in name else CURRENTS * abs(value)
        assert mine[name] == pytest.approx(value, rel=0, abs=allowed), name


def by_native(deck: str, folder: Path) -> dict[str, float]:
    (folder / "deck.cir").write_text(deck)
    command = [require(find_ngspice()), "-b", "deck.cir"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=300)
    return {m[1]: float(m[2]) for m in re.finditer(r"^(step\w+)\s+=\s+(\S+)", done.stdout, re.MULTILINE)}


def by_page(page: Page) -> dict[str, float]:
    """The same of the page's ngspice."""
    assert page.run("playground.run().then(found => found?.rows ?? 0)") > 50, page.run("told.textContent")
    asked = "twin.deck.steps.flatMap(s => s.asked.map(a => [a.name, sampled(spice.time, spice.waves[a.vector], a.at)]))"
    return dict(page.run(f"(({{twin, spice}}) => {asked})(playground.shown())"))


def check_seven(mine: dict[str, float], native: dict[str, float]) -> None:
    assert len(native) == 7
    assert mine.keys() == native.keys()
    for name, value in native.items():
        assert mine[name] == pytest.approx(value, rel=SEVEN, abs=0), name


def test_seven_numbers_are_those_of_the_machines_own_ngspice(page: Page, playground: Path, tmp_path: Path) -> None:
    page.size(1280)
    page.open(playground)
    mine, native = by_page(page), by_native(deck_text(shipped()), tmp_path)
    check_seven(mine, native)
    rows = page.run("[...document.querySelectorAll('#measures tbody tr')].map(r => r.cells[3].textContent)")
    assert len(rows) == 7
    assert all(re.fullmatch(r"[-+]?[0-9.e-]+ %", text) and abs(float(text[:-2])) < 0.5 for text in rows)
    # after a word that the simulator does not know, nothing of that run stays
    page.run("playground.run(playground.deck().replace('.subckt ag2s_cell', '.subckt another_name'))")
    check_nothing_is_shown(page)
    assert not page.errors


def check_nothing_is_shown(page: Page) -> None:
    assert page.run("playground.shown().spice") is None
    rows = "[...document.querySelectorAll('#measures tbody tr')].flatMap(r => [r.cells[2], r.cells[3]])"
    assert set(page.run(f"{rows}.map(cell => cell.textContent)")) == {"–"}
    assert page.run("told.className") == "warning"
    assert page.run("told.textContent").startswith("No result: ")


def ran(page: Page, deck: str, stop: float, patience: int = 30_000) -> dict[str, Any]:
    """The last time point of a deck in the page's ngspice, or why there is none."""
    asked = f"playground.engine.run({json.dumps(deck)}, {stop!r}, {patience})"
    return dict(page.run(f"{asked}.then(f => ({{rows: f.rows, end: f.time.at(-1)}}), e => ({{why: e.message}}))"))


def test_what_fails_is_never_answered_by_the_run_before(page: Page, playground: Path) -> None:
    page.open(playground)
    good = ran(page, RESISTOR, 20e-9)
    assert good["end"] == pytest.approx(20e-9, rel=1e-9, abs=0)
    for deck, why in (
        (GIVEN_UP, "gave the transient up"),
        (RESISTOR.replace("r1 a b 1k", "r1 a b 1k\nxno a b nowhere"), "wrote no waves|nowhere"),
        (RESISTOR.replace(".tran 0.1n 20n", ".op"), "."),
        (RESISTOR.replace("20n", "10n"), "end early"),
        ("", "."),
    ):
        told = ran(page, deck, 20e-9)
        assert re.search(why, told.get("why", "it was believed")), (deck, told)
        assert page.run("playground.engine.worker") is None, "the worker is not used again"
    assert ran(page, RESISTOR, 20e-9) == good
    assert not page.errors


def test_a_run_without_end_is_stopped(page: Page, playground: Path) -> None:
    page.open(playground)
    told = ran(page, RESISTOR.replace("20n", "20"), 20.0, 1500)
    assert "no answer within 1.5 s" in told["why"]
    assert page.run("playground.engine.worker") is None


def test_a_control_block_is_not_run(page: Page, playground: Path) -> None:
    page.open(playground)
    block = ".control\nrun\nalter r1 = 1meg\nquit\n.endc\n.tran"
    assert ran(page, RESISTOR.replace(".tran", block), 20e-9) == ran(page, RESISTOR, 20e-9)


def test_sliders_answer_to_keys(page: Page, playground: Path) -> None:
    page.size(1280)
    page.open(playground)
    before = told(page)["step0_state_after"]
    page.run("document.getElementById('write0').focus()")
    for key in ("ArrowRight", "ArrowRight"):
        page.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=39)
        page.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=39)
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert told(page)["step0_state_after"] > before
    page.run("document.querySelector('#map button').click()")
    assert page.run("document.getElementById('which').textContent") == "Cell (0, 0)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "values", [{"write0": -0.3, "read1": 0.02}, {"temperature": 350.0, "v_int": 0.5, "w_lower": 0.4}]
)
def test_seven_numbers_elsewhere(page: Page, playground: Path, tmp_path: Path, values: dict[str, float]) -> None:
    study = shipped()
    page.open(playground)
    move(page, values, [], [])
    check_seven(by_page(page), by_native(deck_text(at(study, sliders_of(study), values)), tmp_path))

"""Elements of a user's own around the array: which lines are taken, and what they do in a simulator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pyspice_models import Crossbar, Outcome, Read, RequestError, Simulation, Study, load_study, run_study, schedule
from pyspice_models.netlist import deck_of
from pyspice_models.study.identity import identity
from pyspice_models.study.tables.write import write_study

PROGRAM = [Read(0, 0, voltage=5e-3, duration=2e-6)]


def _study(*lines: str, engine: str = "ngspice") -> Study:
    return Study("own", Crossbar(2, 2), PROGRAM, spice=lines, engine=engine)


def _deck(*lines: str, dialect_name: str = "ngspice", form: str = "osdi") -> str:
    bar = Crossbar(2, 2)
    asked = Simulation(bar, schedule(bar, PROGRAM), form=form, spice=lines)
    return deck_of(asked, dialect_name=dialect_name).text


def test_ends_of_lines_have_names_of_their_own() -> None:
    text = _deck("R9 wl0_far 0 1k", "C9 bl1_near 0 1p", "Rx wl_1_0 bl0_far 1meg", "Ry wl1_near x 1", "Cy x 0 1f")
    for line in ("R9 wl_0_1 0 1k", "C9 bt_1 0 1p", "Rx wl_1_0 bl_0_0 1meg", "Ry wt_1 x 1", "Cy x 0 1f"):
        assert f"\n{line}\n" in text


def test_other_tools_get_them_in_their_own_words() -> None:
    text = _deck("R9 wl0_far 0 1k", "C9 bl1_near 0 r=1p", "V9 wl1_far x dc 2m", "R8 x 0 1", dialect_name="vacask")
    for line in ("r9 (wl_0_1 0) resistor r=1000", "c9 (bt_1 0) capacitor c=1e-12", "v9 (wl_1_1 x) vsource dc=0.002"):
        assert f"\n{line}\n" in text
    assert "\nR9 wl_0_1 0 1k\n" in _deck("R9 wl0_far 0 1k", dialect_name="ltspice", form="subckt")
    with pytest.raises(RequestError, match="a netlist for vacask cannot express the line D9 wl_0_1 0 dmod"):
        _deck("D9 wl0_far 0 dmod", ".model dmod d", dialect_name="vacask")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("Rwl_0_0 wl0_far 0 1k",), "an element rwl_0_0 already. Give yours another name, such as rown_wl_0_0"),
        (("R9 wl_0_9 0 1k",), "has no node 'wl_0_9', and no other line of yours is on it; did you mean 'wl_0_1'"),
        (("R9 ag2s_cell 0 1k",), "has no node 'ag2s_cell'"),
        (("R9 wl2_far 0 1k",), "wl2_far is the end of no line of this array: there are wl0 to wl1"),
        (("R9 wl0_far 0 1k", "r9 wl1_far 0 1k"), "r9 stands 2 times"),
        (("R9 wl0_far",), "R9 wl0_far has too few nodes"),
        ((".tran 1n 1u",), r"study.spice\[0\] = '.tran 1n 1u' is refused; allowed: an element"),
        ((".include /etc/passwd",), "is refused; allowed: an element"),
        ((".control",), "is refused; allowed: an element"),
        (("+ 3",), "is refused; allowed: an element"),
        (("A1 [wl0_far] [x] adc",), "is refused; allowed: an element"),
        (("R9 wl0_far 0 1k\n.control",), "is refused; allowed: plain text"),
        (("R9 wl0_far 0 1µ",), "is refused; allowed: plain text"),
        (("R9 " + "x" * 3000,), "is refused; allowed: plain text of at most 2000 characters"),
    ],
)  # fmt: skip
def test_what_the_netlist_cannot_bear_is_refused_by_name(lines: tuple[str, ...], words: str) -> None:
    def build() -> None:
        study = _study(*lines)
        deck_of(Simulation(study.crossbar, study.schedule(), spice=study.spice))

    with pytest.raises(RequestError, match=words):
        build()


def test_nodal_refuses_them_by_name() -> None:
    with pytest.raises(RequestError, match=r"engine nodal simulates crossbars alone and takes no lines of SPICE"):
        _study("R9 wl0_far 0 1k", engine="nodal")


def test_they_are_a_part_of_the_study(tmp_path: Path) -> None:
    study = _study("R9 wl0_far 0 1k", "", "* nothing")
    assert study.spice == ("R9 wl0_far 0 1k",)
    assert load_study(write_study(study, tmp_path / "kept")) == study
    assert identity(study) != identity(replace(study, spice=()))
    (tmp_path / "own.cir").write_text("* elements\nR9 wl0_far 0 1k\n")
    (tmp_path / "s.toml").write_text(
        '[study]\nspice = "own.cir"\n[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "read"\n'
    )
    assert load_study(tmp_path / "s.toml").spice == study.spice
    for change, words in (("study.spice=no.cir", "no.cir cannot"), ("study.spice=3", "study.spice = 3 is")):
        with pytest.raises(RequestError, match=words):
            load_study(tmp_path / "s.toml", [change])


@pytest.fixture(scope="module")
def bare() -> Outcome:
    return run_study(_study())


@pytest.mark.parametrize("engine", ["ngspice", "vacask"])
def test_a_resistor_to_ground_draws_its_current(bare: Outcome, engine: str) -> None:
    loaded = run_study(_study("R9 wl0_far 0 1meg", engine=engine))
    window = loaded.study.schedule().windows[0].settled
    more, less = (float(one.dataset["i_word_source"].interp(time=window)[0]) for one in (loaded, bare))
    far = float(loaded.dataset["v_word"].interp(time=window)[0, 1])
    assert more - less == pytest.approx(far / 1e6, rel=5e-3, abs=0)
    assert "elements of your own" in loaded.warning
    assert abs(loaded.measures["energy_imbalance"].value) > 0.01, "it says how much is theirs"
    assert not bare.warning

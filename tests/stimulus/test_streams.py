"""Trains of pulses that lines share: what every cell sees, what they change, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_steps_cases import _across
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models import (
    Crossbar,
    RankOne,
    RankOneStreams,
    Read,
    RequestError,
    Study,
    Vmm,
    crossbar_deck,
    dialect,
    dialect_names,
    load_study,
    run_study,
    schedule,
    solve_operating_point,
    windows,
    write_bias,
)
from pyspice_models.stimulus.outline import outline
from pyspice_models.stimulus.scheme import coincidence_bias
from pyspice_models.study.tables.write import write_study

WORD = ((1, 0), (0, 1), (1, 1), (0, 0), (1, 0))
BIT = ((1, 1, 0), (0, 0, 0), (0, 1, 1), (0, 0, 0), (0, 0, 1))
GIVEN = RankOneStreams(word=WORD, bit=BIT, sign=(1, 1, -1, 1, 1), gap=2e-7)
BAR = Crossbar(2, 3, per_cell={"w0": 0.4})


@given(
    st.sampled_from(["V/2", "V/3"]), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 4)),
    st.floats(-5, 5).filter(lambda volt: abs(volt) > 1e-3),
)  # fmt: skip
def test_a_cell_sees_as_much_as_its_lines_pulse(scheme: str, rows: set[int], cols: set[int], volt: float) -> None:
    bias = coincidence_bias(scheme, (4, 5), sorted(rows), sorted(cols), volt)
    across = np.subtract.outer(bias.word, bias.bit) / volt
    pulsing = np.add.outer(np.isin(range(4), sorted(rows)), 1 * np.isin(range(5), sorted(cols)))
    share = {"V/2": [0, 1 / 2, 1], "V/3": [-1 / 3, 1 / 3, 1]}[scheme]
    assert across == pytest.approx(np.choose(pulsing, share), rel=1e-12, abs=1e-12)
    assert bias.word_driven.all()
    assert bias.bit_driven.all()
    if rows and cols:  # nothing but the common level of all lines differs from a write
        write = write_bias(scheme, (4, 5), sorted(rows), sorted(cols), volt)
        assert across == pytest.approx(np.subtract.outer(write.word, write.bit) / volt, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_each_slot_is_a_phase_with_its_own_lines_and_sign(scheme: str) -> None:
    step = replace(GIVEN, scheme=scheme)
    plan = schedule(BAR, [step])
    assert [w.kind for w in plan.windows] == ["write", "half_select", "write", "wait", "write"]
    assert [(w.rows, w.cols) for w in plan.windows] == [
        ((0,), (0, 1)), ((1,), ()), ((0, 1), (1, 2)), ((), ()), ((0,), (2,))
    ]  # fmt: skip
    assert [w.voltage for w in plan.windows] == [0.3, 0.3, -0.3, 0.0, 0.3]
    assert np.diff([w.start for w in plan.windows]) == pytest.approx(1e-6 + BAR.driver.t_edge + 2e-7, rel=1e-12, abs=0)
    whole = np.zeros((2, 3))
    for window in plan.windows:
        across = _across(plan, window.settled)
        full = np.isclose(np.abs(across), 0.3)
        assert np.abs(across[~full]).max(initial=0) <= {"V/2": 0.15, "V/3": 0.1}[scheme] + 1e-12
        whole += full
    pulses, half = step.counts((2, 3))
    assert whole.tolist() == pulses.tolist() == [[1, 2, 2], [0, 1, 1]]
    # of word line 0 in 3 slots, of 1 in 2; of the bit lines in 1, 2, 2
    assert half.tolist() == [[3 + 1 - 2, 3 + 2 - 4, 3 + 2 - 4], [2 + 1, 2 + 2 - 2, 2 + 2 - 2]]
    whole_run = outline(BAR, [step])
    assert (whole_run.windows, whole_run.stop) == (5, plan.stop)


def test_streams_that_meet_in_every_slot_are_a_rank_one_update() -> None:
    one = crossbar_deck(BAR, schedule(BAR, [RankOne((1, 0), (0, 1, 1), voltage=0.25)])).text
    assert crossbar_deck(BAR, schedule(BAR, [RankOneStreams(((1, 0),), ((0, 1, 1),), voltage=0.25)])).text == one


def test_drawn_streams_are_shared_by_lines_and_the_same_in_any_array() -> None:
    step = RankOneStreams(word_odds=(0.3,) * 8, bit_odds=(0.6,) * 6, slots=2000, seed=7)
    word, bit, sign = step.streams((8, 6))
    assert (word.shape, bit.shape, sign.tolist()) == ((2000, 8), (2000, 6), [1] * 2000)
    assert word.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / word.size))
    assert bit.mean() == pytest.approx(0.6, abs=4 * np.sqrt(0.24 / bit.size))
    # word and bit lines are independent: odds of a whole pulse are their product
    whole = step.counts((8, 6))[0] / 2000
    assert whole.mean() == pytest.approx(0.18, abs=0.01)
    assert np.array_equal(step.streams((8, 6))[0], word)
    smaller = replace(step, word_odds=(0.3,) * 3, bit_odds=(0.6,) * 2, slots=100).streams((3, 2))
    assert np.array_equal(smaller[0], word[:100, :3])
    assert np.array_equal(smaller[1], bit[:100, :2])
    assert not np.array_equal(replace(step, seed=8).streams((8, 6))[0], word)


def test_odds_of_none_and_all_and_one_side_given() -> None:
    word, bit, _ = RankOneStreams(word=((1, 0), (0, 1)), bit_odds=(0.0, 1.0, 1.0)).streams((2, 3))
    assert word.tolist() == [[True, False], [False, True]]
    assert bit.tolist() == [[False, True, True]] * 2


@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_ngspice_nodal_and_the_lone_cell_agree(scheme: str) -> None:
    program = [replace(GIVEN, scheme=scheme), Read(0)]
    spice, nodal = (run_study(Study("s", BAR, program, engine=name)) for name in ("ngspice", "nodal"))
    for outcome in (spice, nodal):
        assert outcome.measures["writes_as_lone_cell"].value == 1
        assert outcome.measures["stream_pulses"].value == pytest.approx(7 / 6, rel=1e-12, abs=0)
        assert outcome.measures["stream_pulses_most"].value == 2
        assert outcome.measures["stream_half_selects"].value == pytest.approx(11 / 6, rel=1e-12, abs=0)
        assert outcome.measures["stream_half_selects_most"].value == 3
        assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
    changes = [o.dataset["w"].isel(time=-1).values - 0.4 for o in (spice, nodal)]
    assert changes[0] == pytest.approx(changes[1], abs=5e-3 * np.abs(changes[0]).max())
    # set once; set and reset; reset and set: nearly nothing is left of two of a different sign
    assert changes[0][0, 0] > 0.03
    assert changes[0][1, 1:].max() < -0.03
    assert abs(changes[0][0, 1]) < 0.5 * changes[0][0, 0]
    for name in ("energy_dissipated", "energy_supply", "energy_per_switch", "disturb_half_selected"):
        assert nodal.measures[name].value == pytest.approx(spice.measures[name].value, rel=5e-3, abs=0), name


def test_voltages_of_a_slot_are_those_of_the_operating_point() -> None:
    step = RankOneStreams(((1, 0),), ((0, 1, 1),), scheme="V/3", voltage=0.05, width=60e-6)
    for name in ("ngspice", "nodal"):
        dataset = run_study(Study("s", BAR, [step], engine=name)).dataset
        (window,) = windows(dataset, "write")
        static = solve_operating_point(BAR, coincidence_bias("V/3", (2, 3), [0], [1, 2], 0.05))
        found = dataset["i_word_source"].interp(time=window.settled).values
        assert found == pytest.approx(np.reshape(static.word_ends, (-1, 2))[0], rel=1e-3, abs=0), name


def test_half_selects_have_a_row_of_their_own_and_disturb() -> None:
    """A slot in which word line 1 alone pulses: half of the voltage on its cells, nothing on the others."""
    program = [RankOneStreams(((0, 1), (1, 0)), ((0, 0, 0), (1, 0, 0))), Vmm()]
    outcome = run_study(Study("s", BAR, program, engine="nodal"))
    half, write, product = outcome.steps
    assert (half.scheme, product.scheme) == ("streams-V/2", "")
    assert (half.kind, half.cells, write.kind, write.cells, product.kind) == ("half_select", 0, "set", 1, "vmm")
    assert half.values["energy_selected"] == 0
    assert half.values["energy_half_selected"] > 10 * half.values["energy_unselected"]
    (window,) = windows(outcome.dataset, "half_select")
    moved = outcome.dataset["w"].interp(time=[window.start, window.stop]).diff("time").values[0]
    assert (moved[1] > 1e-3).all()
    assert np.abs(moved[0]).max() < 1e-5
    assert outcome.measures["disturb_half_selected"].value >= moved[1].max()
    # all energies of the run are in some row
    total = sum(row.values["energy_dissipated"] * row.count for row in outcome.steps)
    assert total == pytest.approx(outcome.measures["energy_dissipated"].value, rel=1e-9, abs=0)


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_takes_it(name: str) -> None:
    form = dialect(name).forms[0]
    text = crossbar_deck(
        BAR, schedule(BAR, [replace(GIVEN, voltage=0.246, scheme="V/3")]), form=form, dialect_name=name
    ).text
    assert "0.123" in text, "half of the voltage"
    assert "0.041" in text, "a sixth of it"


def test_drivers_that_are_switches_take_it() -> None:
    bar = BAR.replace(driver=replace(BAR.driver, kind="rail"))
    outcome = run_study(Study("s", bar, [GIVEN]))
    assert outcome.measures["writes_as_lone_cell"].value == 1


FILE = "[array]\nrows = 2\ncols = 3\n[[program]]\ndo = 'rank_one_streams'\n"


@pytest.mark.parametrize(
    ("said", "step"),
    [
        (
            "word = [[1, 0], [0, 1]]\nbit = [[1, 1, 0], [0, 0, 1]]\nsign = [1, -1]\nscheme = 'V/3'\nvoltage = '250 mV'",
            RankOneStreams(((1, 0), (0, 1)), ((1, 1, 0), (0, 0, 1)), sign=(1, -1), scheme="V/3", voltage=0.25),
        ),
        (
            "word_odds = [0.5, 0.25]\nbit_odds = [1, 0, 0.125]\nslots = 12\nseed = 3\nsign = -1",
            RankOneStreams(word_odds=(0.5, 0.25), bit_odds=(1.0, 0.0, 0.125), slots=12, seed=3, sign=-1),
        ),
    ],
)
def test_a_study_file_says_it_and_is_written_back_equal(tmp_path: Path, said: str, step: RankOneStreams) -> None:
    (tmp_path / "s.toml").write_text(FILE + said)
    study = load_study(tmp_path / "s.toml")
    assert study.program == (step,)
    assert load_study(write_study(study, tmp_path / "kept")) == study


SOUND = {"word": "[[1, 0], [0, 1]]", "bit": "[[1, 1, 0], [0, 0, 1]]"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"word": "[[1, 0]]"}, r"slots of program\[0\]\.bit = 2 is refused; allowed: 1, as of word"),
        ({"slots": "3"}, r"slots of program\[0\]\.slots = 3 is refused; allowed: 2, as of word"),
        ({"sign": "[1, -1, 1]"}, r"slots of program\[0\]\.sign = 3 is refused; allowed: 2, as of word"),
        ({"sign": "0"}, r"program\[0\]\.sign = 0 is refused; allowed: 1 or -1, for all slots or for each"),
        ({"sign": "[1, 2]"}, r"program\[0\]\.sign = .* is refused; allowed: 1 or -1"),
        ({"sign": "[]"}, r"program\[0\]\.sign = \[\] is refused; allowed: 1 or -1"),
        ({"word": "[[1, 0, 1], [0, 1, 1]]"}, r"length of program\[0\]\.word\[0\] = 3 is refused; allowed: 2"),
        ({"word": "[[2, 0], [0, 1]]"}, r"program\[0\]\.word\[0, 0\] = 2\.0 is refused; allowed: 0 or 1"),
        ({"word_odds": "[0.5, 0.5]"}, r"program\[0\] has both word and word_odds"),
        ({"bit": "[]"}, r"program\[0\] has neither bit nor bit_odds"),
        ({"bit": "[]", "bit_odds": "[0.5, 1.5, 0]"}, r"program\[0\]\.bit_odds\[1\] = 1\.5 is refused; .*from 0 to 1"),
        ({"bit": "[]", "bit_odds": "[0.5]"}, r"length of program\[0\]\.bit_odds = 1 is refused; allowed: 3"),
        ({"word": "[[0, 0], [0, 0]]", "bit": "[[0, 0, 0], [0, 0, 0]]"}, r"program\[0\] has no pulse in 2 slots"),
        ({"scheme": "'grounded'"}, r"program\[0\]\.scheme = 'grounded' is refused; allowed: one of V/2, V/3"),
        ({"width": "'1 ns'"}, r"program\[0\]\.width = 1e-09 s is refused; allowed: > driver.t_edge"),
        ({"seed": "-1"}, r"program\[0\]\.seed = -1 is refused"),
        ({"slots": "20000"}, r"program\[0\]\.slots = 20000 is refused; allowed: a whole number from 0 to 10000"),
    ],
)
def test_bad_input_is_refused_by_name(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    said = "\n".join(f"{key} = {value}" for key, value in (SOUND | changes).items())
    (tmp_path / "bad.toml").write_text(FILE + said)
    with pytest.raises(RequestError, match=words):
        load_study(tmp_path / "bad.toml")


def test_odds_want_a_number_of_slots() -> None:
    with pytest.raises(RequestError, match=r"the step\.slots = 0 is refused; allowed: a whole number from 1 to 10000"):
        RankOneStreams(word_odds=(0.5,), bit_odds=(0.5,)).streams((1, 1))

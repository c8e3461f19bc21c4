"""Steps that reach many cells: rows, columns, patterns, coincidence, products, voltages of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bench_steps_cases import _across
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.measure import sense_current
from pyspice_models.result import windows
from pyspice_models.stimulus import RankOne, Vmm, Write, WritePattern, schedule
from pyspice_models.stimulus.scheme import READ_SCHEMES, WRITE_SCHEMES, read_bias, write_bias
from pyspice_models.study import Study, run_study

UNSELECTED = {
    "V/2": (1 / 2, 1 / 2),
    "V/3": (1 / 3, 2 / 3),
    "grounded": (0, 0),
    "floating": ("cut", "cut"),
    "float-words": ("cut", 0),
    "float-bits": (0, "cut"),
    "V/2-float-words": ("cut", 1 / 2),
    "V/2-float-bits": (1 / 2, "cut"),
}
"""Share of the voltage on unselected word lines and bit lines, by scheme."""


def test_every_write_scheme_has_a_row_in_the_table_above() -> None:
    assert set(UNSELECTED) == set(WRITE_SCHEMES)


@given(
    st.sampled_from(WRITE_SCHEMES), st.sets(st.integers(0, 3), min_size=1), st.sets(st.integers(0, 4), min_size=1),
    st.floats(-5, 5).filter(lambda volt: abs(volt) > 1e-3),
)  # fmt: skip
def test_every_write_scheme_gives_its_voltage_to_all_crossings_of_the_selected(scheme, rows, cols, volt) -> None:
    bias = write_bias(scheme, (4, 5), sorted(rows), sorted(cols), volt)
    across = np.subtract.outer(bias.word, bias.bit)
    assert (across[np.ix_(sorted(rows), sorted(cols))] == volt).all()
    # selected lines are always driven; who else floats is what the scheme's name says
    assert bias.word_driven[sorted(rows)].all()
    assert bias.bit_driven[sorted(cols)].all()
    word_rest, bit_rest = sorted(set(range(4)) - rows), sorted(set(range(5)) - cols)
    expected_word, expected_bit = UNSELECTED[scheme]
    for levels, driven, rest, expected in (
        (bias.word, bias.word_driven, word_rest, expected_word), (bias.bit, bias.bit_driven, bit_rest, expected_bit),
    ):  # fmt: skip
        if expected == "cut":
            assert not driven[rest].any()
        else:
            assert driven[rest].all()
            assert levels[rest] == pytest.approx(expected * volt, rel=1e-12, abs=0)
    assert bias.gates.tolist() == [col in cols for col in range(5)]


@given(st.sampled_from(READ_SCHEMES), st.integers(0, 3), st.integers(0, 4))
def test_every_read_scheme_drives_one_word_line(scheme: str, row: int, col: int) -> None:
    bias = read_bias(scheme, (4, 5), row, [col], 5e-3)
    assert bias.word[row] == 5e-3
    assert np.count_nonzero(bias.word) == 1
    assert not bias.bit.any()
    cut_words, cut_bits = (share == "cut" for share in UNSELECTED[scheme])
    assert bias.word_driven.tolist() == [line == row or not cut_words for line in range(4)]
    assert bias.bit_driven.tolist() == [line == col or not cut_bits for line in range(5)]
    assert bias.gates.tolist() == [line == col for line in range(5)]


def test_lines_that_a_scheme_leaves_floating_settle_between_their_neighbours() -> None:
    """Equal cells: a floating line comes to the mean of the lines that it crosses."""
    volt, shape = 0.05, (3, 4)
    crossbar = Crossbar(*shape, per_cell={"w0": 0.5})
    program = [
        Write(0, 1, voltage=volt, width=30e-6, scheme=scheme)
        for scheme in ("floating", "float-words", "float-bits", "V/2-float-words", "V/2-float-bits")
    ]
    outcome = run_study(Study("floating", crossbar, program))
    both, words, bits, half_words, half_bits = windows(outcome.dataset, "write")

    def lines(window):
        then = outcome.dataset[["v_word", "v_bit"]].interp(time=window.settled)
        return then["v_word"].values[:, 0] / volt, then["v_bit"].values[0] / volt

    # the cells bend the line: their current is not quite linear, and drivers and lines take a little
    near = {"rel": 0.02, "abs": 0.01}
    assert lines(words)[0][1:] == pytest.approx([0, 0], **near)
    assert lines(bits)[1][[0, 2, 3]] == pytest.approx([1 / 3] * 3, **near)
    assert lines(half_words)[0][1:] == pytest.approx([3 / 8, 3 / 8], **near)
    assert lines(half_bits)[1][[0, 2, 3]] == pytest.approx([2 / 3] * 3, **near)
    # u unselected word and b unselected bit lines: u = 3 b / 4 and b = (1 + 2 u) / 3
    assert lines(both)[0][1:] == pytest.approx([1 / 2, 1 / 2], **near)
    assert lines(both)[1][[0, 2, 3]] == pytest.approx([2 / 3] * 3, **near)
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


@pytest.mark.parametrize("scheme", WRITE_SCHEMES)
def test_the_manual_tells_what_each_scheme_disturbs(scheme: str) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "studies.md").read_text()
    (line,) = [line for line in manual.splitlines() if line.startswith("| `") and f"`{scheme}`" in line.split("|")[1]]
    stated = float(line.split("|")[4])
    states = pattern("random", (6, 6), seed=8, low=0.3, high=0.7)
    crossbar = Crossbar(6, 6, per_cell={"w0": states})
    measures = run_study(Study("disturb", crossbar, [Write(2, 3, scheme=scheme)])).measures
    assert measures["writes_as_lone_cell"].value == 1
    assert measures["state_change"].value == pytest.approx(57e-3, rel=0.02, abs=0)
    largest = max(measures[f"disturb_{which}"].value for which in ("half_selected", "unselected"))
    assert largest == pytest.approx(stated, rel=0.05, abs=0)
    assert abs(measures["energy_imbalance"].value) < 1e-3


def test_coincidence_sets_and_resets_where_its_product_says() -> None:
    crossbar = Crossbar(2, 3, per_cell={"w0": 0.5})
    outcome = run_study(Study("rank-one", crossbar, [RankOne((1, -1), (1, 0, -1), voltage=0.3)]))
    change = (outcome.dataset["w"].isel(time=-1) - outcome.dataset["w"].isel(time=0)).values
    assert np.sign(np.where(np.abs(change) > 0.02, change, 0)).tolist() == np.outer((1, -1), (1, 0, -1)).tolist()
    assert np.abs(change[:, 1]).max() < 0.2 * np.abs(change[:, [0, 2]]).min()
    assert outcome.measures["writes_as_lone_cell"].value == 1
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


def test_a_whole_row_is_written_at_once() -> None:
    crossbar = Crossbar(3, 4, per_cell={"w0": 0.3})
    outcome = run_study(Study("row", crossbar, [Write(1, "all"), Write((0, 2), 3, voltage=-0.3)]))
    change = (outcome.dataset["w"].isel(time=-1) - outcome.dataset["w"].isel(time=0)).values
    assert (change[1, :3] > 0.04).all()
    assert (change[[0, 2], 3] < -0.04).all()
    assert np.abs(change[[0, 2], :3]).max() < 0.01
    assert outcome.measures["writes_as_lone_cell"].value == 1
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


@given(st.integers(0, 200))
def test_a_pattern_becomes_a_pulse_for_each_row_and_sign(seed: int) -> None:
    target = np.random.default_rng(seed).integers(0, 2, (3, 4))
    step = WritePattern(tuple(map(tuple, target.tolist())))
    plan = schedule(Crossbar(3, 4), [step])
    reached = np.zeros((3, 4))
    for window in plan.windows:
        full = np.isclose(_across(plan, window.settled), window.voltage)
        assert full[np.ix_(window.rows, window.cols)].all()
        assert full.sum() == len(window.rows) * len(window.cols), "no other cell sees the full voltage"
        reached[full] += np.sign(window.voltage)
    assert (reached == np.where(target, 1, -1)).all()


def test_a_pattern_is_written() -> None:
    target = pattern("checkerboard", (3, 3), low=0, high=1).astype(int)
    crossbar = Crossbar(3, 3, per_cell={"w0": 0.5})
    step = WritePattern(tuple(map(tuple, target.tolist())), pulses=3, gap=1e-7)
    final = run_study(Study("pattern", crossbar, [step])).dataset["w"].isel(time=-1).values
    assert final[target == 1].min() > 0.6
    assert final[target == 0].max() < 0.4


@given(st.lists(st.integers(-1, 1), min_size=3, max_size=3), st.lists(st.integers(-1, 1), min_size=4, max_size=4))
def test_coincidence_gives_the_outer_product(word: list[int], bit: list[int]) -> None:
    product = np.outer(word, bit)
    if not product.any():
        return
    plan = schedule(Crossbar(3, 4), [RankOne(tuple(word), tuple(bit), voltage=0.3)])
    reached = np.zeros((3, 4))
    for window in plan.windows:
        across = _across(plan, window.settled)
        reached += np.where(np.isclose(np.abs(across), 0.3), np.sign(across), 0)
        assert np.abs(across).max() <= 0.3 + 1e-12
        assert np.abs(across[~np.isclose(np.abs(across), 0.3)]).max(initial=0) <= 0.15 + 1e-12
    assert (reached == product).all()


def test_a_product_is_that_of_the_conductances() -> None:
    w0 = pattern("random", (4, 3), seed=2, low=0.2, high=0.9)
    ideal = WireParams(resistivity_wl=0, resistivity_bl=0)
    driver = DriverParams(r_driver=1e-3, r_sense=1e-3, r_contact=0)
    inputs = (1.0, -0.5, 0.25, 0.0)
    crossbar = Crossbar(4, 3, per_cell={"w0": w0}, wire=ideal, driver=driver)
    outcome = run_study(Study("vmm", crossbar, [Vmm(inputs, duration=30e-6)]))
    (window,) = windows(outcome.dataset, "vmm")
    volts = 5e-3 * np.array(inputs)[:, None]
    by_hand = (volts * Equations(CellParams()).conductance(volts, w0, 0.0)).sum(axis=0)
    assert sense_current(outcome.dataset, window).values == pytest.approx(by_hand, rel=1e-4, abs=0)
    assert outcome.measures["vmm_error"].value < 1e-4
    assert outcome.measures["vmm_error_worst"].value >= outcome.measures["vmm_error"].value


def test_line_resistance_spoils_a_product() -> None:
    def error(resistivity: float) -> float:
        wire = WireParams(resistivity_wl=resistivity, resistivity_bl=resistivity)
        crossbar = Crossbar(4, 4, per_cell={"w0": 0.9}, wire=wire)
        return run_study(Study("vmm", crossbar, [Vmm(duration=30e-6)])).measures["vmm_error"].value

    assert error(2e-4) > 2 * error(2e-8)

"""Steps that reach many cells: rows, columns, patterns, coincidence, products, voltages of one's own."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.measure import sense_current
from pyspice_models.result import windows
from pyspice_models.stimulus import Apply, RankOne, Read, ReadAll, Vmm, Write, WritePattern, schedule
from pyspice_models.stimulus.scheme import READ_SCHEMES, WRITE_SCHEMES, read_bias, write_bias
from pyspice_models.study import Study, load_study, run_study, study_from


def _across(plan, moment: float) -> np.ndarray:
    word, bit = ([float(wave.at(moment)) for wave in waves] for waves in (plan.word, plan.bit))
    return np.subtract.outer(word, bit)


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
    states = pattern("random", (6, 6), seed=3, low=0.3, high=0.7)
    crossbar = Crossbar(6, 6, per_cell={"w0": states})
    measures = run_study(Study("disturb", crossbar, [Write(2, 3, scheme=scheme)])).measures
    assert measures["writes_as_lone_cell"].value == 1
    assert measures["state_change"].value == pytest.approx(56e-3, rel=0.02, abs=0)
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


def test_voltages_of_ones_own_and_floating_lines() -> None:
    step = Apply((0.3, 0.1), (0.0, -0.1, 0.2), float_words=(1,), float_bits=(2,))
    plan = schedule(Crossbar(2, 3), [step])
    assert _across(plan, 0.5e-6) == pytest.approx(np.array([[0.3, 0.4, 0.1], [0.1, 0.2, -0.1]]), rel=1e-6, abs=0)
    assert [float(gate.at(0.5e-6)) for gate in plan.word_gate] == [1, 0]
    assert [float(gate.at(0.5e-6)) for gate in plan.bit_gate] == [1, 1, 0]
    outcome = run_study(Study("apply", Crossbar(2, 3, per_cell={"w0": 0.4}), [step]))
    assert float(outcome.dataset["w"][-1, 0, 1] - outcome.dataset["w"][0, 0, 1]) > 0.1
    assert abs(outcome.measures["energy_imbalance"].value) < 1e-3


def test_gates_open_only_where_a_cell_is_selected() -> None:
    crossbar = Crossbar(2, 3, selector=TransistorParams(v_gate=1.5))
    plan = schedule(crossbar, [Write(0, 1), Read(0), RankOne((1, 0), (0, 0, 1)), Vmm()])
    at = [[float(gate.at(window.settled)) for gate in plan.gate] for window in plan.windows]
    assert at == [[0, 1.5, 0], [1.5, 1.5, 1.5], [0, 0, 1.5], [1.5, 1.5, 1.5]]
    own = schedule(crossbar, [Apply((0.1, 0), (0, 0, 0), gates=(0, 2))])
    assert [float(gate.at(0.5e-6)) for gate in own.gate] == [1.5, 0, 1.5]
    assert schedule(Crossbar(2, 3), [Write(0, 1)]).gate == []


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Write((0, 5), 0), r"program\[0\]\.row = 5 is refused; allowed: a whole number from 0 to 1"),
        (Write((0, 0), 0), r"program\[0\]\.row = \(0, 0\) is refused; allowed: each line once"),
        (WritePattern(((1, 0), (0, 1))), r"program\[0\]\.target's shape = \(2, 2\) is refused; allowed: \(2, 3\)"),
        (Write(0, "all", scheme="floating"), r"program\[0\]\.scheme = 'floating' leaves .* bit lines .* all 3 are sel"),
        (Write((0, 1), 0, scheme="float-words"), r"'float-words' leaves the unselected word lines .* all 2 are sel"),
        (Read(0, scheme="float-bits"), r"'float-bits' leaves the unselected bit lines floating, and all 3"),
        (ReadAll(scheme="float-bits"), r"'float-bits' leaves the unselected bit lines floating, and all 3"),
        (Read(0, 0, scheme="V/2-float-bits"), r"scheme = 'V/2-float-bits' is refused; allowed: .* for a read"),
        (RankOne((1, 0), (0, 0, 0)), r"program\[0\]\.bit = \(0, 0, 0\) is refused; allowed: a 1 or -1 somewhere"),
        (Apply((0.1, 0.1), (0.0,) * 3, gates=(1,)), r"program\[0\]\.gates = \(1,\) needs transistors"),
        (RankOne((1, 0, 1), (1, 0, 1)), r"length of program\[0\]\.word = 3 is refused; allowed: 2"),
        (Vmm((1.0,)), r"length of program\[0\]\.inputs = 1 is refused; allowed: 2"),
        (Apply((0.1, 0.1), (0.0,)), r"length of program\[0\]\.bit = 1 is refused; allowed: 3"),
        (Apply((0.1, 0.1), (0.0,) * 3, float_bits=(3,)), r"program\[0\]\.float_bits = 3 is refused"),
    ],
)
def test_what_does_not_fit_the_array_is_named(step, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        schedule(Crossbar(2, 3), [step])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Write("some", 0), "row = 'some' is refused; allowed: a whole number, a list of them, or 'all'"),
        (lambda: WritePattern(((0, 2),)), r"target\[0, 1\] = 2\.0 is refused; allowed: 0 or 1"),
        (lambda: WritePattern(((0, 1), (1,))), r"target = .* is refused; .* Its rows are not equally long"),
        (lambda: WritePattern(3), r"target = 3 is refused; allowed: rows of 0 and 1, all as long"),
        (lambda: RankOne((2,), (1,)), r"word = \(2,\) is refused; allowed: -1, 0 or 1"),
        (lambda: Vmm((1.5,)), r"inputs\[0\] = 1\.5 is refused; allowed: numbers from -1 to 1"),
        (lambda: Apply((9.0,), (0.0,)), r"word\[0\] = 9\.0 V is refused; allowed: voltages from -5 to 5 V"),
        (lambda: Apply((float("nan"),), (0.0,)), r"word\[0\] = nan V is refused"),
    ],
)
def test_what_is_wrong_by_itself_is_refused_at_once(make, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        make()


def test_arrays_are_as_good_as_tuples() -> None:
    target = np.array([[True, False], [False, True]])
    assert WritePattern(target) == WritePattern(((1, 0), (0, 1)))
    assert Vmm(np.array([0.5, -1.0])) == Vmm([0.5, -1]) == Vmm((0.5, -1.0))
    assert Write(np.int64(1), np.arange(2)) == Write(1, (0, 1))
    assert RankOne(np.array([1, 0]), [0, -1]) == RankOne((1, 0), (0, -1))


def test_a_program_that_delivers_nothing_has_no_relative_errors() -> None:
    measures = run_study(Study("nothing", Crossbar(1, 2), [Vmm((0.0,))])).measures
    assert measures["energy_source"].value == 0
    assert "energy_imbalance" not in measures
    assert "vmm_error" not in measures


STEPS = """
[array]
rows = 2
cols = 3
[[program]]
do = "write"
row = "last"
col = ["PLACE"]
[[program]]
do = "write_pattern"
file = "target.png"
[[program]]
do = "rank_one"
word = [1, 0]
bit = [0, 1, -1]
[[program]]
do = "vmm"
inputs = [1.0, -0.5]
[[program]]
do = "apply"
word = ["100 mV", 0.2]
bit = [0.0, 0.0, 0.1]
float_bits = [1]
"""


def test_study_files_know_all_steps(tmp_path: Path) -> None:
    grey = np.array([[0, 255, 130], [255, 0, 10]], dtype=np.uint8)
    Image.fromarray(grey).save(tmp_path / "target.png")
    (tmp_path / "s.toml").write_text(STEPS.replace('["PLACE"]', "[0, 2]"))
    write, written, rank_one, vmm, apply = load_study(tmp_path / "s.toml").program
    assert write == Write(1, (0, 2))
    assert written == WritePattern(((0, 1, 1), (1, 0, 0)))
    assert rank_one == RankOne((1, 0), (0, 1, -1))
    assert vmm == Vmm((1.0, -0.5))
    assert apply == Apply((0.1, 0.2), (0.0, 0.0, 0.1), (), (1,))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no image", "the map in .* cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "the map in .* cannot be read"),
        (None, r"shape of .*target\.png = \(1, 1\) is refused"),
    ],
)
def test_a_file_that_is_no_pattern_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is None:
        Image.fromarray(np.zeros((1, 1), dtype=np.uint8)).save(tmp_path / "target.png")
    else:
        (tmp_path / "target.png").write_bytes(content)
    (tmp_path / "s.toml").write_text(STEPS.replace('["PLACE"]', "0"))
    with pytest.raises(RequestError, match=message):
        load_study(tmp_path / "s.toml")


def _with_pattern(**keys: object) -> dict[str, object]:
    return {"array": {"rows": 2, "cols": 3}, "program": [{"do": "write_pattern", **keys}]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"nan,1,0\n0,0,0\n", r"a\.csv\[0, 0\] = nan is refused; allowed: >= 0 and <= 1"),
        ("a.csv", b"0,1,0\n0,0,255\n", r"a\.csv\[1, 2\] = 255\.0 is refused"),
        ("a.csv", b"", "cannot be read: it holds no numbers"),
        ("a.npy", b"", "cannot be read"),
        ("a.npy", (np.lib.format.magic(1, 0) + b"\x10\x00" + b"{'descr': '<c16'"), "cannot be read"),
    ],
)
def test_numbers_that_are_no_pattern_are_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RequestError, match=message):
        study_from(_with_pattern(file=name), folder=tmp_path)


def test_arrays_that_are_no_pattern_are_refused(tmp_path: Path) -> None:
    for number, (array, why) in enumerate(((np.full((2, 3), 1j), "Complex"), (np.full((2, 3), "a"), "Text"))):
        np.save(tmp_path / f"{number}.npy", array)
        with pytest.raises(RequestError, match=rf"{number}\.npy = .* is refused; allowed: real numbers\. {why}"):
            study_from(_with_pattern(file=f"{number}.npy"), folder=tmp_path)


@given(st.integers(0, 255), st.binary(min_size=1, max_size=4), st.booleans())
def test_a_damaged_image_is_refused_or_read_never_a_crash(place: int, damage: bytes, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.png"
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (16, 16), dtype=np.uint8)).save(path)
        raw = bytearray(path.read_bytes())
        raw[place : place + len(damage)] = damage
        path.write_bytes(raw[:place] if cut else raw)
        tables = {"array": {"rows": 16, "cols": 16}, "program": [{"do": "write_pattern", "file": "a.png"}]}
        with contextlib.suppress(RequestError):
            assert len(study_from(tables, folder=Path(folder)).program[0].target) == 16


def test_an_image_of_16_bits_keeps_its_grey(tmp_path: Path) -> None:
    grey = np.array([[0, 65535, 30000], [40000, 300, 0]], dtype=np.uint16)
    Image.fromarray(grey).save(tmp_path / "a.png")
    (step,) = study_from(_with_pattern(file="a.png"), folder=tmp_path).program
    assert step.target == ((0, 1, 0), (1, 0, 0))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"pattern": "random", "seed": "x"}, r"program\[0\]\.seed = 'x' is refused"),
        ({"pattern": "stripes"}, r"program\[0\]\.pattern = 'stripes' is refused"),
        ({"target": [[0, 0, 1], [1, 1, 1]], "seed": 1}, r"program\[0\] has target and seed"),
        ({}, r"program\[0\] needs one of file, pattern, target"),
        ({"pattern": "random", "file": "a.csv"}, r"program\[0\] needs one of file, pattern, target"),
        ({"do": ["write"]}, r"program\[0\]\.do = \['write'\] is refused"),
        ({"do": "apply", "word": ["0.1 A", 0], "bit": [0, 0, 0]}, r"program\[0\]\.word\[0\]"),
    ],
)
def test_tables_that_are_no_step_are_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        study_from(_with_pattern(**keys))

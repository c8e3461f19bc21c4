"""Steps as tables of a study, and refusals of what is wrong in them."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from bench_steps_cases import _across
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Apply, RankOne, Read, ReadAll, Vmm, Write, WritePattern, schedule
from pyspice_models.study import Study, load_study, run_study, study_from


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

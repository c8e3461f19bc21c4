"""Weights that are differences of columns: a reference for all, or pairs; forward and transposed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pyspice_models import (
    Crossbar,
    DriverParams,
    RequestError,
    Study,
    Vmm,
    WireParams,
    load_study,
    pattern,
    run_study,
    schedule,
    sense_current,
    solve_operating_point,
    vector_bias,
    windows,
)
from pyspice_models.stimulus.differences import Differences
from pyspice_models.study.tables.write import write_study

STATES = pattern("random", (3, 5), seed=6, low=0.2, high=0.9)
LINES = WireParams(resistivity_wl=2e-5, resistivity_bl=3e-5)
BAR = Crossbar(3, 5, per_cell={"w0": STATES}, wire=LINES)
IDEAL = BAR.replace(
    wire=WireParams(resistivity_wl=0, resistivity_bl=0), driver=DriverParams(r_driver=1e-2, r_sense=1e-2, r_contact=0)
)
PAIRS = ((0, 1), (4, 2))
LONG = 30e-6
X = (1.0, -0.5, 0.25)


def test_differences_by_hand() -> None:
    columns = Differences.from_reference(1, 4)
    assert (columns.plus, columns.minus, columns.count) == ((0, 2, 3), (1, 1, 1), 3)
    assert columns.outputs([5.0, 1.0, 7.0, 0.0]).tolist() == [4.0, 6.0, -1.0]
    assert columns.inputs([0.5, -0.25, 0.125], 4).tolist() == [0.5, -0.375, -0.25, 0.125]
    pairs = Differences.of_pairs(PAIRS)
    assert pairs.outputs([[1.0, 2.0, 3.0, 4.0, 9.0]]).tolist() == [[-1.0, 6.0]]
    assert pairs.inputs([0.5, -0.25], 5).tolist() == [0.5, -0.5, 0.25, 0.0, -0.25]


@pytest.mark.parametrize("step", [Vmm(X, reference=2, duration=LONG), Vmm(X, pairs=PAIRS, duration=LONG)])
def test_outputs_are_differences_of_currents_in_every_engine(step: Vmm) -> None:
    static = -solve_operating_point(BAR, vector_bias(5e-3 * np.array(X), [0.0] * 5)).bit_ends
    columns = step.differences(5)
    assert columns is not None
    wanted = columns.outputs(np.reshape(static, (-1, 5))[0])
    ideal = columns.outputs((5e-3 * np.array(X)) @ BAR.conductance(5e-3, *BAR.initial_states))
    for engine in ("ngspice", "nodal"):
        outcome = run_study(Study("d", BAR, [step], engine=engine))
        (product,) = outcome.products
        assert product.outputs == pytest.approx(wanted, rel=0, abs=2e-4 * np.abs(wanted).max()), engine
        # the cells are not quite ohmic: currents are taken at each input's own voltage
        assert product.ideal == pytest.approx(ideal, rel=0, abs=1e-2 * np.abs(ideal).max())
        error = np.abs(product.outputs - product.ideal).max() / np.abs(product.ideal).max()
        assert outcome.measures["vmm_error_worst"].value == pytest.approx(error, rel=1e-12, abs=0)
        assert outcome.measures["vmm_output"].value == np.abs(product.outputs).max()
        assert outcome.measures["vmm_output_ideal"].value == np.abs(product.ideal).max()
        (window,) = windows(outcome.dataset, "vmm")
        single = sense_current(outcome.dataset, window).values
        assert product.outputs.tolist() == columns.outputs(single).tolist()


def test_without_resistance_the_outputs_are_the_ideal_ones() -> None:
    program = [Vmm(X, reference=4, duration=LONG), Vmm(X, pairs=PAIRS, duration=LONG),
               Vmm((0.5, -1.0), pairs=PAIRS, transposed=True, duration=LONG)]  # fmt: skip
    outcome = run_study(Study("d", IDEAL, program, engine="nodal"))
    assert [len(product.outputs) for product in outcome.products] == [4, 2, 3]
    assert outcome.measures["vmm_error_worst"].value < 2e-4


def test_transposed_the_minus_line_gets_the_opposite() -> None:
    step = Vmm((0.5, -1.0), pairs=PAIRS, transposed=True)
    plan = schedule(BAR, [step])
    assert [float(wave.at(plan.windows[0].settled)) / 5e-3 for wave in plan.bit] == pytest.approx(
        [0.5, -0.5, 1.0, 0.0, -1.0], rel=1e-12, abs=1e-15
    )
    shared = schedule(BAR, [Vmm((0.5, -1.0, 0.25, 0.0), reference=2, transposed=True)])
    assert [float(wave.at(shared.windows[0].settled)) / 5e-3 for wave in shared.bit] == pytest.approx(
        [0.5, -1.0, 0.25, 0.25, 0.0], rel=1e-12, abs=1e-15
    )


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_both_ways_are_one_matrix_of_weights(engine: str) -> None:
    """y W x is the same number from both sides: resistors are reciprocal, these cells within 1 % at 5 mV."""
    y = np.array([0.5, -1.0])
    program = [Vmm(X, pairs=PAIRS, duration=LONG), Vmm(tuple(y), pairs=PAIRS, transposed=True, duration=LONG)]
    forward, back = run_study(Study("d", BAR, program, engine=engine)).products
    assert y @ forward.outputs == pytest.approx(back.outputs @ np.array(X), rel=0.01, abs=0)


def test_equal_columns_leave_nothing() -> None:
    same = BAR.replace(per_cell={"w0": np.repeat(STATES[:, :1], 5, axis=1)}, wire=IDEAL.wire, driver=IDEAL.driver)
    outcome = run_study(Study("d", same, [Vmm(X, reference=0, duration=LONG)], engine="nodal"))
    assert np.abs(outcome.products[0].outputs).max() < 1e-6 * np.abs(5e-3 * np.array(X)).sum() * 1e-6
    assert "vmm_error" not in outcome.measures, "there is nothing that it would be a share of"


FILE = "[array]\nrows = 3\ncols = 5\n[[program]]\ndo = 'vmm'\n"


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("reference = 2", Vmm(reference=2)),
        ("reference = 'last'", Vmm(reference=4)),
        ("pairs = [[0, 1], [4, 2]]\ntransposed = true\ninputs = [0.5, 1]", Vmm((0.5, 1.0), True, pairs=PAIRS)),
    ],
)
def test_a_study_file_says_it_and_is_written_back_equal(tmp_path: Path, said: str, step: Vmm) -> None:
    (tmp_path / "d.toml").write_text(FILE + said)
    study = load_study(tmp_path / "d.toml")
    assert study.program == (step,)
    assert load_study(write_study(study, tmp_path / "kept")) == study


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("reference = 5", r"program\[0\]\.reference = 5 is refused; allowed: a whole number from 0 to 4"),
        ("reference = 1.5", r"program\[0\]\.reference = 1\.5 is refused; allowed: a whole number"),
        ("reference = 1\npairs = [[0, 1]]", r"program\[0\]\.reference contradicts pairs"),
        ("pairs = [[0, 5]]", r"program\[0\]\.pairs\[0\] = \[0, 5\] is refused; allowed: bit lines from 0 to 4"),
        (
            "pairs = [[0, 1], [3, 3]]",
            r"program\[0\]\.pairs\[1\] = \[3, 3\] is refused; allowed: two bit lines that differ",
        ),
        ("pairs = [0, 1]", r"program\[0\]\.pairs\[0\] = 0 is refused; allowed: a list of pairs"),
        ("pairs = [[0, 1, 2]]", r"program\[0\]\.pairs\[0\] = \[0, 1, 2\] is refused; allowed: a list of pairs"),
        ("pairs = 3", r"program\[0\]\.pairs = 3 is refused; allowed: a list of pairs"),
        (
            "reference = 3\ntransposed = true",
            r"program\[0\]\.inputs add up to -4 on bit line 3.*Scale them by 0\.25 or less, or give pairs",
        ),
        (
            "pairs = [[0, 1]]\ntransposed = true\ninputs = [1, 1, 1]",
            r"length of program\[0\]\.inputs = 3 is refused; allowed: 1, one for each line",
        ),
    ],
)
def test_bad_input_is_refused_by_name(tmp_path: Path, said: str, words: str) -> None:
    (tmp_path / "bad.toml").write_text(FILE + said)
    with pytest.raises(RequestError, match=words):
        load_study(tmp_path / "bad.toml")


def test_an_array_of_one_bit_line_has_no_reference() -> None:
    with pytest.raises(RequestError, match=r"program\[0\]\.reference = 0 is refused; allowed: none in an array of one"):
        schedule(Crossbar(2, 1), [Vmm(reference=0)])

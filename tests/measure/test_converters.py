"""Converters before and behind a product: levels in the stimulus, codes of outputs, noise, scaling, rereading."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models import (
    Crossbar,
    DriverParams,
    Outcome,
    RequestError,
    SensingParams,
    Study,
    Vmm,
    load_study,
    pattern,
    run_study,
    schedule,
    windows,
)
from pyspice_models.array.levels import Scale
from pyspice_models.measure.noise import Sensing
from pyspice_models.stimulus.converter import Converter
from pyspice_models.study.measures.outputs import products
from pyspice_models.study.tables.write import write_study

STATES = pattern("random", (4, 3), seed=2, low=0.2, high=0.9)
BAR = Crossbar(4, 3, per_cell={"w0": STATES})
X = (1.0, -0.5, 0.3, 0.12)
LONG = 30e-6


def _run(step: Vmm, engine: str = "nodal", sensing: SensingParams | None = None) -> Outcome:
    return run_study(Study("c", BAR, [step], engine=engine, sensing=sensing or SensingParams()))


def _driven(step: Vmm) -> list[list[float]]:
    plan = schedule(BAR, [step])
    return [[float(wave.at(window.settled)) for wave in plan.word] for window in plan.windows]


# ---- the converter


def test_levels_and_codes_by_hand() -> None:
    three = Converter(3, 0.6)
    assert (three.top, three.step) == (3, pytest.approx(0.2, rel=1e-12, abs=0))
    assert three.codes([0.0, 0.09, 0.11, -0.11, 0.59, 0.8, -9.0]).tolist() == [0, 0, 1, -1, 3, 3, -3]
    assert three.clips([0.6, 0.69, 0.71, -0.71, 0.0]).tolist() == [False, False, True, True, False]
    assert three.values([-3, 0, 1]) == pytest.approx([-0.6, 0.0, 0.2], rel=1e-12, abs=0)


@given(st.integers(2, 24), st.floats(1e-12, 1.0), st.floats(-1.0, 1.0))
def test_a_value_in_range_is_never_further_off_than_half_a_step(bits: int, full_scale: float, share: float) -> None:
    converter, value = Converter(bits, full_scale), share * full_scale
    back = float(converter.values(converter.codes(value)))
    assert abs(back - value) <= converter.step / 2 * (1 + 1e-6)
    assert not converter.clips(value)
    assert converter.codes(-value) == -converter.codes(value)


# ---- inputs


def test_inputs_are_rounded_in_the_stimulus_itself() -> None:
    # 3 bits: thirds of the range, from -1 to 1
    assert _driven(Vmm(X, dac_bits=3)) == [pytest.approx([5e-3, -5e-3 * 2 / 3, 5e-3 / 3, 0.0], rel=1e-12, abs=1e-18)]
    # thirds of a half; 1 is clipped to a half
    half = _driven(Vmm(X, dac_bits=3, dac_range=0.5))
    assert half == [pytest.approx([2.5e-3, -2.5e-3, 2.5e-3 * 2 / 3, 2.5e-3 / 3], rel=1e-12, abs=1e-18)]
    assert _driven(Vmm(X)) == [pytest.approx(5e-3 * np.array(X), rel=1e-12, abs=0)]


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_what_rounding_takes_is_error_of_the_product(engine: str) -> None:
    step = Vmm(X, dac_bits=3, duration=LONG)
    coarse, fine = (_run(s, engine) for s in (step, replace(step, dac_bits=0)))
    assert coarse.products[0].ideal == pytest.approx(fine.products[0].ideal, rel=1e-6, abs=0)
    lost = 5e-3 * np.array([0.0, 1 / 6, -1 / 3 + 0.3, 0.12]) @ BAR.conductance(5e-3, *BAR.initial_states)
    assert fine.products[0].outputs - coarse.products[0].outputs == pytest.approx(
        lost * np.array([1, 1, 1]), rel=0, abs=0.02 * np.abs(fine.products[0].outputs).max()
    )
    assert coarse.measures["vmm_error"].value > 5 * fine.measures["vmm_error"].value


def test_scaled_inputs_use_all_of_the_voltage_and_outputs_are_scaled_back() -> None:
    small = tuple(0.1 * value for value in X)
    step = Vmm(small, dac_bits=6, noise_management=True, duration=LONG)
    assert _driven(replace(step, dac_bits=0)) == [pytest.approx(5e-3 * np.array(X), rel=1e-12, abs=0)]
    managed, plain = _run(step), _run(replace(step, noise_management=False))
    # inputs of a tenth have three levels of 31 on either side
    assert managed.measures["vmm_error"].value < plain.measures["vmm_error"].value / 3
    assert managed.products[0].outputs == pytest.approx(
        managed.products[0].ideal, rel=0, abs=0.03 * np.abs(managed.products[0].ideal).max()
    )
    zero = Vmm((0.0,) * 4, noise_management=True)
    assert _driven(zero) == [[0.0] * 4], "nothing is divided by nothing"


def test_transposed_and_differential_inputs_are_converted_too() -> None:
    step = Vmm((0.3, 0.12), transposed=True, pairs=((0, 1), (2, 1)), dac_bits=3)
    plan = schedule(BAR, [step])
    driven = [float(wave.at(plan.windows[0].settled)) / 5e-3 for wave in plan.bit]
    assert driven == pytest.approx([1 / 3, -1 / 3, 0.0], rel=1e-12, abs=1e-15)


# ---- outputs


@pytest.mark.parametrize("engine", ["ngspice", "nodal"])
def test_codes_are_those_of_the_currents(engine: str) -> None:
    outcome = _run(Vmm(X, adc_bits=6, adc_range=1e-9, duration=LONG), engine)
    (product,) = outcome.products
    step = 1e-9 / 31
    assert product.codes is not None
    assert product.codes.tolist() == np.round(product.outputs / step).astype(int).tolist()
    assert product.converted == pytest.approx(product.codes * step, rel=1e-12, abs=0)
    off = product.codes - product.ideal / step
    assert outcome.measures["vmm_code_error"].value == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-9, abs=0)
    assert outcome.measures["vmm_code_error_worst"].value == pytest.approx(np.abs(off).max(), rel=1e-9, abs=0)
    assert outcome.measures["vmm_converted_error"].value <= outcome.measures["vmm_converted_error_worst"].value
    assert (outcome.measures["vmm_clipped"].value, outcome.measures["vmm_readings"].value) == (0, 1)
    told = json.loads(outcome.as_json())["products"]
    assert told == [product.as_dict()]
    assert told[0]["codes"] == product.codes.tolist()


def test_more_bits_leave_the_error_of_the_array_alone() -> None:
    errors = [_run(Vmm(X, adc_bits=bits, adc_range=2e-9)).measures for bits in (4, 20)]
    assert errors[0]["vmm_converted_error"].value > 3 * errors[0]["vmm_error"].value
    assert errors[1]["vmm_converted_error"].value == pytest.approx(errors[1]["vmm_error"].value, rel=0.01, abs=0)


def test_the_range_is_that_of_the_sense_circuit_or_of_all_cells_at_their_top() -> None:
    step = Vmm(X, adc_bits=8)
    (product,) = _run(step).products
    top = 4 * 5e-3 * Scale.nominal(BAR, 5e-3).high
    assert product.codes is not None
    assert product.converted == pytest.approx(product.codes * top / 127, rel=1e-12, abs=0)
    (own,) = _run(step, sensing=SensingParams(full_scale=2e-9)).products
    assert own.codes is not None
    assert own.converted == pytest.approx(own.codes * 2e-9 / 127, rel=1e-12, abs=0)


def test_outputs_that_clip_are_read_again_at_half_of_the_inputs() -> None:
    plain = _run(Vmm(X, duration=LONG)).products[0].outputs
    order = np.argsort(np.abs(plain))
    # the largest clips twice, the least never
    full_scale = float(np.abs(plain[order[-1]]) / 3)
    assert np.abs(plain[order[0]]) < 2 * full_scale
    step = Vmm(X, adc_bits=12, adc_range=full_scale, rereads=2, duration=LONG)
    assert _driven(step) == [pytest.approx(5e-3 * np.array(X) / 2**n, rel=1e-12, abs=0) for n in range(3)]
    outcome = _run(step)
    assert len(windows(outcome.dataset, "vmm")) == 3
    (product,) = outcome.products
    needed = np.ceil(np.log2(np.maximum(np.abs(plain) / full_scale, 1.0))).astype(int) + 1
    assert product.readings.tolist() == needed.tolist()
    assert needed.max() == 3
    assert not product.clips.any()
    assert product.converted == pytest.approx(plain, rel=2e-3, abs=0)
    assert product.outputs == pytest.approx(plain, rel=1e-9, abs=0)
    assert outcome.measures["vmm_readings"].value == pytest.approx(needed.mean(), rel=1e-12, abs=0)
    # one reading alone clips
    once = _run(replace(step, rereads=0))
    assert once.products[0].clips.tolist() == (needed > 1).tolist()
    assert once.measures["vmm_clipped"].value == pytest.approx((needed > 1).mean(), rel=1e-12, abs=0)
    assert once.measures["vmm_converted_error"].value > 0.1


# ---- noise


@pytest.mark.parametrize("transposed", [False, True])
def test_noise_is_drawn_as_the_sense_circuit_has_it(transposed: bool) -> None:
    sensing = SensingParams(bandwidth=1e6, cell_noise=0.02)
    step = Vmm(read_noise=True, transposed=transposed)
    study = Study("c", BAR, [step], engine="nodal", sensing=sensing)
    outcome = run_study(study)
    drawn = np.array([
        products(replace(study, program=[replace(step, seed=seed)]), outcome.dataset)[0].converted
        for seed in range(200)
    ]) - outcome.products[0].outputs  # fmt: skip
    axis = 1 if transposed else 0
    g = BAR.conductance(5e-3, *BAR.initial_states)
    circuit = Sensing(sensing, DriverParams().r_feedback, 300.0, 1.0)
    noise = circuit.noise(5e-3 * np.sqrt(np.square(g).sum(axis=axis)), g.sum(axis=axis))
    assert drawn.std(axis=0) == pytest.approx(noise.random, rel=4 / np.sqrt(2 * 200), abs=0)
    assert np.abs(drawn.mean(axis=0)).max() < 4 * noise.random.max() / np.sqrt(200)


def test_noise_of_lines_adds_up_in_differences_and_is_the_same_every_time() -> None:
    step = Vmm(X, read_noise=True, seed=4)
    study = Study("c", BAR, [step, step], engine="nodal")
    outcome = run_study(study)
    plain = [product.converted - product.outputs for product in outcome.products]
    assert np.abs(plain[0] - plain[1]).max() > 0, "each read has noise of its own"
    paired = replace(step, pairs=((0, 2),))
    (first, _) = products(replace(study, program=[paired, paired]), outcome.dataset)
    assert first.converted - first.outputs == pytest.approx([plain[0][0] - plain[0][2]], rel=1e-9, abs=0)
    again = products(study, outcome.dataset)
    assert [p.converted.tolist() for p in again] == [p.converted.tolist() for p in outcome.products]
    assert "vmm_converted_error" in outcome.measures
    assert "vmm_code_error" not in outcome.measures
    assert "vmm_converted_error" not in _run(Vmm(X)).measures


# ---- study files

FILE = "[array]\nrows = 4\ncols = 3\n[[program]]\ndo = 'vmm'\n"
SAID = """
dac_bits = 7
dac_range = "50 %"
adc_bits = 9
adc_range = "2 nA"
read_noise = true
seed = 5
noise_management = true
rereads = 2
"""


def test_a_study_file_says_it_and_is_written_back_equal(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(FILE + SAID)
    study = load_study(tmp_path / "c.toml")
    assert study.program == (
        Vmm(
            dac_bits=7, dac_range=0.5, adc_bits=9, adc_range=2e-9, read_noise=True, seed=5, noise_management=True,
            rereads=2,
        ),
    )  # fmt: skip
    assert load_study(write_study(study, tmp_path / "kept")) == study


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("dac_bits = 1", r"program\[0\]\.dac_bits = 1 is refused; allowed: 0 for none, or 2 to 24"),
        ("adc_bits = 25", r"program\[0\]\.adc_bits = 25 is refused; allowed: a whole number from 0 to 24"),
        ("dac_range = 0", r"program\[0\]\.dac_range = 0.0 is refused; allowed: > 0 and <= 1"),
        ("dac_range = 2", r"program\[0\]\.dac_range = 2.0 is refused; allowed: > 0 and <= 1"),
        ("adc_range = '2 nV'", r"program\[0\]\.adc_range"),
        ("rereads = 2", r"program\[0\]\.rereads = 2 is refused; allowed: 0 without adc_bits"),
        ("adc_bits = 8\nrereads = 17", r"program\[0\]\.rereads = 17 is refused; allowed: a whole number from 0 to 16"),
        ("read_noise = 1", r"program\[0\]\.read_noise = 1 is refused; allowed: one of false, true"),
        ("seed = -1", r"program\[0\]\.seed = -1 is refused"),
    ],
)
def test_bad_input_is_refused_by_name(tmp_path: Path, said: str, words: str) -> None:
    (tmp_path / "bad.toml").write_text(FILE + said)
    with pytest.raises(RequestError, match=words):
        load_study(tmp_path / "bad.toml")

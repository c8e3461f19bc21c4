"""Noise, offset and converter: closed forms against samples, and against another derivation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.constants import Boltzmann

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.sensing import SensingParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.errors import RequestError
from pyspice_models.measure.noise import Sensing, noise_ratio
from pyspice_models.result import windows
from pyspice_models.stimulus import Read, ReadAll
from pyspice_models.study import Study, run_study, study_from

SAMPLES = 100_000


def _circuit(**own: float) -> Sensing:
    return Sensing(SensingParams(**own), r_feedback=1e6, temperature=350.0, full_scale=2e-9)


def test_the_parts_of_the_noise_by_hand() -> None:
    noise = _circuit(bandwidth=1e4, voltage_noise=2e-8, input_capacitance=3e-12, offset=5e-6, cell_noise=0.01).noise(
        1e-9, 4e-7
    )
    kt = 4 * 1.380649e-23 * 350.0
    assert noise.cell == pytest.approx(math.sqrt(kt * 4e-7 * 1e4), rel=1e-6, abs=0)
    assert noise.feedback == pytest.approx(math.sqrt(kt * 1e-6 * 1e4), rel=1e-6, abs=0)
    assert noise.flicker == pytest.approx(1e-11, rel=1e-12, abs=0)
    assert noise.offset == pytest.approx(5e-6 * 1.4e-6, rel=1e-12, abs=0)
    assert noise.quantization == pytest.approx(2e-9 / 256 / math.sqrt(12), rel=1e-12, abs=0)
    parts = (noise.cell, noise.feedback, noise.flicker, noise.offset, noise.quantization, noise.amplifier)
    assert noise.total == pytest.approx(math.sqrt(sum(part**2 for part in parts)), rel=1e-12, abs=0)
    assert noise_ratio(5.0, 1.0, 0.1, 0.3) == pytest.approx(20.0, rel=1e-12, abs=0)
    assert noise_ratio(1.0, 5.0, 0.1, 0.3) == -math.inf


def test_the_amplifiers_noise_is_that_of_a_wave_through_conductance_and_capacitance() -> None:
    """White voltage noise up to the bandwidth, put together from its lines, drives G + 1/R beside C."""
    random = np.random.default_rng(7)
    e, c, bandwidth, g = 1e-8, 5e-12, 1e5, 1e-6
    noise = _circuit(bandwidth=bandwidth, voltage_noise=e, input_capacitance=c).noise(0.0, g)
    lines = SAMPLES // 2
    frequency = (np.arange(lines) + 0.5) * bandwidth / lines
    volts = (random.normal(size=lines) + 1j * random.normal(size=lines)) * e * math.sqrt(bandwidth / lines / 2)
    amps = volts * (g + 1e-6 + 2j * np.pi * frequency * c)
    power = np.abs(amps) ** 2  # of each line; their sum is the mean square (Parseval)
    error = 3 * math.sqrt(lines) * power.std()
    assert abs(power.sum() - noise.amplifier**2) < error
    assert error < 0.03 * noise.amplifier**2


@pytest.mark.parametrize("one", [True, False])
@pytest.mark.parametrize("bits", [3, 8])
@pytest.mark.parametrize("current", [0.7e-9, 1.0e-9, 1.15e-9, 1.6e-9])
def test_odds_of_an_error_are_those_of_samples(one: bool, bits: int, current: float) -> None:
    """A hundred thousand reads: noise and offset drawn part by part, then a converter that rounds down to codes."""
    circuit = _circuit(bits=bits, voltage_noise=3e-8, offset=1e-4, cell_noise=0.05)
    noise = circuit.noise(current, 5e-7)
    threshold = 1.05e-9
    (odds,) = circuit.error_odds([current], [one], noise, threshold)
    random = np.random.default_rng(int(current * 1e12) + bits + one)
    kt = 4 * Boltzmann * 350.0 * 1e5
    sampled = current + sum(
        random.normal(0.0, size, SAMPLES)
        for size in (
            math.sqrt(kt * 5e-7), math.sqrt(kt / 1e6), 0.05 * current, 1e-4 * (5e-7 + 1e-6), float(noise.amplifier),
        )
    )  # fmt: skip
    codes = np.clip(np.floor(sampled / (2e-9 / 2**bits)), 0, 2**bits - 1)
    wrong = (codes >= round(threshold / (2e-9 / 2**bits))) != one
    error = math.sqrt(odds * (1 - odds) / SAMPLES)
    assert abs(wrong.mean() - odds) <= 3 * error + 1e-12
    assert np.std(sampled) == pytest.approx(float(noise.random), rel=3 / math.sqrt(2 * SAMPLES), abs=0)


def test_without_noise_only_the_side_of_the_edge_counts() -> None:
    circuit = Sensing(SensingParams(voltage_noise=0, offset=0), 1e12, 1e-9, 2e-9)
    noise = circuit.noise([1.2e-9, 0.8e-9], [0.0, 0.0])
    assert circuit.error_odds([1.2e-9, 0.8e-9], [True, False], noise, 1e-9).tolist() == [0.0, 0.0]
    assert circuit.error_odds([1.2e-9, 0.8e-9], [False, True], noise, 1e-9).tolist() == [1.0, 1.0]


def test_a_studys_odds_by_hand() -> None:
    """From the sensed currents and the states alone, with scipy left out: the error function of the library."""
    bar = Crossbar(3, 3, per_cell={"w0": pattern("checkerboard", (3, 3))})
    outcome = run_study(Study("noisy", bar, [ReadAll(duration=30e-6)], engine="nodal", sensing=SensingParams(bits=6)))
    low, high = (float(Equations(bar.cell).conductance(5e-3, w, 0.0)) for w in (0.0, 1.0))
    step = 2 * high * 5e-3 / 64
    edge = round((low + high) / 2 * 5e-3 / step) * step
    odds, sizes = [], []
    for read in windows(outcome.dataset, "read"):
        w, x = (outcome.dataset[name].interp(time=read.settled).values for name in ("w", "x"))
        g = np.asarray(Equations(bar.cell).conductance(5e-3, w, x))
        current = outcome.dataset["i_sense"].interp(time=read.settled).values
        for col in range(3):
            shown, kt = g[:, col].sum(), 4 * Boltzmann * 300.0 * 1e5
            amplifier = 1e-16 * ((shown + 1e-5) ** 2 * 1e5 + (2 * math.pi * 1e-12) ** 2 * 1e15 / 3)
            square = kt * (shown + 1e-5) + amplifier + (1e-5 * (shown + 1e-5)) ** 2
            away = (current[col] - edge) * (1 if g[read.rows[0], col] > (low + high) / 2 else -1)
            odds.append(0.5 * math.erfc(away / math.sqrt(2 * square)))
            sizes.append(math.sqrt(square + step**2 / 12))
    assert outcome.measures["bit_error_odds"].value == pytest.approx(np.mean(odds), rel=1e-3, abs=0)
    assert outcome.measures["sense_noise"].value == pytest.approx(max(sizes), rel=1e-3, abs=0)
    assert 1e-6 < np.mean(odds) < 0.5
    assert "sense_snr" in outcome.measures


def test_the_table_of_a_study_is_read_and_refused() -> None:
    tables = {"array": {"rows": 2, "cols": 2}, "program": [{"do": "read"}]}
    study = study_from(tables | {"sensing": {"offset": "1 mV", "voltage_noise": "5 nV/rtHz", "bits": 6}})
    assert study.sensing == SensingParams(offset=1e-3, voltage_noise=5e-9, bits=6)
    for wrong, message in (
        ({"bits": 2.5}, "whole number"), ({"offset": "1 A"}, "number in V"), ({"band": 1}, "bandwidth"),
        ({"bandwidth": 0}, "> 0"),
    ):  # fmt: skip
        with pytest.raises(RequestError, match=message):
            study_from(tables | {"sensing": wrong})


def test_a_read_of_one_kind_of_bit_has_odds_but_no_ratio() -> None:
    found = run_study(Study("one", Crossbar(1, 1), [Read(0, 0)], engine="nodal")).measures
    assert "bit_error_odds" in found
    assert "sense_snr" not in found

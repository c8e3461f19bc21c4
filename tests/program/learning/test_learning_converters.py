"""Converters: steps, range, noise, and how small and large vectors get through."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.errors import RequestError
from pyspice_models.program.learning.converters import Converters
from pyspice_models.stimulus.converter import Converter

MATRIX = np.array([[1.0, -0.5], [0.25, 2.0], [-1.0, 0.125]])
VECTORS = np.array([[1.0, -0.5, 0.2], [0.0, 0.0, 0.0], [1e-6, 2e-6, -1e-6]])


def _product(converters: Converters, vectors: np.ndarray = VECTORS, seed: int = 0) -> np.ndarray:
    return converters.product(vectors, lambda shares: shares @ MATRIX, np.random.default_rng(seed))


def test_perfect_converters_change_nothing() -> None:
    assert _product(Converters()) == pytest.approx(VECTORS @ MATRIX, rel=1e-12, abs=1e-18)


def test_steps_are_relative_to_the_largest_entry() -> None:
    """Noise management: a vector a million times smaller is told as well."""
    found = _product(Converters(dac_bits=8, adc_bits=8, adc_range=4.0))
    wanted = VECTORS @ MATRIX
    for row, top in zip((0, 2), (1.0, 2e-6), strict=True):
        assert np.abs(found[row] - wanted[row]).max() <= top * (4.0 / 127 / 2 + 3.5 / 127 / 2)
        assert np.abs(found[row] - wanted[row]).max() > 0
    assert (found[1] == 0).all()


def test_currents_beyond_the_range_are_read_again_with_smaller_voltages() -> None:
    narrow = Converters(adc_bits=12, adc_range=0.5, halvings=0)
    assert np.abs(_product(narrow)[0]).max() == 0.5
    found = _product(Converters(adc_bits=12, adc_range=0.5, halvings=3))
    assert np.abs(found - VECTORS @ MATRIX)[0].max() < 4 * 0.5 / 2047


def test_noise_is_of_the_current_whatever_the_vector() -> None:
    many = np.tile(VECTORS[2], (4000, 1))
    found = _product(Converters(read_noise=0.1), many) - many @ MATRIX
    assert found.std() == pytest.approx(0.1 * 2e-6, rel=0.05, abs=0)
    assert abs(found.mean()) < 5 * 0.1 * 2e-6 / np.sqrt(8000)


def test_the_same_stream_gives_the_same_noise() -> None:
    noisy = Converters(read_noise=0.1)
    assert (_product(noisy, seed=4) == _product(noisy, seed=4)).all()
    assert (_product(noisy, seed=4) != _product(noisy, seed=5)).any()


def test_it_rounds_and_clips_as_the_converters_of_steps_do() -> None:
    one = Converters(adc_bits=4, adc_range=1.5, halvings=0)
    line = np.linspace(-1, 1, 41)[None]
    found = one.product(np.ones((1, 1)), lambda _: 2 * line, np.random.default_rng(0))
    assert (found == Converter(4, 1.5).rounded(2 * line)).all()
    assert set(np.unique(np.rint(found / 1.5 * 7))) == set(range(-7, 8))


def test_a_single_bit_is_refused() -> None:
    with pytest.raises(RequestError, match=r"adc_bits = 1 is refused; allowed: 0 for none, or 2 to 24"):
        Converters(adc_bits=1)

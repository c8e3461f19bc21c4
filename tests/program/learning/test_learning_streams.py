"""Streams: lines are shared, products come out in the mean, and what rounding does to small ones."""

from __future__ import annotations

import numpy as np
import pytest
from learning_cases import STEP, PlainTile

from pyspice_models.program.learning.streams import Trains, alternating

TRAINS = Trains(0.3, 1e-6, "V/2", 10, "stochastic")
ROUNDED = Trains(0.3, 1e-6, "V/2", 10, "deterministic")


def _mean(trains: Trains, x: np.ndarray, d: np.ndarray, amount: float, count: int = 3000) -> np.ndarray:
    """Mean number of whole pulses of every cell, with their signs."""
    generator, found = np.random.default_rng(1), np.zeros((len(x), len(d)))
    for _ in range(count):
        pulses = trains.outer(x, d, amount, generator)
        found += np.einsum("si,sj,s->ij", pulses.word.astype(float), pulses.bit.astype(float), pulses.sign)
    return found / count


def test_the_mean_number_of_pulses_is_the_product_of_both_signs() -> None:
    x, d = np.array([0.8, -0.5, 0.0, 0.1]), np.array([0.4, -0.9, 0.02])
    for amount in (0.5, 3.0):
        wanted = amount * np.outer(x, d)
        assert np.abs(_mean(TRAINS, x, d, amount) - wanted).max() < 5 * np.sqrt(wanted.max() / 3000) + 0.003


def test_trains_are_as_long_as_the_largest_product_needs_and_no_longer_than_allowed() -> None:
    generator = np.random.default_rng(0)
    ones = np.ones(3)
    # every line pulses in every slot where the chance is one
    assert TRAINS.outer(ones, ones, 4.0, generator).slots == 4
    assert TRAINS.outer(ones, ones, 40.0, generator).slots == 10
    assert TRAINS.outer(ones, np.zeros(3), 4.0, generator).slots == 0
    assert TRAINS.outer(np.zeros(3), ones, 4.0, generator).slots == 0


def test_all_cells_of_a_line_see_its_stream() -> None:
    """Pulses of a slot are an outer product: a cell pulses if and only if both its lines do."""
    generator = np.random.default_rng(3)
    x, d = generator.random(20) - 0.3, generator.random(15) - 0.5
    pulses = TRAINS.outer(x, d, 8.0, generator)
    tile = PlainTile((20, 15))
    before = tile.level.copy()
    tile.update(pulses)
    moved = (tile.level - before) / STEP
    wanted = sum(s * np.outer(w, b) for w, b, s in zip(pulses.word, pulses.bit, pulses.sign, strict=True))
    assert moved == pytest.approx(wanted, abs=1e-9)
    # one sign each side in a slot: no cell of it gets a pulse against the sign of its product
    for word, bit, sign in zip(pulses.word, pulses.bit, pulses.sign, strict=True):
        assert (np.sign(np.outer(x[word], d[bit])) == sign).all()
        assert word.any()
        assert bit.any()


def test_rounding_has_a_dead_zone_and_chance_has_none() -> None:
    x, d = np.array([1.0, 0.04]), np.array([1.0, 0.04])
    rounded, thrown = _mean(ROUNDED, x, d, 10.0, 10), _mean(TRAINS, x, d, 10.0)
    assert rounded[0, 0] == thrown[0, 0] == 10
    assert rounded[1, 1] == 0
    assert thrown[1, 1] == pytest.approx(10 * 0.0016, rel=0.5, abs=0)


def test_rounded_streams_spread_over_the_train() -> None:
    x, d = np.array([1.0, 0.5, 0.2]), np.array([1.0, 0.5])
    found = _mean(ROUNDED, x, d, 10.0, 1)
    assert found == pytest.approx(10 * np.outer(x, d), abs=1)


def test_pulses_for_one_word_line_have_a_number_for_every_bit_line() -> None:
    pulses = TRAINS.line(1, 3, np.array([2, -1, 0, 1]))
    assert pulses.word.tolist() == [[False, True, False]] * 3
    assert pulses.bit.tolist() == [[1, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert pulses.sign.tolist() == [1, 1, -1]
    assert TRAINS.line(1, 3, np.zeros(4, dtype=int)).slots == 0


def test_alternating_pulses_are_for_all_cells() -> None:
    pulses = alternating((2, 3), 4, TRAINS)
    assert pulses.sign.tolist() == [1, -1] * 4
    assert pulses.word.all()
    assert pulses.bit.all()

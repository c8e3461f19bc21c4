"""The figures that are promised, at full scale: 64 x 64 cells of 1 to 100 kohm on segments of 2 ohm; 128 x 128."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from deembed_cases import END, bar, cells, only

from pyspice_models.lab.deembed import Lines, Noise, Readings, deembed, simulated_readings
from pyspice_models.lab.deembed.readings import OWN

pytestmark = pytest.mark.slow

SEGMENT = 2.0
KNOWN, UNKNOWN = Lines(END, END, SEGMENT, SEGMENT), Lines(END, END)
NOISE = Noise(1e-3, 1e-13, stated=True)


def _made(size: int, *, floating: bool = False) -> Readings:
    lines = bar(size, size, SEGMENT, SEGMENT)
    return simulated_readings(lines, cells(size, size), voltage=0.1, floating=floating)


@pytest.fixture(scope="module")
def exact() -> Readings:
    """Of 64 x 64."""
    return _made(64)


def _noisy(made: Readings, seed: int) -> Readings:
    scatter = NOISE.sigma(made.current) * np.random.default_rng(seed).standard_normal(len(made.current))
    return replace(made, current=made.current + scatter)


def test_exact_data_at_64_x_64(exact: Readings) -> None:
    for given, lines in ((only(exact, lambda r: r.sensed != OWN), KNOWN), (exact, UNKNOWN)):
        found = deembed(given, lines)
        assert found.conductances == pytest.approx(cells(64, 64), rel=1e-6, abs=0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_of_a_thousandth_at_64_x_64(
    exact: Readings, seed: int, record_property: Callable[[str, object], None]
) -> None:
    truth = cells(64, 64)
    found = deembed(only(_noisy(exact, seed), lambda r: r.sensed != OWN), KNOWN, noise=NOISE)
    off = found.conductances / truth - 1
    inside = (found.low <= truth) & (truth <= found.high)
    record_property(
        "figures", f"r.m.s. {np.sqrt(np.mean(off**2)):.4%}, worst {np.abs(off).max():.2%}, covered {inside.mean():.1%}"
    )
    assert np.sqrt(np.mean(off**2)) < 0.01
    assert 0.60 < inside.mean() < 0.76


@pytest.mark.parametrize("seed", [1, 2])
def test_segments_from_the_currents_of_both_sides_ends(
    exact: Readings, seed: int, record_property: Callable[[str, object], None]
) -> None:
    truth = cells(64, 64)
    found = deembed(_noisy(exact, seed), UNKNOWN, noise=NOISE)
    off = found.conductances / truth - 1
    inside = (found.low <= truth) & (truth <= found.high)
    record_property("figures", f"{found.segments}, r.m.s. {np.sqrt(np.mean(off**2)):.4%}, covered {inside.mean():.1%}")
    for one in found.segments:
        assert one.value == pytest.approx(SEGMENT, rel=2e-3, abs=0)
    assert np.sqrt(np.mean(off**2)) < 0.01
    assert 0.60 < inside.mean() < 0.76
    assert not found.warnings


def test_floating_lines_at_64_x_64() -> None:
    made = _made(64, floating=True)
    found = deembed(only(made, lambda r: r.sensed != OWN), KNOWN)
    assert found.conductances == pytest.approx(cells(64, 64), rel=1e-6, abs=0)


def test_128_x_128(record_property: Callable[[str, object], None]) -> None:
    made, truth = only(_made(128), lambda r: r.sensed != OWN), cells(128, 128)
    assert deembed(made, KNOWN).conductances == pytest.approx(truth, rel=1e-6, abs=0)
    found = deembed(_noisy(made, 1), KNOWN, noise=NOISE)
    inside = (found.low <= truth) & (truth <= found.high)
    record_property(
        "figures", f"r.m.s. {np.sqrt(np.mean((found.conductances / truth - 1) ** 2)):.3%}, covered {inside.mean():.1%}"
    )
    assert 0.60 < inside.mean() < 0.76

"""Gradients, correlated fields and sums of parts: what is drawn has the stated variances, correlations and means."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.fields import EXPONENTIAL, GAUSSIAN, correlation, field, kernel
from pyspice_models.array.variability.shared import SharedDeviates

NONE: dict[str, Any] = dict.fromkeys(VariabilityParams.quantities(), 0.0)
PITCH = 20e-6


@pytest.mark.parametrize("kind", [GAUSSIAN, EXPONENTIAL])
@pytest.mark.parametrize("length", [1.0, 1.5, 4.0, 20.0])
def test_the_kernel_has_the_stated_correlation_with_itself(kind: str, length: float) -> None:
    """Exactly, at all lags along rows and along diagonals, but for where the kernel is cut off."""
    weights = kernel(length, kind)
    count = len(weights) // 2
    along = [float(np.sum(weights[:, : weights.shape[1] - d] * weights[:, d:])) for d in range(count)]
    across = [float(np.sum(weights[: len(weights) - d, : len(weights) - d] * weights[d:, d:])) for d in range(count)]
    within = {GAUSSIAN: 1e-5, EXPONENTIAL: 4e-4}[kind]
    lags = np.arange(count) / length
    np.testing.assert_allclose(along, correlation(lags, kind), atol=within)
    np.testing.assert_allclose(across, correlation(lags * 2**0.5, kind), atol=within)
    assert along[0] == pytest.approx(1, rel=1e-12, abs=0)


def _check_fields(draws: int, kind: str) -> list[str]:
    """Variance and correlations at some lags of a field from `draws` arrays, each within 3 standard errors."""
    length, told = 1.5, []
    # corners of 32 x 32 cells are so far apart that no noise is in two of them: four draws of each field
    assert 2 * (len(kernel(length, kind)) // 2) < 25
    whole = (field(seed, "measured", (32, 32), length, kind) for seed in range(draws // 4))
    drawn = np.array([one[row : row + 4, col : col + 4] for one in whole for row in (0, 28) for col in (0, 28)])
    first, variance = drawn[:, 0, 0], float(np.mean(drawn[:, 0, 0] ** 2))
    told.append(f"{kind} variance {variance:.4f} of 1")
    assert abs(variance - 1) < 3 * math.sqrt(2 / draws)
    assert abs(first.mean()) < 3 / math.sqrt(draws)
    for row, col in ((0, 1), (1, 1), (0, 3), (3, 2), (3, 3)):
        stated = float(correlation(np.asarray(math.hypot(row, col) / length), kind))
        found = float(np.corrcoef(first, drawn[:, row, col])[0, 1])
        error = (1 - stated**2) / math.sqrt(draws)
        told.append(f"lag ({row}, {col}): {found:.4f} of {stated:.4f}, {(found - stated) / error:+.2f} standard errors")
        assert abs(found - stated) < 3 * error
    return told


def _check_gradients(draws: int) -> list[str]:
    """Plane through the drawn gradients of `draws` arrays, and the variances of all parts together."""
    sizes = {"device": 0.02, "lot": 0.03, "field": 0.025}
    slope, tilt = 60.0, 80.0
    asked = {f"{part}_thickness": size for part, size in sizes.items()} | {
        "slope_thickness": slope, "slope_direction": 30.0, "tilt_thickness": tilt, "field_length": 2 * PITCH,
    }  # fmt: skip
    spread = VariabilityParams(**NONE | asked)
    logs, tilts, told = np.empty((draws, 4, 4)), np.empty((draws, 2)), []
    for seed in range(draws):
        of_array = Deviates(seed, "whole array", (1,))
        logs[seed] = SharedDeviates(spread, Deviates(seed, "array", (4, 4)), of_array, PITCH)("thickness", 1.0)
        tilts[seed] = [of_array.drawn[f"tilt_thickness_{axis}"].item() for axis in "xy"]
    row, col = np.indices((4, 4))
    mean = slope * PITCH * (math.cos(math.radians(30)) * col + 0.5 * row)
    variance = sum(size**2 for size in sizes.values()) + (tilt * PITCH) ** 2 * (row**2 + col**2)
    off = (logs.mean(axis=0) - mean) / np.sqrt(variance / draws)
    scatter = (logs.var(axis=0, ddof=1) / variance - 1) / math.sqrt(2 / draws)
    for name, found in (("mean", off), ("variance", scatter)):
        told.append(
            f"{name} of the sum at the corners, standard errors off: {found[[0, 0, 3, 3], [0, 3, 0, 3]].round(2)}"
        )
        assert np.abs(found[[0, 0, 3, 3], [0, 3, 0, 3]]).max() < 3
    for axis, deviates in zip("xy", tilts.T, strict=True):
        told.append(f"tilt {axis}: {tilt * deviates.std():.3f} of {tilt} 1/m")
        assert abs(deviates.std() - 1) < 3 / math.sqrt(2 * draws)
        assert abs(deviates.mean()) < 3 / math.sqrt(draws)
    return told


@pytest.mark.parametrize("kind", [GAUSSIAN, EXPONENTIAL])
def test_a_drawn_field_has_the_stated_variance_and_correlation(kind: str) -> None:
    _check_fields(600, kind)


def test_gradients_and_the_sum_of_all_parts_are_as_stated() -> None:
    _check_gradients(200)


@pytest.mark.slow
def test_over_1e5_draws_gradients_and_correlations_are_within_three_standard_errors(
    record_property: Callable[[str, object], None],
) -> None:
    for kind in (GAUSSIAN, EXPONENTIAL):
        record_property(kind, _check_fields(100_000, kind))
    record_property("gradients and sums", _check_gradients(100_000))

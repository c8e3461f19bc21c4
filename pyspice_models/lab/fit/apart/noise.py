"""What scatters in a pulse train: its readings, and its pulses.

What is left of the data is e[n] = read noise + a walk that every pulse adds to. Of readings l pulses apart the mean
square of the difference is then 2 read^2 + l update^2, as long as the walk forgets nothing within l pulses: a line
over l.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.lab.fit.measured.train import PulseTrain

Array = NDArray[np.float64]

_LAGS = np.arange(1, 7)
_LEAST = 30  # rows from which on lags tell something


@dataclass(frozen=True)
class Noise:
    """Of one pulse train.

    Attributes:
        label: of the train.
        read: standard deviation of a reading about the conductance [S].
        update: standard deviation of what one pulse adds beside what the fit says [S].
        step: what a pulse changes by the fit, in the median [S].
        outliers: share of readings that are none of both.
    """

    label: str
    read: float
    update: float
    step: float
    outliers: float


def noise_of(train: PulseTrain, residuals: Array, prediction: Array, outliers: NDArray[np.bool_]) -> Noise | None:
    """Noise of the readings and of the pulses; None where there are too few rows.

    Args:
        train: what was measured.
        residuals: data minus fit [S], shape (row,).
        prediction: of the fit [S].
        outliers: rows that count as such.
    """
    if len(residuals) < _LEAST:
        return None
    left, pulses = residuals[~outliers], train.pulse[~outliers]
    squares, apart = [], []
    for lag in _LAGS:
        squares.append(_mean_square(left[lag:] - left[:-lag]))
        apart.append(float(np.mean(pulses[lag:] - pulses[:-lag])))
    # the nearest lags are known best, and a walk that is drawn back bends the line later
    weights = 1.0 / _LAGS
    design = np.stack([np.full(len(_LAGS), 2.0), np.array(apart)], axis=1)
    read2, update2 = np.linalg.lstsq(design * weights[:, None], np.array(squares) * weights, rcond=None)[0]
    if update2 <= 0:
        read2, update2 = float(np.average(squares, weights=weights**2)) / 2, 0.0
    if read2 <= 0:
        read2, update2 = 0.0, float(np.average(np.array(squares) / apart, weights=weights**2))
    moved = np.abs(np.diff(prediction)) / np.maximum(np.diff(train.pulse), 1.0)
    return Noise(
        train.label, float(np.sqrt(read2)), float(np.sqrt(update2)), float(np.median(moved)), float(outliers.mean())
    )


def _mean_square(differences: Array) -> float:
    """Without the few largest: outliers that were not taken for such would rule it."""
    centred = np.abs(differences - np.median(differences))
    scale = 1.4826 * float(np.median(centred))
    kept = centred[centred <= 4 * scale] if scale > 0 else centred
    return float(np.mean(kept**2))

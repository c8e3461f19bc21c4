"""Margins of a read: how far ones and zeros lie apart, as a share of what they are told apart by."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def current_margin(one: ArrayLike, zero: ArrayLike) -> float:
    """(smallest current of a one - largest of a zero) / smallest of a one.

    1 is perfect, 0 or less cannot be read with any threshold. NaN if ones or zeros are missing.

    Args:
        one, zero: magnitudes of sensed currents, any shape [A].
    """
    ones, zeros = np.asarray(one), np.asarray(zero)
    if not ones.size or not zeros.size:
        return math.nan
    least = float(ones.min())
    return (least - float(zeros.max())) / least if least > 0 else math.nan


def voltage_margin(one: ArrayLike, zero: ArrayLike, supply: float) -> float:
    """(smallest voltage of a one - largest of a zero) / supply: the normalised swing, of which 10 % is usually asked.

    NaN if ones or zeros are missing. Source: Flocke and Noll, ESSCIRC 2007; Chen, IEEE Trans. Electron Devices 60
    (2013) 1318.

    Args:
        one, zero: magnitudes of the voltages over the pull-up (here pull-down) resistor, any shape [V].
        supply: voltage between the read word line and the resistor's other end [V].
    """
    ones, zeros = np.asarray(one), np.asarray(zero)
    if not ones.size or not zeros.size:
        return math.nan
    return float(ones.min() - zeros.max()) / abs(supply)

"""What the tests of bench steps share."""

from __future__ import annotations

import numpy as np


def _across(plan, moment: float) -> np.ndarray:
    word, bit = ([float(wave.at(moment)) for wave in waves] for waves in (plan.word, plan.bit))
    return np.subtract.outer(word, bit)

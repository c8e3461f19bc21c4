"""Measures of steps with waves of a user's own: no read and no write, so energy, states, and currents where sampled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pyspice_models.measure import Measure, energy_split, level_name, state_names
from pyspice_models.measure.integral import at
from pyspice_models.result.samples import samples_of
from pyspice_models.stimulus import Window


def drive_measures(dataset: xr.Dataset, drives: Sequence[Window]) -> dict[str, Measure]:
    """Of all drive steps together.

    Args:
        dataset: the run.
        drives: windows of these steps, at least one.
    """
    splits = [energy_split(dataset, window.start, window.stop) for window in drives]
    found = {
        "energy_drive": Measure(
            sum(split.dissipated for split in splits), "J", "dissipated in the whole array and its ends by drive steps"
        ),
        "energy_drive_source": Measure(
            sum(split.source for split in splits), "J",
            "delivered by all ideal sources in drive steps, less what they take back",
        ),
    }  # fmt: skip
    if state_names(dataset):
        level = level_name(dataset)
        changes = np.array([at(dataset, level, w.stop) - at(dataset, level, w.start) for w in drives])
        known = changes[np.isfinite(changes)]
        if len(known):
            largest = float(known[np.abs(known).argmax()])
            found["drive_state_change"] = Measure(
                largest, "", "largest change of the state that writes set, of any cell by any drive step, with its sign"
            )
    samples = samples_of(dataset)
    if samples is not None:
        current = float(np.abs(samples["i_sense"].values).max())
        found["drive_current"] = Measure(current, "A", "largest current into a sense circuit at the samples of drive steps")
    return found

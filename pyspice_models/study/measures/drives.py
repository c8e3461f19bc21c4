"""Measures of steps with waves of a user's own: no read and no write, so energy, states, and currents where sampled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pyspice_models.measure import Measure, energy_split, level_name, state_names
from pyspice_models.measure.integral import at
from pyspice_models.result.samples import samples_of
from pyspice_models.stimulus import Window


def drive_energies(dataset: xr.Dataset, drives: Sequence[Window]) -> dict[str, Measure]:
    """Of all drive steps together, of which there is one at least."""
    splits = [energy_split(dataset, window.start, window.stop) for window in drives]
    return {
        "energy_drive": Measure(
            sum(split.dissipated for split in splits), "J", "dissipated in the whole array and its ends by drive steps"
        ),
        "energy_drive_source": Measure(
            sum(split.source for split in splits), "J",
            "delivered by all ideal sources in drive steps, less what they take back",
        ),
    }  # fmt: skip


def drive_changes(dataset: xr.Dataset, drives: Sequence[Window]) -> dict[str, Measure]:
    """What drive steps did to the cells; nothing for cells without a state."""
    if not state_names(dataset):
        return {}
    level = level_name(dataset)
    changes = np.array([at(dataset, level, w.stop) - at(dataset, level, w.start) for w in drives])
    known = changes[np.isfinite(changes)]
    if not len(known):
        return {}
    about = "largest change of the state that writes set, of any cell by any drive step, with its sign"
    return {"drive_state_change": Measure(float(known[np.abs(known).argmax()]), "", about)}


def drive_currents(dataset: xr.Dataset) -> dict[str, Measure]:
    """Currents where drive steps are sampled; nothing where they are not."""
    if (samples := samples_of(dataset)) is None:
        return {}
    about = "largest current into a sense circuit at the samples of drive steps"
    return {"drive_current": Measure(float(np.abs(samples["i_sense"].values).max()), "A", about)}

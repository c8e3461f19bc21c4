"""Which way the current takes through an array in the settled state of a read."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pyspice_models.measure.write import cell_voltage
from pyspice_models.stimulus import Window


def current_paths(dataset: xr.Dataset, window: Window) -> xr.Dataset:
    """Settled currents of a read, product or pulse.

    `cells` of shape (row, col) [A]: through every cell, positive from word to bit line. `word`: in the segment of the
    word line before every crossing, away from the driver; `bit`: in the segment of the bit line after every crossing,
    towards the sense circuit; both by Kirchhoff's current law from the cells, because over an ohm a nanoampere drops
    less than a simulator resolves. Lines driven at both ends or with shorts between them have no `word` and `bit`: how
    the current divides does not follow from the cells.
    """
    volts = cell_voltage(dataset).interp(time=window.settled)
    power = dataset["p"].interp(time=window.settled)
    # in the settled state all power is v i
    cells = (power / volts.where(volts != 0)).fillna(0.0)
    found = {"cells": cells.assign_attrs(units="A", long_name="from word to bit line through the cell")}
    if not dataset.attrs["both_ends"] and "g_word_short" not in dataset:
        word = np.cumsum(cells.values[:, ::-1], axis=1)[:, ::-1]
        bit = np.cumsum(cells.values, axis=0)
        found["word"] = cells.copy(data=word).assign_attrs(units="A", long_name="in the word line before the crossing")
        found["bit"] = cells.copy(data=bit).assign_attrs(units="A", long_name="in the bit line after the crossing")
    return xr.Dataset(found)

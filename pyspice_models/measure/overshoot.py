"""How far the current of a written cell goes beyond the limit that its driver was set to."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.measure.integral import Span
from pyspice_models.stimulus import Window


def current_overshoot(crossbar: Crossbar, dataset: xr.Dataset, window: Window) -> float:
    """Largest conduction current of a written cell in a write, over `driver.i_limit`.

    From the cells' equations at the run's voltages and states: no displacement, no current of other cells.

    Args:
        crossbar: that was written to; its drivers have a limiter.
        dataset: the run.
        window: of kind "write".
    """
    span, chosen = Span.of(dataset, window.start, window.stop), np.ix_(window.rows, window.cols)
    low = "v_mid" if "v_mid" in span else "v_bit"
    states = (span[name] for name in crossbar.states)
    current = crossbar.current(span["v_word"] - span[low], *states)[:, chosen[0], chosen[1]]
    return float(np.abs(current).max()) / crossbar.driver.i_limit

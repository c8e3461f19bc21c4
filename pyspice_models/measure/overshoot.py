"""How far the current of a written cell goes beyond the limit that its driver was set to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.equations import Equations
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
    word, bottom, w, x = (span[name][:, chosen[0], chosen[1]] for name in ("v_word", low, "w", "x"))
    own: dict[str, Any] = {name: np.asarray(values)[chosen] for name, values in crossbar.as_built.items()}
    current = Equations(replace(crossbar.cell, **own), crossbar.temperature).current(word - bottom, w, x)
    return float(np.abs(current).max()) / crossbar.driver.i_limit

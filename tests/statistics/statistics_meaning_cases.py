"""What the tests of statistics meaning share."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.montecarlo import Limit

UNITS = {"recovery_time": "s", "read_margin": "1", "energy_per_switch": "J"}


def _runs(failure: list[str] | None = None, drawn: dict[str, list[float]] | None = None, **values: Any) -> xr.Dataset:
    count = len(next(iter(values.values())))
    data: dict[str, Any] = {
        name: ("run", np.array(given, dtype=float), {"units": UNITS[name], "long_name": name})
        for name, given in values.items()
    }
    data["failure"] = ("run", np.array(failure or [""] * count, dtype=str))
    coords: dict[str, Any] = {"run": np.arange(count)}
    if drawn:
        data["drawn"] = (("run", "cause"), np.array(list(drawn.values())).T)
        coords["cause"] = list(drawn)
    return xr.Dataset(data, coords)


def _limit(name: str, text: str) -> Limit:
    sign, _, rest = text.partition(" ")
    return Limit(name, sign, rest)

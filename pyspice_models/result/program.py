"""The windows of a program as variables of a result, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pyspice_models.result.schema import VARIABLES, Entry
from pyspice_models.stimulus import Window

_NUMBERS = ("start", "stop", "settled", "pulse_end", "voltage", "width", "gap")
_WHOLE = ("pulses", "step")
_NONE = "none"


def window_variables(every: Sequence[Window], shape: tuple[int, int]) -> dict[str, Entry]:
    """Variables over `window`; kinds and schemes are numbers whose meanings stand in attributes, as CF writes flags.

    Args:
        every: windows in order.
        shape: of the crossbar.
    """
    found = {name: np.array([getattr(window, name) for window in every], dtype=float) for name in _NUMBERS}
    found |= {name: np.array([getattr(window, name) for window in every], dtype=np.int64) for name in _WHOLE}
    for name, size, lines in (("row", shape[0], "rows"), ("col", shape[1], "cols")):
        aimed = np.zeros((len(every), size), dtype=np.int8)
        for number, window in enumerate(every):
            aimed[number, list(getattr(window, lines))] = 1
        found[name] = aimed
    entries = {f"window_{name}": VARIABLES[f"window_{name}"].entry(values) for name, values in found.items()}
    for name in ("kind", "scheme"):
        words = [getattr(window, name) or _NONE for window in every]
        meanings = sorted(set(words))
        dims, values, attrs = VARIABLES[f"window_{name}"].entry(np.array([meanings.index(w) for w in words], np.int8))
        flags = {"flag_values": np.arange(len(meanings), dtype=np.int8), "flag_meanings": " ".join(meanings)}
        entries[f"window_{name}"] = dims, values, attrs | flags  # type: ignore[assignment]
    return entries


def windows(dataset: xr.Dataset, kind: str = "") -> list[Window]:
    """The program's windows, all or of one kind."""
    if "window" not in dataset.sizes:
        return []
    variables = dataset.variables  # without their labels, which take longer to put on than all the rest
    held = {name: variables[f"window_{name}"].values.tolist() for name in (*_NUMBERS, *_WHOLE)}
    held |= {name: _words(variables[f"window_{name}"]) for name in ("kind", "scheme")}
    for name, lines in (("row", "rows"), ("col", "cols")):
        held[lines] = [np.flatnonzero(aimed) for aimed in variables[f"window_{name}"].values]
    every = (Window(**dict(zip(held, values, strict=True))) for values in zip(*held.values(), strict=True))
    return [window for window in every if kind in {"", window.kind}]


def _words(flags: xr.Variable) -> list[str]:
    meanings = ["" if word == _NONE else word for word in str(flags.attrs["flag_meanings"]).split()]
    return [meanings[int(number)] for number in flags.values]

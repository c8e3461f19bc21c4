"""How far the disturb of cells that were not written may be off, within what is published.

No published number says how fast a state moves at a half or a third of the write voltage: nucleation voltage and
charge-transfer coefficient are assumed, and the disturb follows them over orders of magnitude. So it never stands
without this range. It is an estimate of first order, from the voltages and changes of the run itself: what a cell's
voltage would have moved with other kinetics, over what it moves with its own. `ag2s assumptions` runs the study with
them. The rates are kept where a published number fixes them: the interface's at v_ref, the filament's at its threshold.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.quantity import Plausible
from pyspice_models.measure import Measure
from pyspice_models.measure.integral import at, wave
from pyspice_models.stimulus import Window
from pyspice_models.study.study import Study

Array = NDArray[np.float64]

OPEN = ("v_nuc_int", "v_nuc_fil", "alpha")
"""The kinetics that nothing published decides below the write voltage."""

_THRESHOLD = 0.1  # [V] at which the filament's rate is known, from its d.c. threshold; the interface's is at v_ref
_RESOLVED = 1e-3  # a change of a state from which its relative error is as stated
_NAMES = ("disturb_half_selected", "disturb_unselected")


def disturb_ranges(
    study: Study, dataset: xr.Dataset, writes: Sequence[Window], found: Mapping[str, Measure]
) -> dict[str, Measure]:
    """The disturb measures of `found` with their range in words, and its ends as measures of their own.

    Args:
        study: what was asked.
        dataset: its run.
        writes: its writes, at least one.
        found: measures so far.

    Returns:
        For each disturb: itself, and the same name with `_low` and `_high`.
    """
    known = [name for name in _NAMES if name in found]
    # nothing published bounds another cell
    if not known or not all(isinstance(one.cell, CellParams) for one in study.crossbar.populations):
        return {}
    # the disturb is that of the worst cell in the worst write: so it is with every other kinetics
    most = {name: np.zeros(1 + len(_corners())) for name in known}
    sound = np.isnan(study.crossbar.broken)
    for window in writes:
        change = _changes(dataset, window)
        for name, where in zip(_NAMES, _groups(change[0].shape, window), strict=True):
            if name in known and where.any():
                most[name] = np.maximum(most[name], _disturbs(study, dataset, window, change, where & sound))
    ends = {name: (float(values.min()), float(values.max())) for name, values in most.items()}
    given: dict[str, Measure] = {}
    for name, (low_end, high_end) in ends.items():
        own = found[name]
        given[name] = replace(own, about=own.about + _words(low_end, high_end), general=own.about)
        for end, value, which in (("low", low_end, "least"), ("high", high_end, "most")):
            about = f"the {which} that {name} may be for all that is published, to first order: {_told()}"
            given[f"{name}_{end}"] = Measure(value, "", about)
    return given


def _words(low: float, high: float) -> str:
    if high <= 0:
        return ""
    if low <= 0:
        return f"; for all that is published anything up to {high:.2g}: see ag2s assumptions"
    return (
        f"; for all that is published anything from {low:.2g} to {high:.2g}, {math.log10(high / low):.1f} orders of "
        "magnitude: see ag2s assumptions"
    )


def _told() -> str:
    ranges = CellParams.quantities()
    return ", ".join(
        f"{name} {known.low:g} to {known.high:g} {ranges[name].unit}".rstrip()
        for name in OPEN
        if isinstance(known := ranges[name].plausible, Plausible)
    )


def _groups(shape: tuple[int, ...], window: Window) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Half-selected and unselected cells of a write."""
    half = np.zeros(shape, dtype=bool)
    half[list(window.rows)] = half[:, list(window.cols)] = True
    rest = ~half
    half[np.ix_(window.rows, window.cols)] = False
    return half, rest


def _changes(dataset: xr.Dataset, window: Window) -> Array:
    """Change of w and x of every cell in a write, shape (2, row, col)."""
    return np.stack([at(dataset, name, window.stop) - at(dataset, name, window.start) for name in ("w", "x")])


def _disturbs(
    study: Study, dataset: xr.Dataset, window: Window, change: Array, where: NDArray[np.bool_]
) -> Array:  # fmt: skip
    """Largest change of a state among some cells: with their own kinetics, and at every corner of the open ones."""
    # the cells that move most, up and down, are the ones: all cells of a group see much the same voltage
    cells = sorted({int(np.where(where, s * one, -np.inf).argmax()) for one in change for s in (1, -1)})
    rows, cols = np.unravel_index(cells, where.shape)
    time = wave(dataset, "time")
    first, last = np.searchsorted(time, [window.start, window.stop], side="left")
    span = slice(int(first), int(last) + 1)
    below = "v_mid" if "v_mid" in dataset.variables else "v_bit"
    volts = wave(dataset, "v_word")[span, rows, cols] - wave(dataset, below)[span, rows, cols]
    bar = study.crossbar
    built = {name: np.asarray(values) for name, values in bar.per_cell.items()}
    if bar.kinds:
        built = {name: bar.values(name) for name in bar.cell.quantities()}
    own: dict[str, Any] = {
        name: values[rows, cols] if values.ndim else values for name, values in built.items() if name not in OPEN
    }
    begun = [at(dataset, name, window.start)[rows, cols] for name in ("w", "x")]
    kinetics: dict[str, Any] = {
        name: _with_corners(bar.values(name)[rows, cols] if bar.kinds else getattr(bar.cell, name), name)
        for name in OPEN
    }
    cells_there: Any = replace(bar.cell, **own, **kinetics)
    equations = Equations(cells_there, bar.temperature)
    moved, known = _moved(equations, time[span], volts, begun)
    with np.errstate(all="ignore"):
        found = np.nan_to_num(moved * known[:, :1] / known, nan=0.0)
    own_moved = moved[:, 0]
    # what first order leaves out, such as the bound that a state comes to: known where the change itself is
    size = np.abs(change[:, rows, cols])
    sure = (size > _RESOLVED) & (own_moved > _RESOLVED)
    mended = np.where(sure, size / np.where(sure, own_moved, 1.0), 1.0)
    largest = np.minimum(found * mended[:, None], 1.0).max(axis=(0, 2))
    return np.array([max(largest[0], float(size.max())), *largest[1:]])


def _with_corners(own: Any, name: str) -> Array:
    """A parameter's own value, of one cell or of each, and those at all corners, shape (1 + corner, 1, cell or 1)."""
    first = np.atleast_1d(np.asarray(own, dtype=float))[None]
    corners = [np.full(first.shape, corner[name]) for corner in _corners()]
    return np.stack([first, *corners])


@cache
def _corners() -> tuple[dict[str, float], ...]:
    ranges = CellParams.quantities()
    ends = []
    for name in OPEN:
        known = ranges[name].plausible
        assert isinstance(known, Plausible)
        ends.append((known.low, known.high))
    return tuple(dict(zip(OPEN, values, strict=True)) for values in itertools.product(*ends))


def _moved(equations: Equations, time: Array, volts: Array, states: Sequence[Array]) -> tuple[Array, Array]:
    """How far w and x of some cells move under voltages of shape (time, cell), and the rates that are published.

    Both of shape (2, kinetics, cell): changes as if the rates stayed as they began, and the magnitudes of the rates at
    v_ref and at the filament's threshold, in the direction of the largest voltage.
    """
    # the least that conduction sees is the state 0
    inner = [np.where(one <= equations.clip(0.0), 0.0, one) for one in states]
    w, x = (np.broadcast_to(one, volts.shape) for one in inner)
    rates = np.stack(equations.rates(volts, w, x))
    sign = np.sign(volts[np.abs(volts).argmax(axis=0), np.arange(volts.shape[1])])
    half = np.full(len(sign), 0.5)
    at_pulse, _ = equations.rates(sign * equations.cell.v_ref, half, half)
    _, at_threshold = equations.rates(sign * _THRESHOLD, half, half)
    before = np.stack(inner)[:, None]
    ends = before + np.trapezoid(rates, time, axis=2)
    changes = np.abs(equations.clip(ends) - equations.clip(before))
    return changes, np.abs(np.stack([at_pulse, at_threshold]))[:, :, 0]

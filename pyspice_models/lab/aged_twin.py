"""One cell that forgets and wears, in the twin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.aging import Memory
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import TOLERANCE, TwinRun, go_on, simulate
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.errors import RequestError
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

_PER_DECADE = 4
_FIRST, _FINE = 1e-6, 1e-9
"""The shortest part of a rest [s], also as a share of it."""


def simulate_aged(
    cell: CellParams,
    aging: AgingParams,
    times: ArrayLike,
    voltages: ArrayLike,
    *,
    temperature: float = 300.0,
    tolerance: float = TOLERANCE,
) -> TwinRun:
    """Run one cell that ages on a piecewise-linear ideal source; see `cells.ag2s.twin.simulate`.

    The source is parted where it is at rest, 0 V at two corners in a row, and a rest in parts that grow with the time
    since it began: what time does in a part acts at its start, so that states at its end are what the laws say. What
    the source does between two rests counts as one write.

    Args:
        cell: parameters; w0 and x0 are the initial states.
        aging: the laws.
        times, voltages: corners of the source, shape (corner,) [s], [V].
        temperature: [K].
        tolerance: error of a state or a voltage in one step.

    Raises:
        RequestError, SimulationError: see `simulate`.
    """
    t, v = real_array(times, "s", name="times"), real_array(voltages, "V", name="voltages")
    if t.ndim != 1 or t.shape != v.shape or len(t) < 2:
        raise RequestError("the source needs at least two corners, as many times [s] as voltages [V]")
    memory = Memory(Crossbar(1, 1, cell=cell, temperature=temperature), aging)
    now = memory.bounded({"w": np.array([[cell.w0]]), "x": np.array([[cell.x0]])})
    runs: list[TwinRun] = []
    for begin, end, part_t, part_v in _parts(t, v):
        now = memory.rest(now, end - begin, temperature)
        own = cell.replace(w0=float(now["w"][0, 0]), x0=float(now["x"][0, 0]))
        # time counts from the part's begin: an edge is as fine after a day as at the start
        if runs:
            run = go_on(runs[-1], own, part_t - begin, part_v, temperature=temperature, tolerance=tolerance)
        else:
            run = simulate(own, part_t - begin, part_v, temperature=temperature, tolerance=tolerance)
        ended = {"w": run.w[-1:, None], "x": run.x[-1:, None]}
        now = memory.written(now, ended) if part_v.any() else ended
        runs.append(run)
        runs[-1] = _moved(run, begin)
    return TwinRun(*(
        np.concatenate([getattr(run, one.name)[bool(n) :] for n, run in enumerate(runs)]) for one in fields(TwinRun)
    ))  # fmt: skip


def _moved(run: TwinRun, begin: float) -> TwinRun:
    """The same, with times of the whole source."""
    return TwinRun(**{one.name: getattr(run, one.name) + (begin if one.name == "time" else 0.0)
                      for one in fields(TwinRun)})  # fmt: skip


def _parts(t: Array, v: Array) -> Iterator[tuple[float, float, Array, Array]]:
    """Begin and end of each part [s], and its corners."""
    still = (v[:-1] == 0) & (v[1:] == 0)
    n = 0
    while n < len(still):
        last = n
        while last + 1 < len(still) and still[last + 1] == still[n]:
            last += 1
        begin, end = float(t[n]), float(t[last + 1])
        if still[n]:
            length = end - begin
            least = max(_FIRST, _FINE * length)
            count = max(1, round(_PER_DECADE * np.log10(length / least))) if length > 2 * least else 1
            ends = np.geomspace(least, length, count + 1) if count > 1 else np.array([length])
            for low, high in zip([0.0, *ends[:-1]], ends, strict=True):
                yield begin + low, begin + high, np.array([begin + low, begin + high]), np.zeros(2)
        else:
            yield begin, end, t[n : last + 2], v[n : last + 2]
        n = last + 1

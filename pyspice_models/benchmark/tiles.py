"""Updates of a tile by a table, against the same updates as full transients."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.benchmark.rows import Row, seconds
from pyspice_models.program.learning.tile import Pulses
from pyspice_models.program.learning.tiles.audit import AuditedTile
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
from pyspice_models.program.learning.tiles.table_tile import TableTile

_TIMES = 200


def updates(shape: tuple[int, int], target: float | None) -> Row:
    """One slot of pulses on four word lines of ten and two bit lines of ten, IR drop and energies included."""
    places = np.random.default_rng(0)
    w = np.clip(0.27 + 0.2 * places.standard_normal(shape), 0.0, 1.0)
    bar = Crossbar(*shape).with_states(w=w, x=0.0)
    pulses = Pulses(places.random((1, shape[0])) < 0.4, places.random((1, shape[1])) < 0.2, np.array([1]))
    table, circuit = AuditedTile(TableTile(bar), 1), CircuitTile(bar)
    table.update(pulses)
    found = table.audit(bar)  # compiled by now, both of them
    theirs, _ = seconds(lambda: circuit.update(pulses), 2)
    ours = _median(lambda: table.tile.update(pulses))
    forward, backward = (np.full(lines, 5e-3) for lines in shape)
    details: dict[str, Any] = {
        "rms_error_of_change": found.rms, "worst_error_of_change": found.worst, "error_of_energy": found.energy,
        "seconds_of_a_product_forward": _median(lambda: table.tile.forward(forward)),
        "seconds_of_a_product_backward": _median(lambda: table.tile.backward(backward)),
        "times": _TIMES,
    }  # fmt: skip
    return Row(
        f"tile_update_{shape[0]}", f"an update of {shape[0]} x {shape[1]} by a table, median", ours, theirs,
        "the full transient (nodal)", ours, target, "at most", "s", details,
    )  # fmt: skip


def _median(work: Callable[[], Any]) -> float:
    """Median time of many [s]."""
    work()
    found = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return float(np.median(found))

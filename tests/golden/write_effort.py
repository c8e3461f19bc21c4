"""Writes the work of the nodal engine on small studies: run it after a change that is meant, and read the difference.

A step control or a preconditioner that is worse, or a test of convergence that is looser, gives the same answers
within their error: only the moments of the steps, and how often matrices are factored and iterated, tell of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.linear.schur import Schur, Side
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.stimulus import Read, Step, Wait, Write, schedule

FILE = Path(__file__).parent / "nodal_effort.json"

_LINES = WireParams(coupling=True)


def _crossbar(rows: int, cols: int, **more: Any) -> Crossbar:
    return Crossbar(rows, cols, per_cell={"w0": pattern("random", (rows, cols), seed=rows)}, **more)


def crossbars() -> dict[str, tuple[Crossbar, list[Step]]]:
    """Small ones of the kinds of lines and drivers that the engine takes, and what is done with them."""
    program: list[Step] = [Write(0, 1), Wait(1e-5), Read(1, 0)]
    return {
        "1R": (_crossbar(2, 3, wire=_LINES), program),
        "1R, long lines": (_crossbar(3, 40, wire=_LINES), [Write(2, 30, width=2e-7)]),
        "1R, both ends driven": (_crossbar(3, 2, driver=DriverParams(both_ends=True)), [Write(1, 1, width=4e-7)]),
        "1R, lines that float": (
            _crossbar(3, 3, driver=DriverParams(r_off=1e7)),
            [Read(0, 1, scheme="floating", duration=1e-6)],
        ),
        "1R, square": (_crossbar(3, 3), program),
        "1R, one short write": (_crossbar(2, 2), [Write(1, 0, width=3e-7)]),
    }


def transient(name: str) -> dict[str, Any]:
    """Of one of the crossbars: how often something was done, and the moments the steps ended at [s]."""
    bar, program = crossbars()[name]
    times: list[float] = []
    run = Transient(bar, schedule(bar, program), Accuracy())
    run.run(np.inf, None, lambda points: times.extend(points.time.tolist()))
    return {**{name: run.effort[name] for name in ("matrices", "solutions", "iterations")}, "times": times}


def matrices() -> dict[str, dict[str, Any]]:
    """Iterations of one solution, on lines of many kinds."""
    rng = np.random.default_rng(5)
    found = {}
    for name, shape, segments in [
        ("square", (12, 12), (0.2, 0.1)),
        ("long word lines", (3, 50), (0.4, 0.4)),
        ("long bit lines", (50, 3), (1.0, 0.3)),
        ("no resistance in word lines", (9, 8), (np.inf, 0.2)),
        ("one line", (1, 20), (0.3, 0.3)),
        ("good lines", (6, 7), (2.0, 3.0)),
    ]:
        cells = 10.0 ** rng.uniform(-4, -1, shape)
        word, bit = (
            Side(segment, rng.uniform(1e-4, 1e-2, size), rng.uniform(1e-4, 1e-2, size), rng.uniform(0, 1e-2, shape))
            for segment, size in zip(segments, shape, strict=True)
        )
        into = rng.uniform(-1e-4, 1e-4, (2, *shape))
        matrix = Schur(word, bit, cells)
        matrix.solve(*into)
        found[name] = {"spacing": list(matrix.spacing), "iterations": matrix.iterations}
    return found


if __name__ == "__main__":
    recorded = {"transients": {name: transient(name) for name in crossbars()}, "matrices": matrices()}
    FILE.write_text(json.dumps(recorded, indent=1) + "\n")

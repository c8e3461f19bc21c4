"""The package's own crossbar solver as an engine: the twin's cells on lines with R and C, solved by their structure."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.array.kinds import listed
from pyspice_models.engine.base import Progress, Waves, refuse
from pyspice_models.engine.nodal.ends.base import SUMS, Terminals
from pyspice_models.engine.nodal.kept import Kept
from pyspice_models.engine.nodal.kernel import no_kernel
from pyspice_models.engine.nodal.linear.threads import one_thread
from pyspice_models.files import whole_text
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus.outline import Extent

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.transient import Point, Transient

LOG = "nodal.log"


class Nodal:
    """Runs crossbars, not netlists. What it cannot do it refuses by name."""

    name = "nodal"
    method = "word lines eliminated, conjugate gradients on the bit lines, TR-BDF2"
    dialect = ""

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """See `Engine.lacks`."""
        if crossbar.kinds:
            return f"solves arrays of one kind of cell, not of {listed(crossbar.populations)}"
        if reason := no_kernel(crossbar.model):
            return reason
        if crossbar.kind != "1R":
            return f"solves crossbars without selectors, not {crossbar.kind}"
        return ""

    def run(
        self,
        asked: Simulation,
        folder: Path,
        *,
        time_limit: float,
        spent: float = 0.0,
        progress: Progress | None = None,
        building: Progress | None = None,
    ) -> Waves:
        """See `Engine.run`; it writes no netlist."""
        refuse(self, asked)
        crossbar, schedule = asked.crossbar, asked.schedule
        # the compiler behind it takes a third of a second to import: not before it is needed
        from pyspice_models.engine.nodal.transient import Transient

        began = clock.monotonic()
        kept = Kept(schedule, crossbar.rows * crossbar.cols)
        with one_thread():
            run = Transient(crossbar, schedule, asked.accuracy)
            run.run(began + time_limit - spent, progress, kept)
        seconds = clock.monotonic() - began
        log = (
            f"nodal: {kept.steps} steps, {len(kept.points)} points kept, {crossbar.rows} x {crossbar.cols} cells, "
            f"{seconds:.3f} s\n"
        )
        with whole_text(folder / LOG, sync=False) as file:
            file.write(log)
        times = np.array([p.time for p in kept.points])
        return Waves(times, _values(run, kept.points), "nodal", seconds, log)


def _values(run: Transient, points: list[Point]) -> dict[str, np.ndarray]:
    """What a run records, in SPICE's sign of source currents, and the energies spent so far."""

    def waves(one: Callable[[Point], np.ndarray]) -> np.ndarray:
        return np.stack([one(point) for point in points])

    rows, cols = run.crossbar.shape
    word, bit, powers, books = (waves(lambda p, n=n: getattr(p, n)) for n in ("word", "bit", "powers", "books"))  # type: ignore[misc]
    found = {**run.crossings.waves(word, bit, waves(lambda p: p.planes)), "v_word": word, "v_bit": bit}
    found |= {f"spent_{name}": waves(lambda p, name=name: getattr(p, name)) for name in run.crossings.losses}  # type: ignore[misc]
    sums = dict(zip(SUMS, books.T, strict=False))
    found |= {f"spent_{name}": sums[name] for name in ("lines", "ends")}
    found |= {name: sums[name] for name in ("delivered", "moved")}
    if run.schedule.rails:
        found["drawn_rail"] = books[:, len(SUMS) + rows + cols :]
    into = Terminals(*(waves(lambda p, n=n: p.into[n]) for n in range(len(Terminals._fields))))  # type: ignore[misc]
    found |= run.ends.waves(word, bit, into, powers, waves(lambda p: p.ends))
    for side, name in enumerate(("word", "bit")):
        if f"i_{name}_source" in found:
            found[f"drawn_{name}"] = waves(lambda p, side=side: p.drawn[side])  # type: ignore[misc]
    return found

"""The package's own crossbar solver as an engine: the twin's cells on lines with R and C, solved by their structure."""

from __future__ import annotations

import time as clock
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.engine.base import Progress, Waves, refuse
from pyspice_models.engine.nodal.ends.base import SUMS
from pyspice_models.engine.nodal.kept import Kept
from pyspice_models.engine.nodal.kernel import no_kernel, no_selector, of_others
from pyspice_models.engine.nodal.linear.threads import one_thread
from pyspice_models.errors import RequestError
from pyspice_models.files import whole_text
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus.outline import Extent

if TYPE_CHECKING:
    from pyspice_models.engine.nodal.points import Points
    from pyspice_models.engine.nodal.transient import Transient

LOG = "nodal.log"


class Nodal:
    """Runs crossbars, not netlists. What it cannot do it refuses by name."""

    name = "nodal"
    method = "word lines eliminated, conjugate gradients on the bit lines, TR-BDF2"
    dialect = ""
    changes = True

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """See `Engine.lacks`."""
        for one in crossbar.populations:
            if reason := no_kernel(one.model):
                return reason
        if reason := no_selector(crossbar):
            return reason
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
        """See `Engine.run`; it writes no netlist. Code of a user's cells runs in a process of its own."""
        refuse(self, asked)
        if asked.spice:
            raise RequestError(
                "engine nodal simulates crossbars alone and takes no lines of SPICE. Use engine ngspice."
            )
        if not (others := of_others(asked.crossbar)):
            return self.run_here(asked, folder, time_limit=time_limit - spent, progress=progress)
        from pyspice_models.engine.nodal.osdi.apart import run_apart

        return run_apart(asked, folder, others, seconds=time_limit - spent, progress=progress)

    def run_here(
        self, asked: Simulation, folder: Path, *, time_limit: float, progress: Progress | None = None
    ) -> Waves:  # fmt: skip
        """The same in this process; arguments as of `run`."""
        crossbar, schedule = asked.crossbar, asked.schedule
        # the compiler behind it takes a third of a second to import: not before it is needed
        from pyspice_models.engine.nodal.changing import run_with_changes
        from pyspice_models.engine.nodal.transient import Transient

        began = clock.monotonic()
        kept = Kept(schedule, crossbar.rows * crossbar.cols)
        with one_thread():
            run = Transient(crossbar, schedule, asked.accuracy)
            run_with_changes(run, asked.changes, began + time_limit, progress, kept)
        run.close()
        seconds = clock.monotonic() - began
        points = kept.points
        log = log_of(run, points, seconds)
        with whole_text(folder / LOG, sync=False) as file:
            file.write(log)
        return Waves(points.time, waves_of(run, points), "nodal", seconds, log)


def log_of(run: Transient, points: Points, seconds: float) -> str:
    """What a run says of itself."""
    rows, cols = run.crossbar.shape
    return f"nodal: {run.effort['steps']} steps, {len(points)} points kept, {rows} x {cols} cells, {seconds:.3f} s\n"


def waves_of(run: Transient, points: Points) -> dict[str, np.ndarray]:
    """What a run records, in SPICE's sign of source currents, and the energies spent so far."""
    word, bit = points.word, points.bit
    found = {**run.crossings.waves(word, bit, points.planes), "v_word": word, "v_bit": bit}
    found |= {f"spent_{name}": points.lost(name) for name in run.crossings.losses}
    lines, ends, delivered, moved = points.books[:, : len(SUMS)].T
    found |= {"spent_lines": lines, "spent_ends": ends, "delivered": delivered, "moved": moved}
    if run.schedule.rails:
        found["drawn_rail"] = points.books[:, len(SUMS) + sum(points.layout.shape) :]
    found |= run.ends.waves(word, bit, points.into, points.powers, points.ends)
    for name, drawn in zip(("word", "bit"), points.drawn, strict=True):
        if f"i_{name}_source" in found:
            found[f"drawn_{name}"] = drawn
    return found

"""The package's own crossbar solver as an engine: the twin's cells on lines with R and C, solved by their structure."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.engine.base import Progress, Waves, refuse
from pyspice_models.engine.nodal.ends.base import SUMS
from pyspice_models.engine.nodal.kept import Kept
from pyspice_models.engine.nodal.kernel import no_kernel, of_others
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
        driver = crossbar.driver
        for one in crossbar.populations:
            if reason := no_kernel(one.model):
                return reason
        if crossbar.kind != "1R":
            return f"solves crossbars without selectors, not {crossbar.kind}"
        if crossbar.faults.on_lines:
            return "has no open or shorted lines (faults)"
        if driver.compliance != "none":
            return "has no current limiter (driver.compliance)"
        if driver.sense != "resistor":
            return "has no transimpedance amplifier (driver.sense = 'tia')"
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
        from pyspice_models.engine.nodal.transient import Transient

        began = clock.monotonic()
        kept = Kept(schedule, crossbar.rows * crossbar.cols)
        with one_thread():
            run = Transient(crossbar, schedule, asked.accuracy)
            run.run(began + time_limit, progress, kept)
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

    bar, (rows, cols) = run.crossbar, run.crossbar.shape
    word, bit, powers, books = (waves(lambda p, n=n: getattr(p, n)) for n in ("word", "bit", "powers", "books"))  # type: ignore[misc]
    found = {**run.crossings.waves(word, bit, waves(lambda p: p.planes)), "v_word": word, "v_bit": bit}
    found |= {f"spent_{name}": waves(lambda p, name=name: getattr(p, name)) for name in run.crossings.losses}  # type: ignore[misc]
    sums = dict(zip(SUMS, books.T, strict=False))
    found |= {f"spent_{name}": sums[name] for name in ("lines", "ends")}
    found |= {name: sums[name] for name in ("delivered", "moved")}
    if run.schedule.rails:
        found["drawn_rail"] = books[:, len(SUMS) + rows + cols :]
    currents = powers[:, len(SUMS) : len(SUMS) + rows], powers[:, len(SUMS) + rows : len(SUMS) + rows + cols]
    for side, name in enumerate(("word", "bit")):
        at_first, resistance = ((word[:, :, 0], bar.r_word), (bit[:, -1], bar.r_bit))[side]
        into = waves(lambda p, side=side: p.into[2 * side])  # type: ignore[misc]
        found[f"drawn_{name}"] = waves(lambda p, side=side: p.drawn[side])  # type: ignore[misc]
        found[f"v_{name}_terminal"] = at_first + into * resistance
        found[f"i_{name}_source"] = -currents[side]
    return found

"""The package's own crossbar solver as an engine: the twin's cells on lines with R and C, solved by their structure."""

from __future__ import annotations

import time as clock
from pathlib import Path

import numpy as np

from pyspice_models.array import Crossbar
from pyspice_models.deck import Deck
from pyspice_models.engine.base import Report, Waves
from pyspice_models.engine.nodal.transient import Point, Transient
from pyspice_models.errors import RequestError

LOG = "nodal.log"


class Nodal:
    """Runs the description behind a deck, not its text. What it cannot do it refuses by name."""

    name = "nodal"
    dialect = "ngspice"  # of the deck that goes with a result for the record

    def run(self, deck: Deck, folder: Path, *, time_limit: float, report: Report | None = None) -> Waves:
        """See `Engine.run`."""
        if deck.described is None:
            raise RequestError("engine nodal runs crossbars only; this deck has no crossbar. Use engine ngspice.")
        crossbar, schedule = deck.described.crossbar, deck.described.schedule
        _refuse(crossbar)
        began = clock.monotonic()
        run = Transient(crossbar, schedule, deck.described.accuracy)
        points: list[Point] = []
        run.run(began + time_limit, report, points.append)
        seconds = clock.monotonic() - began
        log = f"nodal: {len(points)} time points, {crossbar.rows} x {crossbar.cols} cells, {seconds:.3f} s\n"
        (folder / LOG).write_text(log, encoding="ascii")
        time, left, right = (np.array([getattr(p, name) for p in points]) for name in ("time", "left", "right"))
        return Waves(time, _values(run, points), "nodal", seconds, log, weights=(left, right))


def _refuse(crossbar: Crossbar) -> None:
    """Raise RequestError for what this engine does not solve."""
    if crossbar.kind != "1R":
        raise RequestError(f"engine nodal solves crossbars without selectors, not {crossbar.kind}. Use engine ngspice.")
    if crossbar.faults.on_lines:
        raise RequestError("engine nodal has no open or shorted lines (faults). Use engine ngspice.")
    if crossbar.driver.compliance != "none":
        raise RequestError("engine nodal has no current limiter (driver.compliance). Use engine ngspice.")
    if crossbar.driver.sense != "resistor":
        raise RequestError("engine nodal has no transimpedance amplifier (driver.sense = 'tia'). Use engine ngspice.")


def _values(run: Transient, points: list[Point]) -> dict[str, np.ndarray]:
    """The probes of a crossbar's deck, in SPICE's sign of source currents."""
    cells, ends, net = run.cells, run.ends, run.network
    eq, bar = cells.equations, run.crossbar
    crossings = [net.crossings(p.unknowns) for p in points]
    word, bit = (np.stack([c[side] for c in crossings]) for side in (0, 1))
    w, x, q = (np.stack([getattr(p.states, name) for p in points]) for name in ("w", "x", "q"))
    across = word - bit
    near = [ends.near(p.time) for p in points]
    far = [ends.switches(p.time) for p in points]
    sources = [ends.sources(p.time) for p in points]
    g_word, g_bit = (np.stack([n[side] for n in near]) for side in (0, 1))
    v_word, v_bit = (np.stack([s[side] for s in sources]) for side in (0, 1))
    i_word, i_bit = g_word * (v_word - word[:, :, 0]), g_bit * (v_bit - bit[:, -1, :])
    word_terminal, bit_terminal = word[:, :, 0] + i_word * bar.r_word, bit[:, -1, :] + i_bit * bar.r_bit
    if bar.driver.both_ends:
        i_word = i_word + np.stack([f[0] for f in far]) * (v_word - word[:, :, -1])
        i_bit = i_bit + np.stack([f[1] for f in far]) * (v_bit - bit[:, 0, :])
    return {
        "w": np.asarray(eq.clip(w)),
        "x": np.asarray(eq.clip(x)),
        "p": np.asarray(eq.power(across, q, w, x)),
        "es": np.asarray(eq.stored(across, q)),
        "v_word": word,
        "v_bit": bit,
        "v_word_terminal": word_terminal,
        "v_bit_terminal": bit_terminal,
        "i_word_source": -i_word,
        "i_bit_source": -i_bit,
    }

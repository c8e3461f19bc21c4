"""Long experiments: a thousand write cycles, ten thousand seconds of reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.conditions import LONG_PULSE, PULSE, READ
from pyspice_models.stimulus.cell_bench import CellBench, Drive

CYCLES = 1000  # S14a
EDGE, READ_TIME = 0.1e-3, 2e-3  # [s] assumed
RETENTION = 1e4  # [s]
SETTLE = 1.0  # [s] after the write, when retention begins


def memory_experiments(cell: CellParams) -> list[Experiment]:
    """Endurance and retention of the nominal `cell`."""
    return [
        Experiment(
            "endurance",
            "1000 cycles of 0.3 V, 10 ms either way, read at 5 mV after each",
            ("endurance",),
            (endurance_bench(cell, CYCLES),),
            lambda waves: _endurance(waves, CYCLES),
            LONG_PULSE / 25,
            method="trap",
            cycles=CYCLES,
        ),
        Experiment(
            "retention",
            "read at 5 mV over 10^4 s after a set and after a reset",
            ("retention",),
            tuple(retention_bench(cell, level) for level in (PULSE, -PULSE)),
            _retention,
            RETENTION / 200,
        ),
    ]


def endurance_bench(cell: CellParams, cycles: int) -> CellBench:
    """Set, read, reset, read, and again; every corner has its counterpart one cycle later."""
    cycle = (
        Drive((0.0,), (READ,))
        .pulse(PULSE, LONG_PULSE, EDGE, READ)
        .hold(READ_TIME)
        .pulse(-PULSE, LONG_PULSE, EDGE, READ)
        .hold(READ_TIME)
    )
    times = np.array(cycle.times[1:]) + cycle.times[-1] * np.arange(cycles)[:, None]
    volts = np.tile(cycle.volts[1:], cycles)
    return CellBench(cell, (0.0, *times.ravel().tolist()), (READ, *volts.tolist()))


def endurance_reads(waves: CellWaves, cycles: int) -> np.ndarray:
    """Read conductance at the end of each read, after the set and after the reset, shape (cycle, 2) [S]."""
    written = LONG_PULSE + EDGE
    half = written + READ_TIME
    ends = half * np.arange(1, 2 * cycles + 1) - READ_TIME / 4
    return (waves.at(waves.i, ends) / waves.at(waves.v, ends)).reshape(cycles, 2)


def retention_bench(cell: CellParams, level: float) -> CellBench:
    """A 10 ms write, then a read at 5 mV for 10^4 s."""
    drive = Drive((0.0,), (READ,)).hold(READ_TIME).pulse(level, LONG_PULSE, EDGE, READ).hold(SETTLE).hold(RETENTION)
    return CellBench(cell, drive.times, drive.volts)


def _endurance(waves: Sequence[CellWaves], cycles: int) -> dict[str, Finding]:
    g = endurance_reads(waves[0], cycles)
    window = g[:, 0] / g[:, 1]
    return {
        "endurance": Finding(
            float(window.min()),
            {"on conductance [S]": g[:, 0].tolist(), "off conductance [S]": g[:, 1].tolist()},
        )
    }


def _retention(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    drifts = {}
    for name, run in zip(("on", "off"), waves, strict=True):
        first, last = run.at(run.i, np.array([run.time[-1] - RETENTION, run.time[-1]]))
        drifts[f"{name}: drift of the conductance"] = [float(last / first - 1.0)]
    return {"retention": Finding(max(abs(value[0]) for value in drifts.values()), drifts)}

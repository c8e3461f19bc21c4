"""Set sweeps under four current compliances: mean conductance and its spread over cycles (S8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyspice_models.array.variability import sample_cell, sample_cycles, scatter_conductance
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.conditions import RATE, READ
from pyspice_models.stimulus.cell_bench import CellBench, Drive

LEVELS = (10e-6, 50e-6, 100e-6, 500e-6)  # [A] S8
CYCLES = 100
TOP = 0.3  # [V] assumed
R_SERIES = 100.0  # [ohm] assumed: 0.3 V must be able to drive 500 uA


def compliance_experiments(cell: CellParams, seed: int) -> list[Experiment]:
    """One, on samples of `cell`; the same cycles at each level."""
    samples = sample_cycles(cell, CYCLES, seed)
    cells = [sample_cell(cell, samples, k) for k in range(CYCLES)]
    drive = Drive().ramp([TOP, 0.0], RATE).to(READ, 0.1).hold(0.4)
    return [
        Experiment(
            "compliance",
            "set sweeps under four compliances, 100 cycles each, then a read at 5 mV",
            ("compliance_mean", "compliance_cv"),
            tuple(
                CellBench(one.replace(x0=0.0), drive.times, drive.volts, r_series=R_SERIES, i_limit=level)
                for level in LEVELS
                for one in cells
            ),
            lambda waves: _measure(waves, seed),
            TOP / RATE / 150,
        )
    ]


def read_conductances(waves: Sequence[CellWaves], seed: int) -> np.ndarray:
    """Conductance at the read, with the counting spread of the filament's atoms, shape (level, cycle) [S]."""
    g = np.array([run.i[-1] / run.v[-1] for run in waves]).reshape(len(LEVELS), -1)
    return np.array([scatter_conductance(row, seed, stream=k) for k, row in enumerate(g)])


def _measure(waves: Sequence[CellWaves], seed: int) -> dict[str, Finding]:
    g = read_conductances(waves, seed)
    mean = g.mean(axis=1)
    cv = g.std(axis=1, ddof=1) / mean
    levels = list(LEVELS)
    return {
        "compliance_mean": Finding(
            float((mean[1:] / mean[:-1]).min()),
            {"compliance [A]": levels, "mean conductance [S]": mean.tolist(), "conductance [S]": g.ravel().tolist()},
        ),
        "compliance_cv": Finding(
            float((cv[1:] / cv[:-1]).max()), {"compliance [A]": levels, "coefficient of variation": cv.tolist()}
        ),
    }

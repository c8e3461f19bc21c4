"""Experiments with slow I-V loops: thresholds, their trend and their spread, and the film that does not switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from pyspice_models.array.variability import sample_cell, sample_cycles, sample_devices
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.presets import preset
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding, crossing
from pyspice_models.lab.conditions import COMPLIANCE, CRITERION, RATE, READ
from pyspice_models.stimulus.cell_bench import CellBench, Drive

FILMS = {f"{nm} nm": f"{nm}nm-160C" for nm in (50, 100, 150, 200, 250)}
UNSWITCHED = "50nm-none"
CYCLED = "50nm-160C"  # S7
CYCLES, DEVICES = 100, 30  # S13: 30 devices
BATCHES = ("200nm-160C", "150nm-160C", "100nm-160C", "50nm-160C", "50nm-120C", "50nm-80C")  # S9
BATCH = 10  # S9: devices in each

HIGHEST = 1.0  # [V] up to which a set threshold is looked for where none is expected
SPAN = 60e-9  # [V m] loop amplitude x thickness: three times the 20 V nm of the thresholds
POINTS = 150  # time steps, at least, on each quarter of a loop


def loop_experiments(cell: CellParams, seed: int) -> list[Experiment]:
    """All of them: on the presets' films, and on samples of the nominal `cell` and of the 50 nm film."""
    films = [preset(name).film for name in FILMS.values()]
    thin = preset(CYCLED).film
    cycles, devices = sample_cycles(thin, CYCLES, seed), sample_devices(cell, DEVICES, seed)
    return [
        Experiment(
            "iv_loops",
            "quasi-static I-V loops of five film thicknesses",
            ("vth_200", "vth_250", "vth_trend"),
            tuple(loop_bench(film) for film in films),
            _films,
            _step(films[-1]),
            together=1,
        ),
        Experiment(
            "no_switch",
            "I-V loop of the un-annealed 50 nm film to 1 V either way",
            ("no_switch",),
            (_unswitched_bench(),),
            _no_switch,
            1.0 / RATE / POINTS,
        ),
        Experiment(
            "thresholds_over_cycles",
            "I-V loops of 100 cycles of a 50 nm device",
            ("vth_c2c", "vth_c2c_reset"),
            tuple(loop_bench(c) for c in [thin, *(sample_cell(thin, cycles, k) for k in range(CYCLES))]),
            lambda waves: _spread("vth_c2c", waves),
            _step(thin),
        ),
        Experiment(
            "thresholds_over_devices",
            "I-V loops of 30 devices of 200 nm",
            ("vth_d2d", "vth_d2d_reset"),
            tuple(loop_bench(c) for c in [cell, *(sample_cell(cell, devices, k) for k in range(DEVICES))]),
            lambda waves: _spread("vth_d2d", waves),
            _step(cell),
        ),
        Experiment(
            "batches",
            "I-V loops of 10 devices of each of six batches",
            (),
            tuple(
                loop_bench(sample_cell(film, sample_devices(film, BATCH, seed), k))
                for film in (preset(name).film for name in BATCHES)
                for k in range(BATCH)
            ),
            lambda waves: {},
            _step(cell),
        ),
    ]


def loop_bench(cell: CellParams) -> CellBench:
    """A loop to SPAN/thickness, to minus that, and back, behind 1 kohm with a 100 uA compliance, from a fresh cell."""
    top = SPAN / round(cell.thickness, 8)
    drive = Drive().ramp([top, -top, 0.0], RATE)
    return CellBench(cell.replace(x0=0.0), drive.times, drive.volts, i_limit=COMPLIANCE)


def ramp_bench(cell: CellParams, top: float, rate: float = RATE) -> CellBench:
    """The first rise of the loop alone, to `top` [V] at `rate` [V/s]."""
    drive = Drive().ramp([top], rate)
    return CellBench(cell.replace(x0=0.0), drive.times, drive.volts, i_limit=COMPLIANCE)


def set_threshold(waves: CellWaves) -> float:
    """Source voltage at which the current first exceeds 1 uA [V]."""
    return crossing(CRITERION, waves.i, waves.v_source, "the current of the set ramp")


def paper_threshold(waves: CellWaves) -> float:
    """The set threshold with the paper's sign, whose bias is on the gold electrode [V]."""
    return -set_threshold(waves)


def reset_threshold(waves: CellWaves) -> float:
    """Source voltage at which the current, on the way down, falls below 1 uA for good [V], negative."""
    bottom = int(np.argmin(waves.v_source))
    down = slice(int(np.argmax(waves.v_source)), bottom + 1)
    # backwards from the end of the ramp the current first rises through the criterion where it fell for good
    return crossing(
        CRITERION, -waves.i[down][::-1], waves.v_source[down][::-1], "the current of the reset ramp"
    )  # fmt: skip


def _step(cell: CellParams) -> float:
    return SPAN / cell.thickness / RATE / POINTS


def _films(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    thresholds = [paper_threshold(run) for run in waves]
    by_film = dict(zip(FILMS, thresholds, strict=True))
    ratios = [b / a for a, b in pairwise(thresholds)]
    return {
        "vth_200": Finding(by_film["200 nm"]),
        "vth_250": Finding(by_film["250 nm"]),
        "vth_trend": Finding(max(ratios), {"set threshold, paper's sign [V]": thresholds}),
    }


def _unswitched_bench() -> CellBench:
    hold = 1.0
    drive = Drive().to(READ, hold).hold(hold).ramp([1.0, -1.0, READ], RATE).hold(hold)
    return CellBench(preset(UNSWITCHED).film, drive.times, drive.volts, i_limit=COMPLIANCE)


def _no_switch(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    (run,) = waves
    before, after = run.at(run.i, np.array([1.5, run.time[-1]]))
    return {
        "no_switch": Finding(
            float(abs(after / before - 1.0)), {"read conductance before and after [S]": [before / READ, after / READ]}
        )
    }


def _spread(row: str, waves: Sequence[CellWaves]) -> Mapping[str, Finding]:
    """Medians of the sampled benches against the nominal one, which comes first."""
    sets = np.array([set_threshold(run) for run in waves])
    median = float(np.median(sets[1:]))
    resets = np.array([reset_threshold(run) for run in waves])
    return {
        row: Finding(
            # S13 states the value in volts, S7 a shape only
            -median if row == "vth_d2d" else median / float(sets[0]),
            {"set thresholds, paper's sign [V]": (-sets[1:]).tolist(), "nominal [V]": [-float(sets[0])]},
        ),
        f"{row}_reset": Finding(
            float(np.median(resets[1:]) / resets[0]),
            {"reset thresholds, paper's sign [V]": (-resets[1:]).tolist(), "nominal [V]": [-float(resets[0])]},
        ),
    }

"""Experiments with microsecond pulses: energy, window, asymmetry, symmetric point, recovery, downscaling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.presets import preset
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding, crossing
from pyspice_models.lab.conditions import EDGE, GAP, PAIRS, PULSE, READ, TRAIN, WIDTH
from pyspice_models.lab.published import target
from pyspice_models.stimulus.cell_bench import CellBench, Drive

STARTS = {"sym_point_low": 0.05, "sym_point_mid": 0.5, "sym_point_high": 0.95}
SIZES = {
    "5 um": "200nm-160C",
    "2.5 um": "200nm-160C-2.5um",
    "1 um": "200nm-160C-1um",
    "0.5 um": "200nm-160C-0.5um",
}
SETTLE = 100e-6  # [s] far beyond the 5 us of Note S1

PERIOD = WIDTH + EDGE + GAP
STEP = WIDTH / 20
_PAIR_STARTS = np.linspace(0.1, 0.5, 41).tolist()


def pulse_experiments(cell: CellParams) -> list[Experiment]:
    """All of them, on the nominal `cell`; downscaling is on the presets of four sizes."""
    return [
        Experiment(
            "potentiation_depression",
            "30 set and 30 reset pulses of 0.3 V, 1 us from the bottom of the window",
            ("energy", "potentiation_window", "asymmetry_mirrored"),
            (train_bench(cell.replace(w0=0.0, x0=0.0), [PULSE] * TRAIN + [-PULSE] * TRAIN),),
            _potentiation,
            STEP,
        ),
        Experiment(
            "asymmetry",
            "one set and one reset pulse from the middle of the window",
            ("asymmetry",),
            asymmetry_benches(cell),
            _asymmetry,
            STEP,
        ),
        Experiment(
            "symmetric_point",
            "alternating 0.3 V, 1 us pulses from three states",
            tuple(STARTS),
            tuple(train_bench(cell.replace(w0=w0, x0=0.0), [PULSE, -PULSE] * PAIRS) for w0 in STARTS.values()),
            _symmetric_point,
            STEP,
        ),
        Experiment(
            "recovery",
            "read current at 5 mV after a 0.3 V, 1 us write pulse",
            ("recovery",),
            (recovery_bench(cell),),
            lambda waves: {"recovery": Finding(recovery_time(waves[0]))},
            STEP,
        ),
        Experiment(
            "downscaling",
            "energy per pulse and recovery time of four lateral sizes",
            ("downscaling",),
            tuple(
                bench
                for small in (preset(name).film for name in SIZES.values())
                for bench in (
                    *potentiation_benches(small),
                    recovery_bench(small),
                )
            ),
            _downscaling,
            STEP,
        ),
    ]


def train_bench(cell: CellParams, levels: Iterable[float]) -> CellBench:
    """Pulses of 1 us at half height, 1 us apart, the first one after 1 us."""
    drive = Drive().hold(GAP)
    for level in levels:
        drive = drive.pulse(level, WIDTH, EDGE).hold(GAP)
    return CellBench(cell, drive.times, drive.volts)


def potentiation_benches(cell: CellParams) -> tuple[CellBench]:
    """Set pulses from the bottom of the window."""
    return (train_bench(cell.replace(w0=0.0, x0=0.0), [PULSE] * TRAIN),)


def asymmetry_benches(cell: CellParams) -> tuple[CellBench, CellBench]:
    """One set and one reset pulse from the middle of the window."""
    up, down = (train_bench(cell.replace(w0=0.5, x0=0.0), [level]) for level in (PULSE, -PULSE))
    return up, down


def pair_benches(cell: CellParams) -> tuple[CellBench, ...]:
    """One pair of alternating pulses from each of many states."""
    return tuple(train_bench(cell.replace(w0=w0, x0=0.0), [PULSE, -PULSE]) for w0 in _PAIR_STARTS)


def recovery_bench(cell: CellParams) -> CellBench:
    """A read at 5 mV, a write pulse, a read at 5 mV, from the symmetric point."""
    drive = Drive((0.0,), (READ,)).hold(GAP).pulse(PULSE, WIDTH, EDGE, READ).hold(SETTLE)
    return CellBench(cell.replace(w0=target("sym_point_mid").number, x0=0.0), drive.times, drive.volts)


def after_pulse(count: int) -> np.ndarray:
    """Times at the ends of the gaps: before the first pulse, after the first, ... after the last of `count` [s]."""
    return GAP + PERIOD * np.arange(count + 1)


def pulse_energy(waves: CellWaves, count: int) -> float:
    """Mean energy dissipated in the cell per pulse, each with the gap behind it [J]."""
    loss = waves.at(waves.loss, after_pulse(count)[[0, -1]])
    return float(loss[1] - loss[0]) / count


def window_covered(waves: CellWaves) -> float:
    """Share of the window that the first set pulses cover."""
    before, after = waves.at(waves.w, after_pulse(TRAIN)[[0, -1]])
    return float(after - before)


def asymmetry(up: CellWaves, down: CellWaves) -> float:
    """(d- - d+)/(d- + d+) of the changes of w that one pulse up and one down make."""
    rise, fall = _steps(up, down)
    return (fall - rise) / (fall + rise)


def _steps(*runs: CellWaves) -> list[float]:
    return [abs(float(np.diff(run.at(run.w, after_pulse(1)))[0])) for run in runs]


def balance_point(waves: Sequence[CellWaves]) -> float:
    """What alternating pulses lead to: mean of w after up and down of the pair that ends where it began.

    Args:
        waves: of `pair_benches`. A pair raises a low start and lowers a high one.
    """
    starts, up, down = np.array([run.at(run.w, after_pulse(2)) for run in waves]).T
    return float(np.interp(0.0, starts - down, 0.5 * (up + down)))


def recovery_time(waves: CellWaves) -> float:
    """From the write pulse's end (half height) until the read current stays within 5 % of its last value [s]."""
    end = GAP + WIDTH + EDGE
    after = waves.time >= end
    time, current = waves.time[after], waves.i[after]
    off = np.maximum(np.abs(current / current[-1] - 1.0), 1e-12)
    # backwards in time the deviation first rises through 5 % where the current settled for good
    settled = crossing(0.05, off[::-1], time[::-1], "the deviation of the read current after the pulse")
    return settled - (end - EDGE / 2)


def _potentiation(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    (run,) = waves
    states = run.at(run.w, after_pulse(2 * TRAIN))
    spent = np.diff(run.at(run.loss, after_pulse(TRAIN)))
    return {
        "energy": Finding(
            pulse_energy(run, TRAIN),
            {"energy of each pulse [J]": spent.tolist()},
            note=f"the first pulse costs {spent[0] * 1e15:.1f} fJ, the last {spent[-1] * 1e15:.1f} fJ",
        ),
        "asymmetry_mirrored": Finding(mirrored_asymmetry(states[: TRAIN + 1], states[TRAIN:])),
        "potentiation_window": Finding(window_covered(run), {"state after each pulse": states.tolist()}),
    }


def mirrored_asymmetry(up: np.ndarray, down: np.ndarray) -> float:
    """max|Gp(n) - Gd(n)|/(Gp(N) - Gd(N)), the asymmetry of papers on neuromorphic training.

    Args:
        up: state before the first and after each of N potentiation pulses, shape (N + 1,).
        down: the same for depression, shape (N + 1,). It is mirrored to be compared at the same n: its last pulse
            stands at n = 0.

    Returns:
        0 where potentiation and depression go through the same states, 1 where they are as far apart as the window.
    """
    return float(np.abs(up - down[::-1]).max() / (up[-1] - down[-1]))


def _asymmetry(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    up, down = _steps(*waves)
    return {"asymmetry": Finding(asymmetry(*waves), {"step up": [up], "step down": [down]})}


def _symmetric_point(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    return {
        name: Finding(float(run.at(run.w, after_pulse(2 * PAIRS)[-2:]).mean()))
        for name, run in zip(STARTS, waves, strict=True)
    }


def _downscaling(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    energies = [pulse_energy(run, TRAIN) for run in waves[::2]]
    times = [recovery_time(run) for run in waves[1::2]]
    ratios = [b / a for series in (energies, times) for a, b in pairwise(series)]
    return {"downscaling": Finding(max(ratios), {"energy per pulse [J]": energies, "recovery time [s]": times})}

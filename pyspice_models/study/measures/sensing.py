"""Measures of what noise, offset and converter make of a study's reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array.levels import highest
from pyspice_models.measure import Measure, ReadFigures, conductances
from pyspice_models.measure.noise import SenseNoise, Sensing, noise_ratio
from pyspice_models.stimulus import Window
from pyspice_models.study.study import Study
from pyspice_models.units import show

Array = NDArray[np.float64]


def sensing_of(study: Study, voltage: float) -> Sensing:
    """The study's sense circuit for reads at this voltage [V]."""
    top = highest(study.crossbar, voltage)
    full_scale = study.sensing.full_scale or 2 * top * abs(voltage)
    return Sensing(study.sensing, study.crossbar.driver.r_feedback, study.crossbar.temperature, full_scale)


def sensing_measures(
    study: Study, dataset: xr.Dataset, reads: Sequence[Window], figures: Sequence[ReadFigures], above: Array
) -> dict[str, Measure]:
    """Noise, signal-to-noise ratio and bit error odds of reads in one way.

    Args:
        study, dataset: the run.
        reads, figures: its reads in this way, and what they gave.
        above: conductance from which each of the cells is a one [S]; one that is not a number holds no bit.
    """
    voltage = reads[0].voltage
    circuit = sensing_of(study, voltage)
    bits = np.isfinite(above)
    if not bits.any():
        return {}
    above = above[bits]
    current = np.abs(np.concatenate([f.sensed for f in figures]))[bits]
    through_cell = np.abs(np.concatenate([f.through_cell for f in figures]))[bits]
    one = np.concatenate([f.conductance for f in figures])[bits] >= above
    # what a bit line shows its amplifier is at most all its cells in parallel: lines and floating others only take away
    shown = np.concatenate([
        conductances(study.crossbar, dataset, w.settled, voltage)[:, list(w.cols)].sum(axis=0) for w in reads
    ])  # fmt: skip
    noise = circuit.noise(through_cell, shown[bits])
    each = above * abs(voltage)
    odds = circuit.error_odds(current, one, noise, each)
    edges = np.unique(each)
    against = show(float(edges[0]), "A") if len(edges) == 1 else "the middle of the window of its kind"
    found = {
        "sense_noise": Measure(
            float(np.max(noise.total)), "A", "largest r.m.s. noise and offset of a sensed current"
        ),
        "bit_error_odds": Measure(
            float(odds.mean()), "",
            f"odds that a read bit is wrong against {against}, mean of {odds.size} cells",
            f"odds that a read bit is wrong, mean of {odds.size} cells",
        ),
    }  # fmt: skip
    ratios = [_ratio(current, one, noise, above == edge) for edge in np.unique(above)]
    if finite := [ratio for ratio in ratios if np.isfinite(ratio)]:
        found["sense_snr"] = Measure(
            min(finite), "dB", "least current of a one less largest of a zero, over the sum of their noise"
        )
    return found


def _ratio(current: Array, one: NDArray[np.bool_], noise: SenseNoise, these: NDArray[np.bool_]) -> float:
    """Signal-to-noise ratio of the weakest one and the strongest zero among `these` [dB]; NaN without either."""
    ones, zeros = these & one, these & ~one
    if not (ones.any() and zeros.any()):
        return float("nan")
    weakest, strongest = int(np.where(ones, current, np.inf).argmin()), int(np.where(zeros, current, -np.inf).argmax())
    return noise_ratio(current[weakest], current[strongest], _at(noise, weakest), _at(noise, strongest))


def _at(noise: SenseNoise, place: int) -> float:
    return float(np.asarray(noise.total)[place])

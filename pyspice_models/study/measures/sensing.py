"""Measures of what noise, offset and converter make of a study's reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pyspice_models.array.levels import Scale
from pyspice_models.measure import Measure, ReadFigures, conductances
from pyspice_models.measure.noise import SenseNoise, Sensing, noise_ratio
from pyspice_models.stimulus import Window
from pyspice_models.study.study import Study
from pyspice_models.units import show


def sensing_of(study: Study, voltage: float) -> Sensing:
    """The study's sense circuit for reads at this voltage [V]."""
    top = Scale.nominal(study.crossbar, voltage).high
    full_scale = study.sensing.full_scale or 2 * top * abs(voltage)
    return Sensing(study.sensing, study.crossbar.driver.r_feedback, study.crossbar.temperature, full_scale)


def sensing_measures(
    study: Study, dataset: xr.Dataset, reads: Sequence[Window], figures: Sequence[ReadFigures], above: float
) -> dict[str, Measure]:
    """Noise, signal-to-noise ratio and bit error odds of reads in one way.

    Args:
        study, dataset: the run.
        reads, figures: its reads in this way, and what they gave.
        above: conductance from which a cell is a one [S].
    """
    voltage = reads[0].voltage
    circuit = sensing_of(study, voltage)
    current = np.abs(np.concatenate([f.sensed for f in figures]))
    through_cell = np.abs(np.concatenate([f.through_cell for f in figures]))
    one = np.concatenate([f.conductance for f in figures]) >= above
    # what a bit line shows its amplifier is at most all its cells in parallel: lines and floating others only take away
    shown = np.concatenate([
        conductances(study.crossbar, dataset, w.settled, voltage)[:, list(w.cols)].sum(axis=0) for w in reads
    ])  # fmt: skip
    noise = circuit.noise(through_cell, shown)
    threshold = above * abs(voltage)
    odds = circuit.error_odds(current, one, noise, threshold)
    found = {
        "sense_noise": Measure(
            float(np.max(noise.total)), "A", "largest r.m.s. noise and offset of a sensed current"
        ),
        "bit_error_odds": Measure(
            float(odds.mean()), "",
            f"odds that a read bit is wrong against {show(threshold, 'A')}, mean of {odds.size} cells",
            f"odds that a read bit is wrong, mean of {odds.size} cells",
        ),
    }  # fmt: skip
    if one.any() and not one.all():
        weakest, strongest = int(np.where(one, current, np.inf).argmin()), int(np.where(one, -np.inf, current).argmax())
        ratio = noise_ratio(
            current[weakest], current[strongest], _at(noise, weakest), _at(noise, strongest)
        )  # fmt: skip
        if np.isfinite(ratio):
            found["sense_snr"] = Measure(
                ratio, "dB", "least current of a one less largest of a zero, over the sum of their noise"
            )
    return found


def _at(noise: SenseNoise, place: int) -> float:
    return float(np.asarray(noise.total)[place])

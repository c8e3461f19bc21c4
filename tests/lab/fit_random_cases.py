"""Random cells and the pulse trains that somebody would measure of them: rates over 8 decades, noise, outliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.presets import Preset, preset
from pyspice_models.lab.fit import FitResult, PulseTrain, Setup
from pyspice_models.lab.fit.model import predict

_START = preset("200nm-160C")
RANDOM_BASE: Preset = replace(_START, cell=_START.cell.replace(g_fil_min=1e-15))
"""What the fits begin from: nothing of a drawn cell but that its filament conducts nothing."""

OUTLIERS = 0.01


def random_cell(seed: int) -> tuple[CellParams, PulseTrain]:
    """A cell, and 2 to 6 half cycles of 25 to 60 pulses on it, with 1 to 5 % noise of the window and 1 % outliers.

    The rate goes over 8 decades, and the width is such that a pulse moves 2 to 20 % of the window at first.
    """
    dice = np.random.default_rng([18, seed])
    rate, ratio = 10 ** dice.uniform(-1, 7), 10 ** dice.uniform(-0.7, 0.7)
    exponent, top, contrast = dice.uniform(0.3, 2.0), 10 ** dice.uniform(-7.5, -3.5), 10 ** dice.uniform(0.5, 2)
    start, pulses, halves = dice.uniform(0.05, 0.6), int(dice.integers(25, 61)), int(dice.integers(2, 7))
    width = 10 ** dice.uniform(-1.7, -0.7) / rate
    cell = RANDOM_BASE.film.replace(
        w0=start, g_int_min=top / contrast, g_int_max=top, rate_int_set=rate, rate_int_reset=rate * ratio,
        p_int=exponent, rate_fil_set=1e-15, rate_fil_reset=1e-15,
    )  # fmt: skip
    volts = np.concatenate([[0.0], *(np.full(pulses, 0.3 if half % 2 == 0 else -0.3) for half in range(halves))])
    rows = len(volts)
    train = PulseTrain(f"cell {seed}", np.arange(rows) * 1.0, volts, np.full(rows, width), np.ones(rows))
    g = predict(train, cell, {"w0": np.array([start])}, Setup())[0]
    window = float(np.ptp(g))
    read = g + dice.normal(0, dice.uniform(0.01, 0.05) * window, rows)
    wild = dice.random(rows) < OUTLIERS
    read = np.where(wild, read + dice.choice([-1, 1], rows) * dice.uniform(0.3, 2, rows) * window, read)
    return cell, replace(train, conductance=np.maximum(read, 1e-3 * g.min()))


def held(cell: CellParams, result: FitResult) -> dict[str, bool]:
    """By parameter, whether its 68 % interval holds the truth."""
    return {p.name: bool(p.low <= getattr(cell, p.name) <= p.high) for p in result.parameters}

"""Writes scripts/examples/array_currents.csv, with which `ag2s deembed` is tried.

    .venv/bin/python -P tests/golden/write_deembed_data.py

Synthetic: by the static solver, with noise. Three currents were not read, one cell is open. What the cells are is drawn
from a seed, so that what is recovered can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pyspice_models import Crossbar, DriverParams, WireParams
from pyspice_models.lab.deembed import Noise, Readings, readings_text, simulated_readings
from pyspice_models.lab.deembed.readings import BIT, OWN, WORD

FOLDER = Path(__file__).parents[2] / "scripts" / "examples"
NAME = "array_currents.csv"
SEED = 18
SHAPE = 16, 20
R_LOW, R_HIGH = 1e3, 100e3  # [ohm]
WORD_SEGMENT, BIT_SEGMENT, END, VOLTAGE = 2.0, 3.0, 100.0, 0.1  # [ohm], [V]
NOISE = Noise(1e-3, 1e-9, stated=True)
OPEN = 11, 8
UNREAD = ((3, 5), (3, 6), (13, 16))
"""Between word and bit lines; the own currents of these lines were not read either."""


def conductances() -> NDArray[np.float64]:
    """Of the cells: logarithms evenly spread, and one that is open [S]."""
    g = np.asarray(10 ** np.random.default_rng(SEED).uniform(-np.log10(R_HIGH), -np.log10(R_LOW), SHAPE))
    g[OPEN] = 0.0
    return g


def crossbar() -> Crossbar:
    """Lines and ends."""
    wire = WireParams(r_segment_word=WORD_SEGMENT, r_segment_bit=BIT_SEGMENT)
    return Crossbar(*SHAPE, wire=wire, driver=DriverParams(r_driver=END, r_sense=END, r_contact=0.0))


def readings() -> Readings:
    """As they were taken."""
    made = simulated_readings(crossbar(), conductances(), voltage=VOLTAGE, noise=NOISE, seed=SEED)
    lost = np.zeros(len(made.current), dtype=bool)
    for row, col in UNREAD:
        by_word, by_bit = (made.side == WORD) & (made.driven == row), (made.side == BIT) & (made.driven == col)
        lost |= by_word & ((made.sensed == col) | (made.sensed == OWN)) | by_bit
    names = ("side", "driven", "sensed", "voltage", "current")
    return replace(made, **{name: getattr(made, name)[~lost] for name in names})


def text() -> str:
    """The file."""
    about = (
        "Synthetic, not measured: currents at the terminals of an array, computed by the static solver of the package.",
        f"Cells of {R_LOW:g} to {R_HIGH:g} ohm, one of them open; segments of {WORD_SEGMENT:g} ohm (word) and "
        f"{BIT_SEGMENT:g} ohm (bit), ends of {END:g} ohm.",
        f"Standard deviation of a reading: {100 * NOISE.relative:g} % and {1e9 * NOISE.floor:g} nA; seed {SEED}. "
        "Written by tests/golden/write_deembed_data.py.",
    )
    return "\n".join([*readings_text(readings(), about, digits=7), ""])


def files() -> Mapping[str, str]:
    """By name."""
    return {NAME: text()}


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")

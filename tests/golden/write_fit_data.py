"""Writes scripts/examples/pulse_train.csv, iv_loop.csv and eight_devices.csv, with which `ag2s fit` is tried.

    .venv/bin/python -P tests/golden/write_fit_data.py

Synthetic: of cells that are not the default one, with noise; the third with all that real data have: devices and cycles
that differ, pulses that do more or less, a drifting amplifier, its resolution, and outliers. What was put in stands at
the head of a file, so that what a fit finds can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pyspice_models.array.variability import VariabilityParams, sample_devices
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.presets import preset
from pyspice_models.lab.fit import PulseTrain
from pyspice_models.lab.fit.pulses import conductances

FOLDER = Path(__file__).parents[2] / "scripts" / "examples"
SEED = 1
TRAIN = {
    "w0": 0.12,
    "g_int_min": 35e-9,
    "g_int_max": 310e-9,
    "rate_int_set": 45e3,
    "rate_int_reset": 130e3,
    "p_int": 0.8,
}
LOOP = {"g_int_max": 310e-9, "rate_fil_set": 2400.0}
PULSES, WIDTH, EDGE, READ = 120, 1e-6, 1e-9, 5e-3  # number, [s], [s], [V]
SERIES, COMPLIANCE = 1e3, 100e-6  # [ohm], [A]
TRAIN_NOISE, LOOP_NOISE, FLOOR = 0.01, 0.005, 1e-10  # of the window, of the current, [A]
DEVICES, CYCLES, HALF = 8, 4, 20  # number; pulses of one sign in a cycle
SPREADS = {"device_mobility": 0.15, "device_asymmetry": 0.1, "device_interface": 0.12}
CYCLE, PULSE = 0.08, 0.15  # of the logarithm of the rates
DRIFT, OUTLIERS, RESOLUTION = 0.005, 0.01, 1e-10  # share, share, [S]
CORNERS = [0.0, 3.0, 9.0, 12.0], [0.0, 0.3, -0.3, 0.0]  # of the loop [s], [V]


def pulse_train() -> str:
    """30 set pulses and 30 reset pulses, twice."""
    cell = preset("200nm-160C").cell.replace(**TRAIN)
    levels = [0.3 if k // 30 % 2 == 0 else -0.3 for k in range(PULSES)]
    time, volt = [0.0], [0.0]
    for level in levels:
        time += [time[-1] + EDGE, time[-1] + WIDTH, time[-1] + WIDTH + EDGE]
        volt += [level, level, 0.0]
    run = simulate(cell, time, volt, tolerance=1e-6)
    ends = np.searchsorted(run.time, np.array(time)[::3])
    siemens = np.asarray(Equations(cell).conductance(READ, run.w[ends], run.x[ends]))
    siemens = siemens + np.random.default_rng(SEED).normal(0, TRAIN_NOISE * np.ptp(siemens), len(siemens))
    rows = [
        f"{k},{volts:g},{WIDTH * 1e6:g},{1e6 * g:.5g}"
        for k, (volts, g) in enumerate(zip([0.0, *levels], siemens, strict=True))
    ]
    head = _head("30 set and 30 reset pulses, twice", TRAIN, f"noise: {TRAIN_NOISE:.0%} of the window")
    return "\n".join([*head, "pulse,voltage [V],width [us],conductance [uS]", *rows, ""])


def iv_loop() -> str:
    """A slow triangle through both signs, through a resistor with a compliance."""
    cell = preset("200nm-160C").cell.replace(**LOOP)
    run = simulate(cell, *CORNERS, series_resistance=SERIES, i_limit=COMPLIANCE, max_step=2e-3)
    dice, time = np.random.default_rng(SEED), np.linspace(0, 12, 121)
    amps = np.interp(time, run.time, run.i) * (1 + dice.normal(0, LOOP_NOISE, len(time)))
    amps = amps + dice.normal(0, FLOOR, len(time))
    rows = [f"{t:.1f},{v:.4g},{i:.5g}" for t, v, i in zip(time, np.interp(time, *CORNERS), amps, strict=True)]
    what = f"a loop of 12 s through {SERIES:g} ohm, compliance {1e6 * COMPLIANCE:g} uA"
    head = _head(what, LOOP, f"noise: {LOOP_NOISE:.1%} of the current and {1e9 * FLOOR:g} nA")
    return "\n".join([*head, "time [s],voltage [V],current [A]", *rows, ""])


def devices() -> tuple[dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]], PulseTrain]:
    """Parameters of the eight devices, and the pulses that each of them gets."""
    cell = preset("200nm-160C").cell.replace(**TRAIN, rate_fil_set=1e-15, rate_fil_reset=1e-15)
    none = dict.fromkeys((name for name in VariabilityParams.quantities() if name.startswith(("device", "cycle"))), 0.0)
    own = sample_devices(cell, DEVICES, SEED, VariabilityParams(**{**none, **SPREADS}))
    levels = np.array([0.0, *(0.3 if k // HALF % 2 == 0 else -0.3 for k in range(2 * HALF * CYCLES))])
    rows = np.arange(len(levels), dtype=float)
    return own, PulseTrain("", rows, levels, np.full(len(rows), WIDTH), np.ones(len(rows)))


def eight_devices() -> str:
    """Four cycles of 20 set and 20 reset pulses on each of eight devices, as a probe station would give them."""
    cell = preset("200nm-160C").cell.replace(**TRAIN, rate_fil_set=1e-15, rate_fil_reset=1e-15)
    own, train = devices()
    dice, rows = np.random.default_rng([SEED, 8]), len(train.pulse)
    own |= {"w0": TRAIN["w0"] * np.exp(dice.normal(0, 0.2, DEVICES))}
    cycle = np.minimum(np.maximum(np.arange(rows) - 1, 0) // (2 * HALF), CYCLES - 1)
    logs = CYCLE * dice.normal(size=(DEVICES, CYCLES))[:, cycle] + PULSE * dice.normal(size=(DEVICES, rows))
    siemens = conductances(train, cell, own, read_voltage=READ, temperature=300.0, factors=np.exp(logs))
    window = np.ptp(siemens, axis=1, keepdims=True)
    drift = 1 + DRIFT * np.sin(2 * np.pi * np.arange(rows) / rows + dice.uniform(0, 2 * np.pi, (DEVICES, 1)))
    shown = siemens * drift + dice.normal(size=siemens.shape) * TRAIN_NOISE * window
    wild = dice.random(siemens.shape) < OUTLIERS
    shown = np.where(wild, shown + window * dice.uniform(-0.6, 0.6, siemens.shape), shown)
    shown = np.maximum(RESOLUTION * np.round(shown / RESOLUTION), RESOLUTION)
    lines = [
        f"{device + 1},{n},{volts:g},{WIDTH * 1e6:g},{1e6 * g:.4f}"
        for device in range(DEVICES)
        for n, (volts, g) in enumerate(zip(train.voltage, shown[device], strict=True))
    ]
    spreads = ", ".join(f"{name} = {value:g}" for name, value in SPREADS.items())
    nominal = ", ".join(f"{name} = {value:g}" for name, value in TRAIN.items())
    head = [
        f"# Synthetic, not measured: {CYCLES} cycles of {HALF} set and {HALF} reset pulses on each of {DEVICES} "
        "devices.",
        f"# The nominal cell: preset 200nm-160C with {nominal} (SI).",
        f"# Devices: {spreads}; cycles: cycle_mobility = {CYCLE:g}; pulses: {PULSE:g} of the logarithm of what each "
        "does.",
        f"# Readings: noise {TRAIN_NOISE:.0%} of the window, drift {DRIFT:.1%}, {OUTLIERS:.0%} outliers, resolution "
        f"{1e9 * RESOLUTION:g} nS; seed {SEED}. Written by tests/golden/write_fit_data.py.",
    ]
    return "\n".join([*head, "device,pulse,voltage [V],width [us],conductance [uS]", *lines, ""])


def _head(what: str, changed: Mapping[str, float], noise: str) -> list[str]:
    """What nobody must take for a measurement."""
    numbers = ", ".join(f"{name} = {value:g}" for name, value in changed.items())
    return [
        f"# Synthetic, not measured: {what}, computed by the twin of the package.",
        f"# The cell: preset 200nm-160C with {numbers} (SI).",
        f"# Standard deviation of the {noise}; seed {SEED}. Written by tests/golden/write_fit_data.py.",
    ]


def files() -> Mapping[str, str]:
    """By name."""
    return {"pulse_train.csv": pulse_train(), "iv_loop.csv": iv_loop(), "eight_devices.csv": eight_devices()}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")

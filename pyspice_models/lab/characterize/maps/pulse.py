"""Maps of change and energy against amplitude and width of one pulse, from the middle of the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.characterize.maps.change import QUANTUM, R_SERIES
from pyspice_models.lab.characterize.maps.grid import Grid, Plan
from pyspice_models.stimulus.cell_bench import CellBench, Drive

AMPLITUDES = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)  # [V]
WIDTHS = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)  # [s]
POLARITIES = {"set": 1.0, "reset": -1.0}
START = 0.5
"""w before the pulse: both polarities have half of the window before them."""

FLOOR = 1e-3
"""[1] A smaller change of w is told as such and not as a number: no read resolves it (docs/studies.md)."""

REST = 10e-6  # [s] after the pulse: ten times what the ionic branch takes to discharge
_EDGE = 0.01  # of the width: 10 ns for 1 us, as everywhere in the sheet


def pulse_plan(cell: CellParams, grid: Grid) -> Plan:
    """One pulse of each amplitude, width and polarity, at the bench's 300 K."""
    amplitudes, widths = grid.of(AMPLITUDES), grid.of(WIDTHS)
    experiments = [
        pulse_experiment(f"pulse-{polarity}-{width:g}", cell, [sign * volt for volt in amplitudes], width)
        for polarity, sign in POLARITIES.items()
        for width in widths
    ]

    def dataset(found: Mapping[str, Mapping[str, Finding]]) -> xr.Dataset:
        return _dataset(experiments, found, amplitudes, widths)

    return Plan(
        "pulse",
        f"One pulse from w = {START:g} without a filament, 300 K",
        f"change of w and of the conductance near 0 V, and energy dissipated in the cell until {REST * 1e6:g} us after "
        "the pulse",
        tuple(experiments),
        dataset,
    )


def pulse_experiment(name: str, cell: CellParams, levels: Sequence[float], width: float) -> Experiment:
    """One pulse of each of `levels` [V], `width` [s] wide at half height; its finding "ends" says what each left."""
    edge = _EDGE * width
    benches = []
    for level in levels:
        drive = Drive().hold(width / 10).pulse(level, width, edge).hold(REST)
        benches.append(CellBench(cell.replace(w0=START, x0=0.0), drive.times, drive.volts, r_series=R_SERIES))
    return Experiment(
        name, f"one pulse of {width:g} s from w = {START:g}, amplitudes side by side", (), tuple(benches), _measure,
        max(width / 50, REST / 500), reltol=2e-5, together=1,
    )  # fmt: skip


def _measure(waves: Sequence[CellWaves]) -> dict[str, Finding]:
    ends = {
        "state_change": [float(run.w[-1] - run.w[0]) for run in waves],
        "conductance_change": [float(run.g[-1] - run.g[0]) for run in waves],
        "conductance": [float(run.g[-1]) for run in waves],
        "energy": [float(run.loss[-1]) for run in waves],
    }
    bridged = "a filament appears" if max(ends["conductance"]) >= QUANTUM else ""
    return {"ends": Finding(float("nan"), ends, note=bridged)}


_ABOUT: Mapping[str, tuple[str, str]] = {
    "state_change": ("1", "change of w"),
    "conductance_change": ("S", "change of the conductance near 0 V"),
    "conductance": ("S", "conductance near 0 V after the pulse"),
    "energy": ("J", "energy dissipated in the cell"),
}


def _dataset(
    experiments: Sequence[Experiment],
    found: Mapping[str, Mapping[str, Finding]],
    amplitudes: Sequence[float],
    widths: Sequence[float],
) -> xr.Dataset:
    dims = ("polarity", "width", "amplitude")
    shape = (len(POLARITIES), len(widths), len(amplitudes))
    values = {
        name: np.array([found[e.name]["ends"].values[name] for e in experiments]).reshape(shape) for name in _ABOUT
    }
    small = np.abs(values["state_change"]) < FLOOR
    values["state_change"] = np.where(small, np.nan, values["state_change"])
    values["conductance_change"] = np.where(
        small & (values["conductance"] < QUANTUM), np.nan, values["conductance_change"]
    )
    status = np.where(small, f"below {FLOOR:g}", "moved")
    status = np.where(values["conductance"] >= QUANTUM, "filament", status)
    return xr.Dataset(
        {
            **{name: (dims, values[name], {"units": unit, "long_name": text}) for name, (unit, text) in _ABOUT.items()},
            "status": (dims, status),
        },
        coords={
            "polarity": list(POLARITIES),
            "width": ("width", list(widths), {"units": "s", "long_name": "pulse width at half height"}),
            "amplitude": ("amplitude", list(amplitudes), {"units": "V", "long_name": "magnitude of the amplitude"}),
        },
    )

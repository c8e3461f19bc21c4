"""Map of the temperature: switching times at three voltages, their activation energy, and the read conductance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.constants import boltzmann, elementary_charge
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.characterize.maps.change import FILAMENT, R_SERIES, SWITCHES, change_experiment
from pyspice_models.lab.characterize.maps.grid import Grid, Plan
from pyspice_models.lab.characterize.maps.voltage import switching_dataset
from pyspice_models.lab.conditions import READ
from pyspice_models.stimulus.cell_bench import CellBench, Drive

TEMPERATURES = (260.0, 280.0, 300.0, 320.0, 340.0, 370.0, 400.0, 430.0)  # [K] below 450 K, where Ag2S turns superionic
VOLTAGES = (0.1, 0.3, 1.0)  # [V] a half-selected cell at V/3, a write pulse, far above
STATES = {"w = 0": (0.0, 0.0), "w = 0.5": (0.5, 0.0), "w = 1": (1.0, 0.0), "filament": (0.0, FILAMENT)}
_SETTLE = 100e-6  # [s] far beyond what the ionic branch takes


def temperature_plan(cell: CellParams, grid: Grid) -> Plan:
    """The four changes at each voltage and temperature, and four states read at 5 mV."""
    temperatures, voltages = grid.of(TEMPERATURES), grid.of(VOLTAGES)
    switching = [
        change_experiment(
            f"temperature-{change.name.replace(' ', '-')}-{voltage:g}-{kelvin:g}", cell, change, voltage, kelvin
        )
        for change in SWITCHES
        for voltage in voltages
        for kelvin in temperatures
    ]
    reading = [_read_experiment(cell, kelvin) for kelvin in temperatures]

    def dataset(found: Mapping[str, Mapping[str, Finding]]) -> xr.Dataset:
        shape = (len(SWITCHES), len(voltages), len(temperatures))
        times = switching_dataset(switching, found, shape, ("change", "voltage", "temperature"))
        reads = np.array([found[e.name]["reads"].values["conductance [S]"] for e in reading]).T
        attributes = {"units": "S", "long_name": f"conductance read at {READ * 1e3:g} mV"}
        made = times.assign(read_conductance=(("state", "temperature"), reads, attributes)).assign_coords(
            change=[change.name for change in SWITCHES],
            voltage=("voltage", list(voltages), {"units": "V", "long_name": "magnitude of the voltage"}),
            temperature=("temperature", list(temperatures), {"units": "K", "long_name": "temperature"}),
            state=list(STATES),
        )
        return made.assign(activation_energy=activation_energy(made["switching_time"]))

    return Plan(
        "temperature",
        "Switching time and read conductance against temperature",
        "; ".join(f"{change.name}: {change.about}" for change in SWITCHES) + "; no meaning above 450 K",
        (*switching, *reading),
        dataset,
    )


def activation_energy(times: xr.DataArray) -> xr.DataArray:
    """d ln(time)/d(1/kT) along the temperatures, derived from the times [eV]."""
    per_energy = elementary_charge / (boltzmann * times["temperature"].values)  # 1/kT [1/eV]
    axis = times.get_axis_num("temperature")
    values = np.gradient(np.log(times.values), per_energy, axis=axis)
    return times.copy(data=values).assign_attrs(units="eV", long_name="activation energy of the time (derived)")


def _read_experiment(cell: CellParams, temperature: float) -> Experiment:
    drive = Drive((0.0,), (READ,)).hold(_SETTLE)
    benches = tuple(
        CellBench(
            cell.replace(w0=w, x0=x), drive.times, drive.volts, r_series=R_SERIES, temperature=temperature
        )
        for w, x in STATES.values()
    )  # fmt: skip

    def measure(waves: Sequence[CellWaves]) -> dict[str, Finding]:
        reads = [float(run.i[-1] / run.v[-1]) for run in waves]
        return {"reads": Finding(float("nan"), {"conductance [S]": reads})}

    return Experiment(
        f"temperature-read-{temperature:g}", f"four states read at {READ:g} V, {temperature:g} K", (), benches, measure,
        _SETTLE / 50,
    )  # fmt: skip

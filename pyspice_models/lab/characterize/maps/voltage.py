"""Map of switching time against voltage: how fast each path sets and resets, and how steep that is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.characterize.experiment import Experiment, Finding
from pyspice_models.lab.characterize.maps.change import SWITCHES, change_experiment
from pyspice_models.lab.characterize.maps.grid import Grid, Plan

VOLTAGES = (0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5)  # [V]


def voltage_plan(cell: CellParams, grid: Grid) -> Plan:
    """Four changes at each voltage, at the bench's 300 K."""
    voltages = grid.of(VOLTAGES)
    places = [(change, voltage) for change in SWITCHES for voltage in voltages]
    experiments = [
        change_experiment(f"voltage-{change.name.replace(' ', '-')}-{voltage:g}", cell, change, voltage)
        for change, voltage in places
    ]

    def dataset(found: Mapping[str, Mapping[str, Finding]]) -> xr.Dataset:
        shape = (len(SWITCHES), len(voltages))
        return switching_dataset(experiments, found, shape, ("change", "voltage")).assign_coords(
            change=("change", [change.name for change in SWITCHES], {"long_name": "change of the cell"}),
            voltage=("voltage", list(voltages), {"units": "V", "long_name": "magnitude of the voltage"}),
        )

    return Plan(
        "switching_time",
        "Switching time against voltage, 300 K",
        "; ".join(f"{change.name}: {change.about}" for change in SWITCHES),
        tuple(experiments),
        lambda found: with_slope(dataset(found)),
    )


def switching_dataset(
    experiments: list[Experiment],
    found: Mapping[str, Mapping[str, Finding]],
    shape: tuple[int, ...],
    dims: tuple[str, ...],
) -> xr.Dataset:
    """Times, how long was waited for each, and in words where one did not come about."""
    times = [found[e.name]["time"] for e in experiments]

    def laid(values: list[float] | list[str]) -> np.ndarray:
        return np.array(values).reshape(shape)

    return xr.Dataset(
        {
            "switching_time": (
                dims,
                laid([one.simulated for one in times]),
                {"units": "s", "long_name": "switching time"},
            ),
            "searched": (
                dims,
                laid([one.values["searched [s]"][0] for one in times]),
                {"units": "s", "long_name": "time for which the voltage was on"},
            ),
            "status": (dims, laid([one.note or "switched" for one in times])),
        }
    )


def with_slope(dataset: xr.Dataset) -> xr.Dataset:
    """With the volts that make the time ten times shorter, between neighbouring voltages; derived from the times."""
    times = dataset["switching_time"]
    slope = -1 / times.copy(data=np.log10(times.values)).differentiate("voltage")
    slope.attrs = {"units": "V", "long_name": "voltage per decade of time (derived)"}
    return dataset.assign(slope=slope)

"""Map of read disturb: how many reads it takes until a cell has lost what was written, and how sure that is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import xarray as xr

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.lab.characterize.experiment import Finding
from pyspice_models.lab.characterize.maps.change import FILAMENT, QUANTUM, Change, change_experiment, expected_time
from pyspice_models.lab.characterize.maps.grid import Grid, Plan
from pyspice_models.lab.characterize.maps.voltage import switching_dataset

VOLTAGES = (5e-3, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3)  # [V] from a read to a write; 0.1 V/3, 0.15 V/2
READ_TIME = 10e-6  # [s] the default read of a study
LOST = 0.1  # of the window

CENTURY = 100 * 365.25 * 86400.0
"""[s] What takes longer is told as such, and not as a number."""

BEYOND = "more than 100 years"

LOSSES = (
    Change("low state rises", f"w from 0 to {LOST:g}, positive reads", 1, 0.0, 0.0, "w", LOST),
    Change("high state falls", f"w from 1 to {1 - LOST:g}, negative reads", -1, 1.0, 0.0, "w", 1 - LOST),
    Change("filament appears", "no filament to one conductance quantum, positive reads", 1, 0.0, 0.0, "g", QUANTUM),
    Change(
        "filament fades", f"half the conductance of x = {FILAMENT:g}, negative reads", -1, 0.0, FILAMENT, "g", 0.5, True
    ),
)

NUCLEATION, TRANSFER = (0.1, 2.0), (0.2, 1.0)
"""v_nuc_int [V] and alpha [1]: what is published leaves all of it open. The rates at v_ref stay as they are."""


NO_RANGE = "range not known"


def disturb_plan(cell: CellParams, grid: Grid) -> Plan:
    """Four losses under a read that is never switched off, at the bench's 300 K."""
    voltages = grid.of(VOLTAGES)
    places = [(loss, voltage) for loss in LOSSES for voltage in voltages]
    experiments = [
        change_experiment(f"disturb-{loss.name.replace(' ', '-')}-{voltage:g}", cell, loss, voltage)
        for loss, voltage in places
    ]

    def dataset(found: Mapping[str, Mapping[str, Finding]]) -> xr.Dataset:
        shape, dims = (len(LOSSES), len(voltages)), ("loss", "voltage")
        simulated = switching_dataset(experiments, found, shape, dims)
        derived = np.array([expected_time(cell, *place) for place in places]).reshape(shape)
        bounds = np.array([_range(cell, *place) for place in places]).reshape(*shape, 2)
        return _dataset(simulated, derived, bounds, dims).assign_coords(
            loss=[loss.name for loss in LOSSES],
            voltage=("voltage", list(voltages), {"units": "V", "long_name": "magnitude of the read voltage"}),
        )

    return Plan(
        "read_disturb",
        f"Reads of {READ_TIME * 1e6:g} us until a cell has lost what was written, 300 K",
        "; ".join(f"{loss.name}: {loss.about}" for loss in LOSSES),
        tuple(experiments),
        dataset,
    )


def _range(cell: CellParams, loss: Change, voltage: float) -> tuple[float, float]:
    """Shortest and longest time over the open range of the interface's kinetics [s]; nan for the filament."""
    if loss.wave != "w":
        return (np.nan, np.nan)
    times = [
        expected_time(cell.replace(v_nuc_int=nucleation, alpha=transfer), loss, voltage)
        for nucleation, transfer in itertools.product(NUCLEATION, TRANSFER)
    ]
    return min(times), max(times)


def _dataset(simulated: xr.Dataset, derived: np.ndarray, bounds: np.ndarray, dims: tuple[str, ...]) -> xr.Dataset:
    """Reads, each simulated where the simulation saw the loss, else derived, else told to be beyond any use."""
    times = simulated["switching_time"].values
    seen = np.isfinite(times)

    def reads(values: np.ndarray, text: str) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
        kept = np.where(values <= CENTURY, values / READ_TIME, np.nan)
        return dims, kept, {"units": "1", "long_name": f"{text} of {READ_TIME * 1e6:g} us until the loss"}

    def told(values: np.ndarray, word: str) -> np.ndarray:
        return np.where(values <= CENTURY, word, BEYOND)

    over = f"v_nuc_int {NUCLEATION[0]:g} to {NUCLEATION[1]:g} V and alpha {TRANSFER[0]:g} to {TRANSFER[1]:g}"
    fewest, most = bounds[..., 0], bounds[..., 1]
    no_range = np.isnan(fewest)
    return xr.Dataset(
        {
            "reads": reads(np.where(seen, times, derived), "reads"),
            "status": (dims, np.where(seen, "simulated", told(derived, "derived"))),
            "derived_reads": reads(derived, "by quadrature of the declared rate: reads"),
            "fewest_reads": reads(fewest, f"derived, fewest over {over}: reads"),
            "fewest_status": (dims, np.where(no_range, NO_RANGE, told(fewest, "derived"))),
            "most_reads": reads(most, f"derived, most over {over}: reads"),
            "most_status": (dims, np.where(no_range, NO_RANGE, told(most, "derived"))),
            "searched": simulated["searched"],
        }
    )

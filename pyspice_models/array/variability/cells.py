"""Samples of cells: devices of a batch, cells of an array, cycles of a device."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability.causes import cycle_parameters, device_parameters
from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.params import MAX_SAMPLES, VariabilityParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.numeric import whole

Array = NDArray[np.float64]


def sample_devices(
    cell: CellParams, n: int, seed: int, variability: VariabilityParams | None = None
) -> dict[str, Array]:
    """Parameters of `n` devices of nominal parameters `cell`.

    Returns:
        Arrays of shape (n,) by parameter name, SI units; parameters that do not differ are left out.

    Raises:
        RequestError: `n` or `seed` is not a whole number in range, or a sample leaves a parameter's range.
    """
    n = whole(n, 1, MAX_SAMPLES, name="n")
    return device_parameters(cell.as_dict(), variability or VariabilityParams(), Deviates(seed, "device", (n,)))


def sample_array(
    cell: CellParams, shape: tuple[int, int], seed: int, variability: VariabilityParams | None = None
) -> dict[str, Array]:
    """Parameters of the cells of a crossbar, to be passed as `Crossbar(per_cell=...)`.

    The cells of a smaller crossbar are those of the upper left corner of a larger one.

    Args:
        shape: (rows, cols).

    Returns:
        Arrays of that shape by parameter name.

    Raises:
        RequestError: as `sample_devices`.
    """
    for name, size in zip(("rows", "cols"), shape, strict=True):
        whole(size, 1, MAX_SAMPLES, name=name)
    return device_parameters(cell.as_dict(), variability or VariabilityParams(), Deviates(seed, "array", tuple(shape)))


def sample_cycles(
    cell: CellParams, n: int, seed: int, variability: VariabilityParams | None = None, *, device: int = 0
) -> dict[str, Array]:
    """Parameters in `n` consecutive cycles of the device `cell`.

    Args:
        cell: the device, a sample of `sample_devices` or the nominal cell.
        device: number of the device, >= 0: each has its own sequence of cycles.

    Returns:
        Arrays of shape (n,) by parameter name.

    Raises:
        RequestError: as `sample_devices`.
    """
    n = whole(n, 1, MAX_SAMPLES, name="n")
    device = whole(device, 0, MAX_SAMPLES, name="device")
    return cycle_parameters(cell.as_dict(), variability or VariabilityParams(), Deviates(seed, f"cycle {device}", (n,)))


def sample_cell(cell: CellParams, samples: dict[str, Array], index: int) -> CellParams:
    """The complete parameters of one sample of `sample_devices` or `sample_cycles`."""
    return cell.replace(**{name: float(values[index]) for name, values in samples.items()})

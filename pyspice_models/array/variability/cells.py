"""Samples of cells: devices of a batch, cells of an array, cycles of a device."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability.deviates import Deviates
from pyspice_models.array.variability.params import MAX_SAMPLES, VariabilityParams
from pyspice_models.array.variability.shared import refuse_shared
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.numeric import whole

Array = NDArray[np.float64]
Cell = TypeVar("Cell", bound=ParameterSet)


def sample_devices(
    cell: ParameterSet, n: int, seed: int, variability: VariabilityParams | None = None
) -> dict[str, Array]:
    """Parameters of `n` devices of nominal parameters `cell`.

    Returns:
        Arrays of shape (n,) by parameter name, SI units; parameters that do not differ are left out.

    Raises:
        RequestError: `n` or `seed` is not a whole number in range, or a sample leaves a parameter's range, or the cell
            states no spread, or a part that cells of an array share.
    """
    n = whole(n, 1, MAX_SAMPLES, name="n")
    draw = Deviates(seed, "device", (n,))
    return model_of(cell).spreads().device(cell.as_dict(), _of_devices(variability), draw)


def sample_array(
    cell: ParameterSet, shape: tuple[int, int], seed: int, variability: VariabilityParams | None = None
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
    draw = Deviates(seed, "array", tuple(shape))
    return model_of(cell).spreads().device(cell.as_dict(), _of_devices(variability), draw)


def sample_cycles(
    cell: ParameterSet, n: int, seed: int, variability: VariabilityParams | None = None, *, device: int = 0
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
    draw = Deviates(seed, f"cycle {device}", (n,))
    return model_of(cell).spreads().cycle(cell.as_dict(), variability or VariabilityParams(), draw)


def _of_devices(variability: VariabilityParams | None) -> VariabilityParams:
    found = variability or VariabilityParams()
    refuse_shared(found)
    return found


def sample_cell(cell: Cell, samples: dict[str, Array], index: int) -> Cell:
    """The complete parameters of one sample of `sample_devices` or `sample_cycles`."""
    return cell.replace(**{name: float(values[index]) for name, values in samples.items()})

"""Parameters that a cell has for one pulse: the spreads between cycles of its own kind, drawn anew for each pulse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.fluctuation.draws import Draws, place_of
from pyspice_models.array.fluctuation.params import PULSES, FluctuationParams
from pyspice_models.array.variability.params import CUT, VariabilityParams
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]

_CAUSES = {"pulse_mobility": "cycle_mobility", "pulse_site": "cycle_site", "pulse_growth": "cycle_growth"}
_OWN = "pulse_own"


def spread_of_pulses(params: FluctuationParams) -> VariabilityParams:
    """The same as spreads between cycles, every other spread 0."""
    none = dict.fromkeys(VariabilityParams.quantities(), 0.0)
    return VariabilityParams(**none | {cycle: getattr(params, name) for name, cycle in _CAUSES.items()})


def pulse_deviates(
    params: FluctuationParams, cause: str, row: ArrayLike, col: ArrayLike, number: ArrayLike
) -> Array:  # fmt: skip
    """Standard normal deviates cut at `CUT`, of a cause for the pulses of these numbers of the cells there."""
    uniform, low = Draws(params.seed, f"pulse {cause}").uniform(place_of(row, col), number), scipy.special.ndtr(-CUT)
    return np.asarray(scipy.special.ndtri(low + (1 - 2 * low) * uniform))


def parameters_of_pulse(
    cell: ParameterSet, design: Mapping[str, Any], params: FluctuationParams, number: NDArray[np.int_]
) -> dict[str, Array]:
    """Parameters of the cells of an array during their pulses of these numbers.

    Args:
        cell: its kind, with nominal parameters.
        design: all its parameters as they are without pulses, numbers or arrays of shape (rows, cols).
        params: spreads and seed.
        number: of each cell's pulse, counted from 0, shape (rows, cols).

    Returns:
        Those that differ, by name, arrays of that shape [SI].

    Raises:
        RequestError: the cell states no spread between cycles, or a sample leaves a parameter's range.
    """
    row, col = np.indices(number.shape)

    def draw(cause: str, spread: float) -> Array:
        if spread == 0:
            return np.zeros(number.shape)
        scale = 1.0 if cause in _NAMES else params.pulse_own
        return scale * pulse_deviates(params, cause, row, col, number)

    return model_of(cell).spreads().cycle(design, spread_of_pulses(params), draw)


_NAMES = {"mobility", "site", "growth", "gap"}


def check_effect(cell: ParameterSet, params: FluctuationParams) -> None:
    """Refuse a spread from pulse to pulse by which nothing of this cell would ever differ.

    Raises:
        RequestError: see above; or the cell states no spread.
    """
    one = np.zeros((1, 1), dtype=int)
    for name in PULSES:
        if not (value := getattr(params, name)):
            continue
        alone = params.replace(**dict.fromkeys(PULSES, 0.0) | {name: value})
        model = model_of(cell)
        if model.spread is None:
            raise RequestError(
                f"fluctuation.{name} draws the kinetics of each pulse, and the cell {model.name!r} states no spread of "
                "them. Give a cell of your own [cell.parameters.NAME] with a cycle_spread, or set it to 0."
            )
        if not parameters_of_pulse(cell, cell.as_dict(), alone, one):
            declared = FluctuationParams.quantities()[name]
            raise RequestError.for_value(
                f"fluctuation.{name}", value, allowed="0",
                advice=f"Nothing of the cell {model.name!r} would move by it ({declared.about}).",
            )  # fmt: skip

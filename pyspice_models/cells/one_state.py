"""What cells with one state and one capacitance have in common: their records from nodes, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells.model import Shown, State
from pyspice_models.cells.spread import CellSpread
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError

Array = NDArray[np.float64]
Draw = Callable[[str, float], Array]

CHANGE = "change"
"""Name of the quantity that the state's node holds: how far the state is from its initial value."""


def shown(state: State) -> dict[str, Shown]:
    """What the forms of such a cell show; the subcircuit in units in which a tolerance on volts does them justice."""
    return {
        state.name: Shown("1", state.about),
        "g": Shown("S", "conductance I/V", {"subckt": 1e-6}),
        "p": Shown("W", "power dissipated in the cell"),
        "es": Shown("J", "energy stored in the cell's capacitance", {"subckt": 1e-15}),
    }


def from_nodes(
    state: State,
) -> Callable[[Any, Array, Array, Mapping[str, Array]], Mapping[str, Array]]:
    """State, power [W] and stored energy [J] from equations, the voltages of both terminals and the state's node."""

    def found(equations: Any, top: Array, bottom: Array, nodes: Mapping[str, Array]) -> Mapping[str, Array]:
        across = top - bottom
        now = getattr(equations.cell, state.initial) + nodes[CHANGE]
        return {
            state.name: equations.clip(now),
            "p": across * equations.current(across, now),
            "es": 0.5 * equations.c_geo * np.square(across),
        }

    return found


def lognormal_spread(
    kind: type[ParameterSet], device: Mapping[str, Mapping[str, float]], cycle: Mapping[str, Mapping[str, float]],
    *, slows: Mapping[str, int],
) -> CellSpread:  # fmt: skip
    """Spreads in which a cause multiplies parameters by a lognormal factor.

    Args:
        kind: of the parameters.
        device, cycle: by the cause's name in `array.variability.VariabilityParams` without its "device_" or "cycle_":
            the parameters that it moves, each with the power of the factor.
        slows: see `CellSpread`.
    """

    def moved(
        prefix: str, causes: Mapping[str, Mapping[str, float]]
    ) -> Callable[[Mapping[str, Any], Any, Draw], dict[str, Array]]:
        def sampled(cell: Mapping[str, Any], spreads: Any, draw: Draw) -> dict[str, Array]:
            logs: dict[str, Array] = {}
            for cause, powers in causes.items():
                spread = getattr(spreads, prefix + cause)
                deviates = spread * draw(cause, spread)
                for name, power in powers.items():
                    logs[name] = logs.get(name, np.zeros_like(deviates)) + power * deviates
            declared = kind.quantities()
            values = {name: cell[name] * np.exp(log) for name, log in logs.items() if log.any()}
            for name, array in values.items():
                declared[name].check(f"sampled {name}", array)
            return values

        return sampled

    return CellSpread(moved("device_", device), moved("cycle_", cycle), slows)


def refuse_reversed(cell: ParameterSet, low: str, high: str, unit: str) -> None:
    """Raise RequestError unless one parameter, a number or an array, is below another everywhere."""
    below, above = getattr(cell, low), getattr(cell, high)
    if not np.all(np.less(below, above)):
        raise RequestError.for_value(
            f"cell.{low}", float(np.max(below)), unit=unit, allowed=f"< {high}, {float(np.min(above)):g}"
        )

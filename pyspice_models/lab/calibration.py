"""How the calibrated parameters were found: the values that meet published rows of the device sheet, on the twin.

`calibrate` solves for the parameters that are marked `calibrated_to` in cells/ag2s; a test re-derives the committed
values with it. Targets are those of `published.py`, and rows are measured as the sheet does it (`measured.py`). Nothing
here is used in a simulation.
"""

from __future__ import annotations

import numpy as np
import scipy  # loads scipy.optimize where it is first used
from numpy.typing import NDArray

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.soft_bounds import SoftBounds
from pyspice_models.errors import SimulationError
from pyspice_models.lab.conditions import TRAIN, WIDTH
from pyspice_models.lab.measured import measured, measured_each
from pyspice_models.lab.published import target

Array = NDArray[np.float64]

SOLVED: dict[str, str] = {
    declared.calibrated_to: name for name, declared in CellParams.quantities().items() if declared.calibrated_to
}
"""By row, the parameter that was chosen to meet it."""

IN_TURN = ("recovery", "energy", "recovery", "energy", "vth_200")
"""The ionic branch takes a little of the energy, the window decides what 5 % of a read current are: in turns."""

_WINDOW = 10  # g_int_max over g_int_min
_TRIALS, _TURNS = 17, 2  # values that are tried side by side; how often, each time between the two that are nearest
_WITHIN = {"vth_200": 10.0}  # factor from the guess within which a value is looked for; else 1.5


def calibrate(start: CellParams | None = None) -> CellParams:
    """The parameters with every `calibrated_to` value solved for, and g_int_min; all others are those of `start`.

    Raises:
        SimulationError: a row is not met within a factor of 1.5 (rate_fil_set: 10) of the start, or a cell on the way
            does not show what is measured in it.
    """
    # pulses fill the window of a soft bound in TRAIN WIDTH seconds, with an exponent from two targets
    cell = _solve_bounds(start or CellParams())
    for row in IN_TURN:
        cell = _solve(cell, row)
    return cell


def _solve_bounds(cell: CellParams) -> CellParams:
    """Exponent of the soft bounds and ratio of the rates that give the symmetric point and the asymmetry."""

    def with_values(values: Array) -> CellParams:
        p, ratio = float(values[0]), float(values[1])
        empty, full, up = np.zeros(()), np.ones(()), np.array(True)
        rate = float(SoftBounds((1.0, 1.0), p).time(empty, full, up)) / (TRAIN * WIDTH)
        return cell.replace(p_int=p, rate_int_set=rate, rate_int_reset=ratio * rate)

    def miss(values: Array) -> list[float]:
        changed = with_values(values)
        return [measured(row, changed) - target(row).number for row in ("asymmetry", "sym_point_mid")]

    # where the pulses are infinitely small: 5/3 and ln(5/3)/ln(0.73/0.27)
    found = scipy.optimize.fsolve(miss, [0.514, 5 / 3], xtol=1e-4, epsfcn=1e-4)
    return with_values(found)


def _solve(cell: CellParams, row: str) -> CellParams:
    """The cell with the value of the row's parameter, near the present one, at which the row meets its target."""
    parameter, wanted, factor = SOLVED[row], target(row).number, _WITHIN.get(row, 1.5)
    low, high = np.log(getattr(cell, parameter)) + np.log(factor) * np.array([-1.0, 1.0])

    def put(log_value: float) -> CellParams:
        value = float(np.exp(log_value))
        window = {"g_int_min": value / _WINDOW} if parameter == "g_int_max" else {}
        return cell.replace(**{parameter: value}, **window)

    for _ in range(_TURNS):
        tried = np.linspace(low, high, _TRIALS)
        # rows are close to powers of their parameters: between logarithms the way is straight
        miss = np.log(np.array(measured_each(row, [put(value) for value in tried])) / wanted)
        passed = np.flatnonzero(miss[:-1] * miss[1:] <= 0)
        if len(passed) == 0:
            raise SimulationError(
                f"no {parameter} from {np.exp(low):.4g} to {np.exp(high):.4g} gives the row {row} its published number"
            )
        here = int(passed[0])
        low, high = tried[here], tried[here + 1]
    return put(low + (high - low) * miss[here] / (miss[here] - miss[here + 1]))

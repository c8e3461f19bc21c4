"""The fit's own unit of time: pulses of another width are the same pulses by a clock that runs otherwise.

Where all rates that act are fitted, a train with widths k times as long is the same problem with rates 1/k as large.
The fit counts time in the longest run of pulses, rounded, so that it is the same to the last bit whatever the width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.lab.fit.kinds import STILL, fittable
from pyspice_models.lab.fit.measured.train import Data, PulseTrain
from pyspice_models.lab.fit.model import Setup
from pyspice_models.lab.fit.roles import Conditions, is_logarithmic, role_of, solved_for

_DIGITS = 11  # of a width in that unit


@dataclass(frozen=True)
class Clock:
    """A unit of time, and the parameters that it scales.

    Attributes:
        unit: [s].
        powers: by which power of it each parameter in SI is that of the fit.
    """

    unit: float
    powers: dict[str, float]

    def seconds(self, name: str, value: float) -> float:
        """A parameter of the fit in SI."""
        return float(value * self.unit ** -self.powers.get(name, 0.0))


def timed(
    data: Sequence[Data], cell: ParameterSet, names: Sequence[str], setups: Sequence[Setup]
) -> tuple[tuple[Data, ...], ParameterSet, Clock]:  # fmt: skip
    """Data and cell by the fit's clock; as they are, by seconds, where something acts that is not fitted."""
    trains = [one for one in data if isinstance(one, PulseTrain)]
    still = all(getattr(cell, name, STILL) <= STILL for name in ("rate_fil_set", "rate_fil_reset"))
    if len(trains) < len(data) or len(model_of(cell).states) > 1 + still:
        return tuple(data), cell, Clock(1.0, {})
    conditions = Conditions.of(trains, setups)
    roles = {name: role_of(cell, name, conditions) for name in names}
    effects = np.array([role.rates for role in roles.values() if role.of_rates]).reshape(-1, 2)
    driven = [volt is not None for volt in (conditions.up, conditions.down)]
    unit = max(longest(trains, up=up) for up in (True, False))
    if np.linalg.matrix_rank(effects, tol=0.1) < sum(driven) or not unit > 0:
        return tuple(data), cell, Clock(1.0, {})
    scales = {
        name: round(sum(role.rates) / np.count_nonzero(role.rates), 5) for name, role in roles.items() if role.of_rates
    }
    if any(abs(abs(power) - 1) > 1e-3 for power in scales.values()):
        return tuple(data), cell, Clock(1.0, {})
    own = tuple(
        replace(train, width=np.array([float(f"{width:.{_DIGITS}g}") for width in train.width / unit]))
        for train in trains
    )
    spans = [longest(own, up=up) for up in (True, False)]
    if not all(driven):
        cell = _undriven(cell, names, conditions, unit)
    cell = solved_for(cell, names, conditions, rates=np.array([1 / span if span else np.nan for span in spans]))
    return own, cell, Clock(unit, {name: float(np.sign(power)) for name, power in scales.items()})


def _undriven(cell: ParameterSet, names: Sequence[str], conditions: Conditions, unit: float) -> ParameterSet:
    """The cell with the rates of the direction without pulses by the same clock: near a bound a little of them acts."""
    size = conditions.up or conditions.down or 0.0
    both = replace(conditions, up=abs(size), down=-abs(size))
    values = {}
    for name in fittable(cell):
        if name not in names and is_logarithmic(cell, name) and (role := role_of(cell, name, both)).of_rates:
            power = np.sign(sum(role.rates))
            values[name] = float(getattr(cell, name)) * unit ** float(power)
    return cell.replace(**values)


def longest(trains: Sequence[Data], *, up: bool) -> float:
    """Time under pulses of one direction in the longest run of them [s], weak pulses counting as strong ones do."""
    found = 0.0
    for train in trains:
        if not isinstance(train, PulseTrain):
            continue
        sign = np.where(train.stress > 0, np.sign(train.voltage), 0.0)
        row = 0
        for which, group in groupby(sign.tolist()):
            count = len(list(group))
            if which == (1.0 if up else -1.0):
                found = max(found, float(train.stress[row : row + count].sum()))
            row += count
    return found

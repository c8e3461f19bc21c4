"""How far devices and cycles in the data differ, in the terms of the table `[variability]`.

Every device gets deviations of its own, of the causes that the table knows; every cycle of a train, a set half and a
reset half, a factor on its rates. Of n such estimates, each with an uncertainty of its own, the spread is the one by
which they are likeliest (restricted maximum likelihood): what they scatter by because of noise is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.variability import VariabilityParams
from pyspice_models.cells.ag2s.spread import CellSpreadParams
from pyspice_models.cells.model import CellModel
from pyspice_models.cells.registry import model_of

Array = NDArray[np.float64]

CAUSES = ("mobility", "asymmetry", "interface", "nucleation")
"""Of a device, in the order in which they are looked for."""

LEAST = 3  # devices or cycles from which on a spread is told
_UNIT = 0.1  # spread at which a deviate is drawn: within every range
_SPREADS = np.concatenate([[0.0], np.geomspace(1e-4, 3.0, 400)])


@dataclass(frozen=True)
class Spread:
    """Of one cause.

    Attributes:
        key: of the table, or NAME.spread and NAME.cycle_spread of a parameter of a cell of one's own.
        value: standard deviation of the logarithm (of a nucleation voltage relative).
        low, high: ends of the interval that holds the truth 68 % of the time.
        count: devices or cycles behind it.
        deviations, errors: of each of them, and their standard uncertainties.
    """

    key: str
    value: float
    low: float
    high: float
    count: int
    deviations: Array = field(repr=False)
    errors: Array = field(repr=False)


@dataclass(frozen=True)
class Spreads:
    """Between devices and between cycles.

    Attributes:
        entries: what the data tell.
        foreign: the cell is one's own, and has its spreads beside its parameters.
    """

    entries: tuple[Spread, ...]
    foreign: bool = False

    def table(self) -> dict[str, float]:
        """The table `[variability]`: all spreads of cells, those that the data do not tell 0; empty for a foreign cell.

        One that is not told is contained in one that is, as the area is in the interface, or nothing is known of it.
        """
        if self.foreign:
            return {}
        told = {one.key: one.value for one in self.entries}
        own = (name for name in CellSpreadParams.quantities() if name.startswith(("device_", "cycle_")))
        declared = CellSpreadParams.quantities()
        return {name: min(told.get(name, 0.0), declared[name].high) for name in own}

    def params(self) -> VariabilityParams:
        """The table as what Monte Carlo takes; lines and drivers as by default."""
        return VariabilityParams.from_mapping(self.table())

    def text(self) -> str:
        """The table as TOML; for a foreign cell the tables of its parameters."""
        about = {one.key: _told(one) for one in self.entries}
        if self.foreign:
            lines = []
            for one in self.entries:
                name, which = one.key.split(".")
                lines += [f"[cell.parameters.{name}]", f"{which} = {one.value:.4g}    # {about[one.key]}", ""]
            return "\n".join(lines)
        rows = [
            f"{name} = {value:.4g}" + (f"    # {about[name]}" if name in about else "")
            for name, value in self.table().items()
        ]
        return "\n".join(
            ["[variability]", "# what has no comment is not told by the data, or contained in what is", *rows, ""]
        )


def _told(one: Spread) -> str:
    what = "cycles" if one.key.startswith("cycle_") or one.key.endswith("cycle_spread") else "devices"
    return f"68 %: {one.low:.3g} to {one.high:.3g}, {one.count} {what}"


def likeliest(
    deviations: Array, errors: Array, groups: NDArray[np.int_] | None = None
) -> tuple[float, float, float]:  # fmt: skip
    """Spread behind estimates with these standard uncertainties, and the ends of its 68 % interval.

    Restricted maximum likelihood: the mean of each group is not known.

    Args:
        deviations, errors: shape (estimate,).
        groups: number of the group of each; None: one for all.
    """
    groups = np.zeros(len(deviations), dtype=int) if groups is None else groups
    twice = np.zeros(len(_SPREADS))
    for group in np.unique(groups):
        own, error = deviations[groups == group], errors[groups == group]
        variance = _SPREADS[:, None] ** 2 + error**2
        weight = 1 / variance
        total = weight.sum(axis=1)
        mean = (weight * own).sum(axis=1) / total
        twice += np.log(variance).sum(axis=1) + np.log(total) + (weight * (own - mean[:, None]) ** 2).sum(axis=1)
    best = int(np.argmin(twice))
    within = np.flatnonzero(twice <= twice[best] + 1.0)
    return float(_SPREADS[best]), float(_SPREADS[within[0]]), float(_SPREADS[within[-1]])


@dataclass(frozen=True)
class Deviations:
    """What deviations of some causes make of a device's parameters, for a cell of any kind.

    Attributes:
        model: of the cell.
        causes: of `CAUSES`, or names of parameters of a foreign cell.
        foreign: which of the two.
    """

    model: CellModel
    causes: tuple[str, ...]
    foreign: bool

    def parameters(self, nominal: Mapping[str, Any], deviations: Array) -> dict[str, Array]:
        """Parameters that differ.

        Args:
            nominal: numbers, or arrays of shape (trial,), by name.
            deviations: shape (cause,), or (trial, cause).
        """
        own = {cause: np.atleast_1d(deviations[..., n]) for n, cause in enumerate(self.causes)}
        if self.foreign:
            return {name: np.asarray(nominal[name]) * np.exp(own[name]) for name in self.causes}
        none = dict.fromkeys((name for name in CellSpreadParams.quantities()), 0.0)
        spread = VariabilityParams.from_mapping({**none, **{f"device_{cause}": _UNIT for cause in self.causes}})
        size = max(len(values) for values in own.values())

        def draw(cause: str, spread: float) -> Array:
            return own[cause] / _UNIT if cause in own else np.zeros(size)

        return self.model.spreads().device(nominal, spread, draw)

    @classmethod
    def of(cls, cell: Any, names: tuple[str, ...], *, both_ways: bool, amplitudes: bool) -> Deviations | None:
        """Those that a cell states and data can tell; None where it states none.

        Args:
            cell: its parameters.
            names: of a foreign cell's positive scales that are fitted.
            both_ways: whether there are set and reset pulses.
            amplitudes: whether there are several.
        """
        model = model_of(cell)
        if hasattr(type(cell), "cell_spec"):
            return cls(model, names, True) if names else None
        if model.spread is None:
            return None
        able = []
        for cause in CAUSES:
            if (cause == "asymmetry" and not both_ways) or (cause == "nucleation" and not amplitudes):
                continue
            if cls(model, (cause,), False).parameters(cell.as_dict(), np.array([0.01])):
                able.append(cause)
        return cls(model, tuple(able), False) if able else None

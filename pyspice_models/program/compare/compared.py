"""What algorithms came to, side by side: a row of figures for each, and every cell by itself."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyspice_models.program.programmed import Programmed
from pyspice_models.units import show

FIGURES: Mapping[str, tuple[str, str]] = {
    "cells": ("", "of the array"),
    "missed_cells": ("", "whose last read is off their level by more than the tolerance: all that hardware knows"),
    "wrong_levels": ("", "cells that hold a conductance nearer to another level than to their own"),
    "given_up": ("", "cells that the algorithm gave up; the reasons are counted beside"),
    "largest_error": ("S", "largest distance of what a cell holds from its level"),
    "rms_error": ("S", "root mean square of it, of all cells that are not faulty"),
    "largest_error_levels": ("", "the largest in steps between levels"),
    "rms_error_levels": ("", "the root mean square in steps between levels"),
    "rounds": ("", "of writing"),
    "pulses": ("", "of all cells; a pulse that is given in pieces counts as these"),
    "most_pulses": ("", "of the cell that had most"),
    "time": ("s", "on the array, waits and reads included"),
    "pulse_time": ("s", "of all cells' own pulses"),
    "energy_supply": ("J", "drawn from all rails, reads included, with nothing taken back"),
    "energy_cell": ("J", "the mean of it by cell"),
    "largest_energy_cell": ("J", "of the cell that cost most"),
    "largest_disturb": ("S", "largest change of what a cell holds in a round without a pulse of its own"),
    "mean_disturb": ("S", "the mean over cells of each one's largest"),
}
"""Figures of an algorithm: unit, and what each is."""

CELL_COLUMNS = (
    "algorithm", "row", "col", "target [S]", "held [S]", "read [S]", "error [S]", "error [levels]", "pulses",
    "pulse_time [s]", "energy [J]", "disturb [S]", "off because",
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """What each algorithm came to.

    Attributes:
        programmed: by the name of the algorithm or variant, in order.
    """

    programmed: Mapping[str, Programmed]

    @property
    def done(self) -> bool:
        """Whether with every algorithm every cell reads its level, and none holds another."""
        return all(one.done for one in self.programmed.values())

    def figures(self) -> dict[str, dict[str, float]]:
        """By algorithm the `FIGURES` in SI; NaN where there is no such thing."""
        return {name: figures_of(one) for name, one in self.programmed.items()}

    def reasons(self) -> dict[str, dict[str, int]]:
        """By algorithm how many cells are off their level, or hold another, by reason; the most frequent first."""
        return {
            name: dict(Counter(one.why(place) for place in dict.fromkeys([*one.missed, *one.wrong])).most_common())
            for name, one in self.programmed.items()
        }

    def table(self) -> list[list[str]]:
        """For people: a head, and a row for each figure with its value for each algorithm."""
        every = self.figures()
        rows = [["", *every]]
        for key, (unit, _) in FIGURES.items():
            values = [one[key] for one in every.values()]
            if all(math.isfinite(value) for value in values):
                rows.append([_WORDS.get(key, key.replace("_", " ")), *(_told(value, unit) for value in values)])
        return rows

    def as_data(self) -> dict[str, Any]:
        """As JSON holds it: SI numbers with their units, null for what is not there."""
        return {
            name: {
                "converged": one.converged,
                "diverged": one.diverged,
                "kept_round": one.kept_round,
                "figures": {
                    key: {"value": value if math.isfinite(value) else None, "unit": FIGURES[key][0]}
                    for key, value in figures_of(one).items()
                },
                "off": self.reasons()[name],
            }
            for name, one in self.programmed.items()
        }

    def algorithms_csv(self) -> str:
        """A line for each algorithm, with its figures in SI."""
        heads = [
            "algorithm",
            *(f"{key} [{unit}]" if unit else key for key, (unit, _) in FIGURES.items()),
            "off because",
        ]
        reasons = self.reasons()
        rows = [
            [name, *(f"{value:.9g}" if math.isfinite(value) else "" for value in one.values()),
             "; ".join(f"{count} {why}" for why, count in reasons[name].items())]
            for name, one in self.figures().items()
        ]  # fmt: skip
        return _csv([heads, *rows])

    def cells_csv(self) -> str:
        """A line for each algorithm and cell."""
        return _csv([list(CELL_COLUMNS), *(row for name, one in self.programmed.items() for row in _cells(name, one))])


def figures_of(one: Programmed) -> dict[str, float]:
    """The `FIGURES` of what one algorithm came to, SI."""
    span, sound = one.scale.difference, ~one.faulty
    error = np.abs(one.held_error[sound]) if sound.any() else np.array([math.nan])
    step = float(np.diff(one.levels).min()) if len(one.levels) else math.nan
    rms = float(np.sqrt(np.mean(error**2)))
    return {
        "cells": float(one.target.size),
        "missed_cells": float(len(one.missed)),
        "wrong_levels": float(len(one.wrong)) if len(one.levels) else math.nan,
        "given_up": float(len(one.given_up)),
        "largest_error": float(span(error.max())),
        "rms_error": float(span(rms)),
        "largest_error_levels": float(error.max()) / step,
        "rms_error_levels": rms / step,
        "rounds": float(one.rounds),
        "pulses": float(one.pulses.sum()),
        "most_pulses": float(one.pulses.max()),
        "time": one.time,
        "pulse_time": one.pulse_time,
        "energy_supply": one.energy_supply,
        "energy_cell": float(one.energy_cells.mean()),
        "largest_energy_cell": float(one.energy_cells.max()),
        "largest_disturb": float(span(one.disturb.max())),
        "mean_disturb": float(span(one.disturb.mean())),
    }


def _cells(name: str, one: Programmed) -> Iterator[list[str]]:
    to, by = one.scale.conductances, one.scale.difference
    step = float(np.diff(one.levels).min()) if len(one.levels) else math.nan
    off = {*one.missed, *one.wrong}
    for row, col in np.ndindex(one.target.shape):
        at = row, col
        error = float(one.held_error[at])
        numbers = (
            float(to(one.target[at])), float(to(one.held[at])), float(to(one.read[at])), float(by(error)), error / step,
            float(one.pulses[at]), float(one.pulse_time_cells[at]), float(one.energy_cells[at]),
            float(by(one.disturb[at])),
        )  # fmt: skip
        yield [
            name, str(row), str(col), *(f"{value:.6g}" if math.isfinite(value) else "" for value in numbers),
            one.why(at) if at in off else "",
        ]  # fmt: skip


def _told(value: float, unit: str) -> str:
    if unit:
        return show(value, unit, 3)
    return f"{value:.0f}" if value == round(value) else f"{value:.2g}"


_WORDS = {
    "missed_cells": "cells off their level, as read", "wrong_levels": "cells that hold another level",
    "given_up": "cells given up", "largest_error": "largest error held", "rms_error": "r.m.s. error held",
    "largest_error_levels": "largest error in levels", "rms_error_levels": "r.m.s. error in levels",
    "energy_supply": "energy from the supplies", "energy_cell": "energy of a cell, mean",
    "largest_energy_cell": "energy of a cell, largest", "largest_disturb": "disturb by others, largest",
    "mean_disturb": "disturb by others, mean", "most_pulses": "pulses of a cell, most",
}  # fmt: skip


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

"""Rows of the device sheet for any one cell, on the twin: what calibrated parameters were solved for.

Each row has the sheet's own benches, and the sheet's own function from their waves to its number. What follows after
the last moment that the function looks at is left out; so are rows that need many cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.lab.characterize import loops, pulses
from pyspice_models.lab.characterize.experiment import CellWaves
from pyspice_models.lab.characterize.run import side_by_side
from pyspice_models.stimulus.cell_bench import CellBench

Benches = Callable[[CellParams], tuple[CellBench, ...]]


@dataclass(frozen=True)
class _Row:
    """How a row's number is had: benches around the cell, and from their waves the number."""

    benches: Benches
    number: Callable[[Sequence[CellWaves]], float]


def _film(nanometres: float) -> Benches:
    return lambda cell: (loops.ramp_bench(cell.replace(thickness=nanometres * 1e-9), loops.HIGHEST),)


_ROWS = {
    "energy": _Row(pulses.potentiation_benches, lambda waves: pulses.pulse_energy(waves[0], pulses.TRAIN)),
    "sym_point_mid": _Row(pulses.pair_benches, pulses.balance_point),
    "asymmetry": _Row(pulses.asymmetry_benches, lambda waves: pulses.asymmetry(*waves)),
    "potentiation_window": _Row(pulses.potentiation_benches, lambda waves: pulses.window_covered(waves[0])),
    "recovery": _Row(lambda cell: (pulses.recovery_bench(cell),), lambda waves: pulses.recovery_time(waves[0])),
    "vth_200": _Row(_film(200), lambda waves: loops.paper_threshold(waves[0])),
    "vth_250": _Row(_film(250), lambda waves: loops.paper_threshold(waves[0])),
}

MEASURED = tuple(_ROWS)
"""Rows that can be had."""


def measured(row: str, cell: CellParams) -> float:
    """The simulated number of a row, in its unit and sign.

    Args:
        row: one of MEASURED. `sym_point_mid` is what it tends to with the number of pairs, whatever the start.
        cell: of which film and size `vth_...` says, or the cell itself.

    Raises:
        RequestError: another row.
        SimulationError: the cell does not show it, as one that does not set.
    """
    found = _of(row)
    return found.number(_waves(found.benches, cell))


def measured_each(row: str, cells: Sequence[CellParams]) -> list[float]:
    """`measured` of many cells in one run: NumPy's cost is in the number of time steps, hardly in that of cells."""
    found = _of(row)
    benches = [found.benches(cell) for cell in cells]
    waves = iter(side_by_side([bench for each in benches for bench in each]))
    return [found.number([next(waves) for _ in each]) for each in benches]


def _of(row: str) -> _Row:
    if row not in _ROWS:
        raise RequestError.for_value("row", row, allowed=", ".join(_ROWS))
    return _ROWS[row]


@lru_cache(maxsize=8)  # rows of the same benches are asked for one after the other
def _waves(benches: Benches, cell: CellParams) -> tuple[CellWaves, ...]:
    return tuple(side_by_side(benches(cell)))

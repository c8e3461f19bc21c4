"""Faults of a crossbar: cells that are stuck or not connected, lines that are open or shorted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.places import uniform_at_places
from pyspice_models.declare.quantity import ParameterSet, quantity
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED, as_wholes, is_several, whole
from pyspice_models.units import number

Places = tuple[tuple[int, int], ...]
_ROUNDING = 1e-9  # odds that are written with decimals may add up to a little more than 1

CELL_FAULTS = ("stuck_on", "stuck_off", "open_cells")
LINE_FAULTS = ("open_words", "open_bits", "shorted_words", "shorted_bits")


@dataclass(frozen=True)
class Faults(ParameterSet):
    """What is broken, by place (row, col).

    A broken cell is a resistor in the place of the cell, with the capacitance of its two electrodes beside it; it has
    its conductance at every temperature and area, and its states stay where they began.

    Attributes:
        stuck_on, stuck_off: cells whose conductance is g_on or g_off for good.
        open_cells: cells whose contact is open.
        open_words: the segment of the word line before this crossing is open; at column 0 that is its driver's contact.
        open_bits: the segment of the bit line after this crossing is open; in the last row that is its sense circuit's.
        shorted_words: this word line touches the next one here.
        shorted_bits: this bit line touches the next one here.
    """

    stuck_on: Places = ()
    stuck_off: Places = ()
    open_cells: Places = ()
    open_words: Places = ()
    open_bits: Places = ()
    shorted_words: Places = ()
    shorted_bits: Places = ()
    g_on: float = quantity(
        1e-3, "S", above=0, high=0.1, tag="assumed", source="a filament at 100 uA compliance (S8)",
        about="conductance of a cell that is stuck on",
    )  # fmt: skip
    g_off: float = quantity(
        1e-12, "S", above=0, high=0.1, tag="assumed", source="far below a cell that is off",
        about="conductance of a cell that is stuck off",
    )  # fmt: skip
    g_open: float = quantity(
        1e-15, "S", above=0, high=1e-9, tag="assumed", source="leakage: no node may float",
        about="what is left of an open contact or segment",
    )  # fmt: skip
    r_short: float = quantity(
        100.0, "ohm", above=0, high=1e9, tag="assumed", source="a bridge of line metal",
        about="resistance between shorted lines",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Check ranges, that no place is named twice, and that no cell has two faults."""
        super().__post_init__()
        seen: dict[tuple[int, int], str] = {}
        for name in (*CELL_FAULTS, *LINE_FAULTS):
            places = _places(name, getattr(self, name))
            object.__setattr__(self, name, places)
            if len(set(places)) < len(places):
                twice = next(place for n, place in enumerate(places) if place in places[:n])
                raise RequestError(f"faults.{name} names {twice} twice")
            if name in CELL_FAULTS:
                for place in places:
                    if place in seen:
                        raise RequestError(f"faults.{name} and faults.{seen[place]} both name the cell {place}")
                    seen[place] = name

    def check(self, shape: tuple[int, int]) -> None:
        """Raise RequestError unless every fault lies inside an array of this shape."""
        rows, cols = shape
        inside = {
            "shorted_words": ((0, 0), (rows - 1, cols)),
            "shorted_bits": ((0, 0), (rows, cols - 1)),
        }
        for name in (*CELL_FAULTS, *LINE_FAULTS):
            low, high = inside.get(name, ((0, 0), shape))
            for place in getattr(self, name):
                if not all(a <= n < b for a, n, b in zip(low, place, high, strict=True)):
                    raise RequestError.for_value(
                        f"faults.{name}", place, allowed=f"row {low[0]} to {high[0] - 1}, col {low[1]} to {high[1] - 1}"
                    )

    @property
    def on_lines(self) -> bool:
        """Whether any line is broken."""
        return any(getattr(self, name) for name in LINE_FAULTS)

    def cells(self, shape: tuple[int, int]) -> np.ndarray:
        """True where a cell is faulty, shape (rows, cols)."""
        return ~np.isnan(self.conductances(shape))

    def conductances(self, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Conductance of every faulty cell, NaN at the others, shape (rows, cols) [S]."""
        g = np.full(shape, np.nan)
        for place, value in self.resistors.items():
            g[place] = value
        return g

    @property
    def resistors(self) -> dict[tuple[int, int], float]:
        """Conductance of every broken cell by its place [S]."""
        values = {"stuck_on": self.g_on, "stuck_off": self.g_off, "open_cells": self.g_open}
        return {place: value for name, value in values.items() for place in getattr(self, name)}

    @classmethod
    def sample(cls, shape: tuple[int, int], seed: int, **odds: float) -> Faults:
        """Faults at random: each cell, segment or pair of neighbours has the given odds, for example stuck_on=0.01.

        A cell gets at most one fault of its own, each with exactly its odds. Whether a place is broken depends on the
        seed and the place alone: an array of another shape keeps the faults of the cells that both have.

        Raises:
            RequestError: an unknown kind, odds outside [0, 1], or odds of a cell that add up to more than 1.
        """
        seed = whole(seed, 0, MAX_SEED, name="faults.seed")
        found: dict[str, Any] = {}
        kinds = (*CELL_FAULTS, *LINE_FAULTS)
        for name in odds:
            if name not in kinds:
                raise RequestError.for_value("kind of fault", name, allowed=f"one of {', '.join(kinds)}")
        shares = {name: _odds(name, odds.get(name, 0.0)) for name in kinds}
        total = sum(shares[name] for name in CELL_FAULTS)
        if total > 1 + _ROUNDING:
            raise RequestError.for_value(
                f"odds of faults.{', '.join(name for name in CELL_FAULTS if shares[name])} together", total,
                allowed="<= 1: a cell has one fault",
            )  # fmt: skip
        sound, left = np.ones(shape, dtype=bool), 1.0
        # a stream of its own for each kind: the odds of a kind do not move the places of others, but for cells that
        # two of them would have broken
        for name, share in shares.items():
            if share == 0:
                found[name] = ()
                continue
            drawn = uniform_at_places(seed, f"fault {name}", shape)
            if name in CELL_FAULTS:
                # among those that are sound so far: the odds of the whole are then those that were asked for
                hit = sound & (drawn * left < share)
                sound &= ~hit
                left = max(left - share, 0.0)
            else:
                hit = drawn < share
                if name == "shorted_words":
                    hit[-1, :] = False  # the last line has no next one
                elif name == "shorted_bits":
                    hit[:, -1] = False
            found[name] = tuple((int(r), int(c)) for r, c in np.argwhere(hit))
        return cls(**found)

    @classmethod
    def places(cls) -> set[str]:
        """Names of the fields that hold places."""
        return {f.name for f in fields(cls)} - set(cls.quantities())


def _odds(name: str, given: object) -> float:
    share = number(given, "", name=f"odds of faults.{name}", allowed=">= 0 and <= 1")
    if not 0 <= share <= 1:
        raise RequestError.for_value(f"odds of faults.{name}", share, allowed=">= 0 and <= 1")
    return share


def _places(name: str, given: Any) -> Places:
    """The given places as tuples of Python's own whole numbers."""
    try:
        places = [as_wholes(place) if is_several(place) else None for place in given]
    except TypeError:  # nothing that has places in it
        places = [None]
    found = tuple((place[0], place[1]) for place in places if place is not None and len(place) == 2)
    if len(found) < len(places):
        raise RequestError.for_value(f"faults.{name}", given, allowed="a list of [row, col]")
    return found

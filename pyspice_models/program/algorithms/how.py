"""What every algorithm of closed-loop programming may be told: the keys of `[programming]` that are not its own."""

from __future__ import annotations

from dataclasses import dataclass

from pyspice_models.declare.quantity import ParameterSet, choice, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.base import Algorithm
from pyspice_models.program.algorithms.layout import FORECAST, ORDERS, Layout

CORRECTIONS = ("none", "lines")
"""What may be taken back of reads."""


@dataclass(frozen=True)
class How(ParameterSet):
    """How pulses are laid out, how often is read, and when a cell or the whole loop is given up."""

    pulses: str = choice(
        "auto", "auto", "cells", "rows",
        about="one cell after another, or all cells of a row that need the same sign and voltage at once; auto: as the "
        "algorithm has it",
    )  # fmt: skip
    order: str = choice(
        "auto", "auto", *ORDERS, FORECAST,
        about="of the pulses of a round; forecast: that of the others which is forecast to draw least energy; auto: "
        "forecast for least-energy and least-disturb, else rows",
    )  # fmt: skip
    grain: float = quantity(
        0.2, "", low=0, high=1, tag="assumed", source="as far as the speeds of cells differ by the default spread",
        about="widths within a row that differ by less than this share count as one, their middle",
    )  # fmt: skip
    band: float = quantity(
        1.0, "", low=0, high=1, tag="assumed", source="choice of the user",
        about="share of the tolerance beyond which cells get a pulse too, while others of their row get one of the "
        "same sign; 1: cells off their level alone",
    )  # fmt: skip
    correct: str = choice(
        "none", *CORRECTIONS,
        about="of what reads show; lines: what nominal lines, drivers and sense circuits take is reckoned back",
    )  # fmt: skip
    reads: int = whole_quantity(1, low=1, high=100, about="reads of the array after each round, averaged")
    rounds: int = whole_quantity(
        0, low=0, high=1000,
        about="most rounds; 0: those of write_verify.rounds, and of an algorithm that takes many small pulses its own "
        "number",
    )  # fmt: skip
    patience: int = whole_quantity(
        0, low=0, high=1000,
        about="rounds in a row without fewer cells off their level, or a smaller error of them, after which the loop "
        "counts as diverging and ends with the best state; 0: it goes on",
    )  # fmt: skip
    turns: int = whole_quantity(
        0, low=0, high=1000,
        about="how often a cell may go past its level before it is given up; 0: as often as it likes",
    )  # fmt: skip
    most_pulses: int = whole_quantity(0, low=0, high=100_000, about="pulses after which a cell is given up; 0: none")

    def layout(self, algorithm: Algorithm, shortest: float) -> Layout:
        """Of the pulses of this algorithm, none of them shorter than this [s]."""
        rows = algorithm.parallel if self.pulses == "auto" else self.pulses == "rows"
        order = self.order_of(algorithm)
        return Layout(rows, ORDERS[0] if order == FORECAST else order, self.grain, shortest)

    def order_of(self, algorithm: Algorithm) -> str:
        """Of the pulses of this algorithm, one of `ORDERS` or `FORECAST`."""
        return algorithm.order if self.order == "auto" else self.order

    def most_rounds(self, algorithm: Algorithm, budget: int) -> int:
        """Rounds of this algorithm, where `[write_verify]` asks for so many."""
        return self.rounds or algorithm.usual_rounds or budget

    def check(self, rounds: int) -> None:
        """Raise RequestError for limits that contradict each other; `rounds` are the most there may be."""
        if self.patience >= rounds:
            raise RequestError.for_value(
                "programming.patience", self.patience, allowed=f"0, or 1 to {rounds - 1}",
                advice=f"The limits contradict each other: the loop ends after {rounds} rounds anyway.",
            )  # fmt: skip
        if self.turns >= rounds:
            raise RequestError.for_value(
                "programming.turns", self.turns, allowed=f"0, or 1 to {rounds - 1}",
                advice=f"The limits contradict each other: no cell turns that often in {rounds} rounds.",
            )  # fmt: skip

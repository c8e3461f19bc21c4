"""Algorithms that reckon with the film's kinetics, and learn from each pulse how fast a cell answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.algorithms.base import SILENT, SOUND, Algorithm, Array, Known, Memory, Pulses
from pyspice_models.program.correction import Responses


@dataclass(frozen=True)
class Kinetic(Algorithm):
    """The width that the kinetics of this very cell suggest, as far as its pulses have told them."""

    def begin(self, shape: tuple[int, int]) -> Memory:
        """No pulse has told anything."""
        return remembered(Responses.none(shape))

    def voltage(self, known: Known, memory: Memory) -> float:
        """Of all pulses of this round [V]."""
        return known.voltage

    def believed(self, known: Known, memory: Memory) -> Responses:
        """Speeds that widths are reckoned with."""
        return responses(memory)

    def pulses(self, known: Known, memory: Memory, chosen: NDArray[np.bool_]) -> tuple[Pulses, Memory]:
        """A pulse for each chosen cell, as wide as takes it to its level in one go."""
        volts = self.voltage(known, memory)
        wanted = self.believed(known, memory).widths(
            known.bounds(volts), known.read, known.target, known.shortest, longest(known, volts)
        )
        return Pulses(np.where(chosen, wanted, 0.0), np.full(chosen.shape, volts), known.up), memory

    def after(self, known: Known, memory: Memory, given: Pulses, level: Array) -> Memory:
        """Speeds as the pulses told them."""
        worth = max(2 * known.tolerance, 8 * known.noise)
        bounds = known.bounds(known.voltage)
        width = as_at(known, given)
        learned = responses(memory).after(
            bounds, width, given.others, known.read, level, known.target, worth, known.noise
        )
        return {**memory, **remembered(learned)}

    def given_up(self, known: Known, memory: Memory) -> NDArray[np.int_]:
        """Cells that stood still under three pulses of the sign they need, one after the other."""
        return np.where(responses(memory).silent(known.up), SILENT, SOUND)


def longest(known: Known, voltage: float) -> Array:
    """Longest pulse of each cell at a voltage [s], shape (rows, cols).

    Above `Known.voltage` it is what does there as much as the longest does at that one: a cell that does not answer
    would else drag all others along.
    """
    at, there = known.bounds(known.voltage).rates, known.bounds(voltage).rates
    same = known.longest * np.where(known.up, at[0] / there[0], at[1] / there[1])
    return np.clip(same, known.shortest, known.longest)


def as_at(known: Known, given: Pulses) -> Array:
    """Widths that would do the same at `Known.voltage` [s], by the nominal kinetics; shape (rows, cols)."""
    if (given.voltage == known.voltage).all():
        return given.width
    found = given.width.copy()
    at = known.bounds(known.voltage).rates
    for volts in np.unique(given.voltage[given.width > 0]):
        rates = known.bounds(float(volts)).rates
        ratio = np.where(given.up, rates[0] / at[0], rates[1] / at[1])
        found = np.where(given.voltage == volts, given.width * ratio, found)
    return found


def responses(memory: Memory) -> Responses:
    """What is remembered of cells' answers."""
    return Responses(
        np.asarray(memory["speed"], dtype=float), np.asarray(memory["still"], dtype=int),
        np.asarray(memory["disturbed"], dtype=bool),
    )  # fmt: skip


def remembered(known: Responses) -> Memory:
    """The same as arrays by name."""
    return {"speed": known.speed, "still": known.still, "disturbed": known.disturbed}


def faster(known: Responses, speed: Array) -> Responses:
    """With speeds for cells of which no pulse has told, shape (2,) or (2, rows, cols)."""
    some = np.broadcast_to(np.reshape(speed, (2, *(1,) * (known.speed.ndim - 1))) if np.ndim(speed) == 1 else speed,
                           known.speed.shape)  # fmt: skip
    untold = np.isnan(known.speed) & np.isnan(known.speed[::-1])
    return replace(known, speed=np.where(untold, some, known.speed))

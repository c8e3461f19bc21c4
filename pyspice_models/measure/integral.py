"""Integrals over time, summed as the simulator integrated; and values at a moment.

Measures work on bare arrays of shape (time, ...): a run must not take longer to measure than to simulate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.stimulus.timeline import nearest

Array = NDArray[np.float64]

_ENDS = ("v_word_source", "v_bit_source", "v_gate_source", "g_word_driver", "g_bit_driver")


@dataclass(frozen=True)
class Span:
    """The part of a run between two of its samples.

    Attributes:
        dataset: the run.
        part: the samples inside.
        left, right: weights of the ends of each step between them, shape (sample - 1,) [s].
    """

    dataset: xr.Dataset
    part: slice
    left: Array
    right: Array

    @classmethod
    def of(cls, dataset: xr.Dataset, start: float, stop: float) -> Span:
        """Between the samples that are nearest to two moments [s]."""
        first, last = nearest(wave(dataset, "time"), (start, stop))
        part = slice(int(first), int(last) + 1)
        left, right = (wave(dataset, f"weight_{end}")[part][:-1] for end in ("left", "right"))
        return cls(dataset, part, left, right)

    def __getitem__(self, name: str) -> Array:
        """A wave inside the span, shape (sample, ...)."""
        return wave(self.dataset, name)[self.part]

    def __contains__(self, name: str) -> bool:
        """Whether the run has such a wave."""
        return name in self.dataset.variables

    def integral(self, values: Array) -> Array:
        """Integral of `values`, shape (sample, ...), over the span; the other dimensions stay."""
        return np.asarray(np.tensordot(self.weights, values, axes=1))

    @property
    def weights(self) -> Array:
        """Of every sample inside in an integral, shape (sample,) [s]."""
        weights = np.zeros(self.part.stop - self.part.start)
        weights[:-1] += self.left
        weights[1:] += self.right
        return weights

    def work(self, voltage: Array, current: Array) -> float:
        """Energy of all branches together, voltages and currents of shape (sample, ...) [J]."""
        return float(self.works(voltage, current).sum())

    def efforts(self, voltage: Array, current: Array) -> Array:
        """The same of each branch in each step, without its sign, shape (sample - 1, branch) [J]."""
        v, i = voltage.reshape(len(voltage), -1), current.reshape(len(current), -1)
        charge = self.left[:, None] * i[:-1] + self.right[:, None] * i[1:]
        return np.abs(0.5 * (v[:-1] + v[1:]) * charge)

    def works(self, voltage: Array, current: Array) -> Array:
        """Energy of all branches together in each step, voltages and currents of shape (sample, ...) [J].

        With trapezoids each step contributes its mean voltage times the charge that the simulator moved. Mean voltages
        keep Kirchhoff's voltage law and those charges his current law, so that the charging of capacitances in a few
        steps leaves no gap between what sources give and what is stored (Tellegen); a sum of v i at the samples would.
        While a source ramps, voltage and current are taken as straight lines (Simpson's rule): means would lose a
        twelfth of the product of both changes. Elsewhere those changes are charging that rings, and means even it out.
        """
        v, i = voltage.reshape(len(voltage), -1), current.reshape(len(current), -1)
        mean = 0.5 * (v[:-1] + v[1:])
        moved = (np.einsum("tk,tk->t", mean, end) for end in (i[:-1], i[1:]))
        energy = np.asarray(sum(weight * power for weight, power in zip((self.left, self.right), moved, strict=True)))
        ramp = self.ramps
        changes = (of[1:][ramp] - of[:-1][ramp] for of in (v, i))
        energy[ramp] += self.left[ramp] / 6 * np.einsum("tk,tk->t", *changes)
        return energy

    def work_each(self, voltage: Array, current: Array) -> Array:
        """Energy of each branch over the span, as `works` sums it; both of shape (sample, ...) [J]."""
        mean = 0.5 * (voltage[:-1] + voltage[1:])
        ends = (self.left, current[:-1]), (self.right, current[1:])
        energy = sum(np.tensordot(weight, mean * end, axes=1) for weight, end in ends)
        ramp = self.ramps
        changes = np.diff(voltage, axis=0)[ramp] * np.diff(current, axis=0)[ramp]
        return np.asarray(energy + np.tensordot(self.left[ramp] / 6, changes, axes=1))

    def ohmic(self, power: Array, sign: Array) -> Array:
        """Integral of a power that is the square of something straight, both of shape (sample, ...); as `integral`.

        The power of a conductance under a ramp is a parabola, of which trapezoids take too much.

        Args:
            power: at the samples, not negative [W].
            sign: of what is squared, a voltage.
        """
        return self.ohmic_of(power, bends(power, sign))

    def ohmic_of(self, power: Array, bends: Array) -> Array:
        """The same with what `bends` says of these samples, shape (sample - 1, ...)."""
        step = np.where(self.left > 0, self.left, 0.0)
        less = np.tensordot(step / 3, bends, axes=1)
        return np.asarray(self.integral(power) - less)

    @cached_property
    def ramps(self) -> NDArray[np.bool_]:
        """Steps in which a source or a switch at a line's end changes, shape (sample - 1,)."""
        if "v_rail" in self:  # rails stand still, and what a switch lets through charges lines
            return np.zeros(len(self.left), dtype=bool)
        changing = [np.diff(self[name], axis=0).any(axis=1) for name in _ENDS if name in self]
        return np.asarray(np.any(changing, axis=0))


def bends(power: Array, sign: Array) -> Array:
    """Square of the change, in each step, of what a power is the square of; arguments as of `Span.ohmic`."""
    root = np.sign(sign) * np.sqrt(np.maximum(power, 0.0))
    return np.square(np.diff(root, axis=0))


def wave(dataset: xr.Dataset, name: str) -> Array:
    """The numbers of a variable, without its labels."""
    variable = dataset.variables[name]
    if not isinstance(variable, xr.IndexVariable):
        return np.asarray(variable.values)
    # pandas takes longer over an axis than a measure over what it does with it, and is asked for time again and again
    global _axis
    known, numbers = _axis
    if known is not variable:
        numbers = np.asarray(variable.values)
        _axis = variable, numbers
    return numbers


_axis: tuple[Any, Array] = (None, np.empty(0))
"""The axis that was asked for last, and its numbers; an axis never changes."""


def at(dataset: xr.Dataset, values: str | Array, moment: float) -> Array:
    """Values at a moment of the run [s], between two samples on a straight line; the other dimensions stay.

    Args:
        dataset: the run.
        values: name of a wave, or an array of shape (time, ...).
        moment: inside the run.
    """
    time = wave(dataset, "time")
    every = wave(dataset, values) if isinstance(values, str) else values
    k = min(max(int(np.searchsorted(time, moment)), 1), len(time) - 1)
    slope = (every[k] - every[k - 1]) / (time[k] - time[k - 1])
    return np.asarray(every[k - 1] + slope * (min(max(moment, time[0]), time[-1]) - time[k - 1]))

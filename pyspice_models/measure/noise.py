"""Noise of a sense circuit, and how often it takes a one for a zero: closed forms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array.sensing import SensingParams
from pyspice_models.declare.constants import boltzmann

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SenseNoise:
    """Root mean squares of what adds to a sensed current, all referred to the input; shape of the current [A].

    Attributes:
        cell: thermal noise of all that the bit line shows the amplifier, (4 k T G B)^(1/2).
        flicker: of the read cell beyond that, a share of its current.
        feedback: thermal noise of the feedback resistor, (4 k T B/R)^(1/2).
        amplifier: voltage noise over G + 1/R and over the input capacitance, e (Y^2 B + (2 pi C)^2 B^3/3)^(1/2).
        offset: the same of offset voltages, from amplifier to amplifier: V (G + 1/R).
        quantization: of the converter, a step over the root of 12.
    """

    cell: Any
    flicker: Any
    feedback: Any
    amplifier: Any
    offset: Any
    quantization: Any

    @property
    def each_read(self) -> Any:
        """What is new in each read, without the converter [A]."""
        parts = (self.cell, self.flicker, self.feedback, self.amplifier)
        return np.sqrt(sum(np.square(part) for part in parts))

    @property
    def random(self) -> Any:
        """The same with what differs from amplifier to amplifier, the offset [A]."""
        return np.hypot(self.each_read, self.offset)

    @property
    def total(self) -> Any:
        """All of it [A]."""
        return np.sqrt(np.square(self.random) + np.square(self.quantization))


@dataclass(frozen=True)
class Sensing:
    """A sense circuit at a temperature.

    Attributes:
        params: noise, offset, converter.
        r_feedback: of the transimpedance amplifier [ohm].
        temperature: of the circuit and the array [K].
        full_scale: current of the converter's full scale [A].
    """

    params: SensingParams
    r_feedback: float
    temperature: float
    full_scale: float

    @property
    def step(self) -> float:
        """The converter's [A]."""
        return self.full_scale / 2.0**self.params.bits

    def noise(self, current: ArrayLike, conductance: ArrayLike) -> SenseNoise:
        """Noise of a read.

        Args:
            current: into the sense circuit, of the read cell [A].
            conductance: of all that the bit line shows the amplifier, same shape [S].
        """
        p, g = self.params, np.asarray(conductance, dtype=float)
        thermal = 4 * boltzmann * self.temperature * p.bandwidth
        load = g + 1 / self.r_feedback
        capacitive = (2 * math.pi * p.input_capacitance) ** 2 * p.bandwidth**3 / 3
        return SenseNoise(
            cell=np.sqrt(thermal * g),
            flicker=p.cell_noise * np.abs(np.asarray(current, dtype=float)),
            feedback=math.sqrt(thermal / self.r_feedback),
            amplifier=p.voltage_noise * np.sqrt(load**2 * p.bandwidth + capacitive),
            offset=p.offset * load,
            quantization=self.step / math.sqrt(12),
        )

    def decision(self, threshold: float) -> float:
        """The edge between two codes that is nearest to a threshold current: from there on a code is a one [A]."""
        if self.step == 0:  # nothing is applied: all currents are one code
            return 0.0
        codes = round(threshold / self.step)
        return min(max(codes, 1), 2 ** int(self.params.bits) - 1) * self.step

    def error_odds(self, current: ArrayLike, one: ArrayLike, noise: SenseNoise, threshold: ArrayLike) -> Array:
        """Odds that a bit is read wrongly, for normal noise and offset: Q(distance to the deciding edge over r.m.s.).

        Args:
            current: magnitudes into the sense circuit [A].
            one: whether each is a one, same shape.
            noise: of each, same shape.
            threshold: current that ones should exceed [A], one for all or one for each.
        """
        edges = np.vectorize(self.decision, otypes=[float])(threshold)
        distance = np.asarray(current, dtype=float) - edges
        towards = np.where(one, distance, -distance)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(
                scipy.special.ndtr(-np.where(noise.random > 0, towards / noise.random, np.copysign(np.inf, towards)))
            )


def noise_ratio(one: float, zero: float, noise_one: float, noise_zero: float) -> float:
    """Signal-to-noise ratio of a bit in decibel: 20 log10 of (I_one - I_zero)/(noise_one + noise_zero).

    The ratio is the field's Q factor; odds of Q(ratio) follow for normal noise with the best threshold. Minus infinity
    where a zero gives as much as a one.
    """
    return 20 * math.log10((one - zero) / (noise_one + noise_zero)) if one > zero else -math.inf

"""A network whose layers are arrays: products through the circuit, amplifiers and converters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.array.fluctuation import FluctuationParams, RunningNoise, fluctuation_of
from pyspice_models.array.levels import Scale
from pyspice_models.array.places import stream_of, uniform_at_places
from pyspice_models.measure.noise import Sensing
from pyspice_models.program.inference.causes import CONVERTERS, NOISE, Condition
from pyspice_models.program.inference.cells import Answering
from pyspice_models.program.inference.floats import Floats
from pyspice_models.program.inference.mapping import Block, Mapped
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.network import Activation

Array = NDArray[np.float64]

_SMALLEST = 1e-16
"""A uniform number may be 0, whose normal deviate is infinite."""


@dataclass(frozen=True)
class Reading:
    """How arrays are read.

    Attributes:
        window: conductances of the levels 0 and 1.
        voltage: of a read, as it is meant to be [V].
        sense: amplifiers of the bit lines; their converters are not used.
        converters: see `Converters`.
        seed: of noise and offsets.
        fluctuation: noise of the cells as a process; `interval`: from one product to the next [s].
    """

    window: Scale
    voltage: float
    sense: Sensing
    converters: Converters
    seed: int
    fluctuation: FluctuationParams = field(default_factory=FluctuationParams)
    interval: float = 10e-6

    def under(self, condition: Condition) -> Converters:
        """The converters with what acts of them."""
        found = self.converters
        if not condition.has(NOISE):
            found = found.replace(read_noise=0.0)
        return found if condition.has(CONVERTERS) else found.replace(dac_bits=0, adc_bits=0)

    def product(self, vectors: Array, block: Block, array: Answering, condition: Condition) -> Array:
        """Products with the levels of one array, in units of one cell; from (vectors, rows) to (vectors, outputs)."""
        generator = np.random.Generator(stream_of(self.seed, f"inference: noise of {block.name}"))
        offset = scipy.special.ndtri(
            np.maximum(uniform_at_places(self.seed, f"offsets of {block.name}", array.loads.shape), _SMALLEST)
        )

        named = fluctuation_of(self.fluctuation, f"inference {self.seed}")
        cells = RunningNoise(named, array.through.T.shape, block.name) if named.noise else None

        def read(shares: Array) -> Array:
            currents = shares @ array.through.T * array.voltage
            if condition.has(NOISE):
                if cells is not None:
                    for n, vector in enumerate(shares):
                        currents[n] += vector @ (array.through.T * cells.after(self.interval)) * array.voltage
                noise = self.sense.noise(currents, array.loads)
                own = noise.each_read * generator.standard_normal(currents.shape)
                currents = currents + noise.offset * offset + own
            return block.difference(currents) / float(self.window.difference(self.voltage))

        return self.under(condition).product(vectors, read, generator)


@dataclass(frozen=True)
class OnArrays:
    """A network on its arrays under one condition.

    Attributes:
        layers: where their weights stand.
        arrays: of each layer, one for each block.
        activation: of the hidden layers.
        reading: see `Reading`.
        condition: which causes act.
    """

    layers: Sequence[Mapped]
    arrays: Sequence[Sequence[Answering]]
    activation: Activation
    reading: Reading
    condition: Condition

    def scores(self, pixels: Array) -> Array:
        """Sums of the last layer for images of shape (images, pixels)."""
        values = pixels
        for number, (layer, arrays) in enumerate(zip(self.layers, self.arrays, strict=True)):
            inputs = _with_bias(values, layer.shape[0])
            sums = np.zeros((len(pixels), layer.shape[1]))
            for block, array in zip(layer.blocks, arrays, strict=True):
                product = self.reading.product(inputs[:, block.rows], block, array, self.condition)
                sums[:, block.outputs] += layer.scale * product
            values = sums if number == len(self.layers) - 1 else self.activation.value(sums)
        return values


def scores_of(floats: Floats, activation: Activation, pixels: Array) -> Array:
    """Sums of the last layer in floating point."""
    values = pixels
    for number, matrix in enumerate(floats.matrices):
        sums = _with_bias(values, len(matrix)) @ matrix
        values = sums if number == len(floats.weights) - 1 else activation.value(sums)
    return values


def _with_bias(values: Array, inputs: int) -> Array:
    return values if values.shape[1] == inputs else np.concatenate([values, np.ones((len(values), 1))], axis=1)

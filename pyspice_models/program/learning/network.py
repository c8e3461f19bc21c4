"""A network of fully connected layers that classifies images, one sample after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.learning.images.images import Images
from pyspice_models.program.learning.rules.rule import Rule

Array = NDArray[np.float64]


class Activation(NamedTuple):
    """A function of a hidden layer, and its slope as a function of its value."""

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {
    "sigmoid": Activation(lambda y: 1 / (1 + np.exp(-np.clip(y, -500, 500))), lambda a: a * (1 - a)),
    "tanh": Activation(np.tanh, lambda a: 1 - a * a),
    "relu": Activation(lambda y: np.maximum(y, 0), lambda a: (a > 0).astype(float)),
}


@dataclass
class Network:
    """Layers one after another; the last one's sums are turned into chances by softmax, the loss is cross-entropy.

    Attributes:
        layers: from the images to the classes.
        activation: of the hidden layers.
    """

    layers: Sequence[Rule]
    activation: Activation

    def scores(self, pixels: Array) -> Array:
        """Sums of the last layer for images of shape (images, pixels); the largest one tells the class."""
        return self._through(pixels)[-1]

    def learn(self, pixels: Array, label: int, share: float = 1.0) -> float:
        """One step of all layers with one image of shape (pixels,), with a share of the rate of learning.

        Returns:
            The loss before the step.
        """
        *inputs, scores = self._through(pixels[None])
        shifted = np.exp(scores[0] - scores[0].max())
        chances = shifted / shifted.sum()
        downhill = -chances
        downhill[label] += 1.0
        errors = [downhill]
        for layer, values in zip(reversed(self.layers[1:]), reversed(inputs[1:]), strict=True):
            back = layer.transposed(errors[-1][None])[0, :-1]
            errors.append(back * self.activation.slope(values[0, :-1]))
        # all errors first: the step of a layer must not act on those before it
        for layer, values, error in zip(self.layers, inputs, reversed(errors), strict=True):
            layer.learn(values[0], error, share)
        return float(-np.log(max(chances[label], 1e-300)))

    def confusion(self, images: Images) -> NDArray[np.int64]:
        """How many images of each class (rows) were taken for each class (columns)."""
        found = np.zeros((images.classes, images.classes), dtype=np.int64)
        taken = self.scores(images.pixels)[:, : images.classes].argmax(axis=1)
        np.add.at(found, (images.labels, taken), 1)
        return found

    def _through(self, pixels: Array) -> list[Array]:
        """Inputs of every layer, with the 1 of the bias, and the sums of the last one."""
        found, values = [], pixels
        ones = np.ones((len(pixels), 1))
        for number, layer in enumerate(self.layers):
            found.append(np.concatenate([values, ones], axis=1))
            sums = layer.product(found[-1])
            values = sums if number == len(self.layers) - 1 else self.activation.value(sums)
        return [*found, values]


def accuracy(confusion: NDArray[np.int64]) -> float:
    """Share of images that were taken for what they are."""
    return float(np.trace(confusion) / max(1, confusion.sum()))

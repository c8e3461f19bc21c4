"""A network that has learned: what it knows, how it came to it, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.program.learning.ledger import Ledger

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """One network.

    Attributes:
        method, seed: of the network.
        samples: it has learned from, images that came back counted again.
        loss: mean of each epoch, shape (epochs,).
        validation, test: shares of images it knew before the first epoch and after each, shape (epochs + 1,); NaN for
            epochs that did not come.
        confusion: of the test images at the end, classes x classes taken for.
        ledger: what it cost, looks at validation and test images left out.
        layers: for each layer its weights ("weights") and all that its rule keeps, by name.
        stopped: why training ended early, or "".
    """

    method: str
    seed: int
    samples: int
    loss: Array
    validation: Array
    test: Array
    confusion: NDArray[np.int64]
    ledger: Ledger
    layers: Sequence[Mapping[str, Array]]
    stopped: str = ""

    @property
    def accuracy(self) -> float:
        """Share of the test images that it knows at the end."""
        return float(np.trace(self.confusion) / max(1, self.confusion.sum()))

"""A network that has learned: what it knows, how it came to it, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyspice_models.displayed import Drawn
from pyspice_models.program.learning.ledger import Ledger
from pyspice_models.program.learning.tiles.audit import Audit

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Trained(Drawn):
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
        audits: of the tiles of its arrays by name; empty where none was asked for.
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
    audits: Mapping[str, Audit] = field(default_factory=dict)

    def __repr__(self) -> str:
        """One line for people."""
        known = f"{100 * self.accuracy:.4g} % of the test images known"
        stopped = f", stopped: {self.stopped}" if self.stopped else ""
        return f"<Trained by {self.method}, seed {self.seed}: {known} after {len(self.loss)} epochs{stopped}>"

    @property
    def accuracy(self) -> float:
        """Share of the test images that it knows at the end."""
        return float(np.trace(self.confusion) / max(1, self.confusion.sum()))

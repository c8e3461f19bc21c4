"""Training of one network by one method: epochs in legs, each with random numbers of its own, and what is kept of it.

A leg begins with new streams of random numbers, named after its number: whoever goes on from a checkpoint between two
legs gets the same network, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.places import stream_of
from pyspice_models.folders.checkpoint import Checkpoint, content_key
from pyspice_models.program.learning.build import Builder, check_array
from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.ledger import Ledger
from pyspice_models.program.learning.network import ACTIVATIONS, Network, accuracy
from pyspice_models.program.learning.request import Learning
from pyspice_models.program.learning.tiles.audit import AuditedTile
from pyspice_models.program.learning.tiles.fluctuating import check_training
from pyspice_models.program.learning.tiles.kept import audit_arrays, crossbar_of, restore_audit
from pyspice_models.program.learning.trained import Trained
from pyspice_models.program.learning.weights import Bridged
from pyspice_models.study.aging.unknown import refuse_aging
from pyspice_models.study.identity import identity
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation

Array = NDArray[np.float64]

LEG = 200
"""Samples between two moments at which training may go on from a checkpoint."""
SAVE_EVERY = 10.0  # [s]; at the end of an epoch anyway


class Progress(NamedTuple):
    """How far a network has come: epochs done, of how many, and the share of validation images it knows; the loss."""

    epoch: float
    epochs: int
    validation: float
    loss: float


@dataclass(frozen=True)
class Training:
    """One network to be trained.

    Attributes:
        study: whose array, as designed, the layers are made of; its program is not used.
        variation: how arrays differ; None for none.
        asked: see `Learning`.
        method, seed: of the network.

    Raises:
        RequestError: an array that training has no use for, see `check_array`.
    """

    study: Study
    variation: Variation | None
    asked: Learning
    method: str
    seed: int

    def __post_init__(self) -> None:
        """Check."""
        check_array(self.study)
        refuse_aging(self.study, "training")
        check_training(self.study.fluctuation)

    def key(self, images: Split) -> str:
        """Of all that decides the network."""
        about: dict[str, Any] = {"variation": self.variation, "method": self.method, "seed": self.seed}
        for name, part in (("train", images.train), ("validation", images.validation), ("test", images.test)):
            about |= {f"{name} pixels": part.pixels, f"{name} labels": part.labels}
        about["rule"] = self.asked.rules[self.method]
        return content_key(identity(self.study) | about | self.asked.about)


def train(
    training: Training,
    images: Split,
    *,
    checkpoint: Path | None = None,
    force: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> Trained:
    """Train a network.

    Args:
        training: what is asked.
        images: see `Learning.images`.
        checkpoint: a file that is written while it learns; if it is there and belongs to the same request, training
            goes on from it, with the same result as if it had never stopped.
        force: replace a checkpoint of another request, or a damaged one.
        report: is told how far it has come.

    Returns:
        The network as it is at the end, or where a cell bridged: `stopped` says so then.

    Raises:
        RequestError: a layer that does not fit, a checkpoint of another request or a damaged one.
        StorageError: the checkpoint cannot be written.
    """
    kept = Checkpoint(checkpoint, training.key(images), force) if checkpoint is not None else None
    session = _Session.start(training, images)
    values = kept.load(name for name in session.arrays() if not name.startswith("audit")) if kept is not None else None
    if values is not None:
        session.restore(values)
    if not session.validation:
        session.look()
    saved = time.monotonic()
    while not session.done:
        try:
            session.leg()
        except Bridged as bridged:
            session.look()
            return session.trained(_reason(session, bridged))
        ends = session.samples % len(images.train) == 0
        if ends:
            session.look()
        if kept is not None and (ends or time.monotonic() - saved > SAVE_EVERY):
            kept.save(session.arrays())
            saved = time.monotonic()
        if report is not None:
            report(session.progress)
    return session.trained()


@dataclass
class _Session:
    """A network in training: all that the next leg depends on, and what is told of it in the end."""

    training: Training
    images: Split
    network: Network
    ledger: Ledger
    audited: list[AuditedTile]
    samples: int = 0
    losses: list[float] = field(default_factory=list)
    loss: float = 0.0
    validation: list[float] = field(default_factory=list)
    test: list[float] = field(default_factory=list)
    confusion: NDArray[np.int64] = field(default_factory=lambda: np.zeros((1, 1), dtype=np.int64))

    @classmethod
    def start(cls, training: Training, images: Split) -> _Session:
        sizes = [images.train.pixels.shape[1], *training.asked.hidden, images.train.classes]
        builder = Builder(training.study, training.variation, training.asked, training.method, training.seed)
        ledger, audited = Ledger(), builder.audited
        layers = [
            builder.layer(number, before + 1, after, ledger) for number, (before, after) in enumerate(pairwise(sizes))
        ]
        network = Network(layers, ACTIVATIONS[training.asked.params.activation])
        return cls(training, images, network, ledger, audited)

    @property
    def done(self) -> bool:
        return self.samples >= self.training.asked.params.epochs * len(self.images.train)

    @property
    def progress(self) -> Progress:
        epochs = self.samples / len(self.images.train)
        loss = self.losses[-1] if self.losses else np.nan
        return Progress(epochs, self.training.asked.params.epochs, self.validation[-1], loss)

    def leg(self) -> None:
        """Learn from the next images of this epoch."""
        every = len(self.images.train)
        epoch, first = divmod(self.samples, every)
        last = min(first + LEG, every)
        self._begin(f"samples from {self.samples}")
        train, share = self.images.train, self.training.asked.rules[self.training.method].decay ** epoch
        for place in self._generator(f"order of epoch {epoch}").permutation(every)[first:last]:
            self.loss += self.network.learn(train.pixels[place], int(train.labels[place]), share)
            self.samples += 1
        if last == every:
            self.losses.append(self.loss / every)
            self.loss = 0.0

    def look(self) -> None:
        """How many images it knows by now; what that costs is not counted, and its noise is a stream of its own."""
        spent = {name: np.array(values) for name, values in self.ledger.arrays().items()}
        self._begin(f"look after {self.samples} samples")
        self.validation.append(accuracy(self.network.confusion(self.images.validation)))
        self.confusion = self.network.confusion(self.images.test)
        self.test.append(accuracy(self.confusion))
        self.ledger.restore(spent)

    def _begin(self, what: str) -> None:
        for number, layer in enumerate(self.network.layers):
            layer.begin(self._generator(f"layer {number}, {what}"))

    def _generator(self, what: str) -> np.random.Generator:
        return np.random.Generator(stream_of(self.training.seed, f"learning: {what}"))

    def arrays(self) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {name: np.asarray(getattr(self, name)) for name in _KEPT}
        found |= {f"ledger {name}": values for name, values in self.ledger.arrays().items()}
        for number, layer in enumerate(self.network.layers):
            found |= {f"layer {number} {name}": values for name, values in layer.arrays().items()}
        for tile in self.audited:
            found |= {f"audit of {tile.name}: {name}": values for name, values in audit_arrays(tile).items()}
        return found

    def restore(self, values: Mapping[str, np.ndarray]) -> None:
        self.samples, self.loss = int(values["samples"]), float(values["loss"])
        self.losses, self.validation, self.test = (values[k].tolist() for k in ("losses", "validation", "test"))
        self.confusion = values["confusion"].copy()
        self.ledger.restore(_part(values, "ledger"))
        for number, layer in enumerate(self.network.layers):
            layer.restore(_part(values, f"layer {number}"))
        for tile in self.audited:
            restore_audit(tile, _part(values, f"audit of {tile.name}:"))

    def trained(self, stopped: str = "") -> Trained:
        epochs = self.training.asked.params.epochs
        return Trained(
            self.training.method, self.training.seed, self.samples, _padded(self.losses, epochs),
            _padded(self.validation, epochs + 1), _padded(self.test, epochs + 1), self.confusion, self.ledger,
            [{"weights": layer.values, **layer.arrays(), **layer.fixed} for layer in self.network.layers], stopped,
            {tile.name: tile.audit(crossbar_of(tile)) for tile in self.audited},
        )  # fmt: skip


_KEPT = ("samples", "loss", "losses", "validation", "test", "confusion")


def _padded(values: list[float], length: int) -> Array:
    """With NaN for epochs that did not come."""
    return np.array([*values, *[np.nan] * (length - len(values))][:length])


def _part(values: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {key.removeprefix(f"{name} "): value for key, value in values.items() if key.startswith(f"{name} ")}


def _reason(session: _Session, bridged: Bridged) -> str:
    """What to say of a cell that bridges."""
    cell, training = bridged.cell, session.training
    epoch = session.samples / len(session.images.train)
    return (
        f"{training.method}, seed {training.seed}: {bridged.name}, cell ({cell.row}, {cell.col}) bridges: it stands at "
        f"{cell.state} = {cell.value:.3g} after {bridged.pulses} whole pulses, in epoch {epoch:.2f}, which adds more "
        f"than {training.asked.params.bridge:g} of the window to its conductance. A smaller rate, fewer pulses of A "
        "(fast_pulses), or shorter ones spare it; learning.bridge says how much is allowed."
    )

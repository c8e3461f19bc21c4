"""What tests of training share: a tile without physics, small images, small requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from pyspice_models import Crossbar, Study, Wait
from pyspice_models.array.levels import Scale
from pyspice_models.program.learning import build
from pyspice_models.program.learning.images.images import Images, Split
from pyspice_models.program.learning.request import METHODS, Learning, LearningParams
from pyspice_models.program.learning.tile import Crossed, Product, Pulses, Spent

Array = NDArray[np.float64]

STEP = 0.05
SCALE = Scale.nominal(Crossbar(1, 1), 5e-3)


@dataclass
class PlainTile:
    """Cells whose level goes up and down by the same step, without lines; half-selected ones by a share of it.

    Soft ones go up by less the higher they are, and down by less the lower: 0.5 is their symmetric point.
    """

    shape: tuple[int, int]
    half: float = 0.0
    soft: bool = False
    level: Array = field(init=False)
    pulses: NDArray[np.int_] = field(init=False)
    crossed: Sequence[Crossed] = ()

    def __post_init__(self) -> None:
        self.level, self.pulses = np.full(self.shape, 0.3), np.zeros(self.shape, dtype=int)

    @property
    def states(self) -> dict[str, Array]:
        return {"w": self.level.copy(), "x": np.zeros(self.shape)}

    def program(self, states: Mapping[str, ArrayLike]) -> None:
        if "w" in states:
            self.level = np.broadcast_to(np.asarray(states["w"], dtype=float), self.shape).copy()

    def scatter(self, state: str, shares: Array) -> None:
        whole = self.last > 0
        moved = (self.level - self.before)[whole]
        self.level[whole] = np.clip(self.level[whole] + moved * shares, 0, 1)

    def forward(self, voltages: ArrayLike) -> Product:
        volts = np.atleast_2d(np.asarray(voltages))
        return Product(volts @ SCALE.conductances(self.level), 1e-15 * len(volts), 1e-6 * len(volts))

    def backward(self, voltages: ArrayLike) -> Product:
        volts = np.atleast_2d(np.asarray(voltages))
        return Product(volts @ SCALE.conductances(self.level).T, 1e-15 * len(volts), 1e-6 * len(volts))

    def update(self, pulses: Pulses) -> Spent:
        had, self.before = np.zeros(self.shape, dtype=int), self.level.copy()
        for word, bit, sign in zip(pulses.word, pulses.bit, pulses.sign, strict=True):
            whole, one = word[:, None] & bit, word[:, None] ^ bit
            size = 2 * STEP * (1 - self.level if sign > 0 else self.level) if self.soft else STEP
            self.level = np.clip(self.level + size * sign * (whole + self.half * one), 0, 1)
            had += whole
        self.pulses, self.last = self.pulses + had, had
        return Spent(1e-15 * had.sum(), 0.0, 0.0, 0.0, 1e-6 * pulses.slots, had)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All layers are made of plain tiles; the list of those that were made."""
    made: list[Any] = []

    def tile_of(study: Study, *_: object, **__: object) -> PlainTile:
        made.append(PlainTile(study.crossbar.shape))
        return made[-1]

    monkeypatch.setattr(build, "tile_of", tile_of)
    return made


def array_study(rows: int = 64, cols: int = 32) -> Study:
    return Study("lesson", Crossbar(rows, cols), [Wait(1e-6)])


def easy_images(count: int = 300, classes: int = 3, side: int = 3) -> Split:
    """Bars at places that tell the class, with noise: a single layer learns them within an epoch or two."""
    generator = np.random.default_rng(5)
    labels = np.arange(count) % classes
    pixels = 0.25 * generator.random((count, side, side))
    for number, label in enumerate(labels):
        pixels[number, label] += 0.7
    return Split.of(Images(pixels.reshape(count, -1), labels, classes, (side, side)), 0, 0.2, 0.2)


def small(
    method: str, *, hidden: tuple[int, ...] = (), rule: Mapping[str, Any] | None = None, **params: Any
) -> Learning:
    rules = {method: METHODS[method].replace(**(rule or {}))}
    return Learning(LearningParams(**({"epochs": 3} | params)), hidden=hidden, methods=(method,), rules=rules)

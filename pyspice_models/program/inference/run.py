"""Classify test images through the circuit, and say what each cause costs by switching it off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.displayed import Drawn
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.program.inference.causes import ALL, NONE, Condition, alone, causes_in, conditions, without
from pyspice_models.program.inference.cells import Answering, Maker
from pyspice_models.program.inference.floats import Floats
from pyspice_models.program.inference.mapping import Mapped, mapped
from pyspice_models.program.inference.network import OnArrays, Reading, scores_of
from pyspice_models.program.inference.request import Inference
from pyspice_models.program.learning.build import check_array
from pyspice_models.program.learning.images.images import Images, Split
from pyspice_models.program.learning.network import ACTIVATIONS
from pyspice_models.study.aging.unknown import refuse_aging
from pyspice_models.study.identity import question
from pyspice_models.study.measures.sensing import sensing_of
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """A network to be put on the arrays of a study.

    Attributes:
        study: as designed; its program is not used.
        variation: how arrays differ; None for none.
        asked: see `Inference`.
        split: its images, if they are at hand.

    Raises:
        RequestError: an array of no use, images that cannot be had, weights that cannot be used, a layer that does not
            fit.
    """

    study: Study
    variation: Variation | None
    asked: Inference
    split: Split | None = None

    def __post_init__(self) -> None:
        """Check."""
        check_array(self.study)
        refuse_aging(self.study, "inference")
        if self.study.crossbar.driver.compliance != "none":
            raise RequestError("driver.compliance is no resistor: products know drivers without a limiter.")
        if self.asked.weights is not None:
            assert self.layers
        else:
            sizes = [self.images.test.pixels.shape[1], *self.asked.hidden, self.images.test.classes]
            self._placed([np.zeros((a + 1, b)) for a, b in pairwise(sizes)])

    def __getstate__(self) -> dict[str, Any]:
        """What was given: what it has worked out, such as images, stays behind when it goes to another process."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def images(self) -> Split:
        """All images."""
        return self.asked.learning.images() if self.split is None else self.split

    @property
    def test(self) -> Images:
        """Those that are classified."""
        most, test = self.asked.params.images_at_most, self.images.test
        return test.part(np.arange(min(most, len(test)))) if most else test

    @cached_property
    def floats(self) -> Floats:
        """The network in numbers."""
        return self.asked.network(self.study, self.images)

    @cached_property
    def layers(self) -> list[Mapped]:
        """Where its weights stand."""
        return self._placed(self.floats.matrices)

    def _placed(self, matrices: Sequence[Array]) -> list[Mapped]:
        params, largest = self.asked.params, self.study.crossbar.shape
        return [mapped(f"layer {n}", matrix, params, largest) for n, matrix in enumerate(matrices)]

    @property
    def causes(self) -> list[str]:
        """Those that the study has."""
        return causes_in(self.study, self.variation, self.asked)

    @property
    def question(self) -> str:
        """A digest of all that decides the answer."""
        asked, images = self.asked, self.images
        about: dict[str, Any] = {
            "variation": self.variation, "inference": asked.params, "hidden": asked.hidden,
            "converters": asked.converters, "budget": asked.budget, "test": self.test.pixels,
            "labels": self.test.labels, "sensing": self.study.sensing,
        }  # fmt: skip
        if asked.weights is None:
            about |= {"train": images.train.pixels, "train labels": images.train.labels}
        else:
            about |= {f"layer {n}": matrix for n, matrix in enumerate(self.floats.matrices)}
        return content_key(question(self.study) | {"program": None} | about)


@dataclass(frozen=True, repr=False)
class Inferred(Drawn):
    """What came of it.

    Attributes:
        task: that was given.
        floating: how many images of each class (rows) floating point takes for each class (columns).
        confusion: the same of every condition and array, shape (conditions, arrays, classes, classes).
        states: of the first array with all causes, one mapping from state to array for each block of each layer.
    """

    task: Task
    floating: Counts
    confusion: NDArray[np.int64]
    states: Sequence[Sequence[Mapping[str, Array]]]

    def __repr__(self) -> str:
        """One line for people."""
        known, floating = (f"{100 * share:.4g} %" for share in (self.mean(ALL), self.float_accuracy))
        told = f"{known} of the test images known, {floating} in floating point"
        return f"<Inferred, arrays: {self.confusion.shape[1]}; {told}>"

    @property
    def conditions(self) -> list[Condition]:
        """In the order of `confusion`."""
        return conditions(self.task.causes)

    @property
    def float_accuracy(self) -> float:
        """Share of the images that floating point knows."""
        return float(np.trace(self.floating) / self.floating.sum())

    @property
    def accuracy(self) -> Array:
        """Shares of the images that are known, shape (conditions, arrays)."""
        return np.asarray(np.trace(self.confusion, axis1=2, axis2=3) / self.confusion.sum(axis=(2, 3)))

    def mean(self, name: str) -> float:
        """Mean over the arrays of the accuracy under a condition, by its name."""
        return float(self.accuracy[self._place(name)].mean())

    def deviation(self, name: str) -> float:
        """Standard deviation likewise; NaN for a single array."""
        values = self.accuracy[self._place(name)]
        return float(values.std(ddof=1)) if len(values) > 1 else float("nan")

    def _place(self, name: str) -> int:
        return [one.name for one in self.conditions].index(name)

    def costs(self) -> dict[str, tuple[float, float]]:
        """For each cause: what switching it off brings, and what it costs alone; shares of the images."""
        return {
            cause: (self.mean(without(cause)) - self.mean(ALL), self.mean(NONE) - self.mean(alone(cause)))
            for cause in self.task.causes
        }


def infer_task(task: Task, progress: Callable[[float], None] | None = None) -> Inferred:
    """Classify the test images under every condition on every array.

    Args:
        task: what is asked.
        progress: is told the share that is done.

    Raises:
        RequestError: a draw that leaves a parameter's range.
        SimulationError, ToolError: write-verify failed.
    """
    params, every = task.asked.params, conditions(task.causes)
    classes = task.test.classes
    found = np.zeros((len(every), params.arrays, classes, classes), dtype=np.int64)
    first: Sequence[Sequence[Mapping[str, Array]]] = []
    for number in range(params.arrays):

        def told(done: int, before: int = number * len(every)) -> None:
            if progress is not None:
                progress((before + done) / (params.arrays * len(every)))

        counts, states = classified(task, params.seed + number, every, told)
        found[:, number] = counts
        first = first or states
    return Inferred(task, floating(task), found, first)


def floating(task: Task) -> Counts:
    """How many images of each class (rows) the network in numbers takes for each class (columns)."""
    activation = ACTIVATIONS[task.asked.params.activation]
    return confusion(scores_of(task.floats, activation, task.test.pixels), task.test)


def classified(
    task: Task, seed: int, wanted: Sequence[Condition], told: Callable[[int], None] | None = None
) -> tuple[list[Counts], Sequence[Sequence[Mapping[str, Array]]]]:
    """Classify the test images on the arrays of one seed.

    Args:
        task: what is asked; its own seeds are not used.
        seed: of arrays, noise and offsets.
        wanted: conditions.
        told: is told how many of them are done.

    Returns:
        For each condition how many images of each class (rows) are taken for each class (columns), and the states
        under the first, see `Inferred`.

    Raises:
        RequestError, SimulationError, ToolError: see `infer_task`.
    """
    params, test = task.asked.params, task.test
    maker = Maker(task.study, task.variation, task.asked, seed)
    sense = sensing_of(task.study, params.read_voltage)
    reading = Reading(maker.scale, params.read_voltage, sense, task.asked.converters, seed, task.study.fluctuation)
    known: dict[frozenset[str], list[list[Answering]]] = {}
    found: list[Counts] = []
    for place, condition in enumerate(wanted, 1):
        key = condition.of_products
        if key not in known:
            known[key] = [[maker.answering(block, condition) for block in layer.blocks] for layer in task.layers]
        network = OnArrays(task.layers, known[key], ACTIVATIONS[params.activation], reading, condition)
        found.append(confusion(network.scores(test.pixels), test))
        if told is not None:
            told(place)
    return found, [[array.states for array in arrays] for arrays in known[wanted[0].of_products]]


def confusion(scores: Array, images: Images) -> Counts:
    """How many images of each class (rows) have their largest score in each class (columns)."""
    found = np.zeros((images.classes, images.classes), dtype=np.int64)
    np.add.at(found, (images.labels, scores.argmax(axis=1)), 1)
    return found

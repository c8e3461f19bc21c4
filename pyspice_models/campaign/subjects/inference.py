"""A trained network on the arrays of each run: the share of test images that it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pyspice_models.campaign.subjects.subject import Subject
from pyspice_models.errors import RequestError
from pyspice_models.measure import Measure
from pyspice_models.program.inference.causes import ALL, Condition
from pyspice_models.program.inference.cells import Maker
from pyspice_models.program.inference.file import inference_tables
from pyspice_models.program.inference.request import Inference as Asked
from pyspice_models.program.inference.run import Task, classified, floating
from pyspice_models.program.learning.images.images import Split
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation, vary


@dataclass(frozen=True)
class Inference(Subject):
    """See `infer_task`, with all causes: every block of weights is on an array of its own, with noise of its own.

    Attributes:
        task: the network, with its weights as numbers: trained once, by whoever began.
        own: the table of a study file that asks for it.
        digest: of the task and its images.
    """

    word: ClassVar[str] = "inference"
    command: ClassVar[str] = "infer"
    usual: ClassVar[tuple[str, ...]] = ("accuracy", "accuracy_lost", "accuracy_worst_class")
    draws_on: ClassVar[bool] = True

    task: Task
    own: Mapping[str, Any]
    digest: str

    @classmethod
    def of(cls, task: Task) -> Inference:
        """With the network of a task, which is trained here if it has none."""
        net = task.floats
        arrays = {f"w{n}": one for n, one in enumerate(net.weights)}
        arrays |= {f"b{n}": one for n, one in enumerate(net.biases) if one is not None}
        own = inference_tables(task.study, None, task.asked)["inference"]
        digest = replace(task, variation=None).question
        return cls(replace(task, asked=replace(task.asked, weights=arrays), split=None), own, digest)

    @property
    def key(self) -> Mapping[str, Any]:
        return {"inference": self.digest}

    @property
    def point(self) -> Mapping[str, Any]:
        return {"inference": self.digest, "variation": self.task.variation}

    def tables(self) -> dict[str, Any]:
        return {"inference": dict(self.own)}

    def alone(self, variation: Variation) -> list[str]:
        return [f"inference.seed={variation.seed}", "inference.arrays=1"]

    def check_cycles(self) -> None:
        raise RequestError.for_value("montecarlo.vary", "cycles", allowed="arrays where montecarlo.of is inference")

    def check_places(self, asked: str) -> None:
        raise RequestError(
            f"{asked} does not go with inference: each block of weights is on an array with draws of its own, and "
            "reads have noise. Draw arrays at random."
        )

    def drawn(self, study: Study, variation: Variation) -> tuple[Study, dict[str, float]]:
        """The study as designed, and for each block of weights what was drawn for its array."""
        task = self._at_work(study, variation)
        maker, every = Maker(study, variation, task.asked, variation.seed), Condition(ALL, frozenset(task.causes))
        found: dict[str, float] = {}
        for block in (block for layer in task.layers for block in layer.blocks):
            if (of_block := maker.variation_of_block(block, every)) is not None:
                numbers = vary(maker.plain(block), of_block)[1]
                found |= {f"{cause}, {block.name}": number for cause, number in numbers.items()}
        return study, found

    def measured(
        self, study: Study, variation: Variation | None, folder: Path, only: Sequence[str] = ()
    ) -> tuple[Mapping[str, Measure], str]:
        task = self._at_work(study, variation or self.task.variation)
        seed = self.task.asked.params.seed if variation is None else variation.seed
        (counts,), _ = classified(task, seed, [Condition(ALL, frozenset(task.causes))])
        known, known_before = (float(np.trace(one) / one.sum()) for one in (counts, floating(task)))
        every = counts.sum(axis=1)
        worst = float((np.diag(counts)[every > 0] / every[every > 0]).min())
        return {
            "accuracy": Measure(known, "", "share of the test images that the arrays know"),
            "accuracy_lost": Measure(known_before - known, "", "share that floating point knows, less that"),
            "accuracy_worst_class": Measure(worst, "", "share of the images of the class that they know worst"),
        }, study.engine  # fmt: skip

    def _at_work(self, study: Study, variation: Variation | None) -> Task:
        split = _images(self.digest, self.task.asked)
        return replace(self.task, study=study, variation=variation, split=split)


_KEPT: dict[str, Split] = {}


def _images(digest: str, asked: Asked) -> Split:
    """Read once by each worker, since no images travel with a run."""
    if digest not in _KEPT:
        _KEPT.clear()
        _KEPT[digest] = asked.learning.images()
    return _KEPT[digest]

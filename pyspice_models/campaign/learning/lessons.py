"""What many networks are to learn: every method with every seed, on the arrays of one study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.folders.checkpoint import content_key
from pyspice_models.program.learning.build import Builder, check_layer
from pyspice_models.program.learning.file import learning_tables, load_learning
from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.learning_data import Response
from pyspice_models.program.learning.request import Learning, checked_methods
from pyspice_models.program.learning.run import Training
from pyspice_models.study.identity import question
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Given
from pyspice_models.study.tables.write import write_tables
from pyspice_models.study.variation import Variation


@dataclass(frozen=True)
class Lessons:
    """Networks to be trained on the arrays of a study.

    Attributes:
        study: as designed; its program is not used.
        variation: how arrays differ; None for none.
        asked: see `Learning`.
    """

    study: Study
    variation: Variation | None
    asked: Learning

    def __post_init__(self) -> None:
        """Refuse what would fail in a worker: an array of no use, images that cannot be had, layers that do not fit."""
        train = self.images.train
        assert self.trainings
        if set(self.asked.methods) != {"fp"}:
            sizes = [train.pixels.shape[1], *self.asked.hidden, train.classes]
            for number, (before, after) in enumerate(pairwise(sizes)):
                check_layer(self.study, self.asked, f"layer {number}", (before + 1, after))

    @cached_property
    def images(self) -> Split:
        """See `Learning.images`."""
        return self.asked.images()

    @property
    def trainings(self) -> list[Training]:
        """One for each seed and method; all methods of a seed one after another."""
        first, count = self.asked.params.seed, self.asked.params.seeds
        return [
            Training(self.study, self.variation, self.asked, method, seed)
            for seed in range(first, first + count)
            for method in self.asked.methods
        ]

    @cached_property
    def response(self) -> Response | None:
        """What a whole pulse does to a nominal cell; None where no method has an array."""
        on_arrays = [one for one in self.trainings if one.method != "fp"]
        if not on_arrays:
            return None
        one = on_arrays[0]
        return Builder(one.study, one.variation, one.asked, one.method, one.seed).response()

    @property
    def about(self) -> dict[str, object]:
        """For people who look at the result."""
        return {"study": self.study.name, "methods": ", ".join(self.asked.methods)}

    @property
    def question(self) -> str:
        """A digest of all that decides the answer."""
        rules = {f"rule {name}": self.asked.rules[name] for name in self.asked.methods}
        asked, images = self.asked, self.images
        about: dict[str, Any] = {"variation": self.variation, "learning": asked.params, "methods": asked.methods}
        about |= {"train": images.train.pixels, "test": images.test.pixels}
        about["labels"] = np.concatenate([images.train.labels, images.test.labels])
        return content_key(question(self.study) | {"program": None} | self.asked.about | rules | about)

    def write(self, folder: Path) -> None:
        """Write what is asked, so that `ag2s learn FOLDER/study.toml` asks the same.

        Raises:
            RequestError, StorageError: see `write_tables`.
        """
        write_tables(learning_tables(self.study, self.variation, self.asked), folder)


def lessons(
    study: Given, asked: Learning | None = None, changes: Sequence[str] = (), *, methods: Sequence[str] = (),
    seeds: int | None = None, engine: str = "", form: str = "",
) -> Lessons:  # fmt: skip
    """What is to be learned.

    Args:
        study: a study, a study file, or the tables of one.
        asked: what is asked; None for what the file's `[learning]` table says.
        changes: `KEY=VALUE`, as `--set` takes them.
        methods, seeds: instead of its own.
        engine, form: instead of the study's own.

    Raises:
        RequestError: as `load_learning`; an unknown method; images that cannot be had.
    """
    if asked is not None and isinstance(study, Study):
        nominal, variation = study, None
    else:
        nominal, variation, own = load_learning(study, changes, engine=engine, form=form)
        asked = asked or own
    if methods:
        asked = replace(asked, methods=checked_methods(list(methods)))
    if seeds is not None:
        asked = replace(asked, params=asked.params.from_mapping({"seeds": seeds}, where="learning", base=asked.params))
    return Lessons(nominal, variation, asked)

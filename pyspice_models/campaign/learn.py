"""Many networks: every method with every seed, each in a worker, each with a checkpoint of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.campaign.workers import Died, check_workers, in_workers
from pyspice_models.disk import unwritable
from pyspice_models.errors import Ag2sError, RequestError
from pyspice_models.files import whole_text, write_text
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.mark import Origin
from pyspice_models.folders.output import output_folder, place_of
from pyspice_models.inputs.text import parse_json
from pyspice_models.program.learning.build import Builder, check_layer
from pyspice_models.program.learning.file import learning_tables, load_learning
from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.learning_data import Response, as_dataset, report_text
from pyspice_models.program.learning.request import Learning, checked_methods
from pyspice_models.program.learning.run import Progress, Training, train
from pyspice_models.program.learning.tiles.audit import Audit
from pyspice_models.program.learning.trained import Trained
from pyspice_models.result import save
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


@dataclass(frozen=True)
class Learned:
    """What came of it.

    Attributes:
        lessons: that were given.
        networks: one for each training, in their order.
    """

    lessons: Lessons
    networks: Sequence[Trained]

    @cached_property
    def dataset(self) -> xr.Dataset:
        """See `as_dataset`."""
        given = self.lessons
        return as_dataset(self.networks, given.asked, given.images.train.form, given.response)

    @property
    def stopped(self) -> list[str]:
        """Why networks did not come to the end."""
        return [one.stopped for one in self.networks if one.stopped]

    @property
    def audits(self) -> list[tuple[str, Audit]]:
        """What was found where updates were repeated as transients, by method, seed and array."""
        return [
            (f"{one.method}, seed {one.seed}, {name}", audit)
            for one in self.networks
            for name, audit in one.audits.items()
        ]

    def of(self, method: str) -> list[Trained]:
        """The networks of one method."""
        return [one for one in self.networks if one.method == method]

    def text(self) -> str:
        """The report as JSON."""
        given = self.lessons
        return report_text(given.study.name, self.networks, given.asked, given.images)

    def save(self, folder: Path) -> None:
        """Write report and dataset.

        Raises:
            OSError: the disk is full.
        """
        write_text(folder / "report.json", self.text() + "\n")
        save(self.dataset, folder / "learning.nc")


def learn(
    study: Given,
    learning: Learning | None = None,
    *,
    methods: Sequence[str] = (),
    seeds: int | None = None,
    workers: int = 1,
    folder: Path | str | None = None,
    resume: bool = False,
    force: bool = False,
) -> Learned:
    """Train networks whose weights are cells of crossbars, and compare methods.

    Args:
        study: whose `[array]` is the largest crossbar that a layer may be on: a study, a study file, or its tables.
        learning: what is asked; None for what the file's `[learning]` table says.
        methods, seeds: instead of its own.
        workers: networks that learn at the same time.
        folder: for request, report and dataset; without it they are not kept.
        resume: go on from the checkpoints that an earlier call with this folder, or the command, has left.
        force: replace another result in this folder.

    Raises:
        RequestError: see `lessons`; the folder holds something else.
    """
    given = lessons(study, learning, methods=methods, seeds=seeds)
    if folder is None:
        return run_lessons(given, workers=workers)
    target = Path(folder)
    made = Origin("learn", given.question, given.about)
    with output_folder(target, made, force=force) as scratch, checkpoints(target, resume=resume, force=force) as kept:
        given.write(scratch)
        found = run_lessons(given, workers=workers, kept=kept, force=force)
        found.save(scratch)
    shutil.rmtree(kept, ignore_errors=True)
    return found


def run_lessons(
    given: Lessons, *, workers: int = 1, kept: Path | None = None, force: bool = False,
    report: Callable[[Mapping[str, Progress]], None] | None = None,
) -> Learned:  # fmt: skip
    """Train all networks.

    Args:
        given: what is asked.
        workers: networks that learn at the same time; a single one in this process.
        kept: a folder for checkpoints, see `checkpoints`.
        force: replace checkpoints of another request, or damaged ones.
        report: is told how far each has come, where this process trains them; workers leave it in `kept`.

    Raises:
        RequestError: a checkpoint of another request.
        Ag2sError: a worker died.
    """
    check_workers(workers)
    tasks = [_Task(training, kept, force) for training in given.trainings]
    if workers == 1 or len(tasks) == 1:
        return Learned(given, [_trained(task, given.images, report) for task in tasks])
    found: dict[int, Trained] = {}
    with closing(in_workers(perform, tasks, min(workers, len(tasks)))) as answers:
        for number, answer in answers:
            if isinstance(answer, Died):
                raise Ag2sError(
                    f"the worker that trained {tasks[number].name} ended: {answer.reason}. What it had come to is kept "
                    "with --resume."
                )
            found[number] = answer
    return Learned(given, [found[number] for number in range(len(tasks))])


@dataclass(frozen=True)
class _Task:
    """One network for a worker."""

    training: Training
    kept: Path | None
    force: bool

    @property
    def name(self) -> str:
        return f"{self.training.method}-{self.training.seed}"


def perform(task: _Task) -> Trained:
    """Train one network; called in a worker, which reads the images itself."""
    return _trained(task, task.training.asked.images(), None)


def _trained(
    task: _Task, images: Split, report: Callable[[Mapping[str, Progress]], None] | None
) -> Trained:  # fmt: skip
    def tell(now: Progress) -> None:
        if task.kept is not None:
            with whole_text(task.kept / f"{task.name}.json", sync=False) as file:
                json.dump(now._asdict(), file)
        if report is not None:
            report({task.name: now})

    checkpoint = None if task.kept is None else task.kept / f"{task.name}.npz"
    return train(task.training, images, checkpoint=checkpoint, force=task.force, report=tell)


def progress_in(kept: Path) -> dict[str, Progress]:
    """How far the networks have come whose checkpoints lie in a folder, by name such as "ttv2-0"."""
    found = {}
    for path in sorted(kept.glob("*.json")):
        try:
            found[path.stem] = Progress(**parse_json(path.read_bytes()))
        except (OSError, ValueError, TypeError):  # it is being replaced, or is none of ours
            continue
    return found


@contextmanager
def checkpoints(target: Path, *, resume: bool, force: bool) -> Iterator[Path]:
    """The folder `target`-unfinished with the checkpoints of all networks; it stays if the block does not end well.

    Raises:
        RequestError: it holds checkpoints and neither `resume` nor `force` is given, or what is none of ours.
    """
    target = place_of(target)
    kept = target.with_name(f"{target.name}-unfinished")
    try:
        strangers = [path for path in kept.iterdir() if path.suffix not in (".npz", ".json")] if kept.exists() else []
        if strangers:
            raise RequestError(f"the folder {kept} holds files that are not ours. Choose another --out, or empty it.")
        there = len(list(kept.glob("*.npz"))) if kept.exists() else 0
        if there and not (resume or force):
            raise RequestError(
                f"{kept} holds {there} networks of a call that was not finished. Add --resume to go on from them, "
                "choose another --out, or add --force to begin anew without them."
            )
        if force and not resume and kept.exists():
            shutil.rmtree(kept)
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(kept, error, "Choose another --out.") from None
    try:
        yield kept
    finally:
        if not any(kept.glob("*.npz")):
            shutil.rmtree(kept, ignore_errors=True)

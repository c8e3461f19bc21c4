"""Networks are trained, each in a worker, each with a checkpoint of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pyspice_models.campaign.learning.checkpoints import checkpoints
from pyspice_models.campaign.learning.learned import Learned
from pyspice_models.campaign.learning.lessons import Lessons, lessons
from pyspice_models.campaign.workers import Died, check_workers, in_workers
from pyspice_models.errors import Ag2sError
from pyspice_models.files import whole_text
from pyspice_models.folders.mark import Origin
from pyspice_models.folders.output import output_folder
from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.request import Learning
from pyspice_models.program.learning.run import Progress, Training, train
from pyspice_models.program.learning.trained import Trained
from pyspice_models.progress import followed
from pyspice_models.study.tables.source import Given


def learn(
    study: Given,
    learning: Learning | None = None,
    *,
    methods: Sequence[str] = (),
    seeds: int | None = None,
    progress: bool = False,
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
        progress: show a bar, in notebooks and terminals; with several workers it shows the time alone.
        workers: networks that learn at the same time.
        folder: for request, report and dataset; without it they are not kept.
        resume: go on from the checkpoints that an earlier call with this folder, or the command, has left.
        force: replace another result in this folder.

    Raises:
        RequestError: see `lessons`; the folder holds something else.
    """
    given = lessons(study, learning, methods=methods, seeds=seeds)
    if folder is None:
        with followed(progress, given.study.name) as share:
            return run_lessons(given, workers=workers, report=_share_of(given, share))
    target = Path(folder)
    made = Origin("learn", given.question, given.about)
    with output_folder(target, made, force=force) as scratch, checkpoints(target, resume=resume, force=force) as kept:
        given.write(scratch)
        with followed(progress, given.study.name) as share:
            found = run_lessons(given, workers=workers, kept=kept, force=force, report=_share_of(given, share))
        found.save(scratch)
    shutil.rmtree(kept, ignore_errors=True)
    return found


def _share_of(
    given: Lessons, share: Callable[[float], None] | None
) -> Callable[[Mapping[str, Progress]], None] | None:  # fmt: skip
    """Tells the share of all epochs of all networks that is done."""
    if share is None:
        return None
    shares: dict[str, float] = {}
    every = len(given.trainings)

    def tell(now: Mapping[str, Progress]) -> None:
        shares.update({name: one.epoch / max(one.epochs, 1) for name, one in now.items()})
        share(sum(shares.values()) / every)

    return tell


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
    tasks = [Task(training, kept, force) for training in given.trainings]
    if workers == 1 or len(tasks) == 1:
        return Learned(given, [_trained(task, given.images, report) for task in tasks])
    return Learned(given, train_all(tasks, workers))


@dataclass(frozen=True)
class Task:
    """One network for a worker.

    Attributes:
        training: what is asked.
        kept: folder for its checkpoint; None for none.
        force: replace a checkpoint of another request, or a damaged one.
    """

    training: Training
    kept: Path | None
    force: bool

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.training.method}-{self.training.seed}"


def train_all(tasks: Sequence[Task], workers: int) -> list[Trained]:
    """Train networks in workers, so many at the same time; in the order of the tasks.

    Raises:
        RequestError: see `train`.
        Ag2sError: a worker died.
    """
    found: dict[int, Trained] = {}
    with closing(in_workers(perform, tasks, min(workers, len(tasks)))) as answers:
        for number, answer in answers:
            if isinstance(answer, Died):
                raise Ag2sError(
                    f"the worker that trained {tasks[number].name} ended: {answer.reason}. What networks have learned "
                    "by now is kept, and --resume goes on."
                )
            found[number] = answer
    return [found[number] for number in range(len(tasks))]


def perform(task: Task) -> Trained:
    """Train one network; called in a worker, which reads the images itself."""
    return _trained(task, task.training.asked.images(), None)


def _trained(
    task: Task, images: Split, report: Callable[[Mapping[str, Progress]], None] | None
) -> Trained:  # fmt: skip
    def tell(now: Progress) -> None:
        if task.kept is not None:
            with whole_text(task.kept / f"{task.name}.json", sync=False) as file:
                json.dump(now._asdict(), file)
        if report is not None:
            report({task.name: now})

    checkpoint = None if task.kept is None else task.kept / f"{task.name}.npz"
    return train(task.training, images, checkpoint=checkpoint, force=task.force, report=tell)

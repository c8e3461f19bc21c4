"""Parameters of methods are chosen by validation images: test images are not told, and nothing is chosen by them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from pyspice_models.campaign.axis import Axis, check_axes
from pyspice_models.campaign.learning.learn import Task, train_all
from pyspice_models.campaign.learning.lessons import Lessons, lessons
from pyspice_models.program.learning.learning_data import last
from pyspice_models.program.learning.request import METHODS
from pyspice_models.study.tables.source import Given


class Tried(NamedTuple):
    """One point of a grid with one method.

    Attributes:
        point: values by key, as they were given.
        method: of the networks.
        validation: share of validation images that each network knows at the end.
        stopped: how many of them stopped early.
    """

    point: dict[str, str]
    method: str
    validation: list[float]
    stopped: int

    @property
    def mean(self) -> float:
        """Of all networks."""
        return sum(self.validation) / len(self.validation)


def tune(
    study: Given, axes: Sequence[Axis], changes: Sequence[str] = (), *, methods: Sequence[str] = (),
    seeds: int | None = None, workers: int = 1,
) -> list[Tried]:  # fmt: skip
    """Train networks at every point of a grid; a method has no axes that are of other methods' tables alone.

    Args:
        study: see `learn`.
        axes: which keys vary, through which values.
        changes: `KEY=VALUE`, of the study at all points.
        methods, seeds: instead of the study's own.
        workers: networks that learn at the same time.

    Returns:
        Every point with every method, the best for each method first.

    Raises:
        RequestError: no axis; a point that is no valid request: nothing has been trained then.
    """
    check_axes(axes)
    designed = lessons(study, None, changes, methods=methods, seeds=seeds)
    points: list[tuple[dict[str, str], str, Lessons]] = []
    for method in designed.asked.methods:
        mine = [axis for axis in axes if not all(_of_another(key, method) for key in axis.keys)]
        for values in itertools.product(*(axis.values for axis in mine)):
            point = {key: value for axis, value in zip(mine, values, strict=True) for key in axis.keys}
            own = [*changes, *(f"{key}={value}" for key, value in point.items())]
            points.append((point, method, lessons(study, None, own, methods=[method], seeds=seeds)))
    tasks = [Task(training, None, False) for *_, given in points for training in given.trainings]
    networks = iter(train_all(tasks, workers))
    found = []
    for point, method, given in points:
        trained = [next(networks) for _ in given.trainings]
        known = [last(one.validation) for one in trained]
        found.append(Tried(point, method, known, sum(bool(one.stopped) for one in trained)))
    return sorted(found, key=lambda one: (one.method, -one.mean))


def _of_another(key: str, method: str) -> bool:
    """Whether a key is of another method's table: it changes nothing of this one."""
    table, _, rest = key.partition(".")
    other = rest.partition(".")[0]
    return table == "learning" and other in METHODS and other != method


def as_data(tried: Sequence[Tried]) -> list[dict[str, object]]:
    """Points that were tried as they stand in JSON, in the same order."""
    return [
        {"point": one.point, "method": one.method, "validation": one.validation, "stopped": one.stopped}
        for one in tried
    ]

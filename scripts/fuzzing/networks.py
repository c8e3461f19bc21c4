"""Kind `network`: studies of networks that learn on arrays or are put there: read, asked again, and if small run."""

from __future__ import annotations

import copy
import math
import shutil
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from fuzzing.case import STATUS, Case, Found, Place
from fuzzing.in_process import change_of, refusals, strict
from fuzzing.inputs import hostile
from fuzzing.inputs.originals import originals
from fuzzing.inputs.trained import NETWORK, PIECES
from fuzzing.keys import Path as Keys
from fuzzing.keys import parameters
from fuzzing.studies import IN_ANY, NETWORKS, OF_ARRAYS, Change, Tables, changed, set_key, set_parameter, shipped
from pyspice_models.campaign.learning.learned import Learned
from pyspice_models.campaign.learning.lessons import Lessons, lessons
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.program.inference.file import inference_tables
from pyspice_models.program.inference.infer import task_of
from pyspice_models.program.inference.inferred_data import report_text
from pyspice_models.program.inference.request import InferenceParams
from pyspice_models.program.inference.run import Task, infer_task
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.request import METHODS, LearningParams
from pyspice_models.program.learning.run import train
from pyspice_models.program.programming import Budget
from pyspice_models.study.tables.write import write_tables

SETS: Mapping[Keys, type[ParameterSet]] = {
    ("learning",): LearningParams, ("learning", "converters"): Converters,
    **{("learning", name): type(rules) for name, rules in METHODS.items()},
    ("inference",): InferenceParams, ("inference", "converters"): Converters, ("inference", "write_verify"): Budget,
}  # fmt: skip

_FILES = (
    "images.npz", "images-idx3-ubyte", "images.gz", "labels-idx1-ubyte", "weights.npz", "no.npz", ".", "/dev/zero", "",
    "a\0b", "x" * 300,
)  # fmt: skip
_SHARED: dict[str, tuple[Any, ...]] = {
    "data": ("digits", "mnist", "fashion-mnist", "x", "images.npz"), "images": _FILES, "labels": _FILES,
    "test_images": _FILES, "test_labels": _FILES, "converters": ({}, 1, {"x": 1}, []),
    "hidden": ([], [2], [3, 2], [0], [-1], [4095], [4096], [2] * 21, [2.5], "x", [True], [[2]], 2),
}  # fmt: skip
KEYS: Mapping[Keys, tuple[Any, ...]] = {
    **{(table, name): usual for table in sorted(NETWORKS) for name, usual in _SHARED.items()},
    ("learning", "methods"): (["fp"], ["fp", "sgd"], list(METHODS), [], ["x"], ["fp", "fp"], "fp", [1], [["fp"]]),
    ("inference", "weights"): _FILES, ("inference", "write_verify"): ({}, {"rounds": 2}, 1, {"x": 1}),
    ("array", "initial"): ({"pattern": "uniform"}, {"pattern": "checkerboard"}, {}),
    ("sweep", "over"): (["learning.sgd.rate=0.1,0.2"], ["learning.fp.rate=nan"], ["learning.x=1"], ["array.rows=1"]),
}  # fmt: skip
"""Keys that no parameter set declares; `hidden` and files of images mean the same in both tables."""


def _set_own_parameter(tables: Tables, dice: Random) -> None:
    set_parameter(tables, dice, {path: kind for path, kind in SETS.items() if path[0] in tables} or SETS)


def _set_own_key(tables: Tables, dice: Random) -> None:
    own = {path: usual for path, usual in KEYS.items() if path[0] not in NETWORKS or path[0] in tables}
    set_key(tables, dice, own)


CHANGES: Mapping[Change, int] = {**IN_ANY, **OF_ARRAYS, _set_own_parameter: 14, _set_own_key: 8}
_LARGEST = {"images x epochs": 400, "cells": 200, "hidden": 16, "pulse": 1e-4}
"""Of what is run: more takes longer than a case is worth."""


def base(dice: Random, name: str = "") -> tuple[str, Tables]:
    """A shipped study of a network, or the one of that name, most of the time small and with small images."""
    every = {name: tables for name, tables in shipped().items() if NETWORKS & set(tables)}
    name = name or dice.choice(list(every))
    tables = copy.deepcopy(every[name])
    if dice.random() < 0.93:
        shrink(tables, dice)
    return name, tables


def shrink(tables: Tables, dice: Random) -> None:
    """Give it images and a network of a few pixels and cells, in place."""
    tables["array"] |= {"rows": 16, "cols": 8}
    own = tables[next(iter(NETWORKS & set(tables)))]
    own.pop("data", None)
    own |= dice.choice(PIECES) | {"hidden": dice.choice(([], [2], [2])), "epochs": dice.choice((1, 1, 2))}
    if "learning" in tables:
        own |= {"seeds": dice.choice((1, 1, 2)), "methods": dice.choice((["fp"], ["fp"], ["fp", "sgd"], ["c-ttv2"]))}
    else:
        own |= {"arrays": dice.choice((1, 2)), "seed": dice.randrange(3)}
        if dice.random() < 0.5:
            own["weights"], own["hidden"] = NETWORK, [2]
    tables.pop("faults", None) if dice.random() < 0.3 else None


def files(place: Place) -> None:
    """Put images and networks beside a case's study."""
    for path in (originals(place.common) / "networks").iterdir():
        shutil.copy(path, place.inputs)


def network(case: Case, place: Place) -> None:
    """A mutated study of a network, perhaps with `--set`, methods, seeds or weights of the command line."""
    dice = case.dice()
    name, tables = base(dice)
    path = place.inputs / f"{name}.toml"
    path.write_bytes(changed(tables, dice, CHANGES))
    files(place)
    keys = [".".join(path) for path in (*parameters(SETS), *KEYS) if path[0] in tables]
    changes = [change_of(dice, keys) for _ in range(dice.choice((0, 0, 0, 0, 0, 1, 2)) if keys else 0)]
    place.note("set.txt", "\n".join(map(repr, changes)))
    other = dice.random() < 0.02
    with refusals():
        if ("learning" in tables) != other:
            odd: tuple[tuple[str, ...], ...] = (("fp",), ("fp",), ("sgd", "agad"), ("",), (hostile.text(dice),))
            methods = dice.choice(odd) if dice.random() < 0.2 else ()
            seeds = dice.choice((1, 2, 0, 1001, 10**30)) if dice.random() < 0.1 else None
            _use_lessons(lessons(path, None, changes, methods=methods, seeds=seeds), place, dice)
        else:
            weights = place.inputs / dice.choice(_FILES[:7]) if dice.random() < 0.15 else None
            _use_task(task_of(path, changes=changes, weights=weights), place, dice)


def _use_lessons(given: Lessons, place: Place, dice: Random) -> None:
    """What is written beside a result asks the same; small networks learn."""
    given.write(_folder(place))
    _same(given.question, lessons(_folder(place) / "study.toml").question)
    asked, images = given.asked, given.images.train
    if not _is_small(len(images) * asked.params.epochs, images.pixels.shape[1], asked.hidden, images.classes):
        return
    trainings = [one for one in given.trainings if one.method == "fp"][:2]
    on_arrays = [one for one in given.trainings if one.method != "fp"][:1]
    # the map of a long pulse, in which cells come to their bounds, takes a minute before it is refused
    short = max(asked.params.width, asked.params.transfer_width) <= _LARGEST["pulse"]
    if on_arrays and asked.params.way == "table" and short and dice.random() < 0.03:
        trainings = on_arrays
    found = [train(one, given.images, checkpoint=place.folder / f"{n}.npz") for n, one in enumerate(trainings)]
    for one in found:
        for shares in (one.validation, one.test):
            if not one.stopped and not ((shares >= 0) & (shares <= 1)).all():
                raise Found(STATUS, f"{one.method} knows {shares} of the images and nothing was said")
        if not math.isfinite(one.loss[0]) and not one.stopped:
            raise Found(STATUS, f"{one.method} has the losses {one.loss} and nothing was said")
    if len(found) == len(given.trainings):
        strict(Learned(given, found).text())


def _use_task(task: Task, place: Place, dice: Random) -> None:
    if not task.causes and dice.random() < 0.5:
        return
    asked = task.asked
    epochs = asked.params.epochs if asked.weights is None else 1
    train_images = len(task.images.train)
    if not _is_small(train_images * epochs, task.test.pixels.shape[1], asked.hidden, task.test.classes):
        return
    tables: dict[str, Any] = inference_tables(task.study, task.variation, asked)
    write_tables(tables, _folder(place))
    _same(task.question, task_of(_folder(place) / "study.toml").question)
    if asked.params.arrays <= 2 and asked.params.writing == "set" and dice.random() < 0.3:
        found = infer_task(task)
        if not ((found.accuracy >= 0) & (found.accuracy <= 1)).all():
            raise Found(STATUS, f"shares of {found.accuracy} are known and nothing was said")
        strict(report_text(found))


def _is_small(samples: int, pixels: int, hidden: tuple[int, ...], classes: int) -> bool:
    sizes = [pixels, *hidden, classes]
    cells = max((a + 1) * b for a, b in pairwise(sizes))
    return samples <= _LARGEST["images x epochs"] and cells <= _LARGEST["cells"] and len(hidden) <= _LARGEST["hidden"]


def _folder(place: Place) -> Path:
    made = place.folder / "again"
    made.mkdir(exist_ok=True)
    return made


def _same(question: str, again: str) -> None:
    if question != again:
        raise Found(STATUS, "the study that is written beside a result asks something else")

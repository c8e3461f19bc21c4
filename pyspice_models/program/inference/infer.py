"""Inference from a study to its results, in Python; the command does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pyspice_models.files import whole, write_text
from pyspice_models.folders.mark import Origin
from pyspice_models.folders.output import output_folder
from pyspice_models.program.inference.file import inference_tables, load_inference
from pyspice_models.program.inference.inferred_data import as_dataset, report_text
from pyspice_models.program.inference.request import Inference
from pyspice_models.program.inference.run import Inferred, Task, infer_task
from pyspice_models.progress import followed
from pyspice_models.result import save
from pyspice_models.study.study import Study
from pyspice_models.study.tables.source import Given
from pyspice_models.study.tables.write import write_tables

WEIGHTS = "weights.npz"
"""The network in numbers beside the result, in the form that `--weights` takes."""


def task_of(
    study: Given, asked: Inference | None = None, changes: Sequence[str] = (), *,
    weights: Path | str | Mapping[str, Any] | None = None, engine: str = "", form: str = "",
) -> Task:  # fmt: skip
    """What is to be done.

    Args:
        study: a study, a study file, or the tables of one.
        asked: what is asked; None for what the file's `[inference]` table says.
        changes: `KEY=VALUE`, as `--set` takes them.
        weights: an .npz, or arrays by name, instead of its own.
        engine, form: instead of the study's own.

    Raises:
        RequestError: as `load_inference` and `Task`.
    """
    if asked is not None and isinstance(study, Study):
        nominal, variation = study, None
    else:
        nominal, variation, own = load_inference(study, changes, engine=engine, form=form)
        asked = asked or own
    if weights is not None:
        asked = replace(asked, weights=weights if isinstance(weights, Mapping) else Path(weights).absolute())
    return Task(nominal, variation, asked)


def infer(
    study: Given,
    inference: Inference | None = None,
    *,
    weights: Path | str | Mapping[str, Any] | None = None,
    folder: Path | str | None = None,
    force: bool = False,
    progress: Callable[[float], None] | bool | None = None,
) -> Inferred:
    """Put a trained network on the array, classify the test images through the circuit, and attribute what is lost.

    Args:
        study: whose `[array]` is the largest crossbar that a layer may be on: a study, a study file, or its tables.
        inference: what is asked; None for what the file's `[inference]` table says.
        weights: an .npz with w0, w1, ... and b0, b1, ..., or these arrays by name, instead of its own.
        folder: for request, weights, report and dataset; without it they are not kept.
        force: replace another result in this folder.
        progress: True for a bar, in notebooks and terminals; or what is told the share that is done.

    Raises:
        RequestError: see `task_of`; the folder holds something else.
    """
    task = task_of(study, inference, weights=weights)
    if folder is None:
        with followed(progress, task.study.name) as told:
            return infer_task(task, told)
    made = Origin("infer", task.question, {"study": task.study.name})
    with output_folder(Path(folder), made, force=force) as scratch:
        with followed(progress, task.study.name) as told:
            found = infer_task(task, told)
        save_inferred(found, scratch)
    return found


def save_inferred(found: Inferred, folder: Path) -> None:
    """Write request, weights, report and dataset; `ag2s infer FOLDER/study.toml` asks the same.

    Raises:
        OSError: the disk is full.
        RequestError, StorageError: see `write_tables`.
    """
    task, net = found.task, found.task.floats
    arrays = {f"w{n}": one for n, one in enumerate(net.weights)}
    arrays |= {f"b{n}": one for n, one in enumerate(net.biases) if one is not None}
    with whole(folder / WEIGHTS) as file:
        np.savez(file, allow_pickle=False, **arrays)
    kept = task.asked if not isinstance(task.asked.weights, Mapping) else replace(task.asked, weights=None)
    tables = inference_tables(task.study, task.variation, kept)
    if task.asked.weights is not None:
        tables["inference"]["weights"] = WEIGHTS
    write_tables(tables, folder)
    write_text(folder / "report.json", report_text(found) + "\n")
    save(as_dataset(found), folder / "inference.nc")

"""What inference comes to: a dataset over conditions and arrays, and the report as JSON holds it."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.program.inference.causes import ABOUT, ALL
from pyspice_models.program.inference.run import Inferred


def as_dataset(found: Inferred) -> xr.Dataset:
    """Accuracy and confusion over (condition, array), costs over cause, levels of the first array as they are read.

    Attributes tell rows and columns of an image, and the accuracy in floating point.
    """
    task, params = found.task, found.task.asked.params
    costs, causes = found.costs(), task.causes
    model = task.study.crossbar.model
    variables: dict[str, Any] = {
        "accuracy": (("condition", "array"), found.accuracy, _told("1", "share of test images known")),
        "confusion": (
            ("condition", "array", "true_class", "taken_for"), found.confusion, _told("1", "test images"),
        ),
        "confusion_float": (("true_class", "taken_for"), found.floating, _told("1", "test images, floating point")),
        "accuracy_float": ((), found.float_accuracy, _told("1", "share of test images known in floating point")),
        "gained_without": (
            ("cause",), [costs[one][0] for one in causes], _told("1", "accuracy won by switching the cause off"),
        ),
        "lost_alone": (("cause",), [costs[one][1] for one in causes], _told("1", "accuracy lost to the cause alone")),
    }  # fmt: skip
    for number, (layer, arrays) in enumerate(zip(task.layers, found.states, strict=True)):
        weights = task.floats.matrices[number]
        variables[f"weights_{number}"] = ((f"input_{number}", f"output_{number}"), weights, _told("1", "weight"))
        for place, (block, states) in enumerate(zip(layer.blocks, arrays, strict=True)):
            dims = (f"row_{number}_{place}", f"col_{number}_{place}")
            about = f"level asked for, {block.name}"
            variables[f"asked_{number}_{place}"] = (dims, block.levels, _told("1", about))
            about = f"level held, first array, {block.name}"
            variables[f"held_{number}_{place}"] = (dims, np.asarray(states[model.level]), _told("1", about))
    coords = {
        "condition": [one.name for one in found.conditions], "cause": causes,
        "array": np.arange(params.seed, params.seed + params.arrays),
    }  # fmt: skip
    form = task.images.test.form
    return xr.Dataset(variables, coords, {"image_rows": form[0], "image_cols": form[1]})


def report_text(found: Inferred) -> str:
    """The report as JSON."""
    return json.dumps(as_data(found), indent=2)


def as_data(found: Inferred) -> dict[str, Any]:
    """The report: accuracies are shares of the test images; null for a deviation of one array."""
    task, params = found.task, found.task.asked.params
    return {
        "study": task.study.name,
        "images": len(task.test),
        "layers": task.floats.sizes,
        "weights": "trained here in floating point" if task.asked.weights is None else "given",
        "mapping": params.mapping,
        "writing": params.writing,
        "tiles": [[list(block.levels.shape) for block in layer.blocks] for layer in task.layers],
        "arrays": params.arrays,
        "float": found.float_accuracy,
        "array": {"mean": found.mean(ALL), "deviation": _plain(found.deviation(ALL))},
        "causes": {
            cause: {"about": ABOUT[cause], "gained_without": without, "lost_alone": alone}
            for cause, (without, alone) in found.costs().items()
        },
        "conditions": {
            one.name: {
                "mean": found.mean(one.name),
                "deviation": _plain(found.deviation(one.name)),
                "arrays": found.accuracy[place].tolist(),
            }
            for place, one in enumerate(found.conditions)
        },
    }


def _told(unit: str, about: str) -> dict[str, str]:
    return {"units": unit, "long_name": about}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""What trained networks come to: a dataset over methods, seeds and epochs, and the report as JSON holds it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.program.learning.images.images import Split
from pyspice_models.program.learning.ledger import PARTS, PURPOSES
from pyspice_models.program.learning.request import Learning
from pyspice_models.program.learning.trained import Trained

Array = NDArray[np.float64]

_LAYER = {
    "weights": ("weight", "1"),
    "slow w": ("level of the cell of C", "1"),
    "fast w": ("level of the cell of A", "1"),
    "slow reference": ("level of C that counts as the weight 0", "1"),
    "fast reference": ("level of A that counts as 0", "1"),
    "hidden": ("H, pulses of C that are gathered", "1"),
    "slow x": ("filament of the cell of C", "1"),
    "fast x": ("filament of the cell of A", "1"),
    "slow counts": ("whole pulses that the cell of C has had", "1"),
    "fast counts": ("whole pulses that the cell of A has had", "1"),
}
"""What a layer keeps: what it is, and its unit."""


Response = tuple[Array, Array, Array, float]
"""Levels, their changes by a whole set and reset pulse, and the symmetric point of a nominal cell."""


def as_dataset(
    networks: Sequence[Trained], asked: Learning, form: tuple[int, int], response: Response | None
) -> xr.Dataset:  # fmt: skip
    """Everything over (algorithm, seed), NaN where a method has no such thing.

    Its attributes tell rows and columns of an image. Variables: `loss`, `validation`, `test` over epochs; `confusion`;
    `energy` (purpose, part) and `time` (purpose) of a whole training, `samples`; for each layer what it keeps, such as
    `weights_0` over (input_0, output_0).
    """
    methods, seeds = asked.methods, sorted({one.seed for one in networks})
    place = {(one.method, one.seed): one for one in networks}

    def every(value: Any, shape: tuple[int, ...]) -> Array:
        found = np.full((len(methods), len(seeds), *shape), np.nan)
        for m, method in enumerate(methods):
            for s, seed in enumerate(seeds):
                if (one := place.get((method, seed))) is not None and (values := value(one)) is not None:
                    found[m, s] = values
        return found

    epochs, classes = asked.params.epochs, len(networks[0].confusion)
    head = ("algorithm", "seed")
    variables: dict[str, Any] = {}

    def add(name: str, dims: tuple[str, ...], shape: tuple[int, ...], value: Any, unit: str, about: str) -> None:
        variables[name] = ((*head, *dims), every(value, shape), {"units": unit, "long_name": about})

    add("loss", ("epoch",), (epochs + 1,), lambda one: [np.nan, *one.loss], "1", "mean loss of the epoch's images")
    add("validation", ("epoch",), (epochs + 1,), lambda one: one.validation, "1", "share of validation images known")
    add("test", ("epoch",), (epochs + 1,), lambda one: one.test, "1", "share of test images known")
    add("confusion", ("true_class", "taken_for"), (classes, classes), lambda one: one.confusion, "1",
        "test images at the end")  # fmt: skip
    add("samples", (), (), lambda one: one.samples, "1", "images learned from, each epoch anew")
    add("energy", ("purpose", "part"), (len(PURPOSES), len(PARTS)), lambda one: one.ledger.energy, "J",
        "of the whole training, converters left out")  # fmt: skip
    add("time", ("purpose",), (len(PURPOSES),), lambda one: one.ledger.time, "s", "on the arrays, one after another")
    add("conversions", ("converter",), (2,), lambda one: [one.ledger.voltages, one.ledger.currents], "1",
        "numbers made voltages, currents made numbers")  # fmt: skip
    for number, layer in enumerate(networks[0].layers):
        shape = layer["weights"].shape
        for key, (about, unit) in _LAYER.items():
            if any(key in one.layers[number] for one in networks):
                add(f"{key.replace(' ', '_')}_{number}", (f"input_{number}", f"output_{number}"), shape,
                    lambda one, n=number, k=key: one.layers[n].get(k), unit, f"{about}, layer {number}")  # fmt: skip
    coords: dict[str, Any] = {
        "algorithm": list(methods), "seed": seeds, "epoch": np.arange(epochs + 1), "purpose": list(PURPOSES),
        "part": list(PARTS), "converter": ["voltages", "currents"],
    }  # fmt: skip
    if response is not None:
        coords["level"] = response[0]
        for name, change in (("set", response[1]), ("reset", response[2])):
            about = f"change of a nominal cell's level by a whole {name} pulse"
            variables[f"response_{name}"] = (("level",), change, {"units": "1", "long_name": about})
        about = "level around which a nominal cell goes to and fro under alternating pulses"
        variables["symmetric_point"] = ((), response[3], {"units": "1", "long_name": about})
    return xr.Dataset(variables, coords, {"image_rows": form[0], "image_cols": form[1]})


def report_text(study: str, networks: Sequence[Trained], asked: Learning, images: Split) -> str:
    """The report as JSON."""
    return json.dumps(as_data(study, networks, asked, images), indent=2)


def as_data(study: str, networks: Sequence[Trained], asked: Learning, images: Split) -> dict[str, Any]:
    """The report of the study `study`, numbers in SI units; null for what is not there."""
    return {
        "study": study,
        "images": {name: len(getattr(images, name)) for name in ("train", "validation", "test")},
        "layers": [images.train.pixels.shape[1], *asked.hidden, images.train.classes],
        "epochs": asked.params.epochs,
        "methods": {
            name: summary([one for one in networks if one.method == name], asked) for name in asked.methods
        },
    }  # fmt: skip


def summary(networks: Sequence[Trained], asked: Learning) -> dict[str, Any]:
    """Of the networks of one method: accuracies, and the means of what a sample costs."""
    test = [one.accuracy for one in networks]
    found: dict[str, Any] = {
        "test": {"mean": float(np.mean(test)), "deviation": _deviation(test), "networks": test},
        "validation": {"mean": _plain(float(np.mean([last(one.validation) for one in networks])))},
        "stopped": [one.stopped for one in networks if one.stopped],
    }
    if audits := [audit for one in networks for audit in one.audits.values()]:
        found["audit"] = {
            "updates_repeated": sum(len(audit.distances) for audit in audits),
            "passed": all(audit.passed for audit in audits),
            **{name: max(getattr(audit, name) for audit in audits) for name in ("rms", "worst", "energy")},
        }
    if any(one.ledger.count.any() for one in networks):
        samples = np.array([max(1, one.samples) for one in networks], dtype=float)
        energy = np.mean([one.ledger.energy / n for one, n in zip(networks, samples, strict=True)], axis=0)
        time = np.mean([one.ledger.time / n for one, n in zip(networks, samples, strict=True)], axis=0)
        found["energy_per_sample"] = {
            purpose: {part: _value(energy[p, n], "J") for n, part in enumerate(PARTS) if energy[p, n]}
            for p, purpose in enumerate(PURPOSES)
        }
        found["time_per_sample"] = {purpose: _value(time[p], "s") for p, purpose in enumerate(PURPOSES)}
        found["most_pulses_of_a_cell"] = most_pulses(networks)
        if asked.converters.dac_energy or asked.converters.adc_energy:
            found["converters_per_sample"] = {**_value(converters(networks, asked), "J"), "tag": "assumed"}
    return found


def converters(networks: Sequence[Trained], asked: Learning) -> float:
    """Energy of conversions by a sample, with the user's constants [J]."""
    own = asked.converters
    each = [one.ledger.voltages * own.dac_energy + one.ledger.currents * own.adc_energy for one in networks]
    return float(np.mean([joule / max(1, one.samples) for joule, one in zip(each, networks, strict=True)]))


def most_pulses(networks: Sequence[Trained]) -> int:
    """Whole pulses that the busiest cell has had."""
    return max(
        (int(layer[key].max()) for one in networks for layer in one.layers for key in layer if key.endswith("counts")),
        default=0,
    )


def per_sample(networks: Sequence[Trained]) -> tuple[Array, Array]:
    """Means of energy, shape (purposes, parts) [J], and time, shape (purposes,) [s], by sample."""
    energy = np.mean([one.ledger.energy / max(1, one.samples) for one in networks], axis=0)
    time = np.mean([one.ledger.time / max(1, one.samples) for one in networks], axis=0)
    return np.asarray(energy), np.asarray(time)


def last(values: Array) -> float:
    """The last number that is there."""
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else math.nan


def _deviation(values: Sequence[float]) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _value(value: float, unit: str) -> dict[str, Any]:
    return {"value": _plain(float(value)), "unit": unit}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None

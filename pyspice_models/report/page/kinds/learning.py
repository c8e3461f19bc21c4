"""Networks that were trained on crossbars: accuracy by epoch, what is mistaken for what, energy and time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import Axis, Block, Curve, Curves, Map, Number, Paragraph, Report, Section, Table
from pyspice_models.report.page.kinds.common import again_section, measures_table, number, read_json, warnings_section
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load

NAMES = {"fp": "floating point", "sgd": "SGD on one array", "ttv1": "Tiki-Taka", "ttv2": "TTv2 on two arrays"}
_SIDE = 384  # squares of a map
_TICKS = 14


def learning_report(found: Found) -> Report:
    """The report of `ag2s learn`."""
    told, dataset, asked = (
        read_json(found.folder / "report.json"),
        load(found.folder / "learning.nc"),
        asked_in(found.folder),
    )
    methods: Mapping[str, Mapping[str, Any]] = told.get("methods", {})
    layers = "-".join(map(str, told.get("layers", [])))
    images = told.get("images", {})
    stopped = [f"{named(name)}: {reason}" for name, one in methods.items() for reason in one.get("stopped", [])]
    audits = ", ".join(named(name) for name, one in methods.items() if "audit" in one and not one["audit"]["passed"])
    facts = [
        f"network {layers}", f"{told.get('epochs', '?')} epochs", f"{dataset.sizes['seed']} networks by each method",
        ", ".join(f"{count} images to {_WHAT.get(name, name)}" for name, count in images.items()),
    ]  # fmt: skip
    measures = _measures(methods)
    sections = [
        Section("question", "What was asked", [Paragraph(
            f"Train a network of layers {layers} by {', '.join(named(name) for name in methods)}; what it knows is "
            "told of test images that no training saw.")]),
        warnings_section(*stopped, f"Updates repeated as transients differ too much: {audits}." if audits else ""),
        Section("measures", "What came out", [measures_table(measures), *_energy(methods)]),
        Section("figures", "Epoch by epoch", list(_epochs(dataset))),
        Section("maps", "Mistakes and weights", list(_maps(dataset))),
        _response(dataset),
        sources_section(asked),
        again_section(found),
    ]  # fmt: skip
    title = str(asked.tables.get("study", {}).get("title", told.get("study", found.folder.name)))
    return Report(
        found.folder.name, "Training on crossbars", title, facts, [one for one in sections if one is not None],
        measures, settings_of(asked.tables),
    )  # fmt: skip


_WHAT = {"train": "learn from", "validation": "watch it by", "test": "judge it by"}


def named(method: str) -> str:
    """A method in words."""
    return NAMES.get(method, method)


def _measures(methods: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[Number, str]]:
    found = {}
    for name, one in methods.items():
        test = one.get("test", {})
        for key, value, unit, about in (
            ("test", test.get("mean"), "", "share of test images known at the end, mean of the networks"),
            ("deviation", test.get("deviation"), "", "standard deviation of that between the networks"),
            ("validation", one.get("validation", {}).get("mean"), "", "share of validation images known at the end"),
            ("most_pulses", one.get("most_pulses_of_a_cell"), "", "whole pulses that the busiest cell has had"),
        ):
            if isinstance(known := number(value, unit), Number):
                found[f"{name}_{key}"] = (known, f"{named(name)}: {about}")
    return found


def _energy(methods: Mapping[str, Mapping[str, Any]]) -> Iterator[Table]:
    for name, one in methods.items():
        energy, time = one.get("energy_per_sample", {}), one.get("time_per_sample", {})
        if not energy:
            continue
        parts = list(dict.fromkeys(part for parts in energy.values() for part in parts))
        rows = [
            [purpose, *(_value(energy[purpose].get(part)) for part in parts), _value(time.get(purpose))]
            for purpose in energy
        ]
        title = f"{named(name)}: energy and time for each image learned from, converters left out"
        yield Table(f"energy_{name}", title, ["for", *parts, "time"], rows)


def _value(one: Any) -> Number | str:
    return number(one.get("value"), one.get("unit", "")) if isinstance(one, Mapping) else ""


def _epochs(dataset: xr.Dataset) -> Iterator[Curves]:
    epochs = dataset["epoch"].values.astype(float)
    few = tuple(epochs.tolist()) if len(epochs) <= _TICKS else ()
    for name, title, label in (
        ("test", "Test images known", "share of test images"), ("validation", "Validation images known", "share"),
        ("loss", "Loss", "mean loss of the epoch"),
    ):  # fmt: skip
        values = dataset[name]
        if not np.isfinite(values.values).any():
            continue
        curves = []
        for colour, method in enumerate(dataset["algorithm"].values):
            own = values.sel(algorithm=method).values
            for n, seed in enumerate(own):
                words = (
                    f"{named(str(method))}, seed {dataset['seed'].values[n]}" if len(own) > 1 else named(str(method))
                )
                curves.append(
                    Curve(words, epochs, np.asarray(seed, dtype=float), "both" if n == 0 else "dashed", colour)
                )
        about = str(values.attrs.get("long_name", ""))
        yield Curves(name, title, Axis("epoch", ticks=few), Axis(label), curves, about)


def _maps(dataset: xr.Dataset) -> Iterator[Block]:
    for method in map(str, dataset["algorithm"].values):
        counts = dataset["confusion"].sel(algorithm=method).sum("seed").values.astype(float)
        labels = [str(n) for n in range(len(counts))]
        about = "test images of all networks; rows: what they show, columns: what they were taken for"
        yield Map(
            f"confusion_{method}", f"mistakes, {named(method)}", counts, "", about, Axis("shows", "", "words", labels),
            Axis("taken for", "", "words", labels), "Blues", "symlog", 0.0, float(counts.max()) or 1.0, 1.0,
        )  # fmt: skip
    for name in (str(name) for name in dataset if str(name).startswith("weights_")):
        for method in map(str, dataset["algorithm"].values):
            values = dataset[name].sel(algorithm=method).isel(seed=0).values.astype(float)
            if not np.isfinite(values).any() or max(values.shape) > _SIDE:
                continue
            top = float(np.nanmax(np.abs(values))) or 1.0
            layer = name.removeprefix("weights_")
            yield Map(
                f"{name}_{method}", f"weights of layer {layer}, {named(method)}", values, "",
                f"seed {dataset['seed'].values[0]}; rows: inputs, columns: outputs", Axis("input"), Axis("output"),
                "RdBu_r", low=-top, high=top,
            )  # fmt: skip


def _response(dataset: xr.Dataset) -> Section | None:
    if "response_set" not in dataset:
        return None
    level = dataset["level"].values.astype(float)
    changes = {word: dataset[f"response_{word}"].values.astype(float) for word in ("set", "reset")}
    curves = [Curve(word, level, change, "line", n) for n, (word, change) in enumerate(changes.items())]
    about = "change of a nominal cell's level by one whole pulse, from that level"
    figure = Curves("response", "What a pulse does", Axis("level before"), Axis("change of the level"), curves, about)
    point = number(float(dataset["symmetric_point"]))
    return Section("response", "The cell as a weight", [figure, Paragraph(f"Symmetric point: {point}.")])

"""A million reads, or a long rest: levels of cells over them, what came out, and where."""

from __future__ import annotations

import numpy as np
import xarray as xr

from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import Axis, Block, Curve, Curves, Map, Report, Section
from pyspice_models.report.page.kinds.common import (
    again_section,
    measured,
    measures_table,
    read_json,
    warnings_section,
)
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load
from pyspice_models.units import shown

_TITLES = {"disturb": "Very many reads", "retain": "A long rest"}
_QUANTILES = ((0.1, ", 10 %", "dashed"), (0.5, ", median", "line"), (0.9, ", 90 %", "dashed"))


def lasting_report(found: Found) -> Report:
    """The report of `ag2s disturb` and of `ag2s retain`."""
    kind = found.kind
    dataset, told = load(found.folder / f"{kind}.nc"), read_json(found.folder / f"{kind}.json")
    asked = asked_in(found.folder)
    attrs = dataset.attrs
    measures = measured(told.get("measures", {}))
    missing = [name for name, one in told.get("measures", {}).items() if name not in measures]
    never = f"Not reached by the end: {', '.join(missing)}." if missing else ""
    facts = [f"{dataset.sizes['row']} x {dataset.sizes['col']} cells", f"engine: {attrs.get('engine', '?')}"]
    if kind == "disturb":
        facts.append(f"{float(dataset['rounds'][-1]):.3g} rounds of reads, {attrs.get('simulated', '?')} simulated")
        figures = _disturbed(dataset)
    else:
        facts.append(f"{shown(float(dataset['moment'][-1]), 's')} at rest")
        figures = _retained(dataset)
    sections = [
        warnings_section(str(told.get("warning", "")), never),
        Section("measures", "What came out", [measures_table(measures)]),
        Section("figures", "What the cells hold", figures),
        sources_section(asked),
        again_section(found),
    ]
    title = str(attrs.get("title") or attrs.get("study") or found.folder.name)
    return Report(
        found.folder.name, _TITLES[kind], title, facts, [one for one in sections if one is not None], measures,
        settings_of(asked.tables),
    )  # fmt: skip


def _disturbed(dataset: xr.Dataset) -> list[Block]:
    counts = dataset["rounds"].values
    axis = Axis("rounds of reads", "", "log")
    moved = [str(name) for name in dataset if str(name).startswith("moved_")]
    curves = []
    for number, name in enumerate(moved):
        most = np.nanmax(np.abs(dataset[name].values), axis=(1, 2))[1:]
        if (most > 0).any():
            words = f"state {name.removeprefix('moved_')}"
            curves.append(Curve(words, counts[1:], np.where(most > 0, most, np.nan), "both", number))
    found: list[Block] = [
        Curves("levels", "Levels", axis, Axis("level", ""), _bands(counts, dataset["state_level"].values))
    ]
    if curves:
        about = "how far reads alone move the state of the cell that moves most"
        found.append(Curves("moved", "Way of states", axis, Axis("way", "", "log"), curves, about))
    found.append(Map("voltage", "Largest voltage in a round", dataset["largest_voltage"].values, "V"))
    return [*found, *_change(dataset["conductance"].values)]


def _retained(dataset: xr.Dataset) -> list[Block]:
    moments = dataset["moment"].values
    axis = Axis("time at rest", "s", "log")
    kept = [
        Curve(shown(float(kelvin), "K"), moments[1:], dataset["kept"].values[n][1:], "line", n)
        for n, kelvin in enumerate(dataset["temperature"].values)
    ]
    lost = [
        Curve(shown(float(kelvin), "K"), moments[1:], dataset["lost"].values[n][1:], "line", n)
        for n, kelvin in enumerate(dataset["temperature"].values)
    ]
    first = shown(float(dataset["temperature"][0]), "K")
    return [
        Curves("kept", "What ones keep", axis, Axis("share of the level, median", ""), kept),
        Curves("lost", "Ones that are lost", axis, Axis("share of the ones", ""), lost),
        Curves("levels", f"Levels at {first}", axis, Axis("level", ""),
               _bands(moments, dataset["state_level"].values[0])),
        *_change(dataset["conductance"].values[0]),
    ]  # fmt: skip


def _bands(along: np.ndarray, levels: np.ndarray) -> list[Curve]:
    """Of ones and of zeros the median between two percentiles."""
    flat = levels.reshape(len(levels), -1)
    flat = flat[:, np.isfinite(flat[0])]
    ones = flat[0] >= 0.5
    curves: list[Curve] = []
    for colour, (word, group) in enumerate((("ones", ones), ("zeros", ~ones))):
        if group.any():
            for share, name, style in _QUANTILES:
                values = np.quantile(flat[:, group], share, axis=1)
                curves.append(Curve(f"{word}{name}", along[1:], values[1:], style, colour))  # type: ignore[arg-type]
    return curves


def _change(conductance: np.ndarray) -> list[Block]:
    """Conductances before and after as maps."""
    return [
        Map("before", "Conductances before", conductance[0], "S"),
        Map("after", "Conductances after", conductance[-1], "S"),
    ]

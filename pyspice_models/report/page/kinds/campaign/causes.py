"""What moves what: Sobol indices with their intervals, or one cause at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from pyspice_models.campaign.assumptions import tornado
from pyspice_models.campaign.assumptions.tornado import HEADLINES, Tornado, measures_of
from pyspice_models.campaign.causes.run import measures_in
from pyspice_models.folders.found import Found
from pyspice_models.report.campaign.tornado import bars_of
from pyspice_models.report.page.blocks import Axis, Block, Cell, Map, Number, Paragraph, Report, Section, Table
from pyspice_models.report.page.kinds.campaign.sweep import in_front, words
from pyspice_models.report.page.kinds.common import again_section, measures_table, number, warnings_section
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load
from pyspice_models.units import micro

_CAUSES, _MEASURES, _OPEN = 20, 14, 4


def causes_report(found: Found) -> Report:
    """The report of `ag2s causes`."""
    dataset, asked = load(found.folder / "causes.nc"), asked_in(found.folder)
    attrs, pairs = dataset.attrs, int(dataset.attrs["samples"])
    every = measures_in(dataset) if pairs else measures_of(dataset)
    names = in_front(HEADLINES, every)
    failed, reason = int(attrs["failed"]), str(attrs.get("first_failure", ""))
    facts = [
        f"{attrs['runs']} runs" if "runs" in attrs else f"{1 + 2 * dataset.sizes['parameter']} runs",
        f"seed {attrs['seed']}", f"simulated by {attrs['engine']}", f"form of the cell: {attrs['form']}",
    ]  # fmt: skip
    told: Callable[[xr.Dataset, Sequence[str]], list[Block]] = _indices if pairs else _bars
    question = (
        f"Which spread moves which measure: shares of the variance (Sobol indices) from {pairs} pairs of arrays."
        if pairs
        else "Which spread moves which measure: one cause at a time, in an array whose others lie at their medians."
    )
    measures = _strongest(dataset, names) if pairs else _medians(dataset, names)
    sections = [
        Section("question", "What was asked", [Paragraph(question)]),
        warnings_section(str(attrs.get("warning", "")), f"{failed} runs failed; the first: {reason}" if failed else ""),
        Section("measures", "What came out", [measures_table(measures)]),
        Section("moves", "What moves what", told(dataset, names)),
        sources_section(asked),
        again_section(found, str(attrs.get("versions", ""))),
    ]
    return Report(
        found.folder.name, "What moves what", str(attrs.get("title", found.folder.name)), facts,
        [one for one in sections if one is not None], measures, settings_of(asked.tables),
    )  # fmt: skip


Measures = dict[str, tuple[Number, str]]


def _strongest(dataset: xr.Dataset, names: Sequence[str]) -> Measures:
    """Of each measure how much of its variance goes with its strongest cause."""
    found: Measures = {}
    for name in names:
        total = dataset[name].sel(index="total")
        if np.isfinite(total.values).any():
            cause = str(dataset["cause"].values[int(np.nanargmax(total.values))])
            found[name] = (
                Number(float(total.max())),
                f"share of its variance that goes with its strongest cause, {cause}",
            )
    return found


def _medians(dataset: xr.Dataset, names: Sequence[str]) -> Measures:
    """Of each measure its value in the array whose causes all lie at their medians."""
    every = {name: number(dataset[name].attrs["nominal"], str(dataset[name].attrs["units"])) for name in names}
    return {
        name: (value, f"{micro(str(dataset[name].attrs['long_name']))}; in the median array")
        for name, value in every.items()
        if isinstance(value, Number)
    }


def _indices(dataset: xr.Dataset, names: Sequence[str]) -> list[Block]:
    causes = [str(one) for one in dataset["cause"].values]
    total = np.array([dataset[name].sel(index="total").values for name in names])
    about = "total index: the share of a measure's variance that goes when the cause is held, interactions included"
    return [
        _map(causes, names, total.T, "Shares of the variance", about),
        *(_table(dataset, name, causes, number >= _OPEN) for number, name in enumerate(names)),
    ]


def _table(dataset: xr.Dataset, name: str, causes: Sequence[str], folded: bool) -> Table:
    values, widths = dataset[name].values, dataset[f"{name}_width"].values
    rows = [
        [causes[n], *(f"{values[index, n]:.3f} ± {widths[index, n]:.3f}" for index in (0, 1))]
        for n in np.argsort(-values[1], kind="stable")
    ]
    head = ["cause", "by itself", "with interactions"]
    return Table(f"causes_{name}", f"{words(name)}: shares with 95 % confidence", head, rows, folded=folded)


def _bars(dataset: xr.Dataset, names: Sequence[str]) -> list[Block]:
    every = [tornado(dataset, name) for name in names]
    moving = [one for one in every if bars_of(one)]
    causes = [str(one) for one in dataset["parameter"].values]
    spans = np.zeros((len(causes), len(moving)))
    for column, one in enumerate(moving):
        for bar in one.bars:
            spans[causes.index(bar.parameter), column] = bar.span
    shares = spans / np.maximum(spans.max(axis=0, initial=0), 1e-300)
    about = "how far a cause moves a measure, as a share of what the strongest does"
    still = [words(one.measure) for one in every if one not in moving]
    blocks: list[Block] = [_map(causes, [one.measure for one in moving], shares, "One cause at a time", about)]
    blocks += [_of_bars(one, number >= _OPEN) for number, one in enumerate(moving)]
    return [*blocks, Paragraph(f"No cause moves: {', '.join(still)}.", "note")] if still else blocks


def _of_bars(one: Tornado, folded: bool) -> Table:
    rows: list[list[Cell]] = [
        [
            bar.parameter, *(f"{end:+g} σ" for end in bar.ends),
            *("failed" if not np.isfinite(value) else number(value, one.unit) for value in bar.at),
        ]
        for bar in bars_of(one)
    ]  # fmt: skip
    title = f"{words(one.measure)}: {Number(one.nominal, one.unit)} in the median array"
    head = ["cause", "from", "to", "measure from", "to"]
    return Table(f"causes_{one.measure}", micro(title), head, rows, folded=folded)


def _map(causes: Sequence[str], names: Sequence[str], values: np.ndarray, title: str, about: str) -> Map:
    """A row for each of the causes that move anything most, a column for each of the first measures."""
    values = values[:, :_MEASURES]
    strongest = np.nan_to_num(values).max(axis=1, initial=0)
    order = [n for n in np.argsort(-strongest, kind="stable") if strongest[n] > 0][:_CAUSES]
    return Map(
        "causes", title, values[order], "", about, Axis("cause", "", "words", [words(causes[n]) for n in order]),
        Axis("measure", "", "words", [words(name) for name in names[:_MEASURES]]), low=0.0, high=1.0,
    )  # fmt: skip

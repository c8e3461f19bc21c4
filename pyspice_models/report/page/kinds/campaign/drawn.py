"""One drawn array: what its deviations are sums of, cell by cell, and what its lines and ends have each for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr

from pyspice_models.folders.found import Found
from pyspice_models.report.campaign.drawn import maps_of
from pyspice_models.report.page.blocks import Axis, Block, Curve, Curves, Map, Number, Paragraph, Report, Section, Table
from pyspice_models.report.page.kinds.campaign.sweep import words
from pyspice_models.report.page.kinds.common import again_section, number
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.report.page.kinds.study import SQUARES, blocks
from pyspice_models.result import load
from pyspice_models.study.draws.drawn import PARTS, as_data
from pyspice_models.units import micro


def drawn_report(found: Found) -> Report:
    """The report of `ag2s drawn`."""
    dataset, asked = load(found.folder / "drawn.nc"), asked_in(found.folder)
    rows, cols = dataset.sizes.get("row", 0), dataset.sizes.get("col", 0)
    title = asked.study.title if asked.study is not None else str(dataset.attrs["study"])
    deviations = as_data(dataset)["deviations"]
    question = "One array as it is drawn from the spreads of [variability], without a simulation."
    sections = [
        Section("question", "What was asked", [Paragraph(question)]),
        Section("parts", "How far each part goes over the array", [_parts(deviations), *_own(dataset)]),
        Section("maps", "Deviations, cause by cause", list(_maps(dataset))),
        sources_section(asked),
        again_section(found),
    ]
    facts = [f"{rows} x {cols} cells", f"cell: {dataset.attrs['cell']}", f"array {dataset.attrs['seed']}"]
    measures = {
        name: (Number(parts["sum"]), "relative deviation, standard deviation over the array")
        for name, parts in deviations.items()
    }
    return Report(
        found.folder.name, "One drawn array", title, facts, [one for one in sections if one is not None], measures,
        settings_of(asked.tables),
    )  # fmt: skip


def _parts(deviations: Mapping[str, Mapping[str, float]]) -> Table:
    rows = [
        [name, *(f"{100 * parts[part]:.3g} %" if parts[part] else "" for part in (*PARTS, "sum"))]
        for name, parts in deviations.items()
    ]
    title = "Deviations: standard deviations over the array; of the lot its value, of a gradient its whole way"
    return Table("parts", title, ["cause", *PARTS, "sum"], rows)


def _own(dataset: xr.Dataset) -> Iterator[Block]:
    """Parameters of cells, lines, ends and selectors: their ends and means."""
    rows = []
    for name, values in dataset.items():
        if "part" in values.dims:
            continue
        unit, flat = str(values.attrs.get("units", "")), values.values.astype(float)
        about = micro(str(values.attrs.get("long_name", "")))
        what = str(name).removeprefix("cell_").removeprefix("own_")
        rows.append([what, *(number(float(end), unit) for end in (flat.min(), flat.mean(), flat.max())), about])
    if rows:
        head = ["parameter", "lowest", "mean", "highest", "what it is"]
        yield Table("own", "What cells, lines and ends have each for itself", head, rows, last_explains=True)
    for name, values in dataset.items():
        if str(name).startswith("own_") and values.ndim == 1:
            line = Curve("", np.arange(values.size, dtype=float), values.values.astype(float), "points")
            unit = str(values.attrs.get("units", ""))
            along = Axis({"row": "word line", "col": "bit line"}.get(str(values.dims[0]), str(values.dims[0])))
            title = words(str(name).removeprefix("own_"))
            yield Curves(str(name), title, along, Axis(title, "" if unit == "1" else unit), [line])


def _maps(dataset: xr.Dataset) -> Iterator[Block]:
    """All maps of one cause have one scale about 0."""
    for name, values in dataset.items():
        if "part" not in values.dims or not values.any():
            continue
        maps = {part: one.values.astype(float) for part, one in maps_of(values).items()}
        top = max(float(np.abs(one).max()) for one in maps.values())
        for part, one in maps.items():
            coarse = max(1, -(-max(one.shape) // SQUARES))
            about = f"mean of {coarse} x {coarse} cells" if coarse > 1 else ""
            yield Map(
                f"{name}_{part.replace(' ', '_')}", f"{words(str(name))}, {part}", _means(one, coarse), "",
                f"relative deviation{f'; {about}' if about else ''}", colours="RdBu_r", low=-top, high=top,
                coarse=coarse,
            )  # fmt: skip


def _means(values: np.ndarray, coarse: int) -> np.ndarray:
    """Of blocks of so many lines: the value furthest from 0 would show noise in place of a field."""
    return values if coarse == 1 else np.asarray(np.nanmean(blocks(values, coarse), axis=2))

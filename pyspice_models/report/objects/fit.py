"""A cell fitted to data: estimates with uncertainties, data and fit over one another."""

from __future__ import annotations

import math
from functools import partial

from pyspice_models.lab.fit import FitResult, PulseTrain
from pyspice_models.report.fit import draw_fit, draw_residuals
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card
from pyspice_models.report.page.blocks import Axis, Block, Cell, Curve, Curves, Number, Paragraph, Table


def card_of_fitresult(result: FitResult) -> Card:
    """Warnings, data and fit, estimates."""
    blocks: list[Block] = [Paragraph(warning, "warning") for warning in result.warnings]
    blocks += [Paragraph(note) for note in result.notes]
    blocks.append(_picture(result))
    rows: list[list[Cell]] = [
        [one.name, Number(one.value, one.unit), Number(one.sigma, one.unit, 2) if math.isfinite(one.sigma) else "",
         one.interval, Number(one.start, one.unit), "at the edge" if one.at_bound else ""]
        for one in result.parameters
    ]  # fmt: skip
    head = ["parameter", "estimate", "standard uncertainty", "68 %", "before", ""]
    blocks.append(Table("parameters", "", head, rows))
    if result.spreads is not None and result.spreads.entries:
        told: list[list[Cell]] = [
            [one.key, Number(one.value), Number(one.low), Number(one.high), Number(one.count)]
            for one in result.spreads.entries
        ]
        blocks.append(Table("spreads", "", ["spread", "estimate", "from", "to (68 %)", "of"], told))
    return Card(repr(result).strip("<>"), blocks, "result.parameters")


def _picture(result: FitResult) -> Curves:
    data = result.data
    if isinstance(data, PulseTrain):
        x, y, x_axis, y_axis = data.pulse, data.conductance, Axis("pulse number"), Axis("conductance", "S")
    else:
        x, y, x_axis, y_axis = data.time, data.current, Axis("time", "s"), Axis("current", "A")
    curves = [Curve("data", x, y, "points", 6), Curve("fit", x, result.prediction, "line", 1)]
    return Curves("fit", "data and fit", x_axis, y_axis, curves)


def drawing_of_fitresult(result: FitResult, what: str) -> Drawing:
    """Data and fit, and what is left of them; on one given axes the first alone."""
    panels = [partial(draw_fit, result=result), partial(draw_residuals, result=result)]
    return Drawing(panels, size=(4.5, 2.0), title=f"{result.title}: {len(result.parameters)} parameters", least=1)

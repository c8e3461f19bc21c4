"""A study: its program. What came of it: measures, two maps, the dataset. One measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import numpy as np

from pyspice_models.measure import Measure, level_name
from pyspice_models.report.objects.array import start_map
from pyspice_models.report.objects.canvas import Drawing
from pyspice_models.report.objects.card import Card, squares
from pyspice_models.report.objects.dataset import drawing_of_run, variables
from pyspice_models.report.page.blocks import Block, Cell, Map, Number, Paragraph, Table
from pyspice_models.stimulus import Step
from pyspice_models.stimulus.steps import word_of
from pyspice_models.study.run import Outcome
from pyspice_models.study.study import Study
from pyspice_models.units import micro, shown


def card_of_study(study: Study) -> Card:
    """Title, array, and the program as a table."""
    bar = study.crossbar
    blocks: list[Block] = [Paragraph(study.title), Paragraph(repr(bar).strip("<>"), "note")]
    rows = [[str(n), word_of(step), _at(step), _how(step)] for n, step in enumerate(study.program)]
    blocks.append(Table("program", "", ["step", "does", "at", "how"], rows))
    if (found := start_map(bar)) is not None:
        blocks.append(found)
    return Card(repr(study).strip("<>"), blocks, "study.program")


def _at(step: Step) -> str:
    """The cells that a step is aimed at."""
    rows, cols = (getattr(step, name, None) for name in ("row", "col"))
    if rows is None:
        return ""
    return f"({_lines(rows, 'rows')}, {_lines(cols, 'columns')})" if cols is not None else f"word line {rows}"


def _lines(which: Any, what: str) -> str:
    if isinstance(which, str):
        return f"{which} {what}"
    return str(which) if np.ndim(which) == 0 else f"{len(which)} {what}"


_ALWAYS = ("voltage", "width", "duration", "scheme")
"""What is told even where it is the default."""


def _how(step: Step) -> str:
    """Numbers and words of a step that are always of interest, or not as by default."""
    known, told = step.quantities(), []
    for field in sorted(fields(step), key=lambda one: _ALWAYS.index(one.name) if one.name in _ALWAYS else len(_ALWAYS)):
        value, name = getattr(step, field.name), field.name
        default = field.default if field.default is not MISSING else None
        if name in ("row", "col") or (name not in _ALWAYS and value == default) or value in ("", None, ()):
            continue
        if name in known and known[name].unit:
            text = shown(float(value), known[name].unit)
            told.append(text if name in _ALWAYS else f"{name} {text}")
        elif isinstance(value, str) and name == "scheme":
            told.append(f"other lines {value}")
        elif isinstance(value, tuple):
            told.append(f"{len(value)} {name}")
        else:
            told.append(f"{name} {value}")
    return ", ".join(told)


def card_of_outcome(outcome: Outcome) -> Card:
    """Warning, maps before and after, measures with what they mean, the dataset."""
    blocks: list[Block] = []
    if outcome.warning:
        blocks.append(Paragraph(f"Do not trust these numbers: {outcome.warning}", "warning"))
    blocks += _before_and_after(outcome)
    rows: list[list[Cell]] = [
        [name, Number(one.value, one.unit), micro(one.about)] for name, one in outcome.measures.items()
    ]
    blocks.append(Table("measures", "", ["measure", "value", "what it means"], rows))
    if outcome.missing:
        blocks.append(Paragraph(
            f"{len(outcome.missing)} measures need steps that the program lacks: outcome.missing names them.", "note"
        ))  # fmt: skip
    blocks.append(variables(outcome.dataset, short=True))
    return Card(repr(outcome).strip("<>"), blocks, "outcome.to_frame()")


def _before_and_after(outcome: Outcome) -> Iterator[Map]:
    dataset = outcome.dataset
    level = level_name(dataset)
    if level:
        for moment, word in ((0, "before"), (-1, "after")):
            values = dataset[level].isel(time=moment).values
            yield squares(word, f"{level} {word}", values, low=0.0, high=1.0)


def drawing_of_outcome(outcome: Outcome, what: str) -> Drawing:
    """Maps before and after, all maps, or waves."""
    return drawing_of_run(outcome.dataset, what)


def card_of_measure(measure: Measure) -> Card:
    """One line, and what it means."""
    value = f"{float(measure.value)!r} {measure.unit}".rstrip()
    return Card(str(measure), [Paragraph(micro(measure.about)), Paragraph(value, "note")])

"""The picture of programming algorithms side by side: what cells hold, how far off, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyspice_models.program.compare.compared import FIGURES, Compared
from pyspice_models.program.programmed import Programmed
from pyspice_models.report import style
from pyspice_models.report.blank import blank
from pyspice_models.report.save import save_figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

_BARS: tuple[tuple[str, str], ...] = (
    ("missed_cells", "cells off, as read"), ("wrong_levels", "cells at another level"), ("rms_error", "r.m.s. error"),
    ("pulses", "pulses"), ("energy_supply", "energy"), ("time", "time"), ("largest_disturb", "largest disturb"),
    ("rounds", "rounds"),
)  # fmt: skip
"""Figures that are drawn as bars, and their labels."""


def save_program_picture(compared: Compared, path: Path) -> None:
    """Draw maps of what cells hold and of their errors for each algorithm, and bars of what each cost."""
    save_figures(path.parent, {path.name: lambda: _figure(compared)})


def _figure(compared: Compared) -> Figure:
    from matplotlib.colors import Normalize

    every = compared.programmed
    first, across = next(iter(every.values())), len(every) + 1
    size = (7.2, 2.1 * 7.2 / across + 2.4 + 0.24 * len(every))
    figure = blank(figsize=size, layout="constrained")
    shares = [7.2 / across, 7.2 / across, 0.8 + 0.12 * len(every), 0.8 + 0.12 * len(every)]
    grid = figure.add_gridspec(4, 1, height_ratios=shares)
    above, below = (grid[n].subgridspec(1, across) for n in (0, 1))
    window = Normalize(first.scale.low * 1e9, first.scale.high * 1e9)
    held, errors = [], []
    ax = figure.add_subplot(above[0])
    _map(ax, first.scale.conductances(first.target) * 1e9, "asked for", window, "viridis")
    held.append(ax)
    _, unit = _error(first)
    top = 1.0 if unit == "levels" else max(float(np.abs(_error(one)[0]).max()) for one in every.values())
    for number, (name, one) in enumerate(every.items()):
        ax = figure.add_subplot(above[number + 1])
        _map(ax, one.scale.conductances(one.held) * 1e9, style.words(name), window, "viridis")
        held.append(ax)
        ax = figure.add_subplot(below[number + 1])
        _map(ax, _error(one)[0], "", Normalize(-top, top), "RdBu_r")
        errors.append(ax)
    spread = figure.add_subplot(below[0])
    _spread(spread, every, unit)
    figure.colorbar(held[-1].images[0], ax=held, label="held (nS)", fraction=0.02, pad=0.01)
    figure.colorbar(
        errors[-1].images[0], ax=[spread, *errors], label=f"held - asked ({unit})", fraction=0.02, pad=0.01,
        extend="both" if unit == "levels" else "neither",
    )  # fmt: skip
    figures = compared.figures()
    for line in (0, 1):
        boxes = grid[line + 2].subgridspec(1, 4)
        for place, (key, label) in enumerate(_BARS[4 * line : 4 * line + 4]):
            ax = figure.add_subplot(boxes[place])
            values = {name: one[key] for name, one in figures.items()}
            _bars(ax, values, label, FIGURES[key][0], named=place == 0)
    return figure


def _map(ax: Axes, values: np.ndarray, title: str, norm: object, colours: str) -> None:
    ax.imshow(values, origin="upper", interpolation="nearest", norm=norm, cmap=colours, aspect="equal")  # type: ignore[arg-type]
    ax.set_title(title)
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])


def _error(one: Programmed) -> tuple[np.ndarray, str]:
    """What cells hold less what they should, in steps between levels, or in nS where there are none."""
    if len(one.levels):
        return one.held_error / float(np.diff(one.levels).min()), "levels"
    return np.asarray(one.scale.difference(one.held_error)) * 1e9, "nS"


def _spread(ax: Axes, every: Mapping[str, Programmed], unit: str) -> None:
    """Share of cells whose error is at most so large."""
    for (name, one), colour in zip(every.items(), _colours(len(every)), strict=True):
        error = np.sort(np.abs(_error(one)[0]).ravel())
        ax.plot(error, np.arange(1, error.size + 1) / error.size, color=colour, label=style.words(name))
    if unit == "levels":
        ax.set_xlim(0, 1)
        ax.axvline(0.5, color=style.BLACK, ls="--", lw=0.8)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(f"|error| ({unit})")
    ax.set_ylabel("share of cells")


def _bars(ax: Axes, values: Mapping[str, float], label: str, unit: str, *, named: bool) -> None:
    """All of one prefix, that of the largest."""
    names = list(values)
    finite = np.array([value if math.isfinite(value) else 0.0 for value in values.values()])
    if unit and finite.max() > 0:
        power = 3 * math.floor(math.log10(finite.max()) / 3)
        finite, label = finite / 10.0**power, f"{label} ({_PREFIXES[power]}{unit})"
    bars = ax.barh(range(len(names)), finite, color=_colours(len(names)))
    known = [math.isfinite(value) for value in values.values()]
    digits = ".3g" if unit else ".0f"
    texts = [f"{one:{digits}}" if there else "-" for one, there in zip(finite, known, strict=True)]
    ax.bar_label(bars, labels=texts, padding=2, fontsize=7)
    ax.set_yticks(range(len(names)), [style.words(name) for name in names] if named else [""] * len(names))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.4 * float(finite.max()) or 1.0)
    ax.set_xlabel(label)
    ax.xaxis.set_major_locator(_ticks())


def _colours(count: int) -> list[str]:
    return [style.LINES[n % len(style.LINES)] for n in range(count)]


_PREFIXES = {3 * n: name for n, name in enumerate(("f", "p", "n", "µ", "m", "", "k"), start=-5)}


def _ticks() -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(3)

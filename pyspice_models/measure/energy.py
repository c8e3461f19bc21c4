"""Where the energy of a run goes, and whether the books balance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure.integral import Span, at, bends, wave
from pyspice_models.stimulus import Window

Branch = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Voltage and current of branches of one kind, shape (sample, ...)."""


@dataclass(frozen=True)
class EnergySplit:
    """Energy of one span of time [J].

    Attributes:
        dataset: the run.
        each: dissipated in each cell, shape (row, col).
        cells: the same with its labels.
        selectors: dissipated in transistors or threshold selectors.
        lines: dissipated in word, bit and gate lines.
        drivers: dissipated in drivers and sense resistors.
        source: delivered by all sources.
        stored: change of the energy in all capacitances.
        moved: the same work as `source`, every source in every step counted without its sign: what the books are
            measured by, since what one source gives another may take, and what charges a line comes back.
    """

    dataset: xr.Dataset = field(repr=False)
    each: NDArray[np.float64]
    selectors: float
    lines: float
    drivers: float
    source: float
    stored: float
    moved: float

    @cached_property
    def cells(self) -> xr.DataArray:
        """See above."""
        dims = ("row", "col")
        return xr.DataArray(self.each, {dim: self.dataset[dim] for dim in dims}, dims)

    @property
    def dissipated(self) -> float:
        """In cells, selectors, lines and drivers together."""
        return float(self.each.sum()) + self.selectors + self.lines + self.drivers

    @property
    def imbalance(self) -> float:
        """What the split does not account for, as a share of the energy that sources moved; positive if it is missing.

        Not a number if they moved none.
        """
        return (self.source - self.dissipated - self.stored) / self.moved if self.moved else math.nan


def energy_split(dataset: xr.Dataset, start: float, stop: float) -> EnergySplit:
    """Split the energy between two moments of the run, samples of it [s].

    Energies that the engine has summed itself are taken as they are: it knows its steps better than its samples tell.
    """
    return Energies(dataset, start, stop).between(start, stop)


class Energies:
    """Energies of a part of a run, for those who ask for several spans of it: its steps are gone through once."""

    def __init__(self, dataset: xr.Dataset, start: float, stop: float) -> None:
        """`start`, `stop`: what is asked lies between these moments, samples of the run [s]."""
        self._dataset, self._from, self._to = dataset, start, stop
        self._stored: dict[float, float] = {}

    @classmethod
    def of(cls, dataset: xr.Dataset) -> Energies:
        """Of the whole run."""
        return cls(dataset, 0.0, float(wave(dataset, "time")[-1]))

    @cached_property
    def whole(self) -> EnergySplit:
        """Of all its samples."""
        return self.between(0.0, float(wave(self._dataset, "time")[-1]))

    def between(self, start: float, stop: float) -> EnergySplit:
        """See `energy_split`."""
        dataset = self._dataset
        stored = self._stored_at(stop) - self._stored_at(start)
        if "spent_cells" in dataset.variables:
            return _summed(dataset, start, stop, stored)
        span = Span.of(dataset, start, stop)
        first = span.part.start - self._span.part.start
        steps = slice(first, first + len(span.left))

        def total(branches: Iterable[NDArray[np.float64]]) -> float:
            return sum((float(energy[steps].sum()) for energy in branches), 0.0)

        parts = {name: total(energies) for name, energies in self._steps.items()}
        # what a cell dissipates follows its voltage and its slow states: there the samples of its power are the measure
        cells = span.ohmic_of(span["p"], self._bends[steps]) if "i_cell" not in span else _of_terminals(span)
        return EnergySplit(dataset=dataset, each=cells, stored=stored, **parts)

    def _stored_at(self, moment: float) -> float:
        if moment not in self._stored:
            self._stored[moment] = stored_energy(self._dataset, moment)
        return self._stored[moment]

    @cached_property
    def _span(self) -> Span:
        return Span.of(self._dataset, self._from, self._to)

    @cached_property
    def _bends(self) -> NDArray[np.float64]:
        """Of the cells' power, see `integral.bends`."""
        return bends(self._span["p"], _across(self._span))

    @cached_property
    def _steps(self) -> dict[str, list[NDArray[np.float64]]]:
        """Energy of each step by branches of one kind, under the names of `EnergySplit`."""
        span, kinds = self._span, {"selectors": _selectors, "lines": _lines, "drivers": _drivers, "source": _sources}
        found = {name: [span.works(*branch) for branch in branches(span)] for name, branches in kinds.items()}
        return found | {"moved": [span.efforts(*branch) for branch in _sources(span)]}


def whole_split(dataset: xr.Dataset) -> EnergySplit:
    """Of the whole run."""
    return Energies.of(dataset).whole


def _across(span: Span) -> NDArray[np.float64]:
    """Voltage of each cell, shape (sample, row, col) [V]."""
    return span["v_word"] - span["v_mid" if "v_mid" in span else "v_bit"]


def _of_terminals(span: Span) -> NDArray[np.float64]:
    """Energy of each cell where some, or all, are known by their terminals alone."""
    current, across = span["i_cell"], _across(span)
    known = np.isfinite(current).all(axis=0)
    work = span.work_each(across, np.where(known, current, 0.0))
    return work if known.all() else np.where(known, work, span.ohmic(span["p"], across))


def _summed(dataset: xr.Dataset, start: float, stop: float, stored: float) -> EnergySplit:
    def between(name: str) -> NDArray[np.float64]:
        return at(dataset, name, stop) - at(dataset, name, start)

    return EnergySplit(
        dataset=dataset,
        each=between("spent_cells"),
        selectors=float(between("spent_selectors").sum()) if "spent_selectors" in dataset else 0.0,
        lines=float(between("spent_lines")),
        drivers=float(between("spent_ends")),
        source=float(between("delivered")),
        stored=stored,
        moved=float(between("moved")),
    )


def _selectors(span: Span) -> Iterator[Branch]:
    """Transistors or threshold selectors; their current is what gives their power, or is known at every terminal."""
    if "i_mid" in span and "v_gate" not in span:
        yield span["v_mid"] - span["v_bit"], span["i_mid"]
    elif "i_mid" in span:
        yield span["v_mid"], span["i_mid"]
        yield span["v_gate"], span["i_gate"]
        yield span["v_bit"], span["i_bottom"]
    elif "p_selector" in span:
        across = span["v_mid"] - span["v_bit"]
        yield across, np.divide(span["p_selector"], across, out=np.zeros_like(across), where=across != 0)


def _sources(span: Span) -> Iterator[Branch]:
    """All sources, rails and amplifiers, with the current that they deliver."""
    if "v_rail" in span:
        yield _on_rails(span)
        return
    yield span["v_word_source"], span["i_word_source"]
    if "v_gate" in span:
        yield span["v_gate_source"], span["i_gate_source"]
    if span.dataset.attrs["sense"] == "tia":
        # an amplifier takes its energy from its supply; its reference draws no current
        yield span["v_bit_output"], span["i_bit_output"]
    else:
        yield span["v_bit_source"], span["i_bit_source"]


def _drivers(span: Span) -> Iterator[Branch]:
    """Drivers, sense circuits and their contacts."""
    if "v_rail" in span:
        # a line may meet several rails: what they give, less what goes on into the lines, is left in the switches
        yield _on_rails(span)
        for side in ("word", "bit", "gate"):
            if f"v_{side}_terminal" in span:
                yield -span[f"v_{side}_terminal"], span[f"i_{side}_source"]
        return
    know = span.dataset.attrs
    word = span["v_word_source"]
    bit = span["v_bit_input"] if know["sense"] == "tia" else span["v_bit_source"]
    near = word - span["v_word_terminal"]
    if know["compliance"] == "none":
        yield near, span["g_word_driver"] * near
    else:  # a limiter is no conductance; there is one end, so that its current is the source's
        yield near, span["i_word_source"]
    drops = [("g_bit_driver", bit - span["v_bit_terminal"])]
    if know["both_ends"]:
        drops.append(("g_word_driver", word - span["v_word"][:, :, -1]))
        drops.append(("g_bit_driver", bit - span["v_bit"][:, 0, :]))
    for conductance, drop in drops:
        yield drop, span[conductance] * drop
    if "v_gate" in span:
        yield span["v_gate_source"] - span["v_gate_terminal"], span["i_gate_source"]
    if know["sense"] == "tia":
        across = span["v_bit_output"] - span["v_bit_input"]
        each = "own_r_feedback"
        yield across, across / (wave(span.dataset, each) if each in span.dataset else know["r_feedback"])


def _on_rails(span: Span) -> Branch:
    current = span["i_rail"]
    return np.broadcast_to(wave(span.dataset, "v_rail"), current.shape), current


def _lines(span: Span) -> Iterator[Branch]:
    """All line segments, along a word line from its driver, along a bit or gate line to its end below; and shorts."""
    sides = [
        ("r_word", np.diff(span["v_word"], axis=2, prepend=span["v_word_terminal"][:, :, None])),
        ("r_bit", np.diff(span["v_bit"], axis=1, append=span["v_bit_terminal"][:, None, :])),
    ]
    if "v_gate" in span:
        sides.append(("r_gate_line", np.diff(span["v_gate"], axis=1, append=span["v_gate_terminal"][:, None, :])))
    for resistance, drops in sides:
        # a broken line has segments of its own
        segments = f"{resistance}_segment"
        ohms = wave(span.dataset, segments) if segments in span else np.asarray(span.dataset.attrs[resistance])
        if np.all(ohms > 0):
            yield drops, drops / ohms
    for side, axis in (("word", 1), ("bit", 2)):
        if f"g_{side}_short" in span:
            drops = np.diff(span[f"v_{side}"], axis=axis)
            short = wave(span.dataset, f"g_{side}_short")
            yield drops, drops * (short[:-1] if side == "word" else short[:, :-1])


def stored_energy(dataset: xr.Dataset, moment: float) -> float:
    """Energy in all capacitances of cells, lines, limiters and amplifiers' feedback at a moment [J]."""
    time, know = wave(dataset, "time"), dataset.attrs
    nearest = int(np.abs(time - moment).argmin())
    then = {name: wave(dataset, name)[nearest] for name in _STORING if name in dataset.variables}
    word, bit = then["v_word"], then["v_bit"]
    twice = know["c_word"] * np.square(word).sum() + know["c_bit"] * np.square(bit).sum()
    twice += know["c_crossing"] * np.square(word - bit).sum()
    twice += know["c_word_coupling"] * np.square(np.diff(word, axis=0)).sum()
    twice += know["c_bit_coupling"] * np.square(np.diff(bit, axis=1)).sum()
    if know["compliance"] != "none":
        twice += know["limit_capacitance"] * np.square(then["v_word_terminal"]).sum()
    if know["sense"] == "tia":
        twice += know["c_feedback"] * np.square(then["v_bit_output"] - then["v_bit_input"]).sum()
    if "v_gate" in then:
        gate, mid = then["v_gate"], then["v_mid"]
        twice += know["c_gate"] * (np.square(gate - mid).sum() + np.square(gate - bit).sum())
        twice += know["c_gate_line"] * np.square(gate).sum()
    selectors = float(then["es_selector"].sum()) if "es_selector" in then else 0.0
    return float(then["es"].sum()) + selectors + 0.5 * float(twice)


_STORING = (
    "v_word", "v_bit", "v_word_terminal", "v_bit_output", "v_bit_input", "v_gate", "v_mid", "es", "es_selector",
)  # fmt: skip


def by_selection(cells: xr.DataArray | NDArray[np.float64], window: Window) -> tuple[float, float, float]:
    """Sum over the selected cells, the half-selected cells (a row or column of a selected one), and all others."""
    energy, rows, cols = np.asarray(cells), list(window.rows), list(window.cols)
    total, selected = float(energy.sum()), float(energy[np.ix_(rows, cols)].sum())
    half = float(energy[rows].sum() + energy[:, cols].sum()) - 2 * selected
    return selected, half, total - selected - half

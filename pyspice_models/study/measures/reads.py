"""Measures of a study's reads: each way to read, by voltage and scheme, for itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array.levels import nominal_windows
from pyspice_models.measure import Measure, ReadFigures, current_margin, measure_read
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.steps import steps_of_kind
from pyspice_models.study.measures.sensing import sensing_measures
from pyspice_models.study.study import Study
from pyspice_models.units import show

Array = NDArray[np.float64]
Way = tuple[float, str]
"""Voltage and scheme: reads that differ in one of them answer different questions, and no mean is taken over both."""

_HIGH, _LOW, _FIRST = max, min, None
_HEADLINE: Mapping[str, Callable[..., Way] | None] = {
    "read_current": _FIRST, "own_current": _FIRST, "own_current_nominal": _FIRST, "read_droop": _HIGH,
    "sneak_current": _HIGH, "sneak_share": _HIGH, "read_margin": _LOW, "read_latency": _HIGH,
    "sense_noise": _HIGH, "sense_snr": _LOW, "bit_error_odds": _HIGH,
}  # fmt: skip
"""Which of several ways a measure without a way's name is of: the worst, or where there is no worse the first."""


def ways_to_read(reads: Sequence[Window]) -> dict[Way, list[Window]]:
    """Reads by voltage and scheme, in the order in which these come first."""
    found: dict[Way, list[Window]] = {}
    for window in reads:
        found.setdefault((window.voltage, window.scheme), []).append(window)
    return found


def way_name(way: Way) -> str:
    """As part of a measure's name, for example "grounded_5mV"."""
    voltage, scheme = way
    return f"{scheme}_{show(voltage, 'V', 9)}".replace(" ", "")


def thresholds(study: Study, voltage: float | None = None) -> Array:
    """Conductance from which each cell counts as a one, shape (row, col) [S].

    That of `study.g_threshold`; without it the arithmetic middle of the window of the nominal cell of its kind at this
    voltage, or at that at which the kind states conductances. A sense circuit compares currents, whose noise and offset
    do not grow with them: the arithmetic middle leaves ones and zeros the same distance. (The geometric one would suit
    errors that are shares of the current.) In an array of several kinds, cells without a state hold no bit: NaN.
    """
    low, high = nominal_windows(study.crossbar, voltage)
    middle = low + 0.5 * (high - low)
    above = study.limits.g_threshold
    return np.where(np.isnan(middle), middle, above) if above else middle


def above_words(thresholds: Array) -> str:
    """From where on a cell is a one, for a sentence."""
    each = np.unique(thresholds[np.isfinite(thresholds)])
    if len(each) == 1:
        return f"from {show(float(each[0]), 'S')}"
    return "from the middle of the window of their own kind" if len(each) else "nowhere: no cell has a state"


def above_read(above: Array, reads: Sequence[Window]) -> Array:
    """What of an array of (row, col) belongs to the cells of some reads, in their order; shape (cell,)."""
    return np.concatenate([above[window.rows[0], list(window.cols)] for window in reads])


@dataclass(frozen=True)
class Bits:
    """All cells of reads in one way; shape (cell,).

    Attributes:
        current: magnitude of the sensed current [A].
        one: whether the cell is a one, by its conductance.
        above: conductance from which it is [S]; kinds of cells may differ in it.
    """

    current: Array
    one: NDArray[np.bool_]
    above: Array

    @classmethod
    def of(cls, figures: Sequence[ReadFigures], above: Array) -> Bits:
        """Ones are cells of at least this conductance each [S]; cells for which there is none hold no bit."""
        current = np.abs(np.concatenate([f.sensed for f in figures]))
        bits = np.isfinite(above)
        one = np.concatenate([f.conductance for f in figures]) >= above
        return cls(current[bits], one[bits], above[bits])

    @property
    def margin(self) -> float:
        """See `current_margin`; the least of those of cells that are told apart by the same threshold."""
        alike = (self.above == edge for edge in np.unique(self.above))
        every = [current_margin(self.current[these & self.one], self.current[these & ~self.one]) for these in alike]
        return min((margin for margin in every if math.isfinite(margin)), default=math.nan)


def reading_measures(study: Study, dataset: xr.Dataset, reads: Sequence[Window]) -> dict[str, Measure]:
    """Measures of reads: by name if there is one way to read; else for each way, after its name, and a headline each.

    A headline is the measure of one way, which its text names.
    """

    def as_written(way: Way) -> Way:
        return way[0] / study.amplitude, way[1]

    by_way = {way: _of_one_way(study, dataset, windows, way) for way, windows in ways_to_read(reads).items()}
    if len(by_way) == 1:
        return next(iter(by_way.values()))
    found: dict[str, Measure] = {}
    for name, pick in _HEADLINE.items():
        there = {way: measures[name] for way, measures in by_way.items() if name in measures}
        if there:
            of = next(iter(there)) if pick is None else pick(there, key=_by_value(there))
            which = "the first" if pick is None else "the worst"
            of_all = f"; {which} of {len(by_way)} ways to read"
            one = there[of]
            found[name] = replace(one, about=one.about + of_all, general=one.general + of_all)
        found |= {f"{name}_{way_name(as_written(way))}": measure for way, measure in there.items()}
    return found


def _by_value(measures: Mapping[Way, Measure]) -> Callable[[Way], float]:
    return lambda way: measures[way].value


def _of_one_way(study: Study, dataset: xr.Dataset, reads: Sequence[Window], way: Way) -> dict[str, Measure]:
    figures = [measure_read(study.crossbar, dataset, window) for window in reads]
    every = _joined(figures)
    known = study.crossbar.solvable
    found = {
        "read_current": Measure(
            float(np.abs(every.sensed).mean()), "A", "mean settled current into a sense circuit"
        ),
        "own_current": Measure(
            float(np.abs(every.through_cell).mean()), "A", "mean current of the read cell at the voltage left to it"
        ),
        "sneak_current": Measure(
            _largest(every.sneak), "A", "largest part of a sensed current that is not the read cell's own"
        ),
        "sneak_share": Measure(
            _largest(every.sneak_share), "", "largest share of a sensed current that is not its cell's own"
        ),
        "read_latency": Measure(
            float(every.latency.max()), "s", "longest time from a read's start until within 5 % of settled"
        ),
    }  # fmt: skip
    what = f"reads at {show(way[0], 'V')}, {way[1]}"
    if known:
        found |= _by_equations(study, dataset, reads, figures, way)
    return {
        name: replace(one, about=f"{one.about}; {what}", general=one.general or one.about)
        for name, one in found.items()
    }


def _by_equations(
    study: Study, dataset: xr.Dataset, reads: Sequence[Window], figures: Sequence[ReadFigures], way: Way
) -> dict[str, Measure]:  # fmt: skip
    """What of reads in one way needs to be known of the cell beside its current."""
    every, above = _joined(figures), above_read(thresholds(study, way[0]), reads)
    bits = Bits.of(figures, above)
    found = {
        "own_current_nominal": Measure(
            float(np.abs(every.nominal).mean()), "A", "mean current of the read cell at the read's voltage"
        ),
        "read_droop": Measure(
            _largest(every.droop), "", "largest share of the nominal own current that is lost on the way"
        ),
    }  # fmt: skip
    if math.isfinite(bits.margin):
        found["read_margin"] = Measure(
            bits.margin, "",
            f"(smallest current of a one - largest of a zero) / the former, ones {above_words(above)} on",
            "(smallest current of a one - largest of a zero) / the former",
        )  # fmt: skip
    return found | sensing_measures(study, dataset, reads, figures, above)


def why_no_margin(study: Study, dataset: xr.Dataset, reads: Sequence[Window]) -> str:
    """Which reads are missing for a read margin."""
    if not reads:
        return f"needs a {steps_of_kind('read')} step"
    parts = []
    for way, windows in ways_to_read(reads).items():
        above = above_read(thresholds(study, way[0]), windows)
        bits = Bits.of([measure_read(study.crossbar, dataset, window) for window in windows], above)
        if not bits.one.size:
            parts.append(f"needs a read of cells that have a state at {show(way[0], 'V')}, {way[1]}")
            continue
        if bits.one.any() and not bits.one.all():
            parts.append(f"needs a read of a one and a zero of the same kind at {show(way[0], 'V')}, {way[1]}")
            continue
        lack, kind = ("zero", "ones") if bits.one.any() else ("one", "zeros")
        count = f"all {len(bits.one)} cells are {kind}" if len(bits.one) > 1 else f"the only cell is a {kind[:-1]}"
        parts.append(f"needs a read of a {lack} at {show(way[0], 'V')}, {way[1]} ({count}, a one {above_words(above)})")
    return "; ".join(parts)


def _joined(figures: Sequence[ReadFigures]) -> ReadFigures:
    def join(name: str) -> Array:
        return np.concatenate([getattr(f, name) for f in figures])

    cols = tuple(col for f in figures for col in f.cols)
    return ReadFigures(
        cols, join("sensed"), join("through_cell"), join("nominal"), join("conductance"), join("latency")
    )


def _largest(values: Array) -> float:
    return float(np.abs(values).max())

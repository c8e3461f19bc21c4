"""A result made of waves from outside: what they lack is there by name, and refused when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from pyspice_models.engine import Waves
from pyspice_models.errors import RequestError, cut
from pyspice_models.inputs.text import shown
from pyspice_models.netlist import deck_of
from pyspice_models.result import to_dataset
from pyspice_models.result.schema import VARIABLES
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Schedule
from pyspice_models.stimulus.timeline import nearest
from pyspice_models.study.fluctuation import refuse_fluctuation
from pyspice_models.study.outside.files import OutsideWaves
from pyspice_models.study.outside.names import Named, check_size, lacking_words, of_convert, of_netlist
from pyspice_models.study.study import Study

Array = NDArray[np.float64]

_ENDS = 1e-6  # of the program's length: by which a tool may miss its end
_HIT = 1e-6  # of an edge: as near a sample is a corner itself
_AS_SOURCES = 1e-3  # of the largest voltage of a program: by which its sources may be off
_BOOKS = ("spent_cells", "spent_selectors", "spent_lines", "spent_ends", "delivered", "moved", "drawn_rail",
          "drawn_word", "drawn_bit")  # fmt: skip


class Lacking(Exception):
    """A wave was looked at that the file does not have.

    Attributes:
        name: of the variable.
    """

    def __init__(self, name: str) -> None:
        """Of this variable."""
        super().__init__(name)
        self.name = name


class _Absent(BackendArray):
    """Numbers that are not there."""

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name, self.shape, self.dtype = name, shape, np.dtype(float)

    def __getitem__(self, key: Any) -> Any:
        raise Lacking(self.name)


def absent(name: str, like: xr.Variable) -> xr.Variable:
    """A variable in place of another one, which raises `Lacking` when its numbers are asked for."""
    return xr.Variable(like.dims, indexing.LazilyIndexedArray(_Absent(name, like.shape)), like.attrs)


def outside_dataset(
    study: Study, waves: OutsideWaves, columns: Mapping[str, Array]
) -> tuple[xr.Dataset, dict[str, str]]:
    """The result that waves make of a study, and what of it they lack, by variable, with the vectors that hold it.

    Args:
        study: what was simulated.
        waves: the file.
        columns: its columns by the package's names.

    Raises:
        RequestError: waves of another size of array, of another length of time, or with other sources than the study's;
            waves of which none is one of the study's.
    """
    refuse_fluctuation(study.fluctuation, "what another program made of a netlist")
    plan, time = study.schedule(), waves.time
    check_size(columns, study.crossbar.shape)
    _check_span(time, plan, waves)
    blank = _blank(study, plan, time)
    shapes = {str(name): values.shape[1:] for name, values in blank.data_vars.items() if values.dims[:1] == ("time",)}
    sizes = dict(blank.sizes) | {"rail": max(len(plan.rails) - 1, 0)}
    for name in _BOOKS:
        shapes[name] = tuple(sizes[dim] for dim in VARIABLES[name].dims[1:])
    ours, theirs = of_convert(shapes, columns), of_netlist(study, plan, columns)
    if not ours.values and not theirs.values:
        few = ", ".join(map(cut, list(columns)[:3]))
        wanted = ", ".join(f"{name} ({words})" for name, words in list(lacking_words(theirs.lacking).items())[:4])
        raise RequestError(
            f"{shown(waves.path)} has none of the study's waves: it has {few or 'no columns'}, and {wanted} and so "
            "on are looked for. Give the waves with the names of `ag2s netlist` or `ag2s convert`; --instance and "
            "--rename name those of a testbench."
        )
    if _weight(ours) >= _weight(theirs):
        dataset, lacking = _from_convert(blank, ours)
    else:
        dataset, lacking = _from_netlist(study, plan, waves, theirs)
    _check_sources(plan, columns, time, waves)
    dataset.attrs["engine"] = f"waves of {waves.path.name}"
    return dataset, lacking


def _weight(named: Named) -> int:
    return sum(values.size for values in named.values.values())


def _check_span(time: Array, plan: Schedule, waves: OutsideWaves) -> None:
    near = _ENDS * plan.stop
    if time[0] > near or abs(time[-1] - plan.stop) > near:
        raise RequestError(
            f"{shown(waves.path)} goes from {time[0]:.6g} to {time[-1]:.6g} s, and the study's program from 0 to "
            f"{plan.stop:.6g} s: it was cut off, or is of another study or window of time. Give the waves of all of it."
        )


def _check_sources(plan: Schedule, columns: Mapping[str, Array], time: Array, waves: OutsideWaves) -> None:
    """Sources of the file, where it has any, against the study's."""
    top = max((abs(volt) for wave in (*plan.word, *plan.bit) for volt in (*wave.values, wave.rest)), default=0.0)
    edge = min(stretch.length for stretch in plan.stretches)
    inside = np.min(np.abs(time[:, None] - np.array([0.0, *plan.corners])[None, :]), axis=1) > 1e-3 * edge \
        if len(time) * len(plan.corners) < 10_000_000 else np.ones(len(time), dtype=bool)  # fmt: skip
    if plan.rails:
        return
    for side, lines in (("word", plan.word), ("bit", plan.bit)):
        for line, wave in enumerate(lines):
            names = (f"v_{side}_source_{line}", f"v({side[0]}s_{line})", f"{side[0]}s_{line}")
            held = next((columns[name] for name in names if name in columns), None)
            if held is None:
                continue
            off = np.abs(held - wave.at(time)) * inside
            if off.max() > _AS_SOURCES * max(top, 1e-9):
                at = int(off.argmax())
                raise RequestError(
                    f"{shown(waves.path)} is of another study: at {time[at]:.6g} s the source of {side} line {line} is "
                    f"at {held[at]:.6g} V, and in this one at {float(wave.at(time[at])):.6g} V."
                )


def _blank(study: Study, plan: Schedule, time: Array) -> xr.Dataset:
    """A result of the study in which every wave of a simulator is not a number."""
    asked = Simulation(study.crossbar, plan, study.accuracy, study.form, study.title)
    deck = deck_of(asked, by_name=True)
    values = {name: np.full((len(time), *deck.shapes[name]), np.nan) for name in deck.probes}
    with np.errstate(all="ignore"):
        return to_dataset(study.crossbar, plan, Waves(time, values, "", 0.0, ""))


def _from_convert(blank: xr.Dataset, named: Named) -> tuple[xr.Dataset, dict[str, str]]:
    found = {name: VARIABLES[name].entry(values) if name in VARIABLES else (blank[name].dims, values, blank[name].attrs)
             for name, values in named.values.items()}  # fmt: skip
    dataset = blank.assign(found)
    return _with_absent(dataset, {name: words for name, words in lacking_words(named.lacking).items()
                                  if name not in _BOOKS})  # fmt: skip


def _from_netlist(study: Study, plan: Schedule, waves: OutsideWaves, named: Named) -> tuple[xr.Dataset, dict[str, str]]:
    bar, time = study.crossbar, waves.time.copy()
    words = lacking_words(named.lacking)
    values = dict(named.values)
    deck = deck_of(Simulation(bar, plan, study.accuracy, study.form, study.title), by_name=True)
    # states, power and stored energy, or the nodes from which they follow: one of both is enough
    for one in bar.populations:
        nodes = [one.key(name) for name in one.model.node_voltages]
        shown_ones = [one.key(name) for name in one.model.vectors]
        whole = nodes and all(name in values for name in nodes)
        if whole or all(name in values for name in shown_ones):
            words = {name: text for name, text in words.items() if name not in {*nodes, *shown_ones}}
            if whole:
                values = {name: held for name, held in values.items() if name not in shown_ones or name in nodes}
        else:
            values = {name: held for name, held in values.items() if name not in nodes}
            words = {name: text for name, text in words.items() if name not in nodes}
    for name in deck.probes:
        if name not in values and name not in _shown_by(study, values):
            values[name] = np.full((len(time), *deck.shapes[name]), np.nan)
    moments = _snapped(time, plan, deck.breakpoints, bar.driver.t_edge)
    with np.errstate(all="ignore"):
        dataset = to_dataset(bar, plan, Waves(time, values, "", 0.0, "", moments))
    gone = {str(name): "" for name, held in dataset.data_vars.items()
            if held.dims[:1] == ("time",) and held.size and np.isnan(held.values).any(axis=None)
            and name != "i_cell"}  # fmt: skip
    told = {name: words.get(name) or "follows from " + ", ".join(words) for name in gone}
    return _with_absent(dataset, told | {name: text for name, text in words.items() if name in dataset})


def _shown_by(study: Study, values: Mapping[str, Array]) -> set[str]:
    """Quantities of cells that follow from nodes that there are."""
    found: set[str] = set()
    for one in study.crossbar.populations:
        if one.model.node_voltages and all(one.key(name) in values for name in one.model.node_voltages):
            found |= {one.key(name) for name in one.model.vectors}
    return found


def _snapped(time: Array, plan: Schedule, breakpoints: Sequence[float], edge: float) -> list[float]:
    """Breakpoints that the samples have, of which those take the exact times, in place."""
    wanted = np.array([moment for moment in breakpoints if moment >= 0] or [0.0])
    places = nearest(time, wanted)
    near = np.abs(time[places] - wanted) <= np.maximum(_HIT * edge, 128 * np.spacing(plan.stop))
    time[places[near]] = wanted[near]
    time[0], time[-1] = 0.0, plan.stop
    return [float(moment) for moment in wanted[near]]


def _with_absent(dataset: xr.Dataset, lacking: Mapping[str, str]) -> tuple[xr.Dataset, dict[str, str]]:
    gone = {name: absent(name, dataset[name].variable) for name in lacking if name in dataset}
    return dataset.assign(gone), dict(lacking)

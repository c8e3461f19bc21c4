"""A program step by step: a row for each kind of pulse in each step, so that unlike things are not averaged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.measure import by_selection, state_change, state_names, supply
from pyspice_models.measure.energy import Energies
from pyspice_models.measure.read import sensed, wanted
from pyspice_models.measure.supply import Supply
from pyspice_models.result import windows
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.phase import DRIVE, SENSING

COLUMNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "step": ("", "number of the step in the program, from 0 on"),
        "kind": ("", "set, reset, half_select, read, vmm, apply, drive or wait"),
        "scheme": ("", "bias scheme"),
        "voltage": ("V", "of the pulses"),
        "width": ("s", "of one pulse at half height; of the waves of a drive, with its last edge"),
        "cells": ("", "cells that the pulses are aimed at"),
        "pulses": ("", "at each of them"),
        "energy_dissipated": (
            "J",
            "in the whole array and its ends, until the step's last gap is over",
        ),
        "energy_selected": ("J", "the part of it in the cells that are aimed at"),
        "energy_half_selected": ("J", "in other cells of their rows and columns"),
        "energy_unselected": ("J", "in all other cells"),
        "energy_lines": ("J", "in word, bit and gate lines"),
        "energy_drivers": ("J", "in drivers and sense circuits"),
        "energy_selectors": ("J", "in transistors or threshold selectors"),
        "energy_left_stored": ("J", "still stored in capacitances when the step is over, more than before it"),
        "energy_supply": ("J", "drawn from all rails, nothing taken back"),
        "energy_supply_by_line": ("J", "the same if no line gave anything to another one on its rail"),
        "energy_supply_line_charge": ("J", "the part of energy_supply that charges lines, gates and plates of cells"),
        "energy_amplifiers": ("J", "quiescent, of the sense circuits of sensed bit lines; beside energy_supply"),
        "state_change": ("", "mean change of the state that writes set, of these cells by all pulses of the step"),
        "read_current": ("A", "mean settled current into a sense circuit"),
        "sneak_share": ("", "largest share of a sensed current that is not the read cell's own"),
    }
)
"""Unit and meaning of what a row holds. Energies are means over pulses and cells."""


@dataclass(frozen=True)
class StepRow:
    """The pulses of one step that are alike.

    Attributes:
        step, kind, scheme, voltage, width, cells, pulses: see `COLUMNS`.
        values: the numbers, by the names of `COLUMNS`; what a kind of pulse does not have is left out.
        rails: that it needs: voltage [V], and charge [C] and energy [J] drawn, means over pulses and cells; by name.
    """

    step: int
    kind: str
    scheme: str
    voltage: float
    width: float
    cells: int
    pulses: int
    values: Mapping[str, float]
    rails: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Pulses times cells: what energies are means over, and what a mean of several rows weights them by."""
        return max(self.cells * self.pulses, 1)

    @property
    def name(self) -> str:
        """Such as `30 set 0.3 V V/3`."""
        return " ".join(filter(None, [str(self.count), self.kind, f"{self.voltage:g} V", self.scheme]))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        known = ("step", "kind", "scheme", "voltage", "width", "cells", "pulses")
        rails = {name: dict(rail) for name, rail in self.rails.items()}
        return {name: getattr(self, name) for name in known} | dict(self.values) | {"rails": rails}


def step_rows(dataset: xr.Dataset, energies: Energies | None = None) -> tuple[StepRow, ...]:
    """The rows of a run in the order of its program; `energies`: of the run, if they are known."""
    groups: dict[tuple[Any, ...], list[Window]] = {}
    for window in windows(dataset):
        alike = window.step, _kind(window), window.scheme, window.voltage, window.width, window.pulses
        groups.setdefault(alike, []).append(window)
    energies = energies or Energies.of(dataset)
    return tuple(_row(dataset, energies, alike, members) for alike, members in groups.items())


def as_json(rows: Iterable[StepRow]) -> str:
    """Rows as text, for an attribute of a dataset."""
    return json.dumps([row.as_dict() for row in rows])


def mean(rows: Sequence[StepRow], name: str) -> float:
    """Of a column over several rows, weighted by pulses times cells."""
    return float(np.average([row.values[name] for row in rows], weights=[row.count for row in rows]))


def _kind(window: Window) -> str:
    if window.kind != "write":
        return window.kind
    return "set" if window.voltage > 0 else "reset"


def _row(dataset: xr.Dataset, energies: Energies, alike: tuple[Any, ...], members: list[Window]) -> StepRow:
    step, kind, scheme, voltage, width, pulses = alike
    aimed = [len(window.rows) * len(window.cols) for window in members]
    row = StepRow(step, kind, scheme, voltage, width, sum(aimed), pulses, {})
    sums = dict.fromkeys((name for name, (unit, _) in COLUMNS.items() if unit == "J"), 0.0)
    rails: dict[str, dict[str, float]] = {}
    for window in members:
        split = energies.between(window.start, window.stop)
        # waves of any shape come from sources that no rails could stand for
        drawn = Supply((), 0.0, 0.0, 0.0) if kind == DRIVE else supply(dataset, window)
        parts = by_selection(split.each, window)
        if not window.pulses:  # nothing is selected while all lines rest
            parts = (0.0, 0.0, float(split.each.sum()))
        for name, energy in {
            "energy_dissipated": split.dissipated, "energy_selected": parts[0], "energy_half_selected": parts[1],
            "energy_unselected": parts[2], "energy_lines": split.lines, "energy_drivers": split.drivers,
            "energy_selectors": split.selectors, "energy_left_stored": split.stored,
            "energy_supply": drawn.energy, "energy_supply_by_line": drawn.by_line,
            "energy_supply_line_charge": drawn.line_charge, "energy_amplifiers": drawn.quiescent,
        }.items():  # fmt: skip
            sums[name] += energy / row.count
        for rail in drawn.rails:
            entry = rails.setdefault(rail.name, {"voltage": rail.voltage, "charge": 0.0, "energy": 0.0})
            entry["charge"] += rail.charge / row.count
            entry["energy"] += rail.energy / row.count
    if "p_selector" not in dataset:
        del sums["energy_selectors"]
    if kind not in SENSING:
        del sums["energy_amplifiers"]
    if kind == DRIVE:
        for name in ("energy_supply", "energy_supply_by_line", "energy_supply_line_charge"):
            del sums[name]
    values = sums | _others(dataset, kind, members, aimed)
    return StepRow(step, kind, scheme, voltage, width, row.cells, pulses, values, rails)


def _others(dataset: xr.Dataset, kind: str, members: list[Window], aimed: list[int]) -> dict[str, float]:
    if kind in {"set", "reset"}:
        changes = [state_change(dataset, w) for w in members] if state_names(dataset) else []
        # cells of a kind without a state, in an array of several, change none
        told = [(change, count) for change, count in zip(changes, aimed, strict=False) if np.isfinite(change)]
        return {"state_change": float(np.average([c for c, _ in told], weights=[n for _, n in told]))} if told else {}
    if kind not in SENSING:
        return {}
    currents = np.concatenate([sensed(dataset, window) for window in members])
    found = {"read_current": float(np.abs(currents).mean())}
    if kind == "read":
        sneaking = currents - np.concatenate([wanted(dataset, window) for window in members])
        with np.errstate(all="ignore"):
            found["sneak_share"] = float(np.abs(sneaking / currents).max())
    return found

"""What a run draws from its supplies: charge from every rail times the rail's voltage, with nothing taken back.

The sources of a simulation are ideal. On the falling edge of a pulse they take the charge of the lines back, and the
more of it the slower the edge: what they deliver in all, and what the circuit dissipates, depends on the edge. A
switched or class-B driver joins a line to a rail, and later to ground, and what then flows to ground is lost. So here
a line stands on the rail of its level from the middle of the rising edge to the middle of the falling one, and on
ground, which costs nothing, at all other times. The charge that its source delivers up to the end of the plateau is
that of the rail; for the half of the falling edge that still belongs to the rail the current of the plateau's end
flows on. What a rise brings onto the capacitances of the lines is paid whatever flows beside it: a switch charges a
line before its cells have carried anything worth mentioning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.measure.integral import Array, Span, at, wave
from pyspice_models.stimulus import Window
from pyspice_models.stimulus.phase import SENSING

_NAMES = {1.0: "V", 1 / 2: "V/2", 1 / 3: "V/3", 2 / 3: "2V/3", -1 / 2: "-V/2"}
"""Of rails, by their share of a step's voltage."""

GATE, AMPLIFIERS = "gate", "amplifiers"


@dataclass(frozen=True)
class Rail:
    """A supply and what is drawn from it.

    Attributes:
        name: "V" and its parts are those of the step's own voltage; "gate"; "amplifiers"; else the voltage as text.
        voltage: against ground [V].
        charge: drawn, never negative [C].
    """

    name: str
    voltage: float
    charge: float

    @property
    def energy(self) -> float:
        """Charge times voltage [J]."""
        return abs(self.voltage) * self.charge


@dataclass(frozen=True)
class Supply:
    """Energy that is drawn from supplies in one step of a program [J].

    Attributes:
        rails: that the step needs, highest voltage first. Lines on one rail share it: what one of them pushes into it
            another may use at the same moment, and what is left over is lost.
        by_line: the same energy if every line had a driver of its own, which gives nothing to its neighbours.
        line_charge: the part that charges capacitances of word, bit and gate lines, the plates of the cells included;
            the rest is conduction, that through the ionic branches of the cells included.
        quiescent: of the amplifiers of sensed lines; not a part of the others.
    """

    rails: tuple[Rail, ...]
    by_line: float
    line_charge: float
    quiescent: float

    @property
    def energy(self) -> float:
        """Drawn from all rails."""
        return sum((rail.energy for rail in self.rails), 0.0)


def supply(dataset: xr.Dataset, window: Window) -> Supply:
    """What one window of a program draws."""
    span, attrs = Span.of(dataset, window.start, window.stop), dataset.attrs
    quiescent = 0.0
    if window.kind in SENSING:
        quiescent = attrs["p_amplifier"] * len(window.sensed[1]) * window.pulses * window.width
    if not window.pulses:
        return Supply((), 0.0, 0.0, quiescent)
    lines = list(_driven(span, window))
    if "v_rail" in span:
        return _switched(span, window, lines, quiescent)
    levels, names = (np.concatenate([getattr(one, what) for one in lines]) for what in ("levels", "names"))
    rails, by_line, line_charge = [], 0.0, 0.0
    for name, level in sorted({(str(n), v) for n, v in zip(names, levels.tolist(), strict=True) if v}, key=_order):
        here = (levels == level) & (names == name)
        plates, through = (
            np.sign(level) * np.hstack([getattr(one, what) for one in lines])[:, here] for what in ("plates", "through")
        )
        on_plates = float(plates.sum(axis=1).clip(0).sum())
        charge = on_plates + float(through.sum(axis=1).clip(0).sum())
        rails.append(Rail(name or _named(level, window.voltage), level, charge))
        by_line += abs(level) * float(plates.clip(0).sum() + through.clip(0).sum())
        line_charge += abs(level) * on_plates
    if attrs["sense"] == "tia":
        # a class-B output stage pays for what it gives from the one supply and for what it takes from the other
        moved = np.abs(_step_charges(span, span["i_bit_output"]))
        rails.append(Rail(AMPLIFIERS, attrs["v_amplifier"], float(moved.sum())))
        by_line += rails[-1].energy
        line_charge += attrs["v_amplifier"] * float(np.abs(np.diff(_held(span, "bit"), axis=0)).sum())
    return Supply(tuple(rails), by_line, line_charge, quiescent)


def _switched(span: Span, window: Window, lines: list[_Lines], quiescent: float) -> Supply:
    """The same of drivers that are switches: the rails' own currents tell, in every step, nothing taken back."""
    volts, for_gates = wave(span.dataset, "v_rail"), wave(span.dataset, "gate_rail").astype(bool)
    given = np.diff(span["drawn_rail"], axis=0) if "drawn_rail" in span else _step_charges(span, span["i_rail"])
    rails, by_line, line_charge = [], 0.0, 0.0
    for number, (volt, gates) in enumerate(zip(volts.tolist(), for_gates.tolist(), strict=True)):
        here = [
            (sign * one.plates[:, chosen], sign * one.charges[:, chosen])
            for one in lines
            if (one.names[0] == GATE) == gates
            for sign, chosen in [(np.sign(volt), np.isclose(one.levels, volt, rtol=1e-9, atol=0))]
        ]
        if not sum(plates.shape[1] for plates, _ in here):
            continue  # it is another step's
        name = GATE if gates else _named(volt, window.voltage)
        rails.append(Rail(name, volt, float((np.sign(volt) * given[:, number]).clip(0).sum())))
        by_line += abs(volt) * sum(float(charges.clip(0).sum()) for _, charges in here)
        line_charge += abs(volt) * float(sum(plates.sum(axis=1) for plates, _ in here).clip(0).sum())
    rails.sort(key=lambda rail: (rail.name == GATE, -rail.voltage))
    return Supply(tuple(rails), by_line, line_charge, quiescent)


def _order(rail: tuple[str, float]) -> tuple[str, float]:
    return rail[0], -rail[1]


def _named(level: float, whole: float) -> str:
    for share, name in _NAMES.items():
        if whole and abs(level - share * whole) <= 1e-9 * abs(whole):
            return name
    return f"{level:.6g} V"


@dataclass(frozen=True)
class _Lines:
    """Lines of one side.

    Attributes:
        names: of the rails that they have for themselves; "" for those that they share with the other side.
        levels: of the sources in the pulses, shape (line,) [V].
        plates: charge that each rise brings onto the capacitances of each line, shape (pulse, line) [C].
        charges: what its source gives in every step while it stands on its rail, shape (step, line) [C].
        held: the part of it that stays on these capacitances.
    """

    names: NDArray[np.str_]
    levels: Array
    plates: Array
    charges: Array
    held: Array

    @property
    def through(self) -> Array:
        """What flows through cells, shape (step, line) [C]."""
        return self.charges - self.held


def _driven(span: Span, window: Window) -> Iterator[_Lines]:
    """Lines with rails; an amplifier's reference draws nothing."""
    dataset = span.dataset
    sides = [side for side in ("word", "bit", "gate") if f"v_{side}_source" in span]
    # all sources together: their edges coincide
    height = np.sum([np.abs(span[f"v_{side}_source"]).sum(axis=1) for side in sides], axis=0)
    falls = height[1:] < height[:-1] * (1 - 1e-9)
    on = ~falls & (height[1:] > 0)
    for side in sides:
        if side == "bit" and dataset.attrs["sense"] == "tia":
            continue
        levels = np.array([float(f"{volt:.12g}") for volt in at(dataset, f"v_{side}_source", window.settled)])
        held = np.where(on[:, None], np.diff(_held(span, side), axis=0), 0.0)
        if f"drawn_{side}" in span:  # the engine has summed it itself, over all its steps
            charges = np.diff(span[f"drawn_{side}"], axis=0)
        elif side == GATE and "drawn_word" in span and "i_gate" not in span:
            # nothing leaves a gate line but by its driver, and what gates take is known
            charges = held.copy()
        else:
            charges = _on_rail(span, span[f"i_{side}_source"], on, falls)
        if f"g_{side}_driver" in span:  # what charges a floating line comes from other lines
            held[:, ~_joined(dataset, side, window.settled)] = 0.0
        pulse = np.cumsum(on & ~np.concatenate([[False], on[:-1]]))
        plates = np.zeros((int(pulse.max(initial=0)), len(levels)))
        np.add.at(plates, pulse[on] - 1, held[on])
        names = np.full(len(levels), GATE if side == "gate" else "")
        yield _Lines(names, levels, plates, charges, held)


def _on_rail(span: Span, current: Array, on: NDArray[np.bool_], falls: NDArray[np.bool_]) -> Array:
    """Charge that the sources deliver in each step while their lines stand on rails, shape (step, line) [C].

    Args:
        span: of the samples.
        current: that the sources deliver, shape (sample, line) [A]; a switch is on its rail for half of an edge more.
        on, falls: steps from the start of a pulse to the end of its plateau, and those of falling edges.
    """
    charges = _step_charges(span, current)
    charges[~on] = 0.0
    time = span["time"]
    for end in np.flatnonzero(falls & ~np.concatenate([[False], falls[:-1]])):
        fallen = end + int(np.argmin(np.append(falls[end:], False)))
        if "v_rail" in span:
            middle = 0.5 * (time[fallen] + time[end])
            half = slice(int(end), int(np.searchsorted(time, middle - 1e-3 * (middle - time[end]))))
            charges[half] = _step_charges(span, current)[half]
            continue
        charges[end] = 0.5 * (time[fallen] - time[end]) * current[end]
    return charges


def _step_charges(span: Span, current: Array) -> Array:
    return span.left[:, None] * current[:-1] + span.right[:, None] * current[1:]


def _joined(dataset: xr.Dataset, side: str, moment: float) -> NDArray[np.bool_]:
    """Which lines are not cut off from their drivers."""
    return np.asarray(2 * at(dataset, f"g_{side}_driver", moment) > wave(dataset, f"g_{side}_driver").max(axis=0))


def _held(span: Span, side: str) -> Array:
    """Charge on every line of a side, of the capacitances of lines, gates and cells' plates, shape (sample, line) [C].

    The ionic branch of a cell is not in it: through its resistance it charges for as long as a pulse lasts.
    """
    attrs, word, bit = span.dataset.attrs, span["v_word"], span["v_bit"]
    if side == "gate":
        gate = span["v_gate"]
        both = attrs["c_gate"] * (2 * gate - span["v_mid"] - bit).sum(axis=1)
        return np.asarray(both + attrs["c_gate_line"] * gate.sum(axis=1))
    plates, crossing = wave(span.dataset, "c_plates"), attrs["c_crossing"]
    lines, other, along = (word, bit, 2) if side == "word" else (bit, word, 1)
    whole = lines.sum(axis=along)
    held = (attrs[f"c_{side}"] + crossing) * whole - crossing * other.sum(axis=along)
    keep = "trc,rc->tr" if side == "word" else "trc,rc->tc"
    if "v_mid" not in span:
        held += np.einsum(keep, lines, plates) - np.einsum(keep, other, plates)
    elif side == "word":
        held += np.einsum(keep, word, plates) - np.einsum(keep, span["v_mid"], plates)
    elif "v_gate" in span:
        held -= attrs["c_gate"] * (span["v_gate"] - bit).sum(axis=along)
    if side == "word" and attrs["compliance"] != "none":
        held += attrs["limit_capacitance"] * span["v_word_terminal"]
    across = attrs[f"c_{side}_coupling"] * np.diff(whole, axis=1)
    held[:, :-1] -= across
    held[:, 1:] += across
    return np.asarray(held)

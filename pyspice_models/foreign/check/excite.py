"""Finds what moves a cell's state: pulses of both signs, from small to large, on lone cells from their own start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import SimulationError
from pyspice_models.foreign.osdi import Compiled, Response, describe, respond, solve_static

Array = NDArray[np.float64]

AMPLITUDES = (0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0, 5.0)
"""Voltages that are tried, both signs [V]."""

WIDTHS = (1e-6, 1e-3, 1.0, 1e-9)
"""Pulses that are tried, in this order [s]; each rests ten times as long."""

CLEAR, SEEN = 0.1, 0.01
"""Change of a conductance, as a share of it, that leaves no doubt; and the least that counts."""

REST = 10.0
EDGE = 0.01
READ = 0.2
LOOP = 5.0
"""Rest, edges, read voltage and each half of a loop as multiples of a pulse's width, or of its amplitude."""


@dataclass(frozen=True)
class Excitation:
    """What moved a cell.

    Attributes:
        amplitude, width: of the pulse [V], [s].
        change: of the read conductance after the rest, as a share of that before; positive pulse, negative pulse.
        during: the same at the end of the pulse.
        moved: nodes inside whose voltage went somewhere during a pulse of any size.
        kept: those of them that were still elsewhere after the rest: they hold states.
        start: voltages of nodes inside at the start, by name [V].
        failed: what went wrong in some of the trials; empty if nothing did.
    """

    amplitude: float
    width: float
    change: tuple[float, float]
    during: tuple[float, float]
    moved: tuple[str, ...]
    kept: tuple[str, ...]
    start: dict[str, float]
    failed: str

    @property
    def remembers(self) -> bool:
        """Whether the conductance was another one after the rest."""
        return max(map(abs, self.change)) >= SEEN

    @property
    def clarity(self) -> tuple[float, float]:
        """How clearly a state shows: what is left of it counts first, then what was seen during the pulse."""
        left = max(map(abs, self.change))
        return left if left >= SEEN else 0.0, min(CLEAR, max(map(abs, self.during)))

    @property
    def read_voltage(self) -> float:
        """At which the conductance was read [V]."""
        return float(f"{READ * self.amplitude:.2g}")


def pulse(amplitude: float, width: float, rest: float = REST) -> tuple[list[float], list[float]]:
    """Corners of a pulse and its rest [s], [V]."""
    edge = EDGE * width
    return [0.0, edge, width - edge, width, width * (1.0 + rest)], [0.0, amplitude, amplitude, 0.0, 0.0]


def triangle(amplitude: float, width: float, cycles: int = 1) -> tuple[list[float], list[float]]:
    """Corners of loops whose halves take LOOP widths each [s], [V]."""
    times = [0.5 * LOOP * width * k for k in range(4 * cycles + 1)]
    return times, [0.0, *[amplitude, 0.0, -amplitude, 0.0] * cycles]


def held_nodes(module: Compiled, passing: Sequence[str]) -> tuple[str, ...]:
    """Nodes that are held when a conductance is read: those that can remember and were not seen to forget."""
    return tuple(name for name in describe(module).remembering if name not in passing)


def conductances(
    module: Compiled, terminals: tuple[str, str], volt: float, states: dict[str, Array], count: int
) -> Array:
    """Current over voltage of so many cells at a read voltage, with states held, shape (cell,) [S]."""
    found = solve_static(module, {terminals[0]: np.full(count, volt), terminals[1]: 0.0, **states}, leak=1e-15)
    return np.asarray(found.currents[:, found.terminals.index(terminals[0])] / volt)


def search(module: Compiled, terminals: tuple[str, str], largest: float) -> Excitation | None:
    """The shortest and smallest pulse that clearly changes the conductance; the best one if none does.

    None if the cell responds to no pulse at all without an error.

    Args:
        module: the module.
        terminals: top and bottom.
        largest: voltage that is tried [V].
    """
    best: Excitation | None = None
    for width in WIDTHS:
        if best is not None and width < best.width and max(map(abs, best.during)) >= SEEN:
            break  # what is forgotten after a long rest need not be looked for after a shorter one
        amplitudes = [one for one in AMPLITUDES if one <= largest * (1 + 1e-9)] or [largest]
        runs, failed = _runs(module, terminals, amplitudes, width)
        if not runs:
            best = best or None
            continue
        one = _judged(module, terminals, runs, width, failed)
        if best is None or one.clarity > best.clarity:
            best = one
        if max(map(abs, best.change)) >= CLEAR:
            break
    return best


def _runs(
    module: Compiled, terminals: tuple[str, str], amplitudes: Sequence[float], width: float
) -> tuple[dict[float, tuple[Response, Response]], str]:  # fmt: skip
    """Responses to both signs by amplitude; those that failed are left out, with one reason."""
    times = pulse(1.0, width)[0]
    volts = [pulse(sign * one, width)[1] for one in amplitudes for sign in (1.0, -1.0)]
    try:
        every = respond(module, terminals, times, volts, tolerance=1e-4, seconds=60.0)
        return {one: (every[2 * k], every[2 * k + 1]) for k, one in enumerate(amplitudes)}, ""
    except SimulationError as error:
        failed = error.reason
    found: dict[float, tuple[Response, Response]] = {}
    for one in amplitudes:
        try:
            up, down = respond(
                module, terminals, times, [pulse(one, width)[1], pulse(-one, width)[1]], tolerance=1e-4, seconds=30.0
            )
        except SimulationError:
            break
        found[one] = up, down
    return found, failed


def _judged(
    module: Compiled, terminals: tuple[str, str], runs: dict[float, tuple[Response, Response]], width: float,
    failed: str
) -> Excitation:  # fmt: skip
    inside = describe(module).remembering
    every = [run for pair in runs.values() for run in pair]
    span = {name: max(float(np.abs(run.nodes[name] - run.nodes[name][0]).max()) for run in every) for name in inside}
    left = {name: max(abs(float(run.nodes[name][-1] - run.nodes[name][0])) for run in every) for name in inside}
    moved = tuple(name for name in inside if span[name] > 1e-12)
    kept = tuple(name for name in moved if left[name] > 1e-3 * span[name])
    held = held_nodes(module, [name for name in moved if name not in kept])
    best: Excitation | None = None
    for amplitude, pair in runs.items():
        volt = float(f"{READ * amplitude:.2g}")
        moments = [
            {name: np.array([run.nodes[name][0], run.nodes[name][k], run.nodes[name][-1]]) for name in inside}
            for run in pair
            for k in [int(np.searchsorted(run.time, width * (1.0 - EDGE)))]
        ]
        try:
            after = [conductances(module, terminals, volt, {name: one[name] for name in held}, 3) for one in moments]
            # during the pulse whatever remembers for a while counts
            passing = [conductances(module, terminals, volt, one, 3) for one in moments]
        except SimulationError as error:
            failed = failed or error.reason
            continue
        change = [float((one[2] - one[0]) / _unit(one[0])) for one in after]
        during = [float((one[1] - one[0]) / _unit(one[0])) for one in passing]
        found = Excitation(
            amplitude, width, (change[0], change[1]), (during[0], during[1]), moved, kept,
            {name: float(pair[0].nodes[name][0]) for name in inside}, failed,
        )  # fmt: skip
        if best is None or found.clarity > best.clarity:
            best = found
        if max(map(abs, best.change)) >= CLEAR:
            break
    if best is None:
        amplitude = next(iter(runs))
        return Excitation(amplitude, width, (0.0, 0.0), (0.0, 0.0), moved, kept, {}, failed)
    return best


def _unit(conductance: float) -> float:
    return abs(conductance) if conductance else 1e-30

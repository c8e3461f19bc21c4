"""One change of a cell under a constant voltage, and how long it takes: the question behind three of the maps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy  # loads scipy.integrate, a tenth of a second, where it is first used

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.declare.constants import conductance_quantum
from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.stimulus.cell_bench import CellBench, Drive

QUANTUM: float = conductance_quantum
"""2 e^2/h [S], 77.5 uS: a filament of one atom; above it the cell counts as bridged."""

LONGEST = 1e4
"""[s] No change is waited for longer than the time over which a state is known to be kept (ACS AMI 2022)."""

R_SERIES = 0.1
"""[ohm] So little that all of the voltage is on the cell: at 30 mV one percent less takes a sixth longer."""

_WINDOW = 4.0  # the source is on for this multiple of the expected time
_STEPS = 400  # time steps, at least, while it is on
_EDGE = 1e-3  # of the expected time


@dataclass(frozen=True)
class Change:
    """From which state to which one, and at which sign of the voltage.

    Attributes:
        name: for people and for the data.
        about: what is waited for, one line.
        sign: of the voltage, 1 or -1.
        w0, x0: states before.
        wave: what is watched: the interface state "w", or the cell's conductance "g".
        stop: where it has to come to, [1] or [S]; with `relative`, as a multiple of what it was.
    """

    name: str
    about: str
    sign: int
    w0: float
    x0: float
    wave: Literal["w", "g"]
    stop: float
    relative: bool = False

    def level(self, cell: CellParams, temperature: float) -> float:
        """Where it has to come to, [1] or [S]."""
        if not self.relative:
            return self.stop
        return self.stop * float(Equations(cell, temperature).conductance(0.0, self.w0, self.x0))


FILAMENT = 0.8
"""State of the filament that is dissolved: 0.7 mS in the nominal cell, within the compliance levels of S8."""

SWITCHES = (
    Change("interface set", "w from 0 to 0.5", 1, 0.0, 0.0, "w", 0.5),
    Change("interface reset", "w from 1 to 0.5", -1, 1.0, 0.0, "w", 0.5),
    Change("filament set", "no filament to one conductance quantum", 1, 0.0, 0.0, "g", QUANTUM),
    Change("filament reset", f"x = {FILAMENT:g} to below one conductance quantum", -1, 0.0, FILAMENT, "g", QUANTUM),
)


def expected_time(cell: CellParams, change: Change, voltage: float, temperature: float = 300.0) -> float:
    """Time that `change` takes at `voltage` [V] across the cell, by quadrature of the declared rate [s].

    Derived, not simulated: the time is the integral of ds/(ds/dt) over the one state that the change is about, while
    the other one stays. Infinite where the rate is 0 in floating point, or the change is not within the cell's reach.
    """
    eq, v = Equations(cell, temperature), change.sign * abs(voltage)
    if change.wave == "w":
        start, stop = change.w0, change.stop
    else:
        level = change.level(cell, temperature)

        def short(x: float) -> float:
            return float(np.log(eq.conductance(v, change.w0, x) / level))

        if short(0.0) * short(1.0) >= 0:
            return math.inf
        start, stop = change.x0, float(scipy.optimize.brentq(short, 0.0, 1.0, xtol=1e-12))

    def speed(state: float) -> float:
        dw, dx = eq.rates(v, state, state)  # neither depends on the other's state
        return change.sign * float(dw if change.wave == "w" else dx)

    with np.errstate(all="ignore"):
        # the nearer a state is to its bound the slower it becomes; before the bound it may stand still, where what
        # little goes the other way balances it
        if min(map(speed, (start, 0.5 * (start + stop), stop))) < 1e-200 or (stop - start) * change.sign <= 0:
            return math.inf
        found = float(scipy.integrate.quad(lambda state: 1 / speed(state), start, stop, limit=200, epsrel=1e-8)[0])
    return abs(found)


def change_experiment(
    name: str, cell: CellParams, change: Change, voltage: float, temperature: float = 300.0
) -> Experiment:
    """A step of the source to `voltage` [V] that is held long enough for the change, but no longer than LONGEST.

    How long it is held follows from the declared rate; when the change has come about is read from the waves.
    """
    expected = expected_time(cell, change, voltage, temperature)
    hold = min(_WINDOW * expected, LONGEST)
    edge = _EDGE * hold / _WINDOW
    wait = 10 * edge
    drive = Drive().hold(wait).to(change.sign * abs(voltage), edge).hold(hold)
    bench = CellBench(
        cell.replace(w0=change.w0, x0=change.x0), drive.times, drive.volts, r_series=R_SERIES, temperature=temperature
    )
    level = change.level(cell, temperature)

    def measure(waves: Sequence[CellWaves]) -> dict[str, Finding]:
        (run,) = waves
        began = wait + edge / 2
        found = passing_time(run, change, level) - began
        note = "" if math.isfinite(found) else f"not within {hold:.3g} s"
        return {"time": Finding(found, {"searched [s]": [hold]}, note=note)}

    return Experiment(
        name, f"{change.about} at {change.sign * abs(voltage):g} V, {temperature:g} K", (), (bench,), measure,
        hold / _STEPS, together=1,
    )  # fmt: skip


def passing_time(run: CellWaves, change: Change, level: float) -> float:
    """When the watched quantity first passes `level`; nan if it does not [s]."""
    # conductance is exponential in the filament's state, and the state nearly linear in time
    wave, at = (run.w, level) if change.wave == "w" else (np.log(run.g), math.log(level))
    beyond = np.flatnonzero(change.sign * (wave - at) >= 0)
    if len(beyond) == 0:
        return math.nan
    first = int(beyond[0])
    if first == 0:
        return float(run.time[0])
    share = (at - wave[first - 1]) / (wave[first] - wave[first - 1])
    return float(run.time[first - 1] + share * (run.time[first] - run.time[first - 1]))

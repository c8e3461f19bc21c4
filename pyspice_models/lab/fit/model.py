"""What the cell would have shown in the experiment, for many trial cells at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.cells import alone
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate_many
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.foreign.osdi import respond
from pyspice_models.foreign.spec import Spec
from pyspice_models.lab.fit import pulses
from pyspice_models.lab.fit.measured.train import IvLoop, PulseTrain
from pyspice_models.numeric import real_array
from pyspice_models.units import number

Array = NDArray[np.float64]

FINE = 1e-6
"""Tolerance of a run whose error is small beside the finite differences."""

COARSE = 1e-4
"""Tolerance where only the nearest valley is looked for."""

_SMALL = 1e-6  # of the cell's own resistance: stands for none where an integrator needs one


@dataclass(frozen=True)
class Setup:
    """How the data were taken.

    Attributes:
        read_voltage: at which the conductance after a pulse was read [V].
        series_resistance: between source and cell in a loop [ohm].
        i_limit: current compliance in a loop [A]; needs a series resistance.
        temperature: [K].
        floor: current below which a loop's noise dominates [A]; None: 1e-4 of the largest current.
    """

    read_voltage: float = 5e-3
    series_resistance: float = 0.0
    i_limit: float = np.inf
    temperature: float = 300.0
    floor: float | None = None

    def __post_init__(self) -> None:
        """Values become SI floats; what no experiment can have is refused."""
        for name, unit in (("read_voltage", "V"), ("series_resistance", "ohm"), ("temperature", "K"), ("floor", "A")):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, number(getattr(self, name), unit, name=name))
        # inf is none
        object.__setattr__(self, "i_limit", float(real_array(self.i_limit, "A", name="i_limit")))
        for name, unit, good, allowed in (
            ("read_voltage", "V", 0 < abs(self.read_voltage) <= 1, "-1 to 1, not 0"),
            ("series_resistance", "ohm", 0 <= self.series_resistance <= 1e12, "0 to 1e12"),
            ("i_limit", "A", self.i_limit > 0, "> 0"),
            ("temperature", "K", 200 <= self.temperature <= 500, "200 to 500"),
            ("floor", "A", self.floor is None or 0 < self.floor < np.inf, "> 0"),
        ):
            if not good:
                raise RequestError.for_value(name, getattr(self, name), unit=unit, allowed=allowed)
        if np.isfinite(self.i_limit) and self.series_resistance == 0:
            raise RequestError("a compliance needs the series resistance that it acts behind; give both")


def predict(
    data: PulseTrain | IvLoop, base: ParameterSet, trials: Mapping[str, Array], setup: Setup, *, tolerance: float = FINE
) -> Array:
    """Conductances [S] or currents [A] of trial cells.

    Args:
        data: the experiment; only its stimulus is used.
        base: parameters common to all trials, of any cell with equations in Python or a Verilog-A of one's own.
        trials: parameters that differ, arrays of shape (trial,).
        setup: how the data were taken.
        tolerance: of the integrator, for loops; for pulses a coarse one asks for a coarser way through the window.

    Returns:
        Shape (trial, row).

    Raises:
        RequestError: a cell that cannot be followed so.
        SimulationError: an integrator gave up.
    """
    if isinstance(data, PulseTrain):
        return pulses.conductances(
            data, base, trials, read_voltage=setup.read_voltage, temperature=setup.temperature,
            points=pulses.COARSE if tolerance >= COARSE else pulses.FINE,
        )  # fmt: skip
    time = data.time - data.time[0]
    if isinstance(base, CellParams):
        runs = simulate_many(
            base, trials, time, data.voltage, series_resistance=setup.series_resistance, i_limit=setup.i_limit,
            temperature=setup.temperature, tolerance=tolerance,
        )  # fmt: skip
        # every sample is a corner of the source, so every sample is a time point of the run
        return np.stack([run.i[np.minimum(np.searchsorted(run.time, time), len(run.time) - 1)] for run in runs])
    spec = getattr(type(base), "cell_spec", None)
    if isinstance(spec, Spec) and spec.kind == "verilog_a":
        return _compiled_loop(spec, data, base, trials, setup, tolerance)
    return _other_loop(data, base, trials, setup, tolerance)


def _from_rest(data: IvLoop, setup: Setup) -> tuple[Array, Array]:
    """Corners of the source; behind a resistor it has to start at 0 V, a share of 1e-6 of the first sample before."""
    time, volts = data.time - data.time[0], data.voltage
    if volts[0] == 0 or setup.series_resistance == 0:
        return time, volts
    return np.append(-1e-6 * time[1], time) + 1e-6 * time[1], np.append(0.0, volts)


def _compiled_loop(
    spec: Spec, data: IvLoop, base: ParameterSet, trials: Mapping[str, Array], setup: Setup, tolerance: float
) -> Array:
    """Of a Verilog-A of one's own: its compiled module behind the resistor."""
    count = len(next(iter(trials.values())))
    own = spec.written({**base.as_dict(), **{name: np.asarray(values) for name, values in trials.items()}})
    time, volts = _from_rest(data, setup)
    runs = respond(
        spec.compiled, spec.terminals, time, volts,
        {name: np.broadcast_to(value, count) if np.ndim(value) else value for name, value in own.items()},
        start=spec.starts(own), series_resistance=np.full(count, setup.series_resistance), i_limit=setup.i_limit,
        temperature=setup.temperature, tolerance=max(tolerance, 1e-6),
    )  # fmt: skip
    return np.stack([np.interp(time[-len(data.time) :], run.time, run.i) for run in runs])


def _other_loop(data: IvLoop, base: ParameterSet, trials: Mapping[str, Array], setup: Setup, tolerance: float) -> Array:
    """Of the package's other cells: one trial after the other."""
    model = model_of(base)
    if np.isfinite(setup.i_limit):
        raise RequestError.for_value(
            "compliance", setup.i_limit, unit="A", allowed=f"none in a fit of the cell {model.name!r}",
            advice="Leave out the rows in which the compliance acted.",
        )  # fmt: skip
    time, volts = _from_rest(data, setup)
    found = []
    for n in range(len(next(iter(trials.values())))):
        cell = base.replace(**{name: float(values[n]) for name, values in trials.items()})
        driven = np.abs(data.voltage) > 0
        least = float(np.min(np.abs(data.voltage[driven]))) / float(np.abs(data.current).max())
        run = alone.simulate(
            model, cell, time, volts, series_resistance=max(setup.series_resistance, _SMALL * least),
            temperature=setup.temperature, tolerance=max(tolerance, 1e-6),
        )  # fmt: skip
        found.append(np.interp(time[-len(data.time) :], run.time, run.i))
    return np.stack(found)

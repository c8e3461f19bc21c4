"""What a lone foreign cell does: its loop, its pulses, and how fast it switches at which voltage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.foreign.alone.learnt import way
from pyspice_models.foreign.equations import ForeignEquations, shown_over
from pyspice_models.foreign.osdi import respond
from pyspice_models.foreign.spec import Spec
from pyspice_models.units import number, show

Array = NDArray[np.float64]

PULSES, VOLTAGES = 20, 7
"""Set pulses, and as many reset pulses; voltages at which switching is timed, from half of the largest one on."""

_PERIOD = 8.0  # of the loop, in switching times at its largest voltage
_WIDTH = 0.2  # of a pulse, in the same
_EDGE = 0.02  # of a pulse, in its width


def cell_sheet(cell: ParameterSet, voltage: float, *, temperature: float = 300.0) -> xr.Dataset:
    """Loop, pulses and switching times of a cell of one's own, by its compiled module alone.

    `loop_voltage` and `loop_current` over `loop`: a triangle to +voltage, -voltage and back from level 0, behind an
    ideal source, of eight switching times. `pulse_conductance` over `pulse`: at the read voltage before the first and
    after
    each of 20 set and 20 reset pulses of a fifth of the switching time. `switching_time` over `polarity` and
    `switching_voltage`: until the read conductance is half-way through its window; NaN where it takes more than 1 s.

    Args:
        cell: parameters of a foreign cell with a declared state.
        voltage: the largest one [V].
        temperature: [K].

    Raises:
        RequestError: another cell, one without a state, or one that the voltage hardly moves.
        SimulationError: the module cannot be followed, or its code crashed.
    """
    volts = number(voltage, "V", name="voltage", allowed="> 0")
    if volts <= 0:
        raise RequestError.for_value("voltage", volts, unit="V", allowed="> 0")
    spec = getattr(type(cell), "cell_spec", None)
    if not isinstance(spec, Spec) or spec.kind != "verilog_a":
        raise RequestError(
            f"the cell {model_of(cell).name!r} is no Verilog-A of a user's own. `ag2s characterize` without a study "
            "measures the Ag2S cell; a subcircuit shows what it does in a simulation alone."
        )
    if not spec.states:
        raise RequestError(
            f"the cell {spec.module!r} declares no state that could switch. Declare one in [cell.states]."
        )
    scale = np.linspace(0.5, 1.0, VOLTAGES) * volts
    times = np.array([[_half(spec, cell, temperature, sign * v) for v in scale] for sign in (1.0, -1.0)])
    if not np.isfinite(times[:, -1]).all():
        raise RequestError(f"the cell {spec.module!r} does not switch both ways within 1 s at {show(volts, 'V')}.")
    slowest = float(times[:, -1].max())
    own = spec.written(_at(spec, cell))
    loop = _PERIOD * slowest * np.array([0.0, 0.25, 0.75, 1.0])
    run = respond(
        spec.compiled, spec.terminals, loop, [0.0, volts, -volts, 0.0], own,
        start=spec.starts(own), temperature=temperature, max_step=loop[-1] / 400,
    )[0]  # fmt: skip
    conductance = np.array(list(_trained(spec, cell, temperature, volts, times[:, -1])))
    return xr.Dataset(
        {
            "loop_voltage": ("loop", run.v, {"units": "V", "long_name": "across the cell"}),
            "loop_current": ("loop", run.i, {"units": "A", "long_name": "into the first terminal"}),
            "pulse_conductance": (
                "pulse", conductance, {"units": "S", "long_name": f"at {show(spec.read_voltage, 'V')}, after the pulse"}
            ),
            "switching_time": (
                ("polarity", "switching_voltage"), times, {"units": "s", "long_name": "half-way through the window"}
            ),
        },
        coords={
            "loop": ("loop", run.time, {"units": "s", "long_name": "time"}),
            "pulse": ("pulse", np.arange(len(conductance)), {"long_name": "number of the pulse"}),
            "polarity": ("polarity", ["set", "reset"]),
            "switching_voltage": ("switching_voltage", scale, {"units": "V", "long_name": "size of the pulse"}),
        },
        attrs={"cell": spec.module, "temperature": temperature, "read_voltage": spec.read_voltage},
    )  # fmt: skip


def sheet_as_dict(sheet: xr.Dataset) -> dict[str, Any]:
    """For JSON: each variable and coordinate with its unit; None for NaN."""
    held = {str(name): sheet[name] for name in (*sheet.coords, *sheet.data_vars)}
    return {
        "cell": sheet.attrs["cell"],
        **{
            name: {"unit": str(wave.attrs.get("units", "")), "values": _plain(wave.values.tolist())}
            for name, wave in held.items()
        },
    }


def _plain(values: Any) -> Any:
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return None if isinstance(values, float) and values != values else values


def _half(spec: Spec, cell: ParameterSet, temperature: float, volts: float) -> float:
    """When half of the window is passed [s]; NaN where that takes too long."""
    try:
        time, left = way(spec, cell, temperature, volts)
    except RequestError:
        return float("nan")
    if left[-1] > 0.5:
        return float("nan")
    k = int(np.argmax(left <= 0.5))
    return float(np.interp(0.5, [left[k], left[k - 1]], [time[k], time[k - 1]]))


def _trained(spec: Spec, cell: ParameterSet, temperature: float, volts: float, times: Array) -> Iterator[float]:
    """The read conductance before the first pulse and after each [S]."""
    corners, values, ends, t = [0.0], [0.0], [0.0], 0.0
    for sign, slow in zip((1.0, -1.0), times, strict=True):
        width = _WIDTH * float(slow)
        for _ in range(PULSES):
            for step, value in ((_EDGE, sign * volts), (1.0, sign * volts), (1.0 + _EDGE, 0.0), (2.0, 0.0)):
                corners.append(t + step * width)
                values.append(value)
            t += 2.0 * width
            ends.append(t)
    own = spec.written(_at(spec, cell))
    run = respond(
        spec.compiled, spec.terminals, corners, values, own, start=spec.starts(own), temperature=temperature
    )[0]  # fmt: skip
    equations = ForeignEquations(spec, cell, temperature)
    waves = [np.clip(shown_over(spec, state, own, run.nodes, temperature), 0.0, 1.0) for state in spec.states]
    states = [np.interp(ends, run.time, wave) for wave in waves]
    yield from np.asarray(equations.conductance(spec.read_voltage, *states), dtype=float).tolist()


def _at(spec: Spec, cell: ParameterSet) -> dict[str, float]:
    """Parameters with all states at 0."""
    return cell.as_dict() | {state.initial: 0.0 for state in spec.states}

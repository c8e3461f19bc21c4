"""The README beside an exported device."""

from __future__ import annotations

from pyspice_models.export.aihwkit.curve import NODES, SETS
from pyspice_models.export.aihwkit.data import distances, zero_of
from pyspice_models.export.aihwkit.device import KINDS
from pyspice_models.export.aihwkit.fit import Fitted
from pyspice_models.units import show
from pyspice_models.version import __version__


def readme(fitted: Fitted) -> str:
    """What to type, how far the devices are from the cell, and what they leave out."""
    asked, spread = fitted.asked, fitted.spread
    pulses, zero = asked.pulses, zero_of(fitted)
    rows, first = [], fitted.devices["piecewise_step"]
    for kind, device in fitted.devices.items():
        off = distances(device, fitted)
        rows.append(
            f"| `{kind}` | {KINDS[kind]} | "
            f"{off['train']:.4f} | {off['symmetric_point']:.4f} | {off['equal_steps']:.4f} |"
        )
    others = "; ".join(
        f"{name} is {sets:.2g} after the sets, {resets:.2g} after the resets"
        for name, (sets, resets) in fitted.train.others.items()
    )
    return f"""\
# Ag2S memristor cell as a device of aihwkit

Exported by ag2s-crossbar {__version__}. Cell: preset `{asked.cell.name}`, {asked.cell.description}. Pulses:
{show(pulses.voltage, "V")}, {show(pulses.width, "s")}, at {pulses.temperature:g} K.

```python
from device import device
from aihwkit.simulator.configs import SingleRPUConfig

config = SingleRPUConfig(device=device("piecewise_step"))
```

```bash
python3 device.py
sha256sum -c --quiet SHA256SUMS
```

The first repeats {SETS} sets and {SETS} resets by the toolkit's documented equations, and in the toolkit where it is
installed, and ends with status 1 if they are further from the cell than stated here.

## How far it is from the cell

A weight is the level w of the cell less {zero:.4f}, its symmetric point under alternating pulses, in parts of the
window; equal steps up and down are at w = {fitted.points.equal:.4f}. A step at 0 is {fitted.step:.4f}. Distances in
parts of the window:

| device | class | {SETS} sets and {SETS} resets | symmetric point | equal steps |
|---|---|---|---|---|
{chr(10).join(rows)}

`piecewise_step` takes the steps at {NODES} levels from a map that is within {fitted.map_error:.1g} of the cell's own
simulation; `power_step` and the ends of its window are fitted to the train and to both symmetric points.

## Spreads, all assumed

From device to device: steps {spread.gain:.3f} (lognormal), up against down {spread.asymmetry:.3f}, ends of the window
{spread.low:.3f} and {spread.high:.3f}; from pulse to pulse {pulses.cycle_spread:g}, as `ag2s learn` has it (the cell's
own cycles give {spread.cycles:.3f}). `device(..., spread=False)` has none of them.

The toolkit draws each by itself. In the cell one cause moves several: steps and window go together with a correlation
of {spread.together:.2f}, and a weight that is read against the cell's own symmetric point is 0 there. In the toolkit
symmetric points scatter around 0 by {first.scatter:.3f} (`piecewise_step`), as with a reference that is only nominal;
those of the cells scatter by {spread.points:.3f}. With `w_min_dtod=0, w_max_dtod=0` it is
{first.scatter_with_one_window:.3f}.

## What it leaves out

- Every state but the level: {others or "there is none"}.
- Half-selected cells, lines, drivers, energy and time. `ag2s learn` has them.
- Pulses of another height, width or temperature: export once more.

*measured*, *derived* and *assumed* numbers of the cell stand in device.json with their sources. With assumed numbers
this is a what-if, not a prediction of that device. Licence: GPL-3.0-or-later.
"""

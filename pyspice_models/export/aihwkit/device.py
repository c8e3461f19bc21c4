#!/usr/bin/env python3
"""The Ag2S cell as a device of aihwkit; the numbers stand in device.json, which must lie beside this file.

    from device import device

    config = SingleRPUConfig(device=device("piecewise_step"))

`python3 device.py` repeats the sets and resets of device.json by the equations below, and in the toolkit if it is
installed, and says how far both are from the cell. Python's own library is all that the equations need.

How one pulse moves a weight w between w_min and w_max, as the toolkit documents it (aihwkit 1.1.0, PulsedDevice,
PiecewiseStepDevice and PowStepDevice in `aihwkit.simulator.configs.devices`,
https://aihwkit.readthedocs.io/en/latest/api/aihwkit.simulator.configs.devices.html), n being a standard normal number
for each pulse and p = (w - w_min)/(w_max - w_min):

    up    w <- w + dw_up f_up(p) (1 + dw_min_std n)
    down  w <- w - dw_down f_down(p) (1 + dw_min_std n),      then w <- min(max(w, w_min), w_max)

    PiecewiseStepDevice   f_up, f_down: on straight lines between the values of `piecewise_up`, `piecewise_down`, which
                          stand at even distances from p = 0 to p = 1
    PowStepDevice         f_up = (1 - p)^gamma_up, f_down = p^gamma_down

dw_up and dw_down come from `dw_min` and `up_down`, gamma_up and gamma_down from `pow_gamma` and `pow_up_down`. Here the
documentation and the program differ: by the text a bias b makes a pair a (1 + b) and a (1 - b); the program
(`rpu_pulsed_device.cpp`, `rpu_powstep_device.cpp`) takes it from one direction alone, a (1 + min(b, 0)) and
a (1 - max(b, 0)). The program is followed. The piecewise device has no bias and does not depend on it.

From device to device the toolkit draws dw_up = (g + r) dw_min and dw_down = (g - r) dw_min, g = exp(dw_min_dtod n)
with `dw_min_dtod_log_normal`, r = up_down_dtod n; w_max and w_min times 1 + w_max_dtod n and 1 + w_min_dtod n.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

KINDS = {"piecewise_step": "PiecewiseStepDevice", "power_step": "PowStepDevice"}
NO_SPREAD = (
    "dw_min_dtod", "dw_min_std", "up_down_dtod", "w_max_dtod", "w_min_dtod", "reset_std", "pow_gamma_dtod",
    "pow_up_down_dtod",
)  # fmt: skip
SINGLE = 1e-5  # of the window: what numbers of 32 bits may add up to


# ---- the equations


def piecewise_step(w: float, up: bool, of: Mapping[str, Any], gains: Sequence[float] = (1.0, 1.0)) -> float:
    """A weight after one pulse, without noise; `gains` are those of one device, up and down."""
    nodes = of["piecewise_up"] if up else of["piecewise_down"]
    last = len(nodes) - 1
    place = min(max((w - of["w_min"]) / (of["w_max"] - of["w_min"]) * last, 0.0), float(last))
    before = min(int(place), last - 1)
    part = place - before
    size = of["dw_min"] * ((1 - part) * nodes[before] + part * nodes[before + 1])
    return _within(w + gains[0] * size if up else w - gains[1] * size, of)


def power_step(w: float, up: bool, of: Mapping[str, Any], gains: Sequence[float] = (1.0, 1.0)) -> float:
    """See `piecewise_step`."""
    p = (w - of["w_min"]) / (of["w_max"] - of["w_min"])
    p, bias, bend = min(max(p, 0.0), 1.0), of["up_down"], of["pow_up_down"]
    if up:
        size = of["dw_min"] * (gains[0] + min(bias, 0.0)) * (1 - p) ** (of["pow_gamma"] * (1 + min(bend, 0.0)))
        return _within(w + size, of)
    size = of["dw_min"] * (gains[1] - max(bias, 0.0)) * p ** (of["pow_gamma"] * (1 - max(bend, 0.0)))
    return _within(w - size, of)


STEPS = {"piecewise_step": piecewise_step, "power_step": power_step}


def train(kind: str, of: Mapping[str, Any], start: float, signs: Sequence[int]) -> list[float]:
    """The weight after each of these pulses: 1 for up, -1 for down."""
    found, w = [], start
    for sign in signs:
        w = STEPS[kind](w, sign > 0, of)
        found.append(w)
    return found


def _within(w: float, of: Mapping[str, Any]) -> float:
    return float(min(max(w, of["w_min"]), of["w_max"]))


# ---- the toolkit


def numbers() -> dict[str, Any]:
    """What device.json holds."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("device.json").read_text(encoding="utf-8"))
    return found


def device(kind: str = "piecewise_step", *, spread: bool = True, **changes: Any) -> Any:
    """A device for `SingleRPUConfig(device=...)`, or for one of the toolkit's compounds.

    Args:
        kind: "piecewise_step", or "power_step", which is further from the cell.
        spread: false for devices that are all alike, and pulses without noise.
        changes: of any parameter of the toolkit's class.
    """
    from aihwkit.simulator.configs import devices

    parameters = dict(numbers()["devices"][kind]["parameters"])
    if not spread:
        parameters.update({name: 0.0 for name in NO_SPREAD if name in parameters})
    return getattr(devices, KINDS[kind])(**{**parameters, **changes})


def toolkit_train(kind: str, start: float, signs: Sequence[int]) -> list[float]:
    """The same as `train`, by the toolkit: one cell, one pulse at each update."""
    import torch
    from aihwkit.simulator.configs import SingleRPUConfig
    from aihwkit.simulator.tiles import AnalogTile

    config = SingleRPUConfig(device=device(kind, spread=False))
    config.update.desired_bl = 1
    config.update.update_management = False
    config.update.update_bl_management = False
    tile = AnalogTile(1, 1, config)
    tile.set_learning_rate(1.0)
    tile.set_weights(torch.full((1, 1), start))
    found = []
    for sign in signs:
        tile.update(-torch.ones(1, 1), torch.full((1, 1), float(sign)))
        weights = tile.get_weights()
        found.append(float((weights[0] if isinstance(weights, tuple) else weights).reshape(-1)[0]))
    return found


def main() -> int:
    """Say how far both devices are from the cell; 0 if that is what device.json says."""
    given, good = numbers(), True
    run = given["train"]
    ways = {
        "these equations": lambda kind: train(kind, given["devices"][kind]["parameters"], run["start"], run["signs"])
    }
    try:
        import aihwkit
    except ImportError:
        sys.stdout.write("aihwkit is not installed: by these equations alone\n")
    else:
        ways[f"aihwkit {aihwkit.__version__}"] = lambda kind: toolkit_train(kind, run["start"], run["signs"])
    for kind in KINDS:
        stated = given["devices"][kind]["distance"]["train"]
        for way, weights in ways.items():
            off = max(abs(a - b) for a, b in zip(weights(kind), run["cell"]))  # noqa: B905
            same = off <= stated + SINGLE
            good = good and same
            verdict = f"{'ok' if same else 'FAILED'} {kind} by {way}: "
            sys.stdout.write(f"{verdict}off by {off:.5f} of the window, stated {stated:.5f}\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

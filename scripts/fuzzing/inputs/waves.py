"""Steps with waves of a user's own, as somebody might write them."""

from __future__ import annotations

from random import Random
from typing import Any

from fuzzing.inputs import hostile
from pyspice_models.stimulus.drive.tables import WAVES

Tables = dict[str, Any]


def driven(dice: Random) -> Tables:
    """A step that drives lines, most of them sound."""
    step: Tables = {"do": "drive", "waves": waves(dice)}
    if dice.random() < 0.4:
        step["file"] = dice.choice(("drive_waves.csv", "levels_8x8.csv", "no.csv", "/dev/zero", "models", ""))
        if dice.random() < 0.9:
            del step["waves"]
    for key, usual in (
        ("duration", (1e-6, "3 us", "20 us", "20 us", 0, 1e-9, -1, 1e6)), ("every", (0, "0.1 us", 1e-12, "1 V")),
        ("sample", ([1e-7], ["0.1 us", 0], [], [-1], [1e9], 3)), ("gates", ("all", 0, [0, 1], "x")),
    ):  # fmt: skip
        if dice.random() < (0.9 if key == "duration" else 0.25):
            step[key] = dice.choice(usual) if dice.random() < 0.9 else hostile.value(dice)
    return step


_LINES = ("wl0", "bl1", "wl*", "bl*", "WL_0", "wl9", "w0", "", "wl-1", "wl1e3", "gl0")


def waves(dice: Random) -> Any:
    """Waves of lines as a study file has them, most of them sound."""
    if dice.random() < 0.05:
        return hostile.value(dice)
    return {
        dice.choice(_LINES[:4] if dice.random() < 0.8 else _LINES): _wave(dice)
        for _ in range(dice.choice((0, 1, 1, 3)))
    }


def _wave(dice: Random) -> Any:
    word = dice.choice(list(WAVES))
    if word == "pwl":
        times = [dice.choice((0, "0.1 us", 1e-7, 2e-7, 5e-7, 1e-6, -1, 1e300)) for _ in range(dice.randrange(5))]
        if dice.random() < 0.7:
            times = sorted(dice.uniform(0, 1e-6) for _ in times)
            times += times[-1:] if dice.random() < 0.3 else []
        return {"times": times, "volts": [dice.choice((0, 0.1, "5 mV", -0.3, 6)) for _ in range(len(times))]}
    wave: Tables = {"wave": word if dice.random() < 0.95 else hostile.text(dice)}
    for name, declared in WAVES[word].quantities().items():
        if dice.random() < 0.15:
            low, high = max(declared.low, -1e30), min(declared.high, 1e30)
            wave[name] = dice.choice((int(low) if declared.whole else low, high, 0, 1e-7, f"0.1 {declared.unit}"))
    return wave

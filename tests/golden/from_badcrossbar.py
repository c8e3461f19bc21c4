"""Write from_badcrossbar.json: solutions of badcrossbar 1.1.0 (Joksas, Mehonic, SoftwareX 12 (2020) 100617).

Run by hand, not by the tests: badcrossbar asks for pycairo, whose build needs the cairo headers, for its pictures
only. Its solver runs without; scripts/setup puts it into .venv/peers:

    PYTHONPATH=.venv/peers .venv/bin/python tests/golden/from_badcrossbar.py
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np

CASES = {  # rows, columns, resistance of a word-line and of a bit-line segment [ohm]
    "square": (4, 4, 10.0, 10.0),
    "wide": (3, 7, 1.0, 25.0),
    "tall": (8, 2, 40.0, 0.5),
    "one word line": (1, 5, 10.0, 20.0),
    "one bit line": (5, 1, 10.0, 20.0),
    "ideal word lines": (4, 3, 0.0, 15.0),
    "ideal bit lines": (4, 3, 15.0, 0.0),
    "larger": (16, 16, 2.0, 3.0),
}


def case(name: str, seed: int) -> dict[str, object]:
    """Inputs and what badcrossbar makes of them, SI units."""
    import badcrossbar

    rows, cols, r_word, r_bit = CASES[name]
    random = np.random.default_rng(seed)
    volts = random.uniform(-0.3, 0.3, rows)
    ohms = 10 ** random.uniform(3, 6, (rows, cols))
    ohms[-1, -1] = np.inf  # a cell that is not there
    found = badcrossbar.compute(volts[:, None], ohms, r_i_word_line=r_word, r_i_bit_line=r_bit)
    return {
        "r_word": r_word,
        "r_bit": r_bit,
        "volts": volts.tolist(),
        "siemens": (1 / ohms).tolist(),
        "word": found.voltages.word_line.tolist(),
        "bit": found.voltages.bit_line.tolist(),
        "cells": found.currents.device.tolist(),
        "word_segments": found.currents.word_line.tolist(),
        "bit_segments": found.currents.bit_line.tolist(),
        "output": np.ravel(found.currents.output).tolist(),
    }


if __name__ == "__main__":
    logging.disable()
    solved = {name: case(name, seed) for seed, name in enumerate(CASES)}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(found)}" for name, found in solved.items())
    Path(__file__).with_suffix(".json").write_text(f"{{\n{lines}\n}}\n", encoding="ascii")

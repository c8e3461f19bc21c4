"""A study with every kind of step, fault and part."""

from __future__ import annotations

import numpy as np

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.cells.presets import preset
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.stimulus import Apply, RankOne, Read, ReadAll, Vmm, Wait, Write, WritePattern
from pyspice_models.study import Study
from pyspice_models.study.limits import Limits

BIG = (12, 9)
"""More cells than stand in a study file itself."""


def everything() -> Study:
    """The same study every time, too large to stand in one file."""
    rows, cols = BIG
    places = [(r, c) for r in range(rows - 1) for c in range(cols - 1)]
    dice = np.random.default_rng(1)
    bar = Crossbar(
        rows, cols, cell=preset("250nm-160C").cell, wire=WireParams(coupling=True),
        driver=DriverParams(sense="tia", compliance="mos"), selector=TransistorParams(swing=0.09), temperature=311.7,
        per_cell={
            "x0": 0.25, "area": dice.uniform(20e-12, 30e-12, BIG), "w0": dice.random(BIG), "r_ion": np.full(BIG, 4e7),
        },
        faults=Faults(
            stuck_on=places[::2], stuck_off=places[1::2], open_cells=((11, 8),), open_words=((0, 0), (3, 2)),
            open_bits=((1, 1),), shorted_words=places, shorted_bits=((2, 2),), g_on=2e-3, r_short=7.0,
        ),
    )  # fmt: skip
    target = tuple(tuple(int(bit) for bit in row) for row in dice.random(BIG) < 0.5)
    program = [
        Write(3, (0, 2), pulses=3, scheme="V/3", voltage=-0.25, width=2e-6, gap=1e-6, g_target=1e-7),
        Write("all", 1, scheme="grounded"), WritePattern(target, voltage=0.31), WritePattern(target[::-1]),
        RankOne(tuple(dice.integers(-1, 2, rows).tolist()), (1,) * cols), Read(2, None), Read(1, 4, scheme="floating"),
        ReadAll("float-words"), Vmm(tuple(dice.uniform(-1, 1, rows).tolist())), Vmm(),
        Apply((0.1,) * rows, (0.0,) * cols, (1, 2), (0,), gates=(0, 3)), Apply((0.1,) * rows, (0.0,) * cols),
        Wait(3e-6),
    ]  # fmt: skip
    return Study(
        "everything", bar, program, form="subckt", accuracy=Accuracy(reltol=3e-5), limits=Limits(time_limit=77.0),
        sensing=SensingParams(bits=11), aging=AgingParams(relax_law="stretched", seed=3),
        fluctuation=FluctuationParams(seed=3, flicker_low=2.0),
        title='"all" of it \\ #1', amplitude=1.0123,
    )  # fmt: skip

"""Random studies: small arrays of any cells on any lines, with any program; by hypothesis, or by a seed.

Every draw comes from a `random.Random`: hypothesis gives one whose draws it can make simpler, a seed gives the same
study every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.kinds import Selector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Apply, RankOne, RankOneStreams, Read, ReadAll, Step, Vmm, Wait, Write, WritePattern
from pyspice_models.stimulus.scheme import READ_SCHEMES, WRITE_SCHEMES
from pyspice_models.study import Study

SHORTEST, LONGEST = 50e-9, 10e-3  # [s] of pulses and reads
LEAST, MOST = 10e-9, 1e-3  # [S] of cells


def seeded(seed: int, *, plain: bool = False) -> Study:
    """The study of a seed."""
    return random_study(Random(seed), plain=plain, name=f"random-{seed}")


def random_studies(*, plain: bool = False) -> st.SearchStrategy[Study]:
    """A strategy of hypothesis; see `random_study`."""
    return st.randoms(use_true_random=False).map(lambda random: random_study(random, plain=plain))


def random_study(random: Random, *, plain: bool = False, name: str = "random") -> Study:
    """One study that is not refused.

    Args:
        random: where every choice comes from.
        plain: only what every engine can run: no selectors, limiters, amplifiers and broken lines.
        name: of the study.
    """
    while True:
        try:
            return _study(random, plain, name)
        except RequestError:  # such as a floating write of all lines: drawn again
            continue


def _study(random: Random, plain: bool, name: str) -> Study:
    rows, cols = random.randint(1, 8), random.randint(1, 8)
    if random.random() < 0.25:  # a single line
        rows, cols = random.choice([(1, cols), (rows, 1)])
    selector = None if plain else _selector(random)
    program = [_step(random, (rows, cols), selector) for _ in range(random.randint(1, 3))]
    program = [_other_way(step, (rows, cols)) for step in program]
    cell = CellParams()
    wire = _wire(random)
    temperature = random.choice([300.0, 300.0, random.uniform(250.0, 400.0)])
    crossbar = Crossbar(
        rows, cols, cell=cell, per_cell=_cells(random, (rows, cols), cell, temperature), wire=wire,
        driver=_driver(random, plain, program), selector=selector, temperature=temperature,
        faults=_faults(random, (rows, cols), plain, wire),
    )  # fmt: skip
    return Study(name, crossbar, program)


def _between(random: Random, low: float, high: float) -> float:
    """Evenly in the logarithm, four digits."""
    return float(f"{math.exp(random.uniform(math.log(low), math.log(high))):.4g}")


def _some(random: Random, *makers: Callable[[], float]) -> float:
    return random.choice(makers)()


def _cells(random: Random, shape: tuple[int, int], cell: CellParams, temperature: float) -> dict[str, np.ndarray]:
    """Conductances between two bounds, by the states, or by parameters of each cell."""
    low, high = sorted((_between(random, LEAST, MOST), _between(random, LEAST, MOST)))
    g = np.array([[_between(random, low, high) for _ in range(shape[1])] for _ in range(shape[0])])
    w = np.array([[round(random.uniform(0, 1), 3) for _ in range(shape[1])] for _ in range(shape[0])])
    if random.random() < 0.5:  # the interface path alone, as wide as it needs
        return {"g_int_min": 0.1 * g / (0.1 + 0.9 * w), "g_int_max": g / (0.1 + 0.9 * w), "w0": w}
    eq = Equations(cell, temperature)
    bottom, span = eq.interface_window
    gap, ln_gap = eq.filament_window
    # what the interface path cannot carry the filament carries
    w0 = np.where(g < bottom + span, ((g - bottom) / span).clip(0, 1), w)
    rest = (g - bottom - span * w0).clip(gap, None)
    x0 = (np.log(rest / gap) / ln_gap).clip(0, 1)
    return {"w0": np.round(w0, 4), "x0": np.round(x0, 4)}


def _wire(random: Random) -> WireParams:
    def resistivity(default: float) -> float:
        return _some(random, lambda: 0.0, lambda: default, lambda: default, lambda: _between(random, 1e-8, 1e-5))

    return WireParams(
        resistivity_wl=resistivity(2.2e-8), resistivity_bl=resistivity(2.85e-8),
        pitch=_some(random, lambda: 10e-6, lambda: _between(random, 5.2e-6, 20e-6)),
        oxide_thickness=_some(random, lambda: 300e-9, lambda: _between(random, 30e-9, 3e-6)),
        c_crossing=random.choice([1e-15, 1e-15, 0.0, 20e-15]), coupling=random.random() < 0.3,
    )  # fmt: skip


def _driver(random: Random, plain: bool, program: Sequence[Step]) -> DriverParams:
    shortest = min(
        (w for step in program for w in (getattr(step, "width", None), getattr(step, "duration", None)) if w),
        default=1e-6,
    )

    def end() -> float:
        return _some(random, lambda: 1e3, lambda: 1e-2, lambda: _between(random, 1.0, 1e5))

    ends = {
        "r_driver": end(), "r_sense": end(), "r_off": random.choice([1e12, 1e12, 1e9]),
        "r_contact": random.choice([10.0, 10.0, 0.0, 1e3]),
        "t_edge": min(_some(random, lambda: 10e-9, lambda: _between(random, 0.5e-9, 0.5 * shortest)), 0.9 * shortest),
        "both_ends": random.random() < 0.25,
    }  # fmt: skip
    if not plain and not ends["both_ends"]:
        if random.random() < 0.2:
            ends |= {"sense": "tia"}
        if random.random() < 0.15:
            ends |= {"compliance": random.choice(["smooth", "mos"]), "i_limit": _between(random, 1e-7, 1e-3)}
    return DriverParams(**ends)


def _selector(random: Random) -> Selector | None:
    kind = random.random()
    if kind < 0.15:
        return TransistorParams(v_gate=random.choice([1.2, 1.2, 0.6]), width=_between(random, 0.5e-6, 10e-6))
    if kind < 0.3:
        return ThresholdParams(
            v_th=random.choice([0.2, 0.1, 0.3]), g_on=_between(random, 1e-6, 1e-3), g_off=_between(random, 1e-12, 1e-9),
            v_slope=random.choice([10e-3, 20e-3]),
        )  # fmt: skip
    return None


def _faults(random: Random, shape: tuple[int, int], plain: bool, wire: WireParams) -> Faults:
    if random.random() < 0.75:
        return Faults()
    odds = {"stuck_on": 0.05, "stuck_off": 0.05, "open_cells": 0.05}
    if not plain:
        odds |= {"shorted_words": 0.05, "shorted_bits": 0.05}
        odds |= {"open_words": 0.05} if wire.resistivity_wl else {}
        odds |= {"open_bits": 0.05} if wire.resistivity_bl else {}
    return Faults.sample(shape, random.randint(0, 10**6), **odds)


def _other_way(step: Step, shape: tuple[int, int]) -> Step:
    """Some products transposed, some updates by streams; drawn apart: a seed keeps its other steps."""
    random = Random(repr(step))
    if isinstance(step, Vmm) and random.random() < 0.4:
        inputs = tuple(round(random.uniform(-1, 1), 2) for _ in range(shape[1])) if step.inputs else ()
        return replace(step, inputs=inputs, transposed=True)
    if isinstance(step, RankOne) and random.random() < 0.5:
        word, bit = (tuple(round(random.uniform(0.2, 1), 2) for _ in range(size)) for size in shape)
        return RankOneStreams(
            word_odds=word, bit_odds=bit, slots=random.randint(1, 4), seed=random.randrange(1000),
            sign=random.choice([1, -1]), scheme=random.choice(["V/2", "V/3"]), voltage=step.voltage, width=step.width,
            gap=step.gap,
        )  # fmt: skip
    return step


def _step(random: Random, shape: tuple[int, int], selector: Selector | None) -> Step:
    rows, cols = shape
    drop = selector.v_th if isinstance(selector, ThresholdParams) else 0.0  # what a threshold selector takes

    def time() -> float:
        return _between(random, SHORTEST, LONGEST)

    def volt() -> float:
        return round(random.uniform(0.1, 0.5) + drop, 3)

    def seen() -> float:
        return round(random.choice([5e-3, 5e-3, random.uniform(1e-3, 0.1)]) + drop, 4)

    def gap() -> float:
        return _some(random, lambda: 0.0, lambda: _between(random, 10e-9, 100e-6))

    def which(size: int) -> int | tuple[int, ...] | str:
        kind = random.random()
        if kind < 0.6:
            return random.randrange(size)
        return "all" if kind < 0.75 else tuple(random.sample(range(size), random.randint(1, size)))

    kind = random.choice(
        ["write", "write", "write", "write_pattern", "rank_one", "read", "read", "read_all", "vmm", "apply", "wait"]
    )
    if kind == "write":
        return Write(
            which(rows), which(cols), pulses=random.choice([1, 1, 2, 5]), scheme=random.choice(WRITE_SCHEMES),
            voltage=random.choice([1, -1]) * volt(), width=time(), gap=gap(),
        )  # fmt: skip
    if kind == "write_pattern":
        target = tuple(tuple(random.randint(0, 1) for _ in range(cols)) for _ in range(rows))
        return WritePattern(target, scheme=random.choice(WRITE_SCHEMES), voltage=volt(), width=time(), gap=gap())
    if kind == "rank_one":
        word, bit = ([random.choice([-1, 0, 1]) for _ in range(size)] for size in shape)
        return RankOne(tuple(word), tuple(bit), voltage=volt(), width=time(), gap=gap())
    if kind == "read":
        col = random.choice([None, random.randrange(cols)])
        return Read(
            random.randrange(rows), col, scheme=random.choice(READ_SCHEMES),
            voltage=random.choice([1, 1, -1]) * seen(), duration=time(),
        )  # fmt: skip
    if kind == "read_all":
        return ReadAll(random.choice(READ_SCHEMES), voltage=seen(), duration=time())
    if kind == "vmm":
        inputs = tuple(round(random.uniform(-1, 1), 2) for _ in range(rows))
        return Vmm(random.choice([(), inputs]), voltage=seen(), duration=time())
    if kind == "apply":
        word, bit = (tuple(round(random.uniform(-0.4, 0.4), 3) for _ in range(size)) for size in shape)
        floats = [tuple(n for n in range(size) if random.random() < 0.2) for size in shape]
        return Apply(word, bit, *floats, width=time(), gap=gap())
    return Wait(_between(random, 10e-9, 100e-3))

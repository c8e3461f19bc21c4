"""Cells behind selectors, crossing by crossing: against the laws in NumPy and a bracketed root, and by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.faults import Faults
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.selectors.equations import threshold_current, threshold_rate, transistor_current
from pyspice_models.cells.selectors.law import memory_constants
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.crossings.gate_lines import GateLines, gates_error, settle_gates
from pyspice_models.engine.nodal.crossings.memory import remembered
from pyspice_models.engine.nodal.crossings.with_selectors import Gated, Selected
from pyspice_models.engine.nodal.ends.base import GateDrive

SHAPE = (2, 3)
RNG = np.random.default_rng(5)
W0 = pattern("random", SHAPE, seed=3)
FAULTS = Faults(stuck_on=((1, 1),))
SELECTORS = {
    "plain": ThresholdParams(),
    "memory": SWITCHING,
    "transistor": TransistorParams(),
    "swing": TransistorParams(swing=0.08, g_off=1e-9),
}


class Stage:
    """One implicit stage of a small array from a moment that is not at rest."""

    def __init__(self, name: str, stage: float) -> None:
        self.selector, self.stage = SELECTORS[name], stage
        self.bar = Crossbar(*SHAPE, selector=self.selector, per_cell={"w0": W0}, faults=FAULTS)
        kind = Gated if isinstance(self.selector, TransistorParams) else Selected
        self.kernel: Any = kind(self.bar, self.bar.populations[0], 0.5)
        self.word, self.bit = RNG.uniform(0, 0.5, SHAPE), RNG.uniform(-0.1, 0.1, SHAPE)
        volts = np.array([0.3, 0.6, 1.2])
        self.gates = GateDrive(volts, np.full(3, 1e-3), np.zeros((0, 3)), np.zeros(0)) if kind is Gated else np.zeros(0)
        self.call, self.devices = self.kernel.functions, self.kernel.devices
        self.start, self.held, at_rest = self.kernel.new_start(), self.kernel.at_rest(), self.kernel.at_rest()
        gated = kind is Gated
        now = at_rest.places if gated else at_rest
        now[:, self.call.RATE + self.call.CHARGE] = RNG.uniform(-1e-9, 1e-9, len(now))
        now[:, self.call.RATE + self.call.Q] = RNG.uniform(-1e4, 1e4, len(now))
        if name == "memory":
            now[:, self.call.S] = RNG.uniform(0.4, 1.0, len(now))
        self.call.ahead(self.devices, 0, SHAPE[0], stage, 1.0, at_rest, 0.0, at_rest, self.start, self.held)

        self.before, self.now = (part.places if gated else part for part in (self.start, self.held))

    def start_of(self, name: str, n: int) -> float:
        """Of a state, the stage at a place."""
        return float(self.before[n, getattr(self.call, name)])

    def end_of(self, name: str) -> np.ndarray:
        """What is held at the stage's end, shape (place,)."""
        return self.now[:, getattr(self.call, name)]

    def solved(self, by_word: Any = 0.0, by_bit: Any = 0.0, *, gates: bool = True) -> list[np.ndarray]:
        """Currents into both lines, and the same less charge over the stage, of shape SHAPE."""
        out = [np.zeros(SHAPE) for _ in range(4)]
        word, bit = self.word + by_word, self.bit + by_bit
        for _ in range(3):
            if gates:
                self.call.prepare(self.devices, self.stage, self.gates, word, bit, self.start, self.held)
            self.call.follow(self.devices, 0, SHAPE[0], self.stage, word, bit, self.start, self.held, *out)
        return out


STAGE = 3e-10


def _moved(eq: Equations, u: float, start: float, which: int) -> float:
    """The state after a stage, by bisection."""
    return brentq(lambda s: s - start - STAGE * float(eq.rates(u, s, s)[which]), -0.2, 1.2, xtol=1e-15)


def _behind(one: Stage, n: int, gate: float) -> Callable[[float, float], float]:
    """Current of the selector at a place, from the voltage of its end at the cell and of the bit line."""
    selector = one.selector
    if isinstance(selector, TransistorParams):
        return lambda mid, bit: float(transistor_current(selector, gate, mid, bit, one.bar.temperature))
    if not selector.remembers:
        return lambda mid, bit: float(threshold_current(selector, mid - bit))

    def current(mid: float, bit: float) -> float:
        start = one.start_of("S", n)
        s = brentq(lambda s: s - start - STAGE * float(threshold_rate(selector, mid - bit, s)), -0.1, 1.1, xtol=1e-15)
        return float(threshold_current(selector, mid - bit, s))

    return current


@pytest.mark.parametrize("name", SELECTORS)
def test_the_node_between_is_where_both_currents_agree(name: str) -> None:
    one = Stage(name, STAGE)
    flow_word, flow_bit, rest_word, rest_bit = one.solved()
    cell, selector = one.bar.equations.cell, one.selector
    c_cell, c_crossing = float(one.bar.equations.c_geo), one.bar.wire.c_crossing
    gated = isinstance(selector, TransistorParams)
    c_far = selector.c_gate if gated else selector.c_sel
    for n, (r, c) in enumerate(np.ndindex(SHAPE)):
        eq, word, bit = Equations(cell, one.bar.temperature), one.word[r, c], one.bit[r, c]
        gate = one.held.gates[one.call.GATE, r, c] if gated else np.nan
        behind, far = _behind(one, n, gate), gate if gated else bit
        broken = (r, c) in FAULTS.stuck_on
        siemens = float(one.bar.broken[r, c])

        def through(u: float, n: int = n, broken: bool = broken, siemens: float = siemens, eq: Any = eq) -> float:
            if broken:
                return siemens * u
            w, x = (_moved(eq, u, one.start_of(state, n), k) for k, state in enumerate("WX"))
            charged = (one.start_of("Q", n) + STAGE / eq.ion_branch.tau * u) / (1 + STAGE / eq.ion_branch.tau)
            return float(eq.current(u, w, x) + eq.ionic(u, charged))

        def left(u: float, n: int = n, word: float = word, bit: float = bit, far: float = far,
                 behind: Any = behind, through: Any = through) -> float:  # fmt: skip
            charge = c_far * (word - u - far) - c_cell * u
            return through(u) - behind(word - u, bit) - (charge - one.start_of("CHARGE", n)) / STAGE

        u = brentq(left, -2.0, 2.0, xtol=1e-14)
        assert one.end_of("U")[n] == pytest.approx(u, rel=0, abs=1e-9)
        assert flow_word[r, c] == pytest.approx(-through(u), rel=1e-6, abs=1e-13)
        assert flow_bit[r, c] == pytest.approx(behind(word - u, bit), rel=1e-6, abs=1e-13)
        on_word = c_crossing * (word - bit) + c_cell * u
        on_bit = -c_crossing * (word - bit) - c_far * ((far if gated else word - u) - bit)
        assert rest_word[r, c] == pytest.approx(flow_word[r, c] - on_word / STAGE, rel=1e-7, abs=1e-13)
        assert rest_bit[r, c] == pytest.approx(flow_bit[r, c] - on_bit / STAGE, rel=1e-7, abs=1e-13)
        assert one.end_of("POWER_SELECTOR")[n] == pytest.approx(
            (word - u - bit) * behind(word - u, bit), rel=1e-6, abs=1e-14
        )


@pytest.mark.parametrize("name", SELECTORS)
def test_charges_are_kept_and_rests_hold_those_that_are_stored(name: str) -> None:
    one = Stage(name, STAGE)
    flow_word, flow_bit, rest_word, rest_bit = one.solved()
    on_word, on_bit = np.zeros(SHAPE), np.zeros(SHAPE)
    one.call.stored(one.devices, 0, SHAPE[0], one.word, one.bit, one.held, on_word, on_bit)
    assert rest_word == pytest.approx(flow_word - on_word / STAGE, rel=1e-12, abs=1e-18)
    assert rest_bit == pytest.approx(flow_bit - on_bit / STAGE, rel=1e-12, abs=1e-18)
    into = (-flow_word - flow_bit).ravel()
    assert one.now[:, one.call.RATE + one.call.CHARGE] == pytest.approx(
        into, rel=0, abs=1e-11 * np.abs(flow_word).max()
    )


@pytest.mark.parametrize("name", SELECTORS)
def test_slopes_are_those_of_the_currents(name: str) -> None:
    """The mean of what both lines' voltages do to both currents; states held, as they are within so short a stage."""
    one = Stage(name, 1e-11)
    branch, step = np.zeros(SHAPE), 1e-6
    here = one.solved()
    one.call.slopes(one.devices, 0, SHAPE[0], one.stage, one.word, one.bit, one.held, branch)
    by_word, by_bit = one.solved(by_word=step, gates=False), one.solved(by_bit=step, gates=False)
    own = one.selector.c_gate / one.stage if isinstance(one.selector, TransistorParams) else 0.0
    word_word, word_bit = (here[2] - by_word[2]) / step, (by_bit[2] - here[2]) / step
    bit_word, bit_bit = (by_word[3] - here[3]) / step, (here[3] - by_bit[3]) / step - own
    if own == 0:
        for slope in (word_word, word_bit, bit_word, bit_bit):
            assert branch == pytest.approx(slope, rel=1e-3, abs=0)
    else:
        assert branch == pytest.approx(0.5 * (word_word + word_bit), rel=1e-3, abs=0)


def test_a_selector_that_remembers_ends_where_its_rate_leads() -> None:
    """Also where on and off are both steady: the state found belongs to the stage's equation."""
    k = memory_constants(SWITCHING)
    for stage in (1e-12, 1e-9, 1e-8, 1e-6):
        for v in (0.0, 0.05, 0.12, 0.19, 0.21, 0.5, -0.3):
            for start in (-0.01, 0.0, 0.3, 0.499, 0.52, 1.0, 1.01):
                s, by_volt = remembered(start, start, v, stage, k)
                assert s - start == pytest.approx(stage * threshold_rate(SWITCHING, v, s), rel=1e-6, abs=1e-10)
                if stage == 1e-9:
                    beyond, _ = remembered(start, s, v + 1e-6, stage, k)
                    assert by_volt == pytest.approx((beyond - s) / 1e-6, rel=2e-2, abs=1e-5)


def test_gate_lines_obey_kirchhoff_and_their_error_is_their_matrix() -> None:
    rows, cols, stage = 4, 2, 1e-10
    lines, ends = GateLines.of((rows, cols), 10.0, 2e-15, 1e-15), RNG.uniform(-0.2, 0.5, (rows, cols))
    sources, on = np.array([1.2, 0.0]), np.array([1e-3, 2e-4])
    gates = GateDrive(sources, on, np.zeros((0, cols)), np.zeros(0))
    start = RNG.uniform(0, 1e-15, (rows, cols))
    gate, charge, rate, current = (np.zeros((rows, cols)) for _ in range(4))
    settle_gates(lines, stage, gates, ends, start, gate, charge, rate, current)
    assert charge == pytest.approx(2e-15 * gate + 1e-15 * (2 * gate - ends), rel=1e-12, abs=0)
    further = np.vstack([np.zeros(cols), current[:-1]])  # that goes on to the crossing above
    assert rate == pytest.approx(current - further, rel=0, abs=1e-12 * np.abs(current).max())
    assert current[-1] == pytest.approx((sources - gate[-1]) / (1 / 0.1 + 1 / on), rel=1e-12, abs=0)
    assert current[:-1] == pytest.approx(0.1 * (gate[1:] - gate[:-1]), rel=1e-12, abs=0)
    off = RNG.uniform(-1e-6, 1e-6, (rows, cols))
    worst = 0.0
    for line in range(cols):
        matrix = np.diag(np.full(rows, (2e-15 + 2e-15) / stage)) + 0.1 * (
            np.diag([1.0, 2.0, 2.0, 1.0]) - np.eye(rows, k=1) - np.eye(rows, k=-1)
        )
        matrix[-1, -1] += 1 / (1 / 0.1 + 1 / on[line])
        worst = max(worst, np.abs(np.linalg.solve(matrix, off[:, line])).max())
    found = gates_error(lines, stage, stage, off, 0.0, off, 0.0, off)
    assert found == pytest.approx(worst, rel=1e-9, abs=0)
    off[2, 1] = np.nan
    assert np.isnan(gates_error(lines, stage, stage, off, 0.0, off, 0.0, off))

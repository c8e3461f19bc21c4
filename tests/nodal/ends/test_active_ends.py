"""Limiters and amplifiers at the ends of lines: their equations over a stage, and what the lines see of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.ends import active
from pyspice_models.engine.nodal.ends.base import Terminals
from pyspice_models.engine.nodal.ends.circuits import Circuits, ends_of
from pyspice_models.engine.nodal.ends.sides import Held, Start
from pyspice_models.stimulus import Read, Write, schedule

SHAPE = (3, 2)
KINDS: dict[str, dict[str, Any]] = {
    "smooth": {"compliance": "smooth"},
    "two transistors": {"compliance": "mos", "i_limit": 5e-6},
    "loop": {"compliance": "smooth", "limit_bandwidth": 1e6, "limit_capacitance": 1e-11},
    "amplifier": {"sense": "tia"},
    "both": {"compliance": "smooth", "limit_capacitance": 1e-12, "sense": "tia"},
}


def _ends(kind: str, **changes: Any) -> Circuits:
    driver = DriverParams(**({"i_limit": 20e-6} | KINDS[kind] | changes.pop("driver", {})))
    crossbar = Crossbar(*SHAPE, driver=driver, **changes)
    ends = ends_of(crossbar, schedule(crossbar, [Write(0, 1, scheme="floating"), Read(1, 0)]))
    assert isinstance(ends, Circuits)
    return ends


def _random_held(ends: Circuits, rng: np.random.Generator) -> Held:
    held = ends.at_rest()
    for side in held:
        for name in ("node", "charge", "flow", "state", "rate"):
            scale = {"charge": 1e-13, "flow": 1e-6, "rate": 1e6}.get(name, 0.1)
            getattr(side, name)[:] = scale * rng.uniform(-1, 1, len(side.node))
    return held


@pytest.mark.parametrize("stage", [1e-11, 1e-8, 1e-3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_stage_is_solved_and_its_slopes_are_derivatives(kind: str, stage: float) -> None:
    open_ends = Faults(open_words=[(2, 0)], open_bits=[(2, 1)])
    wires: list[tuple[WireParams, Faults]] = [(WireParams(), open_ends), (WireParams(resistivity_wl=0.0), Faults())]
    for wire, faults in wires:
        ends, rng = _ends(kind, wire=wire, faults=faults), np.random.default_rng(4)
        devices, drive = ends.devices, ends.new_drive()
        active.at(devices, 1, 0.5, drive)
        drive.word_volts[:] = [0.3, -0.2, 0.3]
        start, held, near = ends.new_start(), ends.at_rest(), Terminals.of(SHAPE)
        one, two = _random_held(ends, rng), _random_held(ends, rng)
        active.ahead(devices, stage, 0.7, one, 0.4, two, start, held)
        word, bit = rng.uniform(-0.2, 0.3, (2, *SHAPE))

        def into(word: np.ndarray, bit: np.ndarray) -> np.ndarray:
            found = Terminals.of(SHAPE)
            active.follow(devices, stage, drive, word, bit, start, held, found)  # noqa: B023
            return np.concatenate([found.word_near, found.bit_near])

        after = {}
        for sign in (1, -1):
            after[sign] = into(word + sign * 1e-6, bit + sign * 1e-6)
        now = into(word, bit)
        active.slopes(devices, stage, drive, word, bit, held, near)
        slopes = np.concatenate([near.word_near, near.bit_near])
        assert slopes == pytest.approx((after[-1] - after[1]) / 2e-6, rel=1e-4, abs=1e-12)
        assert (slopes > 0).all()
        assert not near.word_far.any()
        assert not near.bit_far.any()
        _check_nodes(ends, stage, start, held, now)


def _check_nodes(ends: Circuits, stage: float, start: Start, held: Held, into: np.ndarray) -> None:
    """Charges follow from flows, states from rates."""
    devices, word, bit = ends.devices, held.word, held.bit
    assert word.through - word.flow == pytest.approx(into[:3], rel=1e-12, abs=1e-18)
    if devices.c_limit > 0 and (devices.plain.word.segment > 0).all():
        assert word.charge / stage == pytest.approx(start.base_word + word.flow, rel=1e-6, abs=1e-18)
    if np.isfinite(devices.limiter.omega):
        assert word.state == pytest.approx(start.state_word + stage * word.rate, rel=1e-9, abs=1e-12)
    if devices.amplifier.on:
        across = bit.node - bit.state
        assert bit.charge == pytest.approx(devices.amplifier.c_feedback * across, rel=1e-12, abs=0)
        assert bit.flow == pytest.approx(-into[3:] - across / devices.amplifier.r_feedback, rel=1e-9, abs=1e-18)
        assert bit.charge / stage == pytest.approx(start.base_bit + bit.flow, rel=1e-6, abs=1e-15)
        assert bit.state == pytest.approx(start.state_bit + stage * bit.rate, rel=1e-6, abs=1e-9)

"""Drivers of kind `rail`: switches to real supplies confirm what is worked out from ideal sources."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.errors import RequestError
from pyspice_models.measure import energy_split, supply
from pyspice_models.netlist import crossbar_deck, dialect, dialect_names
from pyspice_models.result import windows
from pyspice_models.stimulus import Apply, Read, Vmm, Write, schedule
from pyspice_models.study import Outcome, Study, run_study

CASES = pytest.mark.parametrize(
    ("scheme", "selector"), [("V/2", None), ("V/3", None), ("grounded", TransistorParams())], ids=["V/2", "V/3", "1T1R"]
)


def _crossbar(size: int, kind: str = "rail", selector: TransistorParams | None = None, **driver: object) -> Crossbar:
    states = {"w0": pattern("checkerboard", (size, size))}
    return Crossbar(size, size, selector=selector, per_cell=states, driver=DriverParams(kind=kind, **driver))


def _run(crossbar: Crossbar, *program: object, engine: str = "ngspice") -> Outcome:
    return run_study(Study("rails", crossbar, list(program), engine=engine))


def _confirm(size: int, scheme: str, selector: TransistorParams | None) -> None:
    step = Write(size // 2, size // 2, scheme=scheme)
    worked_out = _run(_crossbar(size, "source", selector), step).measures
    switched = _run(_crossbar(size, "rail", selector), step)
    name = "energy_supply_per_switch"
    assert switched.measures[name].value == pytest.approx(worked_out[name].value, rel=0.02, abs=0)
    # the same from the currents of the rails, summed here
    dataset = switched.dataset
    current, volts = dataset["i_rail"].values, dataset["v_rail"].values
    power = np.clip(current * np.sign(volts), 0, None) @ np.abs(volts)
    by_hand = np.trapezoid(power, dataset["time"].values)
    assert worked_out[name].value == pytest.approx(by_hand, rel=0.02, abs=0)


@CASES
def test_switches_to_rails_draw_what_is_worked_out_from_ideal_sources(
    scheme: str, selector: TransistorParams | None
) -> None:
    _confirm(16 if selector is None else 8, scheme, selector)


@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 64])
@CASES
def test_switches_to_rails_at_size(size: int, scheme: str, selector: TransistorParams | None) -> None:
    _confirm(size, scheme, selector)


PROGRAM = (
    Write(1, 2, pulses=2, gap=0.5e-6), Write(0, 0, voltage=-0.3, scheme="V/3"),
    Read(1, 2, scheme="floating", duration=2e-6), Vmm((1, -0.5, 0.25), duration=2e-6),
    Apply(word=(0.1, 0, -0.05), bit=(0, 0.1, 0), float_words=(1,), width=1e-6),
)  # fmt: skip


def test_three_engines_agree_on_rails() -> None:
    found = {name: _run(_crossbar(3), *PROGRAM, engine=name) for name in ("ngspice", "nodal", "vacask")}
    first = found["ngspice"].dataset
    # what an edge has left, a thousandth of a pulse's energy, falls into one window or the next
    floor = 1e-3 * found["ngspice"].measures["energy_dissipated"].value
    for name, outcome in found.items():
        assert abs(outcome.measures["energy_imbalance"].value) < 1e-3, name
        for window in windows(first):
            wanted, got = supply(first, window), supply(outcome.dataset, window)
            assert got.energy == pytest.approx(wanted.energy, rel=5e-3, abs=0), (name, window)
            assert [rail.name for rail in got.rails] == [rail.name for rail in wanted.rails]
            cool, heat = (energy_split(d, window.start, window.stop).dissipated for d in (first, outcome.dataset))
            assert heat == pytest.approx(cool, rel=5e-3, abs=floor), (name, window)


def test_a_line_is_never_joined_to_two_rails() -> None:
    """One switch opens before the other closes: no current from rail to ground through both."""
    plan = schedule(_crossbar(3), list(PROGRAM))
    moments = np.unique(np.concatenate([np.linspace(0, plan.stop, 4001), *[w.times for w in plan.rails[0].word]]))
    assert len(plan.rails) > 4
    for side in ("word", "bit"):
        closed = np.array([[wave.at(moments) for wave in getattr(rail, side)] for rail in plan.rails])
        assert (np.count_nonzero(closed, axis=0) <= 1).all()
        assert closed.max() == 1.0


def test_a_line_on_a_rail_stands_at_its_voltage_for_the_width_of_the_pulse() -> None:
    outcome = _run(_crossbar(2), Write(0, 1, width=0.5e-6), engine="nodal")
    volts, time = outcome.dataset["v_word_terminal"].values[:, 0], outcome.dataset["time"].values
    assert volts.max() == pytest.approx(0.3, rel=1e-3, abs=0)
    assert np.trapezoid(volts, time) == pytest.approx(0.3 * 0.5e-6, rel=5e-3, abs=0)
    assert volts[-1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("name", dialect_names())
def test_every_dialect_writes_rails(name: str) -> None:
    bar = Crossbar(1, 2, selector=TransistorParams(), driver=DriverParams(kind="rail"))
    form = dialect(name).forms[0]
    text = crossbar_deck(bar, schedule(bar, [Write(0, 1, scheme="V/2")]), form=form, dialect_name=name).text
    for node in ("rail_1", "rail_2", "rail_3", "on_0"):
        assert node in text, node
    assert "rail_4" not in text


@pytest.mark.parametrize(
    "other", [{"sense": "tia"}, {"both_ends": True}, {"compliance": "smooth"}], ids=["amplifier", "ends", "limiter"]
)
def test_what_rails_cannot_be_joined_with_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(RequestError, match=rf"driver.kind = 'rail' contradicts driver.{next(iter(other))}"):
        DriverParams(kind="rail", **other)

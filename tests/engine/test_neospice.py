"""The behavioural subcircuit in neospice, a simulator that shares nothing with ngspice but the netlist language."""

from __future__ import annotations

from pathlib import Path

import neospice
import numpy as np
import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams
from pyspice_models.engine import engine
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus import Read, Write, schedule
from pyspice_models.stimulus.cell_bench import CellBench, Drive

WITHIN = 0.005


def _in_neospice(deck: Deck, folder: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Time and the deck's probes, shape (time, ...), in SI units."""
    deck.write(folder / "neo.cir")
    waves = neospice.run(str(folder / "neo.cir")).transient
    assert waves.status.converged
    time = np.array(waves.time)
    assert time[-1] == pytest.approx(deck.stop, rel=1e-9, abs=0)
    found = {}
    for quantity, vectors in deck.probes.items():
        read = [waves.voltage(v) if v.startswith("v(") else waves.current(v) for v in vectors]
        values = np.stack([np.array(column) for column in read], axis=-1).reshape(len(time), *deck.shapes[quantity])
        assert np.isfinite(values).all(), quantity
        found[quantity] = values * deck.scales.get(quantity, 1.0)
    return time, found


def test_a_pulse_train_is_that_of_ngspice(tmp_path: Path) -> None:
    drive = Drive().hold(1e-6)
    for level in [0.3] * 8 + [-0.3] * 8:
        drive = drive.pulse(level, 1e-6, 10e-9).hold(1e-6)
    bench = CellBench(CellParams(w0=0.1), drive.times, drive.volts)
    options = {"form": "subckt", "longest_step": 5e-8}
    time, waves = _in_neospice(cell_deck([bench], dialect_name="neospice", **options), tmp_path)
    theirs = engine("ngspice").run_deck(cell_deck([bench], **options), tmp_path, time_limit=60)
    rests = np.arange(1, 17) * 2e-6 - 0.2e-6
    w = np.interp(rests, time, waves["w"][:, 0])
    assert np.ptp(w) > 0.4
    assert w == pytest.approx(np.interp(rests, theirs.time, theirs.values["w"][:, 0]), abs=WITHIN * 0.5)
    energy = np.trapezoid(waves["p"][:, 0], time)
    assert energy == pytest.approx(np.trapezoid(theirs.values["p"][:, 0], theirs.time), rel=WITHIN, abs=0)


def test_an_i_v_loop_is_that_of_ngspice(tmp_path: Path) -> None:
    drive = Drive().ramp([0.5, -0.5, 0.0], 0.1)
    bench = CellBench(CellParams(), drive.times, drive.volts, r_series=10e3)
    options = {"form": "subckt", "longest_step": 5e-3}
    time, waves = _in_neospice(cell_deck([bench], dialect_name="neospice", **options), tmp_path)
    theirs = engine("ngspice").run_deck(cell_deck([bench], **options), tmp_path, time_limit=60)
    rests = np.array([4.0, 8.0, 9.5, 14.0, 19.5])
    x = np.interp(rests, time, waves["x"][:, 0])
    assert np.ptp(x) > 0.4
    assert x == pytest.approx(np.interp(rests, theirs.time, theirs.values["x"][:, 0]), abs=WITHIN * 0.5)


@pytest.mark.parametrize("size", [3, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("selector", [None, ThresholdParams()], ids=["1R", "1S1R"])
def test_a_crossbar_is_that_of_ngspice(selector: ThresholdParams | None, size: int, tmp_path: Path) -> None:
    crossbar = Crossbar(size, size, per_cell={"w0": pattern("checkerboard", (size, size))}, selector=selector)
    write, read = (0.3, 5e-3) if selector is None else (0.45, 0.3)
    row, col = size // 2 - 1, size // 2
    plan = schedule(crossbar, [Write(row, col, voltage=write), Read(row, col, voltage=read, scheme="grounded")])
    time, waves = _in_neospice(crossbar_deck(crossbar, plan, form="subckt", dialect_name="neospice"), tmp_path)
    theirs = engine("ngspice").run_deck(crossbar_deck(crossbar, plan, form="subckt"), tmp_path, time_limit=120)
    window = plan.windows[0]
    change = np.interp([window.start, window.stop], time, waves["w"][:, row, col])
    expected = np.interp([window.start, window.stop], theirs.time, theirs.values["w"][:, row, col])
    assert np.diff(change) == pytest.approx(np.diff(expected), rel=WITHIN, abs=0)
    sensed = np.interp(plan.windows[1].settled, time, waves["i_bit_source"][:, col])
    reference = np.interp(plan.windows[1].settled, theirs.time, theirs.values["i_bit_source"][:, col])
    assert sensed == pytest.approx(reference, rel=WITHIN, abs=0)
    lost = np.trapezoid(waves["p"].sum(axis=(1, 2)), time)
    assert lost == pytest.approx(np.trapezoid(theirs.values["p"].sum(axis=(1, 2)), theirs.time), rel=WITHIN, abs=0)


def test_a_selector_that_remembers_is_that_of_ngspice(tmp_path: Path) -> None:
    crossbar = Crossbar(2, 2, per_cell={"w0": pattern("checkerboard", (2, 2))}, selector=SWITCHING)
    plan = schedule(crossbar, [Write(0, 1, voltage=0.36)])
    time, waves = _in_neospice(crossbar_deck(crossbar, plan, form="subckt", dialect_name="neospice"), tmp_path)
    theirs = engine("ngspice").run_deck(crossbar_deck(crossbar, plan, form="subckt"), tmp_path, time_limit=60)
    assert waves["s_selector"].max(axis=0) == pytest.approx(theirs.values["s_selector"].max(axis=0), rel=0, abs=1e-4)
    assert (waves["s_selector"].max(axis=0) > 0.9).sum() == 1
    for quantity in ("p", "p_selector"):
        lost = np.trapezoid(waves[quantity].sum(axis=(1, 2)), time)
        reference = np.trapezoid(theirs.values[quantity].sum(axis=(1, 2)), theirs.time)
        assert lost == pytest.approx(reference, rel=WITHIN, abs=0)

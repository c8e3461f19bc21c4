"""A limiter with a bandwidth and a capacitance: overshoot against closed forms, two simulators, and the books."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import neospice
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, Faults, nodes, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine import engine
from pyspice_models.errors import RequestError
from pyspice_models.measure import energy_split
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.netlist.dialects import NGSPICE, dialect
from pyspice_models.stimulus import Read, Waveform, Write, schedule
from pyspice_models.study import Study, run_study
from pyspice_models.study.measures.missing import missing_measures

R, I_LIMIT, BANDWIDTH = 1e3, 10e-6, 1e6
TAU = 1 / (2 * np.pi * BANDWIDTH)
AT, EDGE = 1e-6, 1e-10
"""The step's start, and how long it takes [s]."""


def _stepped(volts: float, time: np.ndarray) -> np.ndarray:
    """Current of a limiter alone at a voltage that steps from 0: U charges through the low-pass, V is there at once.

    A ramp that is short beside the time constant acts on U as a step in its middle.
    """
    u = volts * (1 - np.exp(-(time - AT - EDGE / 2) / TAU))
    return np.asarray(volts / R / np.sqrt(1 + (u / (R * I_LIMIT)) ** 2))


def _in_ngspice(lines: list[str], folder: Path, *currents: str) -> tuple[np.ndarray, np.ndarray]:
    names = [f"i({name})" for name in currents]
    text = "\n".join(
        [
            "* a limiter with a loop", NGSPICE.limiter_definition("compliance_loop"), *lines,
            ".options reltol=1e-6 abstol=1e-15", f".save {' '.join(names)}", ".tran 1n 4u 0 5n", ".end",
        ]
    )  # fmt: skip
    deck = Deck(lambda: [text], "subckt", 4e-6, {"i": names}, {"i": (len(names),)}, {})
    waves = engine("ngspice").run_deck(deck, folder, time_limit=30)
    return waves.time, waves.values["i"]


def _alone(name: str) -> list[str]:
    step = Waveform(0.0, [AT, AT + EDGE], [0.0, 0.3])
    write = dialect(name)
    limiter = write.limiter("1", "s", "0", r=R, i_limit=I_LIMIT, kind="smooth", bandwidth=BANDWIDTH)
    return [write.source("s", "s", "0", step), limiter]


def test_a_step_on_a_limiter_alone_overshoots_as_its_closed_form(tmp_path: Path) -> None:
    time, current = _in_ngspice(_alone("ngspice"), tmp_path, "vs")
    after = time > AT + 2 * EDGE
    found, expected = -current[after, 0], _stepped(0.3, time[after])
    assert found.max() > 29 * I_LIMIT
    assert found == pytest.approx(expected, rel=2e-3, abs=0)
    # within a factor of two of its limit after 0.7 of the time constant, whatever the overshoot was
    assert np.interp(AT + EDGE / 2 + np.log(2) * TAU, time, -current[:, 0]) == pytest.approx(
        2 * I_LIMIT, rel=0.01, abs=0
    )


def test_neospice_reads_the_same_limiter(tmp_path: Path) -> None:
    write = dialect("neospice")
    text = [
        "* alone", write.limiter_definition("compliance_loop"), *_alone("neospice"),
        ".options reltol=1e-6 abstol=1e-15", ".save i(vs)", ".tran 5n 4u 0 5n", ".end",
    ]  # fmt: skip
    (tmp_path / "alone.cir").write_text("\n".join(text))
    waves = neospice.run(str(tmp_path / "alone.cir")).transient
    time = np.array(waves.time)
    after = time > AT + 2 * EDGE
    found = -np.array(waves.current("i(vs)"))[after]
    assert found == pytest.approx(_stepped(0.3, time[after]), rel=2e-3, abs=0)


def test_a_capacitance_discharges_into_a_load_that_switches(tmp_path: Path) -> None:
    """The load sees the full voltage at first: V/R, whatever the limit; then its current decays with R C towards it."""
    load, farad, volts = 2e3, 100e-12, 0.3
    gate = Waveform(0.0, [AT, AT + EDGE], [0.0, 1.0])
    lines = [
        f"vs s 0 {volts}", NGSPICE.source("g", "g", "0", gate),
        NGSPICE.limiter("1", "s", "t", r=R, i_limit=I_LIMIT, kind="smooth", bandwidth=BANDWIDTH),
        NGSPICE.capacitor("t", "t", "0", farad), NGSPICE.gated_resistor("l", "t", "m", "g", load, 1e9), "vm m 0 0",
    ]  # fmt: skip
    time, current = _in_ngspice(lines, tmp_path, "vm", "vs")
    on = time > AT + 2 * EDGE
    assert current[on, 0].max() == pytest.approx(volts / load, rel=2e-3, abs=0)

    def slope(_: float, state: np.ndarray) -> list[float]:
        v, u = state
        given = (volts - v) / R / np.sqrt(1 + (u / (R * I_LIMIT)) ** 2)
        return [(given - v / load) / farad, (volts - v - u) / TAU]

    exact = solve_ivp(slope, (AT, 4e-6), [volts, 0.0], rtol=1e-9, atol=1e-14, method="Radau", dense_output=True)
    assert current[on, 0] == pytest.approx(exact.sol(time[on])[0] / load, rel=3e-3, abs=0)
    settled = brentq(lambda i: (volts - i * load) / R / np.sqrt(1 + ((volts - i * load) / R / I_LIMIT) ** 2) - i, 0, 1)
    assert current[-1, 0] == pytest.approx(settled, rel=5e-3, abs=0)


# ---- in a crossbar

_IDEAL = WireParams(resistivity_wl=0.0, resistivity_bl=0.0, c_crossing=0.0)
_LOAD = 1e3 + 1e3 + 2 * 10  # [ohm] a cell that is stuck on, r_sense, two contacts


def _resistor(**driver: float) -> Crossbar:
    """One cell that is a resistor, behind a smooth limiter."""
    ends = DriverParams(compliance="smooth", i_limit=I_LIMIT, t_edge=1e-9, **driver)
    return Crossbar(1, 1, wire=_IDEAL, driver=ends, faults=Faults(stuck_on=((0, 0),), g_on=1e-3))


@pytest.mark.parametrize("name", ["ngspice", "vacask"])
def test_overshoot_of_a_resistor_is_its_closed_form(name: str) -> None:
    study = Study("step", _resistor(limit_bandwidth=BANDWIDTH), [Write(0, 0)], engine=name)
    outcome = run_study(study)
    # at first the limiter is its resistor: the source over all resistances, less what the edge's 1 ns lets it close
    found = outcome.measures["current_overshoot"].value
    assert found == pytest.approx(0.3 / (R + _LOAD) / I_LIMIT, rel=1e-2, abs=0)

    def slope(t: float, u: np.ndarray) -> float:
        return float((2 * np.pi * BANDWIDTH) * (_across(min(t / 1e-9, 1) * 0.3, u[0]) - u[0]))

    def _across(volts: float, u: float) -> float:
        closed = R * np.sqrt(1 + (u / (R * I_LIMIT)) ** 2)
        return float(volts * closed / (closed + _LOAD))

    exact = solve_ivp(slope, (0.0, 0.9e-6), [0.0], rtol=1e-9, atol=1e-14, max_step=2e-9)
    volts = np.minimum(exact.t / 1e-9, 1) * 0.3
    current = (volts - [_across(v, u) for v, u in zip(volts, exact.y[0], strict=True)]) / _LOAD
    assert found == pytest.approx(current.max() / I_LIMIT, rel=2e-3, abs=0)
    time = outcome.dataset["time"].values
    inside = (time > 2e-9) & (time < 0.9e-6)
    given = outcome.dataset["i_sense"].values[inside, 0]
    assert given == pytest.approx(np.interp(time[inside], exact.t, current), rel=5e-3, abs=0)
    assert abs(outcome.measures["energy_imbalance"].value) < 2e-4


_COMPARED = (
    "current_overshoot", "energy_per_switch", "energy_drivers", "energy_source", "energy_supply",
    "energy_supply_line_charge",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["smooth", "mos"])
def test_a_filament_overshoots_alike_in_both_simulators_and_the_books_close(kind: str) -> None:
    """10 ms at 0.3 V: it sets after about a millisecond, within some ten microseconds."""

    def run(name: str, **changes: float) -> dict[str, float]:
        driver = DriverParams(compliance=kind, i_limit=I_LIMIT, **changes)
        bar = Crossbar(1, 2, cell=CellParams(w0=0.3), driver=driver)
        program = [Write(0, 0, width=10e-3, scheme="V/3"), Read(0, 0)]
        measures = run_study(Study("set", bar, program, engine=name)).measures
        assert abs(measures["energy_imbalance"].value) < 2e-4
        return {name: measure.value for name, measure in measures.items()}

    ideal = run("ngspice")["current_overshoot"]
    assert 0.9 < ideal < 1.02
    held = run("ngspice", limit_capacitance=10e-9)
    # two transistors have more resistance far below their limit, and leave the capacitance less to give
    assert held["current_overshoot"] > (1.4 if kind == "smooth" else 1.2) * ideal
    if kind == "mos":
        return
    slow = {name: run(name, limit_capacitance=10e-9, limit_bandwidth=3e3) for name in ("ngspice", "vacask")}
    assert slow["ngspice"]["current_overshoot"] > held["current_overshoot"]
    for name in _COMPARED:
        assert slow["vacask"][name] == pytest.approx(slow["ngspice"][name], rel=5e-3, abs=0), name


def test_the_overshoot_falls_to_nothing_with_the_bandwidth() -> None:
    found = [
        run_study(Study("b", _resistor(limit_bandwidth=f), [Write(0, 0)])).measures["current_overshoot"].value
        for f in (1e6, 1e9, 1e11, 0.0)
    ]
    assert all(a > b for a, b in itertools.pairwise(found))
    # far faster than the edge of 1 ns it is the ideal limiter
    assert found[2] == pytest.approx(found[3], rel=2e-2, abs=0)


def test_the_capacitance_is_stored_charged_and_paid() -> None:
    """Into a cell that takes next to nothing: C V^2 is drawn, half of it stored, half lost in limiter and contact."""
    farad, volts = 1e-9, 0.1
    driver = DriverParams(compliance="smooth", i_limit=100e-6, limit_capacitance=farad)
    bar = Crossbar(1, 1, wire=_IDEAL, driver=driver, faults=Faults(open_cells=((0, 0),), g_open=1e-15))
    outcome = run_study(Study("c", bar, [Write(0, 0, voltage=volts, width=100e-6)]))
    split = energy_split(outcome.dataset, 0.0, 99e-6)
    assert split.stored == pytest.approx(farad * volts**2 / 2, rel=2e-3, abs=0)
    assert split.drivers == pytest.approx(farad * volts**2 / 2, rel=2e-2, abs=0)
    for name in ("energy_supply_per_switch", "energy_supply_line_charge"):
        assert outcome.measures[name].value == pytest.approx(farad * volts**2, rel=5e-3, abs=0), name


def test_the_measure_is_the_largest_of_the_written_cells_own_currents() -> None:
    bar = Crossbar(
        2, 3, per_cell={"w0": pattern("random", (2, 3), seed=3)}, driver=DriverParams(compliance="mos", i_limit=1e-7)
    )
    outcome = run_study(Study("of", bar, [Write(0, (0, 2)), Read(1, 1), Write(1, 1, voltage=-0.2)]))
    data, largest = outcome.dataset, 0.0
    for window, cells in ((0, ((0, 0), (0, 2))), (2, ((1, 1),))):
        plan = schedule(bar, outcome.study.program).windows[window]
        part = data.sel(time=slice(plan.start, plan.stop))
        for row, col in cells:
            cell = part.sel(row=row, col=col)
            v = (cell["v_word"] - cell["v_bit"]).values
            equations = Crossbar(1, 1, cell=bar.cell).equations
            current = equations.current(v, cell["w"].values, cell["x"].values)
            largest = max(largest, float(np.abs(current).max()))
    assert outcome.measures["current_overshoot"].value == pytest.approx(largest / 1e-7, rel=1e-12, abs=0)
    reads = run_study(Study("none", bar, [Read(0, 0)]))
    assert "current_overshoot" not in reads.measures
    assert "write" in missing_measures(reads.study, reads.dataset, reads.measures)["current_overshoot"]
    plain = run_study(Study("plain", replace(bar, driver=DriverParams()), [Write(0, 0)]))
    assert "current_overshoot" not in plain.measures
    assert "current_overshoot" not in plain.missing


# ---- what is written, and what is refused


@pytest.mark.parametrize(
    ("name", "form", "line", "library"),
    [
        ("ngspice", "osdi", "xlim_1 {} {} compliance_loop", ".subckt compliance_loop a b params:"),
        ("ngspice", "subckt", "xlim_1 {} {} compliance_loop", "Blim a b i = v(a,b)/r/sqrt(1 + du()*du()/v2)"),
        ("neospice", "subckt", "xlim_1 {} {} compliance_loop", "Blim a b i=v(a,b)/r/sqrt(1 + min("),
        ("xyce", "subckt", "xlim_1 {} {} compliance_loop", "Blim a b I={{v(a,b)/r/sqrt(1 + min("),
        ("ltspice", "subckt", "xlim_1 {} {} compliance_loop", "Blim a b I=v(a,b)/r/sqrt(1 + min("),
        ("vacask", "osdi", "nlim_1 ({} {}) compliance_loop", "\nmodel compliance_loop compliance_loop\n"),
        ("spectre", "veriloga", "nlim_1 ({} {}) compliance_loop", 'ahdl_include "compliance_loop.va"'),
        ("hspice", "veriloga", "xlim_1 {} {} compliance_loop", '.hdl "compliance_loop.va"'),
    ],
)
def test_every_dialect_writes_the_loop_and_the_capacitor(name: str, form: str, line: str, library: str) -> None:
    def deck(**driver: float) -> str:
        bar = Crossbar(2, 1, driver=DriverParams(compliance="smooth", **driver))
        return crossbar_deck(bar, schedule(bar, [Write(0, 0)]), form=form, dialect_name=name).text

    real, ideal = deck(limit_bandwidth=2e6, limit_capacitance=3e-12), deck()
    limiter = line.format(nodes.word_limited(1), nodes.word_terminal(1))
    assert f"{limiter} r=1000 i_limit=0.0001 bandwidth=2000000\n" in real
    assert library.format() in real
    (held,) = [found for found in real.splitlines() if found.startswith("clim_1 ")]
    assert nodes.word_terminal(1) in held
    assert "3e-12" in held
    assert "clim_" not in ideal
    assert "compliance_loop" not in ideal


def test_ngspice_loads_no_module_for_a_limiter_which_it_has_as_a_subcircuit() -> None:
    for bandwidth in (0.0, 1e6):
        bar = Crossbar(1, 1, driver=DriverParams(compliance="smooth", limit_bandwidth=bandwidth))
        deck = crossbar_deck(bar, schedule(bar, [Write(0, 0)]), form="osdi")
        assert deck.models == ("ag2s",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limit_capacitance": 1e-12}, r"driver\.limit_capacitance = 1e-12 F needs a limiter.*'smooth' or 'mos'"),
        ({"limit_bandwidth": 1e6}, r"driver\.limit_bandwidth = 1e\+06 Hz.*'none' is none.*'smooth'"),
        ({"limit_bandwidth": 1e6, "compliance": "mos"}, r"driver\.limit_bandwidth.*'mos' is transistors"),
        ({"limit_bandwidth": -1.0, "compliance": "smooth"}, r"limit_bandwidth = -1\.0 Hz is refused; allowed: >= 0"),
        ({"limit_capacitance": 1.0, "compliance": "mos"}, r"limit_capacitance = 1\.0 F is refused.*<= 1e-06"),
    ],
)
def test_what_no_limiter_has_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        DriverParams(**changes)  # type: ignore[arg-type]


def test_the_stated_error_holds_for_the_overshoot() -> None:
    driver = DriverParams(compliance="smooth", i_limit=I_LIMIT, limit_bandwidth=1e4, limit_capacitance=1e-9)
    study = Study("fine", Crossbar(1, 1, cell=CellParams(w0=0.3), driver=driver), [Write(0, 0, width=10e-3)])
    fine = run_study(replace(study, accuracy=Accuracy.for_error(1e-4))).measures["current_overshoot"].value
    assert run_study(study).measures["current_overshoot"].value == pytest.approx(fine, rel=5e-3, abs=0)

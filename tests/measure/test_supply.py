"""Supply energy: charge from each rail times its voltage, by the simulator's own integral and by hand."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.engine.toolchain import tools
from pyspice_models.measure import Supply, energy_split, supply
from pyspice_models.result import windows
from pyspice_models.stimulus import Apply, Read, ReadAll, Vmm, Write, WritePattern
from pyspice_models.study import Outcome, Study, run_study

ONE_TRANSISTOR = TransistorParams()


def _crossbar(size: int, selector: TransistorParams | None = None, **driver: object) -> Crossbar:
    states = {"w0": pattern("checkerboard", (size, size))}
    return Crossbar(size, size, selector=selector, per_cell=states, driver=DriverParams(**driver))


def _run(crossbar: Crossbar, *program: object, engine: str = "ngspice") -> Outcome:
    return run_study(Study("supply", crossbar, list(program), engine=engine))


def _of(outcome: Outcome, number: int = 0) -> Supply:
    return supply(outcome.dataset, windows(outcome.dataset)[number])


CASES = pytest.mark.parametrize(
    ("scheme", "selector"), [("V/2", None), ("V/3", None), ("grounded", ONE_TRANSISTOR)], ids=["V/2", "V/3", "1T1R"]
)


def _edges(size: int, scheme: str, selector: TransistorParams | None) -> None:
    """Between 10 ps and 10 ns the dissipated energy changes by tens of per cent, the supply energy by none."""
    found = {}
    for edge in (10e-12, 10e-9):
        measures = _run(_crossbar(size, selector, t_edge=edge), Write(size // 2, size // 2, scheme=scheme)).measures
        found[edge] = measures["energy_supply_per_switch"].value, measures["energy_per_switch"].value
    (fast, hot), (slow, cool) = found.values()
    assert fast == pytest.approx(slow, rel=1e-3, abs=0)
    assert hot > 1.15 * cool, "dissipated energy depends on the edge: else this test tests nothing"


@CASES
def test_supply_energy_does_not_depend_on_the_edge(scheme: str, selector: TransistorParams | None) -> None:
    _edges(8, scheme, selector)


@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 64])
@CASES
def test_supply_energy_does_not_depend_on_the_edge_at_size(
    size: int, scheme: str, selector: TransistorParams | None
) -> None:
    _edges(size, scheme, selector)


@pytest.mark.parametrize("scheme", ["V/2", "V/3", "floating"])
def test_three_engines_agree(scheme: str) -> None:
    program = Write(1, 2, scheme=scheme, pulses=2, gap=1e-6), Read(1, 2, scheme="floating"), Write(0, 0, voltage=-0.3)
    runs = {name: _run(_crossbar(4), *program, engine=name) for name in ("ngspice", "nodal", "vacask")}
    for number in range(3):
        wanted = _of(runs["ngspice"], number)
        for name in ("nodal", "vacask"):
            got = _of(runs[name], number)
            assert got.energy == pytest.approx(wanted.energy, rel=5e-3, abs=0), name
            assert got.by_line == pytest.approx(wanted.by_line, rel=5e-3, abs=0), name
            assert got.line_charge == pytest.approx(wanted.line_charge, rel=5e-3, abs=0), name
            assert [rail.name for rail in got.rails] == [rail.name for rail in wanted.rails], name


# ---- an independent path: ngspice integrates the sources' currents itself, on capacitors


def _integrated(crossbar: Crossbar, step: Write, folder: Path) -> dict[float, float]:
    """Charge drawn from each level of voltage [C]: a capacitor beside every source holds its charge.

    Sums over the lines of a level, so it is the supply's charge where nothing flows back into the rail.
    """
    run_study(Study("integrated", crossbar, [step]), folder)
    plan = Study("integrated", crossbar, [step]).schedule()
    (window,) = plan.windows
    sides = {"ws": plan.word, "bs": plan.bit, "gs": plan.gate}
    levels = {f"v{side}_{n}": float(w.at(window.settled)) for side, ws in sides.items() for n, w in enumerate(ws)}
    levels = {source: round(level, 9) for source, level in levels.items() if level}
    meters, asked = [], []
    edge = crossbar.driver.t_edge
    end = window.pulse_end - edge / 2
    for n, source in enumerate(levels):
        meters += [f"fm{n} 0 m{n} {source} -1e3", f"cm{n} m{n} 0 1e-12", f"rm{n} m{n} 0 1e12"]
        asked += [f"meas tran m{n} find v(m{n}) at={end:.15g}", f"meas tran a{n} find i({source}) at={end:.15g}"]
    text = re.sub(r"\n\.save[^\n]*", "", (folder / "deck.cir").read_text())
    head, tail = text.split("\n.options", 1)
    tail = tail.replace("\n.endc", "\n".join(["", "run", *asked, "quit", ".endc"]), 1)
    (folder / "meters.cir").write_text("\n".join([head, *meters, ".options"]) + tail)
    program = tools.require(tools.find_ngspice())
    done = subprocess.run(
        [str(program), "-n", "-b", "meters.cir"], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    got = {name: float(value) for name, value in re.findall(r"^([ma]\d+)\s*=\s*(\S+)", done.stdout, re.MULTILINE)}
    charges: dict[float, float] = {}
    for n, level in enumerate(levels.values()):
        # the meter shows a kilovolt for a picocoulomb; until the middle of the falling edge the last current flows on
        charge = got[f"m{n}"] * 1e-15 - got[f"a{n}"] * edge / 2
        charges[level] = charges.get(level, 0.0) + charge
    return charges


@CASES
@pytest.mark.parametrize("edge", [1e-9, 10e-9])
def test_the_simulators_own_integral_gives_the_same(
    scheme: str, selector: TransistorParams | None, edge: float, tmp_path: Path
) -> None:
    # so little resistance that lines stand where their sources do, as the work by hand below has it
    bar = _crossbar(4, selector, t_edge=edge, r_driver=50.0, r_sense=50.0)
    # lines so long that at V/3 they take more charge from the lowest rail than their cells push into it
    bar = bar.replace(wire=WireParams(pitch=30e-6))
    step = Write(1, 2, scheme=scheme)
    charges = _integrated(bar, step, tmp_path)
    found = _of(_run(bar, step))
    wanted = {level: charge for level, charge in charges.items() if level * charge > 0}
    if scheme == "V/3":
        # while cells push current into this rail it still has to charge its three lines, worked by hand: each has four
        # crossings, three of them against bit lines at twice its voltage, one against a bit line at ground
        against = bar.wire.c_crossing + float(np.mean(bar.equations.c_geo))
        wanted[0.1] = 3 * 0.1 * (4 * bar.c_word - 2 * against)
    assert len(wanted) >= 2
    got = {round(rail.voltage, 9): rail.charge for rail in found.rails}
    total = sum(abs(level * charge) for level, charge in wanted.items())
    assert found.energy == pytest.approx(total, rel=1e-3, abs=0)
    for level, charge in wanted.items():
        assert got[level] == pytest.approx(abs(charge), rel=1e-3, abs=0)


# ---- worked by hand


def test_a_lone_cell_on_ideal_lines_draws_its_current_and_its_charge() -> None:
    """Charge of line, plates and ionic branch, and the current of the path for the width of the pulse."""
    cell = CellParams(w0=0.0)
    wire = WireParams(resistivity_wl=0.0, resistivity_bl=0.0)
    bar = Crossbar(1, 1, cell=cell, wire=wire, driver=DriverParams(r_driver=1.0, r_sense=1.0, r_contact=0.0))
    # so weak a pulse that nothing moves and sinh is straight
    outcome = _run(bar, Read(0, 0, voltage=5e-3, duration=20e-6))
    eq = Equations(cell, bar.temperature)
    plates = bar.c_word + bar.wire.c_crossing + float(eq.c_geo)
    tau = float(eq.r_ion * eq.c_ion)
    ionic = float(eq.c_ion) * (1 - np.exp(-20e-6 / tau))
    through = float(eq.conductance(5e-3, 0.0, 0.0)) * 20e-6
    found = _of(outcome)
    assert [(rail.name, rail.voltage) for rail in found.rails] == [("V", 5e-3)]
    assert found.energy == pytest.approx(25e-6 * (plates + ionic + through), rel=2e-3, abs=0)
    assert found.line_charge == pytest.approx(25e-6 * plates, rel=2e-3, abs=0)
    assert found.by_line == pytest.approx(found.energy, rel=1e-9, abs=0)
    assert found.quiescent == pytest.approx(10e-6 * 20e-6, rel=1e-12, abs=0)


def test_lines_of_one_rail_share_it() -> None:
    """At V/2 a bit line pushes into the rail what a word line draws: equal cells need nothing but charge from V/2."""
    bar = Crossbar(2, 2, per_cell={"w0": np.full((2, 2), 0.9)})
    outcome = _run(bar, Write(0, 0, width=10e-6))
    found = _of(outcome)
    halves = next(rail for rail in found.rails if rail.name == "V/2")
    split = energy_split(outcome.dataset, 0.0, windows(outcome.dataset)[0].stop)
    one = float(split.cells[0, 1])  # a half-selected cell sees V/2 for the whole pulse: twice that is drawn at V
    assert halves.energy < 0.2 * one
    assert found.by_line - found.energy == pytest.approx(one, rel=0.1, abs=0)


def test_supplies_give_at_least_what_is_dissipated_and_stored() -> None:
    """First law, for pulses of either sign, floating lines and vectors of one's own."""
    program = [
        Write(1, 1, voltage=-0.3, pulses=3), Write((0, 2), (1, 3), scheme="V/3"), Write(2, 2, scheme="floating"),
        Write(3, 0, scheme="V/2-float-bits"), Read(0, 0, voltage=-0.01), ReadAll(voltage=0.0), Vmm((1, -0.5, 0, 0.25)),
        Apply(word=(0.1, -0.2, 0, 0), bit=(0, 0.1, 0, 0), float_words=(2,), width=2e-6),
    ]  # fmt: skip
    outcome = _run(_crossbar(4), *program)
    measures = {name: measure.value for name, measure in outcome.measures.items()}
    assert measures["energy_supply"] > measures["energy_dissipated"] + measures["energy_stored"]
    for number, window in enumerate(windows(outcome.dataset)):
        found = _of(outcome, number)
        split = energy_split(outcome.dataset, window.start, window.stop)
        # what an earlier pulse left stored is spent here without a supply
        assert found.energy >= split.dissipated + min(split.stored, 0) * 1.001, window
        assert found.by_line >= found.energy * (1 - 1e-12)
        assert 0 <= found.line_charge <= found.energy * (1 + 1e-12)


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (Write(0, 0), ["V", "V/2"]), (Write(0, 0, scheme="V/3"), ["V", "2V/3", "V/3"]),
        (Write(0, 0, scheme="grounded"), ["V"]), (Read(0, 0, scheme="floating"), ["V"]),
        (Write(0, 0, voltage=-0.3), ["V/2", "V"]), (Vmm((1, 0.5, 0)), ["V", "V/2"]),
        (Apply(word=(0.1, 0, 0.04), bit=(0, 0, 0)), ["V", "0.04 V"]),
    ],
)  # fmt: skip
def test_the_rails_that_a_step_needs(step: object, names: list[str]) -> None:
    outcome = _run(Crossbar(3, 3), step, engine="nodal")
    assert [rail.name for rail in _of(outcome).rails] == names
    assert list(outcome.steps[0].rails) == names


def test_amplifiers_pay_for_both_directions() -> None:
    """A class-B stage gives the charge that the bit lines take, and takes it back from its other supply."""
    bar = _crossbar(2, sense="tia", v_amplifier=2.0, p_amplifier=3e-6)
    outcome = _run(bar, Read(0, 0, duration=20e-6))
    found = _of(outcome)
    assert [rail.name for rail in found.rails] == ["V", "amplifiers"]
    current = outcome.dataset["i_bit_output"].values
    time = outcome.dataset["time"].values
    charge = np.trapezoid(np.abs(current), time, axis=0).sum()
    assert found.rails[1].voltage == 2.0
    assert found.rails[1].charge == pytest.approx(charge, rel=0.02, abs=0)
    assert found.quiescent == pytest.approx(3e-6 * 20e-6, rel=1e-12, abs=0)
    assert outcome.measures["energy_amplifiers"].value == pytest.approx(found.quiescent, rel=1e-12, abs=0)


# ---- step by step


def test_unlike_pulses_have_rows_of_their_own() -> None:
    program = [
        Write(0, 0, pulses=5), Write(1, 1, voltage=-0.3, scheme="V/3"), Read(0, 0), Read(0, 0, voltage=0.01),
        ReadAll(scheme="float-words"),
    ]  # fmt: skip
    outcome = _run(_crossbar(3), *program, engine="nodal")
    rows = outcome.steps
    assert [(row.step, row.kind, row.scheme, row.count) for row in rows] == [
        (0, "set", "V/2", 5), (1, "reset", "V/3", 1), (2, "read", "grounded", 1), (3, "read", "grounded", 1),
        (4, "read", "float-words", 9),
    ]  # fmt: skip
    measures = outcome.measures
    for name, column in (("energy_per_switch", "energy_dissipated"), ("energy_supply_per_switch", "energy_supply")):
        sets, resets = rows[0].values[column], rows[1].values[column]
        assert measures[name].value == pytest.approx((5 * sets + resets) / 6, rel=1e-12, abs=0)
        assert "5 set 0.3 V V/2, 1 reset -0.3 V V/3" in measures[name].about
    assert measures["energy_per_set"].value == pytest.approx(rows[0].values["energy_dissipated"], rel=1e-12, abs=0)
    assert measures["energy_supply_per_reset"].value == pytest.approx(rows[1].values["energy_supply"], rel=1e-12, abs=0)
    assert rows[3].values["read_current"] == pytest.approx(2 * rows[2].values["read_current"], rel=0.02, abs=0)
    # every joule of the run stands in some row
    whole = sum(row.values["energy_dissipated"] * row.count for row in rows)
    assert whole == pytest.approx(measures["energy_dissipated"].value, rel=1e-9, abs=0)
    left = sum(row.values["energy_left_stored"] * row.count for row in rows)
    assert left == pytest.approx(measures["energy_stored"].value, rel=1e-6, abs=1e-24)
    drawn = sum(row.values["energy_supply"] * row.count for row in rows)
    assert drawn == pytest.approx(measures["energy_supply"].value, rel=1e-12, abs=0)


def test_rows_are_in_the_json_and_in_the_dataset() -> None:
    outcome = _run(Crossbar(2, 2), Write(0, 0), Read(0, 0), engine="nodal")
    told = json.loads(outcome.as_json())
    assert [row["kind"] for row in told["steps"]] == ["set", "read"]
    assert json.loads(outcome.dataset.attrs["steps"]) == told["steps"]
    for row in told["steps"]:
        assert set(row) - {"rails"} <= set(told["columns"])
    assert told["steps"][0]["rails"]["V"]["voltage"] == 0.3
    rails = told["steps"][0]["rails"].values()
    drawn = sum(rail["energy"] for rail in rails)
    assert drawn == pytest.approx(told["steps"][0]["energy_supply"], rel=1e-12, abs=0)


def test_a_pattern_has_a_row_for_its_ones_and_one_for_its_zeros() -> None:
    target = ((1, 0, 1), (0, 0, 1))
    outcome = _run(Crossbar(2, 3), WritePattern(target, pulses=2), engine="nodal")
    assert [(row.step, row.kind, row.cells, row.pulses) for row in outcome.steps] == [
        (0, "set", 3, 2),
        (0, "reset", 3, 2),
    ]

"""Cells and crossbars in a user's own PySpice circuit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySpice.Spice.Netlist import Circuit
from PySpice.Spice.NgSpice.Shared import NgSpiceCircuitError, NgSpiceCommandError

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, nodes
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine.registry import engine
from pyspice_models.engine.shared import pyspice_shared
from pyspice_models.errors import RequestError
from pyspice_models.netlist import crossbar_deck
from pyspice_models.pyspice import Ag2SCell, celsius, crossbar_subcircuit, simulator_options
from pyspice_models.stimulus import Read, Schedule, Write, schedule
from pyspice_models.stimulus.pacing import paced

ROOT = Path(__file__).resolve().parents[2]
FORMS = ["osdi", "subckt"]
LONGEST = 1e-7  # [s] a tenth of the pulse


def small_crossbar() -> Crossbar:
    """2 x 3, every cell in a state of its own, so that a swapped row or column shows."""
    return Crossbar(2, 3).with_states(w=[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], x=0.0)


def as_written(time: float) -> float:
    """A moment with the 15 digits that a deck has: a 16th would make two corners of one and a step between them."""
    return float(f"{time:.15g}")


def bench(crossbar: Crossbar, plan: Schedule, form: str) -> tuple[Circuit, list[str]]:
    """The bench of the package's own deck, built by hand in PySpice; and the vectors of all states."""
    circuit = Circuit("a bench")
    bar = crossbar_subcircuit(crossbar, form=form)
    words = [f"w{r}" for r in range(crossbar.rows)]
    bits = [f"b{c}" for c in range(crossbar.cols)]
    bar.place(circuit, "bar", word=words, bit=bits)
    ends = [*zip(words, plan.word, strict=True), *zip(bits, plan.bit, strict=True)]
    for node, wave in ends:
        if wave.is_constant:
            circuit.V(node, f"s{node}", 0, wave.rest)
        else:
            corners = [(as_written(t), v) for t, v in zip(wave.times, wave.values, strict=True)]
            circuit.PieceWiseLinearVoltageSource(node, f"s{node}", 0, values=corners)
        driver = crossbar.driver
        resistance = (driver.r_driver if node.startswith("w") else driver.r_sense) + driver.r_contact
        circuit.R(node, f"s{node}", node, resistance)
    # corners at which nothing happens but that the integration starts anew
    restarts = paced(plan, Accuracy().steps_per_pulse, LONGEST)
    circuit.PieceWiseLinearVoltageSource("restart", "restart", 0, values=[(as_written(t), 0) for t in [0, *restarts]])
    return circuit, [bar.vector("bar", r, c, "w") for r, c in crossbar.crossings()]


@pytest.mark.parametrize("form", FORMS)
def test_a_users_circuit_gives_the_waves_of_the_packages_own_deck(form: str, tmp_path: Path) -> None:
    crossbar = small_crossbar()
    plan = schedule(crossbar, [Write(1, 2, pulses=2), Read(1)])
    own = engine("ngspice").run_deck(crossbar_deck(crossbar, plan, form=form), tmp_path, time_limit=60)

    circuit, states = bench(crossbar, plan, form)
    simulator = circuit.simulator(temperature=celsius(crossbar.temperature))
    simulator.options("klu", **simulator_options() | {"method": "trap"})
    simulator.save_internal_parameters(*states)
    analysis = simulator.transient(step_time=crossbar.driver.t_edge / 10, end_time=plan.stop, max_time=LONGEST)

    # the same on the machine it was written on; another order of the nodes may round sums differently elsewhere
    close = 1e-6
    np.testing.assert_allclose(np.array(analysis.time), own.time, atol=1e-12, rtol=0)
    # the package's own compiled decks save the node of the state's change; the cell clips the state to its bounds
    w = (
        own.values["w"]
        if form == "subckt"
        else Equations(crossbar.cell).clip(crossbar.values("w0") + own.values["change_w"])
    )
    for index, vector in enumerate(states):
        expected = w.reshape(len(own.time), -1)[:, index]
        np.testing.assert_allclose(np.array(analysis[vector]), expected, rtol=close)
    assert w[-1, 1, 2] > w[0, 1, 2] + 0.05
    for c in range(crossbar.cols):
        expected = own.values["i_bit_source"][:, c]
        measured = np.array(analysis.branches[f"vb{c}"])
        np.testing.assert_allclose(measured, expected, atol=close * np.abs(expected).max(), rtol=0)
        assert np.abs(expected).max() > 1e-10


def pulsed_cell(cell: Ag2SCell, amplitude: float = 0.3, **own: float) -> Circuit:
    circuit = Circuit("one cell")
    circuit.subcircuit(cell)
    circuit.PulseVoltageSource(
        "in", "in", 0, 0, amplitude, pulse_width=2e-6, period=1e-3, rise_time=1e-8, fall_time=1e-8
    )
    circuit.X("cell", cell.name, "in", 0, **own)
    return circuit


@pytest.mark.parametrize("form", FORMS)
def test_a_cell_takes_its_parameters_from_its_set_and_from_its_instance(form: str) -> None:
    cell = Ag2SCell(CellParams(w0=0.4), form=form)
    final = []
    for own in ({}, {"w0": 0.1}):
        simulator = pulsed_cell(cell, **own).simulator(temperature=26.85)
        simulator.options(**simulator_options())
        vectors = {quantity: cell.vector("cell", quantity) for quantity in ("w", "g", "p")}
        simulator.save_internal_parameters(*vectors.values())
        analysis = simulator.transient(step_time=1e-9, end_time=3e-6, max_time=5e-8)
        waves = {q: np.array(analysis[vector]) * cell.scale(q) for q, vector in vectors.items()}
        assert waves["w"][0] == pytest.approx(own.get("w0", 0.4), abs=1e-6)
        assert waves["w"][-1] > waves["w"][0] + 0.05
        assert cell.params.g_int_min < waves["g"].min() < waves["g"].max() < 1.3 * cell.params.g_int_max
        assert waves["p"].min() >= 0
        final.append(waves["w"][-1])
    assert final[1] < final[0]


def test_both_forms_of_a_cell_agree() -> None:
    states = []
    for form in FORMS:
        cell = Ag2SCell(form=form)
        simulator = pulsed_cell(cell).simulator()
        simulator.options(**simulator_options())
        vector = cell.vector("cell", "w")
        simulator.save([vector])
        states.append(float(np.array(simulator.transient(step_time=1e-9, end_time=3e-6, max_time=5e-8)[vector])[-1]))
    assert states[0] == pytest.approx(states[1], abs=1e-4)


def test_the_netlist_runs_in_the_ngspice_program_too(tmp_path: Path) -> None:
    """It carries the loading of the Verilog-A with it, from a folder with a blank and capitals."""
    folder = tmp_path / "My Cache"
    folder.mkdir()
    script = f"""
from pyspice_models.pyspice import Ag2SCell
from PySpice.Spice.Netlist import Circuit
circuit = Circuit("one")
circuit.subcircuit(Ag2SCell())
circuit.V("in", "in", 0, 0.01)
circuit.X("cell", "ag2s", "in", 0, w0=1)
simulator = circuit.simulator()
current = -float(simulator.operating_point().branches["vin"][0])
open({str(tmp_path / "deck.cir")!r}, "w").write(str(circuit) + ".op\\n.print op i(vin)\\n.end\\n")
print(current)
"""
    environment = {**os.environ, "AG2S_CACHE": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    expected = 0.01 * (CellParams().g_int_max + CellParams().g_fil_min)
    assert float(done.stdout) == pytest.approx(expected, rel=0.01, abs=0)
    bare = subprocess.run(["ngspice", "-n", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"{-float(done.stdout):.5e}" in bare.stdout.replace("i(vin)", ""), bare.stdout


@pytest.mark.parametrize("make", [Ag2SCell, lambda **kw: crossbar_subcircuit(Crossbar(2, 2), **kw)])
def test_an_unknown_form_or_a_name_that_is_code_is_refused(make) -> None:
    with pytest.raises(RequestError, match=r"form = 'spectre'.*osdi, subckt"):
        make(form="spectre")
    for name in ("Upper", "a b", "x\n.control", "", "1st"):
        with pytest.raises(RequestError, match="name = "):
            make(name=name)


def test_a_wrong_number_of_nodes_is_refused_when_a_crossbar_is_placed() -> None:
    bar = crossbar_subcircuit(Crossbar(2, 3))
    circuit = Circuit("t")
    with pytest.raises(RequestError, match=r"word = \['a'\] is refused; allowed: a list of 2 nodes"):
        bar.place(circuit, "bar", word=["a"], bit=["c", "d", "e"])
    with pytest.raises(RequestError, match="allowed: a list of 3 nodes"):
        bar.place(circuit, "bar", word=["a", "b"], bit=["c", "d"])
    with pytest.raises(RequestError, match="allowed: a list of 2 nodes"):
        bar.place(circuit, "bar", word="ab", bit=["c", "d", "e"])
    assert not list(circuit.elements)
    with pytest.raises(RequestError, match="instance"):
        bar.place(circuit, "b ar", word=["a", "b"], bit=["c", "d", "e"])


def test_two_different_crossbars_of_one_name_are_refused_and_one_crossbar_may_be_placed_twice() -> None:
    circuit = Circuit("t")
    bar = crossbar_subcircuit(Crossbar(1, 1))
    bar.place(circuit, "one", word=["a"], bit=["b"])
    bar.place(circuit, "two", word=["c"], bit=["d"])
    with pytest.raises(RequestError, match="another subcircuit called 'ag2s_crossbar'"):
        crossbar_subcircuit(Crossbar(2, 1)).place(circuit, "three", word=["a", "b"], bit=["c"])
    assert str(circuit).count(".subckt ag2s_crossbar") == 1


def test_vectors_of_what_is_not_there_are_refused() -> None:
    bar = crossbar_subcircuit(Crossbar(2, 2))
    with pytest.raises(RequestError, match="row = 2"):
        bar.vector("bar", 2, 0, "w")
    with pytest.raises(RequestError, match="quantity = 'q'"):
        bar.vector("bar", 0, 0, "q")
    assert bar.vector("bar", 0, 1, "w") == f"@n.xbar.n{nodes.cell(0, 1)}[w]"


def test_a_crossbar_wired_by_hand_with_too_few_nodes_raises_instead_of_running_the_last_circuit() -> None:
    good = Circuit("good")
    good.V("in", "in", 0, 1)
    good.R(1, "in", 0, 1e3)
    assert float(good.simulator().operating_point()["in"][0]) == 1.0
    circuit = Circuit("too few")
    bar = crossbar_subcircuit(Crossbar(2, 2))
    circuit.subcircuit(bar)
    circuit.V("in", "in", 0, 1)
    circuit.X("bar", bar.name, "in", 0, 0)
    with pytest.raises(NgSpiceCircuitError, match=r"(?i)too few parameters for subcircuit"):
        circuit.simulator().operating_point()


def test_a_node_called_error_and_a_title_with_that_word_are_no_errors() -> None:
    circuit = Circuit("error amplifier")
    circuit.V("in", "error", 0, 1)
    circuit.R(1, "error", 0, 1e3)
    analysis = circuit.simulator().transient(step_time=1e-6, end_time=1e-5)
    assert float(analysis["error"][-1]) == 1.0


def test_a_circuit_without_a_solution_raises_with_the_words_of_ngspice() -> None:
    circuit = Circuit("two sources")
    circuit.V(1, "a", 0, 1)
    circuit.V(2, "a", 0, 2)
    with pytest.raises(NgSpiceCommandError, match=r"(?i)singular matrix.*\n(.*\n)*.*aborted"):
        circuit.simulator().operating_point()


@pytest.mark.parametrize(
    ("stream", "line", "bad"),
    [
        ("stderr", "Note: Starting dynamic gmin stepping", False),
        ("stderr", "Warning: singular matrix:  check node 3", False),
        ("stdout", "error                                        0", False),
        ("stdout", "aborted                                      0", False),
        ("stdout", "Circuit: error amplifier", False),
        ("stdout", "Error: circuit not parsed.", True),
        ("stderr", "Fatal error: no memory", True),
        ("stderr", "doAnalyses: TRAN:  Timestep too small; initial timepoint: cause unrecorded.", True),
        ("stderr", 'Too many parameters for subcircuit type "foo" (instance: xx1)', True),
        ("stderr", "warning, can't find model 'foo' from line", False),
        ("stderr", "Unable to find definition of model foo", True),
    ],
)
def test_which_lines_of_ngspice_are_errors(stream: str, line: str, bad: bool) -> None:
    assert pyspice_shared.is_error(line, stream) == bad


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != pyspice_shared.VARIABLE}
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


FIRST_RUN = """
import pyspice_models.pyspice
pyspice_models.pyspice.install()
from PySpice.Spice.Netlist import Circuit
circuit = Circuit("first")
circuit.V("in", "a", 0, 2)
circuit.R(1, "a", 0, 1e3)
try:
    print(float(circuit.simulator().operating_point()["a"][0]))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_first_run_needs_no_setting_and_says_nothing() -> None:
    done = python(FIRST_RUN)
    assert done.stdout == "2.0\n"
    assert done.stderr == ""


def test_it_works_too_where_pyspice_was_imported_first() -> None:
    done = python("import PySpice.Spice.NgSpice.Shared\n" + FIRST_RUN)
    assert done.stdout == "2.0\n"


def test_a_missing_library_is_a_tool_error_with_the_next_step_and_netlists_are_written_without_it() -> None:
    done = python(FIRST_RUN + "print(str(circuit))", AG2S_LIBNGSPICE="/nowhere/libngspice.so")
    assert done.stdout.startswith("ToolError libngspice cannot be used: /nowhere/libngspice.so does not load"), done
    assert "scripts/setup" in done.stdout
    assert "R1 a 0" in done.stdout
    done = python(FIRST_RUN, NGSPICE_LIBRARY_PATH="/nowhere/mine.so")
    assert done.stdout.startswith("ToolError NGSPICE_LIBRARY_PATH=/nowhere/mine.so does not load"), done

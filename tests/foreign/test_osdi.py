"""Compiled Verilog-A from Python, held against the twin, against differences and against formulas."""

from __future__ import annotations

import ctypes
import pickle
import platform
import re
from pathlib import Path

import numpy as np
import pytest
from osdi_cases import AG2S, written

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.sources import verilog_a_parameters
from pyspice_models.engine.osdi.layout import DescriptorLayout
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.osdi import Compiled, describe, evaluate, respond, solve_static
from pyspice_models.foreign.source import read_module

POINT = {"te": 0.3, "be": 0.02, "nw": 0.5, "nx": 0.02, "ni": 0.1}


def test_the_descriptor_says_what_the_module_is() -> None:
    found = describe(AG2S)
    assert (found.module, found.terminals, found.internal) == ("ag2s", ("te", "be"), ("nw", "nx", "ni"))
    assert found.remembering == ("nw", "nx", "ni")
    assert [one.name for one in found.outputs] == ["w", "x", "g", "p", "es"]
    assert (found.limits, found.delays, found.collapsible, found.bounds_step) == (0, 0, (), True)
    for name, declared in CellParams().quantities().items():
        one = found.parameter(name)
        assert one is not None
        assert (one.unit, one.kind, one.type) == (declared.unit, "instance", "real")
        assert one.default == pytest.approx(getattr(CellParams(), name), rel=1e-11, abs=0)
        assert one.about in verilog_a_parameters(CellParams())
    assert found.parameter("none") is None


def test_currents_are_those_of_the_twin() -> None:
    rng = np.random.default_rng(1)
    v, w, x, ion = rng.uniform(-0.6, 0.6, 40), rng.uniform(0, 1, 40), rng.uniform(0, 1, 40), rng.uniform(-0.3, 0.3, 40)
    found = evaluate(AG2S, {"te": v, "nw": w, "nx": x, "ni": ion}, {"w0": 0.0, "x0": 0.0}, show=("w", "p"))
    eq = Equations(CellParams(), 300.0)
    total = eq.current(v, w, x) + (v - ion) / eq.r_ion
    np.testing.assert_allclose(found.resistive[:, 0], total, rtol=1e-12)
    np.testing.assert_allclose(found.resistive[:, 1], -eq.current(v, w, x), rtol=1e-12)
    # the constants of Verilog-A hold an older permittivity
    np.testing.assert_allclose(found.reactive[:, 0], eq.c_geo * v, rtol=1e-9)
    np.testing.assert_allclose(found.shown["w"], eq.clip(w), rtol=1e-12)
    np.testing.assert_allclose(found.shown["p"], eq.power(v, ion, w, x), rtol=1e-11)


def test_jacobians_are_those_of_differences() -> None:
    here = evaluate(AG2S, POINT, {"w0": 0.0}, jacobians=True)
    assert here.of_resistive is not None
    assert here.of_reactive is not None
    step = 1e-7
    for k, name in enumerate(here.nodes):
        up, down = (evaluate(AG2S, {**POINT, name: POINT[name] + sign * step}, {"w0": 0.0}) for sign in (1, -1))
        for exact, one, two in (
            (here.of_resistive, up.resistive, down.resistive), (here.of_reactive, up.reactive, down.reactive),
        ):  # fmt: skip
            slope = (one - two) / (2 * step)
            assert np.abs(slope - exact[:, k]).max() <= 5e-7 * np.abs(exact[:, k]).max()


def test_shapes_temperature_and_time() -> None:
    """Rows are (time, cell); parameters are per cell; until time begins the state nodes are held."""
    v, levels = np.linspace(-0.3, 0.3, 5)[:, None], np.array([0.1, 0.5, 0.9])
    found = evaluate(AG2S, {"te": v, "ni": v}, {"w0": levels}, temperature=340.0, terminals_only=True)
    assert found.resistive.shape == (5, 3, 2)
    assert found.nodes == ("te", "be")
    expected = Equations(CellParams(), 340.0).current(v, levels, 0.0)
    # the constants of Verilog-A hold an older k/q
    np.testing.assert_allclose(found.resistive[..., 0], expected, rtol=1e-6)
    held, free = (evaluate(AG2S, {"te": 0.3, "nw": 0.1}, time=time).resistive[2] for time in (0.0, 1e-9))
    assert held == pytest.approx(1e-4, rel=1e-12, abs=0)
    assert free < 0


def test_static_solutions_settle_the_nodes_without_states() -> None:
    eq = Equations(CellParams(), 300.0)
    levels = np.array([0.1, 0.5])
    found = solve_static(AG2S, {"te": 0.1, "be": 0.0, "nw": levels, "nx": 0.0}, {"w0": 0.0})
    np.testing.assert_allclose(found.currents[:, 0], eq.current(0.1, levels, 0.0), rtol=1e-10)
    np.testing.assert_allclose(found.voltages["ni"], 0.1, rtol=1e-10)
    slope = (eq.current(0.1 + 1e-6, levels, 0.0) - eq.current(0.1 - 1e-6, levels, 0.0)) / 2e-6
    np.testing.assert_allclose(found.conductance[:, 0, 0], slope, rtol=1e-7)
    np.testing.assert_allclose(found.conductance.sum(axis=2), 0.0, atol=1e-15)


def test_a_divider_inside_is_reduced_to_its_terminals() -> None:
    divider = written("  electrical m;\n  analog begin I(a, m) <+ V(a, m)/1000.0; I(m, c) <+ V(m, c)/3000.0; end")
    found = solve_static(divider, {"a": 2.0, "c": -2.0})
    assert found.voltages["m"] == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(found.conductance, np.array([[1, -1], [-1, 1]]) / 4000.0, rtol=1e-12)


def test_a_voltage_contribution_and_a_joined_node_are_solved_too() -> None:
    source = written("  electrical m;\n  parameter real r = 0 from [0:inf);\n  analog begin V(a, m) <+ 0.5;\n"
                     "  if (r > 0) I(m, c) <+ V(m, c)/r; else V(m, c) <+ 2000.0*I(m, c); end")  # fmt: skip
    found = solve_static(source, {"a": 1.5, "c": 0.0}, {"r": 0.0})
    assert found.currents == pytest.approx(np.array([5e-4, -5e-4]), rel=1e-9, abs=0)
    joined = written("""  electrical m; parameter real r = 0 from [0:inf);
  analog begin if (r > 0) I(a, m) <+ V(a, m)/r; else V(a, m) <+ 0;
  I(m, c) <+ V(m, c)/1000.0; end""")
    assert describe(joined).collapsible
    assert describe(joined).joined
    assert solve_static(joined, {"a": 1.0, "c": 0.0}).currents[0] == pytest.approx(1e-3, rel=1e-9, abs=0)
    apart = solve_static(joined, {"a": 1.0, "c": 0.0}, {"r": 1000.0})
    assert apart.currents[0] == pytest.approx(5e-4, rel=1e-9, abs=0)


CORNERS = np.array([0, 0.01, 1, 1.01, 2, 2.01, 3, 3.01, 4]) * 1e-6
VOLTS = np.array([0, 0.3, 0.3, 0, 0, -0.3, -0.3, 0, 0])


def test_lone_cells_respond_as_the_twin() -> None:
    levels = [0.05, 0.5]
    runs = respond(AG2S, ("te", "be"), CORNERS, VOLTS, {"w0": levels})
    for level, run in zip(levels, runs, strict=True):
        twin = simulate(CellParams(w0=level), CORNERS, VOLTS)
        change = np.interp(twin.time, run.time, run.nodes["nw"])
        assert np.abs(level + change - twin.w).max() < 2e-5
        assert run.energy[-1] == pytest.approx(twin.loss[-1] + twin.stored[-1], rel=1e-4, abs=0)
        assert run.time[0] == 0.0
        assert run.time[-1] == CORNERS[-1]


def test_a_limited_source_is_that_of_the_twin() -> None:
    corners, volts = [0, 1, 2, 3, 4], [0, 0.5, 0, -0.5, 0]
    run = respond(AG2S, ("te", "be"), corners, volts, series_resistance=1e4, i_limit=1e-4)[0]
    twin = simulate(CellParams(), corners, volts, series_resistance=1e4, i_limit=1e-4)
    assert np.abs(run.i).max() == pytest.approx(np.abs(twin.i).max(), rel=2e-3, abs=0)
    assert run.energy[-1] == pytest.approx(twin.loss[-1] + twin.stored[-1], rel=1e-3, abs=0)


def test_a_capacitor_behind_a_resistor_charges_as_the_formula_says() -> None:
    inside = written("  electrical m;\n  analog begin I(a, m) <+ V(a, m)/1000.0; I(m, c) <+ ddt(1e-9*V(m, c)); end")
    run = respond(inside, ("a", "c"), [0, 1e-12, 5e-6], [0, 1, 1])[0]
    expected = 1.0 - np.exp(-run.time / 1e-6)
    assert np.abs(run.nodes["m"] - expected)[run.time > 1e-11].max() < 1e-4
    outside = written("  analog I(a, c) <+ ddt(1e-9*V(a, c));")
    run = respond(outside, ("a", "c"), [0, 1e-12, 5e-6], [0, 1, 1], series_resistance=1000.0)[0]
    assert np.abs(run.v - expected[-1])[-1] < 1e-4
    assert run.energy[-1] == pytest.approx(0.5e-9 * run.v[-1] ** 2, rel=1e-4, abs=0)


def test_a_state_starts_where_it_is_told_to() -> None:
    kept = written("  electrical s;\n  analog begin I(s) <+ ddt(1e-9*V(s)); I(s) <+ -1e-9*1e6*V(a, c);\n"
                   "  I(a, c) <+ 1e-5*V(s)*V(a, c); end")  # fmt: skip
    runs = respond(kept, ("a", "c"), [0, 1e-7, 1e-6], [0, 1, 1], start={"s": [0.25, 0.5]})
    for run, start in zip(runs, (0.25, 0.5), strict=True):
        assert run.nodes["s"][0] == start
        assert run.nodes["s"][-1] == pytest.approx(start + 0.95, rel=1e-6, abs=0)


def test_it_is_a_value(tmp_path: Path) -> None:
    assert pickle.loads(pickle.dumps(AG2S)) == AG2S
    (tmp_path / "part.inc").write_text("  analog I(a, c) <+ V(a, c)/r;\n")
    (tmp_path / "mine.va").write_text(
        '`include "disciplines.vams"\n/* module no */ module mine(a, c);\n inout a, c; electrical a, c;\n'
        'parameter real r = 1000;\n`include "part.inc"\nendmodule\n'
    )
    module = read_module(tmp_path / "mine.va")
    assert module.module == "mine"
    assert evaluate(module, {"a": 1.0}, {"r": 500.0}).resistive[0] == 2e-3


# ---- what is refused, and what goes wrong


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"voltages": {"nope": 1.0}}, "node = 'nope' is refused; allowed: one of te, be, nw"),
        ({"voltages": {"te": [1.0, 2.0], "be": [1.0, 2.0, 3.0]}}, "cannot be broadcast"),
        ({"parameters": {"nope": 1.0}}, "ag2s.va, module ag2s: the module ag2s has no parameter nope"),
        ({"parameters": {"w0": 2.0}}, "the parameter w0 = 2 is outside the range that the module ag2s states"),
        ({"voltages": {"te": [0.1, 0.2, 0.3]}, "parameters": {"w0": [0.1, 0.2]}}, "and 2 cells cannot be broadcast"),
        ({"parameters": {"w0": [[0.1, 0.2]]}}, "the parameter w0 has shape"),
        ({"parameters": {"w0": np.nan}}, "w0 = nan is refused"),
        ({"show": ("nope",)}, "no output variable nope"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(given: dict, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        evaluate(AG2S, **{"voltages": {"te": 0.1}, **given})


def test_a_node_that_nothing_fixes_is_named() -> None:
    with pytest.raises(RequestError, match="no voltage is given for the terminal be"):
        solve_static(AG2S, {"te": 0.1})
    kept = written("  electrical s;\n  analog begin I(s) <+ ddt(V(s)); I(a, c) <+ V(a, c)*1e-3; end")
    with pytest.raises(RequestError, match="the voltage of the node s, which no equation fixes"):
        solve_static(kept, {"a": 1.0, "c": 0.0})


def test_limits_are_refused() -> None:
    limited = written('  analog I(a, c) <+ 1e-12*(limexp($limit(V(a, c), "pnjlim", 0.02585, 0.6)/0.02585) - 1.0);')
    with pytest.raises(RequestError, match=r"mine\.va, module mine uses \$limit"):
        evaluate(limited, {"a": 0.1})


def test_a_module_that_ends_the_simulation_is_a_message() -> None:
    fatal = written('  analog begin if (V(a, c) > 1.0) $fatal(0, "too much"); I(a, c) <+ V(a, c); end')
    assert evaluate(fatal, {"a": 0.5}).resistive[0] == 0.5
    with pytest.raises(RequestError, match=r"asks for the end of the simulation by \$f"):
        evaluate(fatal, {"a": 1.5})


def test_a_hang_is_a_message_and_the_next_request_works() -> None:
    endless = written("""  integer k; real x;
  analog begin x = V(a, c); if (x > 1.0) for (k = 0; k < 2000000000; k = k + 1) x = x + sin(x); I(a, c) <+ x; end""")
    assert evaluate(endless, {"a": 0.5}).resistive[0] == 0.5
    with pytest.raises(SimulationError, match=r"mine\.va, module mine: its compiled code took longer than 0\.5 s"):
        evaluate(endless, {"a": 2.0}, seconds=0.5)
    assert evaluate(endless, {"a": 0.5}).resistive[0] == 0.5


def file_offset(path: Path, address: int) -> int:
    """Where in a file lies what the dynamic linker has put at an address."""
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if line.endswith(str(path))]
    places = [(*(int(one, 16) for one in line[0].split("-")), int(line[2], 16)) for line in lines]
    return next(address - start + offset for start, end, offset in places if start <= address < end)


def symbol_offset(name: str) -> int:
    path = AG2S.object()
    return file_offset(path, ctypes.addressof(ctypes.c_uint32.in_dll(ctypes.CDLL(str(path)), name)))


class Patched(Compiled):
    """AG2S with other machine code at the beginning of its evaluation."""

    def object(self) -> Path:
        return Path(self.file)


def patched(code: bytes, folder: Path) -> Compiled:
    path = AG2S.object()
    descriptor = DescriptorLayout.from_address(
        ctypes.addressof(ctypes.c_char.in_dll(ctypes.CDLL(str(path)), "OSDI_DESCRIPTORS"))
    )
    data, at = bytearray(path.read_bytes()), file_offset(path, descriptor.eval)
    data[at : at + len(code)] = code
    (folder / "broken.osdi").write_bytes(data)
    return Patched(AG2S.text, "ag2s", str(folder / "broken.osdi"))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the machine code is that of x86-64")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("c7042500000000 00000000", "crashed (SIGSEGV)"),  # write to address 0
        ("bf07000000 b8e7000000 0f05", "ended its process with status 7"),  # the system call exit_group(7)
    ],
)
def test_a_crash_is_a_message(code: str, words: str, tmp_path: Path) -> None:
    broken = patched(bytes.fromhex(code), tmp_path)
    assert describe(broken).module == "ag2s"
    with pytest.raises(SimulationError, match=re.escape(words)) as caught:
        evaluate(broken, {"te": 0.1})
    assert str(tmp_path)[:20] in str(caught.value)
    assert "module ag2s" in str(caught.value)
    assert evaluate(AG2S, {"te": 0.1}).resistive.shape == (5,)


def test_what_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.osdi").write_text("no object")
    with pytest.raises(RequestError, match="it is no OSDI object"):
        describe(Patched("", "ag2s", str(tmp_path / "text.osdi")))
    data = AG2S.object().read_bytes()
    old = tmp_path / "old.osdi"
    version = symbol_offset("OSDI_VERSION_MINOR")
    old.write_bytes(data[:version] + b"\x03" + data[version + 1 :])
    with pytest.raises(RequestError, match=r"an OSDI object of version 0\.3; 0\.4 and 0\.5 are read"):
        describe(Patched("", "ag2s", str(old)))
    size = symbol_offset("OSDI_DESCRIPTOR_SIZE")
    old.write_bytes(data[:size] + b"\x10\x02" + data[size + 2 :])
    with pytest.raises(RequestError, match=r"its descriptors have 528 bytes, and those of OSDI 0\.5 360"):
        describe(Patched("x", "ag2s", str(old)))
    with pytest.raises(RequestError, match="it has no module other, but ag2s"):
        describe(Compiled(AG2S.text, "other", "ag2s.va"))

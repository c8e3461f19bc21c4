"""Subcircuits as Verilog-A: the compiled module beside ngspice at random voltages of all nodes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from own_cases import ROOT, THRESHOLD

from pyspice_models.engine.nodal.osdi.evaluable import opened
from pyspice_models.engine.osdi.calls import at_once
from pyspice_models.engine.osdi.cells import CellsInMemory
from pyspice_models.engine.osdi.layout import IN_TIME
from pyspice_models.engine.toolchain.tools import find_ngspice, require
from pyspice_models.foreign.spice.statements import read_spice
from pyspice_models.foreign.spice.subcircuit import subcircuit_in
from pyspice_models.inputs.spice.circuit import Line, Untranslated
from pyspice_models.inputs.spice.flat import flat
from pyspice_models.inputs.spice.statements import statements
from pyspice_models.inputs.spice.verilog_a import Translated, translated

Array = NDArray[np.float64]

FUNCTIONS = (
    "abs(v(a))", "acos(v(b)/3)", "asin(v(b)/3)", "atan(v(a))", "cos(v(a))", "sin(v(a))", "tan(v(a)/2)", "cosh(v(a))",
    "sinh(v(a))", "tanh(v(a))", "asinh(v(a))", "acosh(1+abs(v(a)))", "atanh(v(b)/3)", "exp(10*v(a))", "exp(300)",
    "ln(3+v(a))", "log(3+v(a))", "log10(3+v(a))", "sqrt(3+v(a))", "sgn(v(a))", "u(v(a))", "u2(v(a))", "uramp(v(a))",
    "floor(3*v(a))", "ceil(3*v(a))", "min(v(a),v(b))", "max(v(a),v(b))", "pow(v(a),3)", "pow(v(a),2)", "pwr(v(a),1.5)",
    "v(a)^2", "v(a)**3", "v(a)^1.5", "-v(a)^2", "2-v(a)-v(b)", "v(a)/v(b)/2", "v(a)>v(b) ? v(a) : 2*v(b)",
    "(v(a)>0 && v(b)>0) ? 1 : -1", "(v(a)>0 || v(b)>0) ? 1 : -1", "(v(a)<=v(b)) ? p*v(a) : {2*p}", "twice(v(a),p)",
    "v(a,b)*q", "temper",
)  # fmt: skip
LTSPICE = ("if(v(a)>v(b), v(a), 2)", "limit(v(a), -0.5, 0.5)", "v(a)**3", "v(a)**2.5", "pow(v(a),3)", "(v(a)>0)+v(b)")


def _of(text: str, name: str, folder: Path, dialect: str = "ngspice") -> tuple[Translated, str, str]:
    """The module of a subcircuit, the text that ngspice reads, and how."""
    path = folder / "mine.sub"
    path.write_text(text, encoding="utf-8")
    one = subcircuit_in(read_spice(path), name, dialect)
    lines = [Line(line, "mine.sub") for line in one.text.split("\n") if line]
    return translated(flat(lines, name), "mine", signed_powers=bool(one.behaviour)), one.text, one.behaviour


def _module(of: Translated, volts: dict[str, float], given: dict[str, float]) -> dict[str, float]:
    """Currents out of all nodes at these voltages, time begun."""
    library = opened(of.text, of.module, "mine")
    values = {of.parameters[key]: np.array([value]) for key, value in given.items()}
    cells = CellsInMemory(library, 1, values, 300.15)
    one = library.layout
    names = [(one.nodes[k].name or b"").decode() for k in range(one.nodes_count)]
    v = np.zeros(len(names) + 1)
    for node, volt in volts.items():
        v[names.index(of.nodes[node])] = volt
    f, q, info = np.zeros_like(v), np.zeros_like(v), library.info()
    at_once(library.calls, info, info.view(np.float64), int(cells.inst[0]), int(cells.model[0]), IN_TIME, 1.0, v, f, q)
    return {node: float(f[names.index(own)]) for node, own in of.nodes.items()}


def _ngspice(
    text: str, head: str, nodes: list[str], volts: list[dict[str, float]], folder: Path, behaviour: str
) -> Array:
    """Currents out of these nodes in ngspice, each held by a source, shape (sample, node)."""
    lines = ["random voltages", text, head, *(f"v{k} {node} 0 0" for k, node in enumerate(nodes))]
    lines += [".options gmin=1e-18 reltol=1e-9 abstol=1e-18 temp=27", ".control", "set numdgt=15"]
    for one in volts:
        lines += [f"alter v{k}={one.get(node, 0.0)!r}" for k, node in enumerate(nodes)]
        lines += ["op", "print " + " ".join(f"i(v{k})" for k in range(len(nodes)))]
    deck = folder / "bench.cir"
    deck.write_text("\n".join([*lines, ".endc", ".end", ""]), encoding="utf-8")
    (folder / ".spiceinit").write_text(f"set ngbehavior={behaviour}\n" if behaviour else "", encoding="utf-8")
    done = subprocess.run(
        [require(find_ngspice()), "-b", deck.name], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    found = [float(value) for value in re.findall(r"^i\(v\d+\) = (\S+)", done.stdout, re.MULTILINE)]
    assert len(found) == len(volts) * len(nodes), done.stdout + done.stderr
    return -np.reshape(found, (len(volts), len(nodes)))


@pytest.mark.parametrize(("functions", "dialect"), [(FUNCTIONS, "ngspice"), (LTSPICE, "ltspice")])
def test_functions_are_those_of_ngspice(functions: tuple[str, ...], dialect: str, tmp_path: Path) -> None:
    body = "\n".join(f"b{k} 0 o{k} i={one}\nr{k} o{k} 0 1" for k, one in enumerate(functions))
    text = f".func twice(x,y) {{2*x+y}}\n.subckt mine a b params: p=1.5\n.param q={{p*p}}\n{body}\n.ends\n"
    of, read, behaviour = _of(text, "mine", tmp_path, dialect)
    outputs = [f"o{k}" for k in range(len(functions))]
    random = np.random.default_rng(3)
    volts = [dict(zip("ab", random.uniform(-1.5, 1.5, 2).tolist(), strict=True)) for _ in range(12)]
    nodes = ["a", "b", *(f"x1.{node}" for node in outputs)]
    there = _ngspice(read, "x1 a b mine", nodes, volts, tmp_path, behaviour)[:, 2:]
    here = np.array([[_module(of, one, {})[node] for node in outputs] for one in volts])
    for k, function in enumerate(functions):
        assert here[:, k] == pytest.approx(there[:, k], rel=1e-9, abs=1e-15), function


CELLS = {
    "threshold_cell": (THRESHOLD, "ltspice", {"r_on": 3e4}),
    "ag2s": (ROOT / "netlists" / "ag2s.lib", "", {"w0": 0.3, "area": 1e-11}),
    "gap": (ROOT / "netlists" / "gap.lib", "", {}),
    "vteam": (ROOT / "netlists" / "vteam.lib", "", {}),
    "selector": (ROOT / "netlists" / "selector.lib", "", {}),
    "transistor": (ROOT / "netlists" / "transistor.lib", "", {"swing": 0.08}),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_cells_are_those_of_ngspice(name: str, tmp_path: Path) -> None:
    path, dialect, given = CELLS[name]
    text, behaviour = path.read_text(encoding="utf-8"), ""
    if dialect:
        of, text, behaviour = _of(text, name, tmp_path, dialect)
    else:
        of = translated(flat(_lines(text), name), "mine", signed_powers=False)
    ports = flat(_lines(text), name).ports
    random = np.random.default_rng(5)
    inner = [node for node in of.nodes if node not in ports and not _held_by_a_source(text, node)]
    nodes = [*ports, *(f"x1.{node}" for node in inner)]
    volts = [dict(zip([*ports, *inner], random.uniform(-0.4, 0.6, len(nodes)).tolist(), strict=True)) for _ in range(8)]
    held = [{own: one[node] for own, node in zip(nodes, [*ports, *inner], strict=True)} for one in volts]
    values = " ".join(f"{key}={value!r}" for key, value in given.items())
    there = _ngspice(text, f"x1 {' '.join(ports)} {name} {values}", nodes, held, tmp_path, behaviour)
    found = [_module(of, one, given) for one in volts]
    here = np.array([[one[node] for node in [*ports, *inner]] for one in found])
    for k, node in enumerate([*ports, *inner]):
        if re.search(rf"(?im)^i\S+ 0 {re.escape(node)} dc 0 pwl", text):
            continue  # begins with the time, and an operating point has none
        # a source of a simulator carries its last digits, of the largest current in the circuit
        assert here[:, k] == pytest.approx(there[:, k], rel=1e-6, abs=1e-13 * np.abs(there).max()), node


def _lines(text: str) -> list[Line]:
    return [Line(one.text, str(one.line)) for one in statements(text, "mine")]


def _held_by_a_source(text: str, node: str) -> bool:
    return re.search(rf"(?im)^[ve]\S*\s+{re.escape(node)}\s+0\s", text) is not None


REFUSED = (
    ("d1 a b dd\n.model dd d", "line 2.*element d1"), ("b1 a b i=foo(v(a))", r"line 2.*foo\(\) with 1 values"),
    ("b1 a b i=time", "line 2.*asks for the time"), ("b1 a b i=v(a)*zz", "line 2.*'zz' is no parameter"),
    ("b1 a b i=v(a)*", "line 2.*stands where a value is missing"), ("k1 l1 l2 0.5", "line 2.*element k1"),
    ("r1 a b 1k tc1=1e-3", "line 2.*parameter tc1 of r1"), ("v1 a b sin(0 1 1k)", "line 2"),
    ("x1 a b other", "line 2.*no subcircuit"), (".param a={b} b={a}", "line 2.*needs itself"),
    ("e1 a b poly(1) a b 0 1", "line 2.*kind that has no"), ("i1 a b pwl(0 0 1u 1)", "line 2.*later than 1 ps"),
    ("r1 a b 0", "line 2.*no resistance"), ("c1 a b c=v(a)*1p", "line 2.*follows voltages"),
)  # fmt: skip


@pytest.mark.parametrize(("body", "message"), REFUSED)
def test_what_has_no_translation_is_refused_by_name_and_line(body: str, message: str) -> None:
    lines = [Line(line, f"line {k}") for k, line in enumerate([".subckt mine a b", *body.split("\n"), ".ends"], 1)]
    with pytest.raises(Untranslated, match=message):
        translated(flat(lines, "mine"), "mine", signed_powers=False)


def test_subcircuits_of_subcircuits_have_their_own_names(tmp_path: Path) -> None:
    """Parameters, functions and nodes of each place, and what is given from outside."""
    text = """
.param scale=2
.subckt inner p q params: g=1e-6 k={scale*g}
.func f(x) {k*x}
b1 p m i=f(v(p,m))
r1 m q {1/g}
.ends
.subckt mine a b params: g=3e-6
x1 a c inner g={g*scale}
x2 c b inner
b1 a b i=g*pwr(v(a,b),2)*scale
.ends
"""
    of, read, behaviour = _of(text, "mine", tmp_path)
    volts = {"a": 0.3, "b": -0.1, "c": 0.05, "x1.m": 0.2, "x2.m": 0.0}
    nodes = ["a", "b", "x9.c", "x9.x1.m", "x9.x2.m"]
    held = [dict(zip(nodes, volts.values(), strict=True))]
    there = _ngspice(read, "x9 a b mine g=5e-6", nodes, held, tmp_path, behaviour)
    here = _module(of, volts, {"g": 5e-6})
    assert [here[node] for node in volts] == pytest.approx(there[0], rel=1e-9, abs=1e-18)


def test_what_would_never_end_is_refused() -> None:
    """Brackets, sums and functions without end; subcircuits that multiply."""
    many = "\n".join(f".func f{k}(x) {{f{k - 1}(x)+f{k - 1}(x)+f{k - 1}(x)+f{k - 1}(x)}}" for k in range(1, 15))
    grown = "\n".join(f".subckt s{k} a b\n" + "\n".join(f"x{m} a b s{k - 1}" for m in range(9)) + "\n.ends"
                      for k in range(1, 12))  # fmt: skip
    for text, message in (
        (f".subckt mine a b\nb1 a b i={'(' * 5000}1{')' * 5000}\n.ends", "brackets stand in each other"),
        (f".subckt mine a b\nb1 a b i={'-' * 5000}1\n.ends", "signs stand in a row"),
        (f".subckt mine a b\nb1 a b i=1{'+v(a)' * 5000}\n.ends", "terms stand in each other"),
        (f".func f0(x) {{x}}\n{many}\n.subckt mine a b\nb1 a b i=f14(v(a))\n.ends", "write out to more than"),
        (".func f(x) {f(x)}\n.subckt mine a b\nb1 a b i=f(1)\n.ends", "calls itself"),
        (f".subckt s0 a b\n.ends\n{grown}\n.subckt mine a b\nx1 a b s11\n.ends", "more than 2000 subcircuits"),
        (".subckt mine a b\nx1 a b mine\n.ends", "contains itself"),
    ):  # fmt: skip
        with pytest.raises(Untranslated, match=message):
            flat([Line(line, f"line {k}") for k, line in enumerate(text.split("\n"), 1)], "mine")

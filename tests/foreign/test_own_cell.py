"""A file of one's own as a cell: what is read of it, how decks hold it, and what is refused by name."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_cases import AG2S_AS_FOREIGN, CLOSED, GAP, GAP_CELL, STUDIES, THRESHOLD, THRESHOLD_CELL, tables

from pyspice_models import Crossbar, foreign_cell, load_study, model_of, study_from, write_study
from pyspice_models.array.variability import sample_array, sample_cycles
from pyspice_models.errors import RequestError
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.foreign.edits import with_instance_parameters
from pyspice_models.inputs.spice.numbers import spice_number
from pyspice_models.netlist import crossbar_deck
from pyspice_models.stimulus import Read, schedule
from pyspice_models.study.identity import identity
from pyspice_models.study.tables.declared import quantity_at


def test_a_verilog_a_file_says_its_parameters_and_nodes() -> None:
    cell = foreign_cell(GAP, states={"closed": CLOSED}, r_on="20 kohm")
    model = model_of(cell)
    assert cell.as_dict()["r_on"] == 2e4
    assert model.name == "gap_cell"
    assert model.terminals == ("top", "bottom")
    assert model.parameters.quantities()["r_on"].unit == "ohm"
    assert model.parameters.quantities()["r_on"].about == "resistance of the closed gap"
    assert model.level == "closed"
    assert model.initial == ("gap0",)
    assert cell.as_dict()["gap0"] == pytest.approx(0.1, rel=1e-9, abs=0), "a start of 0.9 nm on a scale from 1 nm to 0"
    assert model.forms == ("osdi", "veriloga")
    again = pickle.loads(pickle.dumps(cell))
    assert again == cell
    assert type(again) is type(cell)
    bar = Crossbar(2, 2, cell=cell)
    assert pickle.loads(pickle.dumps(bar)) == bar


def test_decks_hold_it_in_its_own_spelling_and_scale(tmp_path: Path) -> None:
    path = tmp_path / "odd.va"
    path.write_text(
        '`include "disciplines.vams"\nmodule Odd(N, monitor, P);\n'
        "  inout N, monitor, P; electrical N, monitor, P, gap;\n"
        "  parameter real Ron = 1e3 from (0:inf);\n  parameter real lambda = 1;\n"
        '  (* desc="start" *) parameter real G0 = 2;\n'
        "  analog begin\n    I(P, N) <+ V(P, N)/Ron*lambda;\n    I(monitor) <+ 1e-6*(V(monitor) - V(gap));\n"
        "    if ($abstime <= 0) I(gap) <+ 1e-3*(V(gap) - G0);\n    I(gap) <+ ddt(1e-9*V(gap));\n  end\nendmodule\n"
    )
    with pytest.raises(RequestError, match=r"cell\.terminals is missing: Odd has the ports N, monitor, P\. Name two"):
        foreign_cell(path)
    state = {"node": "gap", "initial": "G0", "zero": 2.0, "one": 1.0}
    cell = foreign_cell(path, terminals=["P", "N"], states={"g": state}, lambda_=3, Ron="2k")
    assert "lambda_" in cell.as_dict(), "a word of Python gets an underscore"
    bar = Crossbar(1, 2, cell=cell).with_states(g=np.array([[0.0, 0.25]]))
    deck = crossbar_deck(bar, schedule(bar, [Read(0, 0)]))
    assert ".model odd_cell odd\n+ ron=2000\n+ lambda=3\n+ g0=2\n" in deck.text
    assert "n_0_1 bl_0_1 port_0_1_monitor wl_0_1 odd_cell g0=1.75" in deck.text, "ports in the module's order"
    assert "inside gap" in deck.probes
    assert list(deck.probes["inside monitor"]) == ["v(port_0_0_monitor)", "v(port_0_1_monitor)"]
    assert '(* type="instance" *) parameter real Ron' in deck.source("odd")
    assert "made instance parameters of Ron, lambda, G0" in model_of(cell).notes[0]
    for dialect in ("spectre", "vacask"):
        text = crossbar_deck(bar, schedule(bar, [Read(0, 0)]), form="osdi" if dialect == "vacask" else "veriloga",
                             dialect_name=dialect, by_name=dialect == "vacask").text  # fmt: skip
        assert "(bl_0_1 port_0_1_monitor wl_0_1) odd_cell g0=1.75" in text


def test_the_edit_leaves_everything_else_alone() -> None:
    text = (
        '// parameter real no = 1;\n(* desc="a (* b" *) parameter real a = 1;\nparameter integer n = 2;\n'
        "localparam real c = 3;\n"
        '(* type="model" *) parameter real m = 1;\n(* *) parameter real e = 1; /* parameter real x = 1; */\n'
    )
    edited, names = with_instance_parameters(text)
    assert names == ("a", "n", "e")
    assert edited.count("\n") == text.count("\n")
    assert '(* type="instance", desc="a (* b" *) parameter real a' in edited
    assert '(* type="instance" *) parameter integer n' in edited
    assert edited.count("instance") == 3
    assert with_instance_parameters(edited) == (edited, ())


def test_a_subcircuit_gets_safe_edits_each_announced(tmp_path: Path) -> None:
    path = tmp_path / "hp.sub"
    path.write_text(
        "* after others\n.SUBCKT hp plus minus x PARAMS:\n+ Ron=1K Roff=100K Rinit={Roff/2}\n.params p=2 q={p+1}\n"
        "Gx 0 x value={I(Em)*1e5*f(V(x),p)} ; moves\nCx x 0 1 IC={(Roff-Rinit)/(Roff-Ron)}\nRaux x 0 1T\n"
        "Em plus aux value={-I(Em)*V(x)*(Roff-Ron)*stp(1)}\nRoff1 aux gnd! {Roff}\n"
        ".param f(x,p)={1-(2*x-1)**(2*p)}\n.ENDS hp\n.backanno\n"
    )
    cell = foreign_cell(path, terminals=["plus", "minus"], dialect="hspice", Ron="2k")
    assert cell.as_dict() == {"Ron": 2000.0, "Roff": 1e5, "p": 2.0}
    notes = "\n".join(model_of(cell).notes)
    for told in (
        "hp.sub, line 4: p moved to the header of hp",
        "line 6: IC={(Roff-Rinit)/(Roff-Ron)} of Cx is written .ic v(x)=",
        "line 8: stp() is written u()", "line 9: gnd! is written 0", "line 10: the function f stands in .func",
    ):  # fmt: skip
        assert told in notes
    bar = Crossbar(1, 1, cell=cell)
    deck = crossbar_deck(bar, schedule(bar, [Read(0, 0)]), form="subckt")
    assert ".ic v(x)={(Roff-Rinit)/(Roff-Ron)}\n" in deck.text
    assert "vsense top inside 0\nxcell inside bottom open_x hp ron={ron} roff={roff} p={p}\n" in deck.text
    assert ".backanno" not in deck.text
    assert list(deck.probes["i_cell"]) == ["i(v.x_0_0.vsense)"]
    assert deck.behaviour == ""
    with pytest.raises(RequestError, match=r"a netlist for ltspice cannot express the subcircuit hp of a user"):
        crossbar_deck(bar, schedule(bar, [Read(0, 0)]), form="subckt", dialect_name="ltspice")
    with pytest.raises(RequestError, match=r"form = 'osdi' is refused; allowed: one of subckt"):
        crossbar_deck(bar, schedule(bar, [Read(0, 0)]), form="osdi")


def test_spice_numbers() -> None:
    given = {
        "1k": 1e3,
        "1Meg": 1e6,
        "0.1u": 1e-7,
        "10nF": 1e-8,
        "1e-3": 1e-3,
        "2.5e3k": 2.5e6,
        "{5m}": 5e-3,
        "'1T'": 1e12,
    }
    assert {text: spice_number(text) for text in given} == given
    assert spice_number("{a+1}") is None
    assert spice_number("1e999") is None


def test_a_study_of_it_is_written_with_its_file_and_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "part.inc").write_text("  parameter real k = 5;\n")
    text = GAP.read_text().replace("  real v, held", '`include "part.inc"\n  real v, held')
    (folder / "my.va").write_text(text)
    cell = {**GAP_CELL, "verilog_a": "my.va", "parameters": {"k": {"unit": "m", "spread": 0.1}}, "k": "5 mm"}
    study = study_from(tables(cell), folder=folder)
    key = content_key(identity(study))
    assert study.title == "gap_cell crossbar, study"
    assert study.crossbar.cell.as_dict()["k"] == 5e-3
    written = write_study(study, tmp_path)
    (folder / "my.va").write_text(text.replace("pow(10.0", "pow(9.0"))
    assert load_study(written) == study, "the text that was read is the text that is run"
    assert content_key(identity(load_study(written))) == key
    assert content_key(identity(study_from(tables(cell), folder=folder))) != key, "another text is another cell"
    assert "5.0e-3  # m" in written.read_text() or "k = 0.005  # m" in written.read_text()
    assert quantity_at(load_study(written).settings, "cell.r_on").unit == "ohm"
    again = load_study(written, ["cell.r_on=1 kohm"])
    assert again.crossbar.cell.as_dict()["r_on"] == 1e3


def test_declared_spreads_move_cells_and_cycles() -> None:
    cell = foreign_cell(GAP, parameters={"r_on": {"spread": 0.1}, "speed": {"cycle_spread": 0.2}})
    drawn = sample_array(cell, (40, 50), 1)
    assert set(drawn) == {"r_on"}
    assert np.std(np.log(drawn["r_on"])) == pytest.approx(0.1, rel=0.05, abs=0)
    assert np.median(drawn["r_on"]) == pytest.approx(1e4, rel=0.02, abs=0)
    assert set(sample_cycles(cell, 10, 1)) == {"speed"}
    with pytest.raises(RequestError, match="states no spread"):
        sample_array(foreign_cell(GAP), (1, 1), 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"module": "other"}, r"module = 'other' is refused; allowed: one of gap_cell"),
        ({"terminals": ["top", "middle"]}, r"cell\.terminals = 'middle' is refused; allowed: a port of gap_cell"),
        ({"terminals": ["top"]}, r"cell\.terminals = \['top'\] is refused; allowed: two different ones"),
        ({"terminals": 3}, r"cell\.terminals = 3 is refused"),
        ({"r_onn": 1}, r"unknown key 'r_onn' in \[cell\]; did you mean 'r_on'\?"),
        ({"r_on": "1 V"}, r"cell\.r_on = '1 V' is refused"),
        ({"parameters": {"ron": {}}}, r"unknown key 'ron' in \[cell\.parameters\]; did you mean 'r_on'\?"),
        ({"parameters": {"r_on": {"spred": 1}}}, r"unknown key 'spred' in \[cell\.parameters\.r_on\]"),
        ({"parameters": {"r_on": {"spread": 2}}}, r"cell\.parameters\.r_on\.spread = 2\.0 is refused; allowed: >= 0"),
        ({"parameters": {"r_on": {"low": "20 kohm"}}}, r"cell\.parameters\.r_on = 10000\.0 ohm is refused"),
        ({"states": {"w": {"node": "gab", "initial": "gap0"}}}, r"w\.node = 'gab' is refused; .* Did you mean 'gap'"),
        ({"states": {"w": {"node": "gap"}}}, r"cell\.states\.w\.initial is missing"),
        ({"states": {"w": {"node": "gap", "initial": "g0"}}}, r"w\.initial = 'g0' is refused; allowed: a parameter of"),
        ({"states": {"w": {"node": "gap", "initial": "gap0", "one": 0}}}, r"w\.one = 0\.0 is refused; allowed: an"),
        ({"states": {"v_word": {"node": "gap", "initial": "gap0"}}}, r"states\.v_word = 'v_word' is refused"),
        ({"states": {"closed": CLOSED}, "gap0": 2}, r"cell\.gap0 = 2\.0 is refused; allowed: >= 0 and <= 1"),
        ({"level": "w"}, r"cell\.level = 'w' is refused"),
        ({"read_voltage": 0}, r"cell\.read_voltage = 0\.0 V is refused"),
        ({"dialect": "ltspice"}, r"cell\.dialect is of subcircuits"),
        ({"model": "ag2s"}, r"cell\.verilog_a and cell\.model contradict each other"),
        ({"subckt": "a.sub"}, r"cell\.verilog_a and cell\.subckt contradict each other"),
        ({"verilog_a": "none.va"}, r"none\.va cannot be read"),
        ({"verilog_a": 3}, r"cell\.verilog_a = 3 is refused; allowed: text"),
    ],
)  # fmt: skip
def test_what_the_file_does_not_bear_out_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        study_from(tables({"verilog_a": str(GAP)} | change))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("threshold_cell", "ag2s_select", r"my\.sub, line 2: the subcircuit 'ag2s_select' cannot keep its name"),
        ("Rw w 0 1e15", ".control\nshell rm\n.endc", r"my\.sub, line 7: a statement that could run a command"),
        ("Rw w 0 1e15", ".tran 1n 1u", r"my\.sub, line 7: \.tran is no part of a model"),
        (".ends", "", r"a subcircuit has no \.ends"),
        (".ends", ".ends\nR1 a b 1", r"my\.sub, line 9: an element outside of every subcircuit"),
        ("Rw w 0 1e15", "Aw w 0 gain", r"my\.sub, line 7: an element 'aw' of a kind"),
        ("Rw w 0 1e15", ".include ../../etc/x.inc", r"line 7: the include file '\.\./\.\./etc/x\.inc' leaves the f"),
        ("Rw w 0 1e15", "Rx w 0 R=sdt(V(w))", r"line 7: an integral stands outside of a source"),
        ("Cw w 0 1n", "Cw w top 1n", r"line 6: IC= on the capacitor Cw between two nodes"),
    ],
)  # fmt: skip
def test_what_no_model_holds_is_refused_with_its_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    (tmp_path / "my.sub").write_text(THRESHOLD.read_text().replace(old, new))
    with pytest.raises(RequestError, match=reason):
        study_from(tables({"subckt": "my.sub"}), folder=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("module gap_cell", "module memristor", r"my\.va, line 6: the module 'memristor' cannot keep its name: ng"),
        ("module gap_cell", "module Selector", r"the module 'Selector' cannot keep its name: the package has one"),
        ("module gap_cell", "modul gap_cell", r"my\.va has no module of Verilog-A"),
        ("real v, held", '`include "../part.inc"\n  real v, held', r"line 24: the include file '\.\./part\.inc' "),
        ("real v, held", '`include "part.inc"\n  real v, held', r"line 24: the include file 'part\.inc' is not there"),
        ("parameter real decade", "parameter real R_ON = 1;\n parameter real decade", r"r_on and R_ON differ by"),
        ("endmodule", "endmodule\nmodule b(c, d); inout c, d; electrical c, d; endmodule", r"has 2 modules: gap"),
    ],
)  # fmt: skip
def test_names_and_includes_that_cannot_be_are_refused_with_their_line(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    (tmp_path / "my.va").write_text(GAP.read_text().replace(old, new))
    with pytest.raises(RequestError, match=reason):
        study_from(tables({"verilog_a": "my.va"}), folder=tmp_path)


def test_without_states_there_are_no_levels() -> None:
    bare = {"verilog_a": str(GAP)}
    with pytest.raises(RequestError, match=r"the cell 'gap_cell' declares no state: it has no levels"):
        study_from(tables(bare))
    study = study_from({**tables(bare), "array": {"rows": 1, "cols": 1}, "program": [{"do": "read"}]})
    assert study.crossbar.model.states == ()
    assert study_from(tables(THRESHOLD_CELL)).form == "subckt", "the only form that it has"
    with pytest.raises(RequestError, match=r"form = 'osdi' is refused"):
        replace(study_from(tables(THRESHOLD_CELL)), form="osdi")


def test_its_equations_are_those_of_the_built_in_cell_that_was_handed_over() -> None:
    volts, w, x = np.array([-0.2, 0.005, 0.1])[:, None], np.array([0.1, 0.9]), np.array([0.1, 0.4])
    foreign = study_from(tables(AG2S_AS_FOREIGN)).crossbar.replace(rows=1, cols=1, per_cell={})
    built_in = Crossbar(1, 1)
    for name in ("conductance", "current"):
        ours, theirs = (getattr(bar.model.solved(bar.cell, 300.0, asked="a test"), name)(volts, w, x)
                        for bar in (built_in, foreign))  # fmt: skip
        np.testing.assert_allclose(theirs, ours, rtol=1e-9)
    ours, theirs = (bar.model.solved(bar.cell, 300.0, asked="a test") for bar in (built_in, foreign))
    for mine, its in zip(ours.rates(0.25, w, x), theirs.rates(0.25, w, x), strict=True):
        np.testing.assert_allclose(its, mine, rtol=1e-6)
    assert float(theirs.c_geo) == pytest.approx(float(ours.c_geo), rel=1e-9, abs=0)
    pulse = [0, 1e-8, 1e-6, 1.01e-6], [0, 0.3, 0.3, 0]
    given = {"w0": w, "x0": x}
    for mine, its in zip(
        built_in.model.alone(built_in.cell, given, *pulse),
        foreign.model.alone(foreign.cell, given, *pulse),
        strict=True,
    ):
        np.testing.assert_allclose(its, mine, rtol=2e-4, atol=1e-7)


def test_parameters_differ_over_cells_in_its_equations() -> None:
    bar = study_from(tables(GAP_CELL)).crossbar
    r_on = np.array([[1e4, 2e4, 3e4], [4e4, 5e4, 6e4]])
    own = bar.replace(per_cell={"r_on": r_on})
    np.testing.assert_allclose(own.conductance(0.1, 1.0), 1 / r_on, rtol=1e-9)
    np.testing.assert_allclose(own.conductance(0.0, 1.0), 1 / r_on, rtol=1e-9)
    np.testing.assert_allclose(
        own.conductance(np.full((4, 1, 1), 0.1), np.full((4, 2, 3), 0.5)), 0.1 / np.stack([r_on] * 4)
    )


def test_shipped_studies_of_own_cells_load() -> None:
    for name, kind in (("own_cell", "verilog_a"), ("own_subckt", "subckt")):
        study = load_study(STUDIES / f"{name}.toml")
        assert study.crossbar.model.words[kind]
        assert model_of(study.crossbar.cell).spread is not None

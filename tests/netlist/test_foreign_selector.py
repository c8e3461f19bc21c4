"""Selectors from a user's own Verilog-A, in arrays that two simulators run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyspice_models import (
    Crossbar,
    RequestError,
    Study,
    ThresholdParams,
    ToolError,
    Write,
    crossbar_deck,
    crossbar_subcircuit,
    dialect_names,
    foreign_selector,
    load_study,
    pattern,
    run_study,
    write_study,
)
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.study.identity import identity
from pyspice_models.study.tables.source import Source

OWN = verilog_a_source("selector").replace("module selector(a, b)", "module my_switch(a, b)")
OTHER_WAY = OWN.replace("my_switch(a, b)", "my_switch(b, a)")
MODULE = """`include "constants.vams"
`include "disciplines.vams"
module {name}({ports});
  inout {ports}; electrical {ports};
  parameter real g = 1e-6 from (0:inf);
  analog I(a, b) <+ g*V(a, b)*(1 + V(a, b)*V(a, b));
endmodule
"""


def _file(folder: Path, text: str = OWN, name: str = "my_selector.va") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _study(selector, size: int = 4, **words: object) -> Study:
    bar = Crossbar(size, size, selector=selector, per_cell={"w0": pattern("checkerboard", (size, size))})
    return Study("own", bar, [Write(1, 2, voltage=0.6)], **words)


def test_the_own_selector_handed_over_as_a_file_gives_the_same(tmp_path: Path) -> None:
    """ngspice and VACASK; whichever way round the module has its terminals."""
    assert "my_switch" in OWN
    for engine, text in (("ngspice", OWN), ("vacask", OTHER_WAY)):
        known = run_study(_study(ThresholdParams(v_th=0.25, c_sel=0), engine=engine))
        given = foreign_selector(_file(tmp_path, text), terminals="a b", parameters={"v_th": "0.25 V", "c_sel": 0})
        assert given.swapped == (text is OTHER_WAY)
        outcome = run_study(_study(given, engine=engine))
        assert outcome.measures.keys() == known.measures.keys()
        for name in ("energy_per_switch", "energy_selected_cell", "energy_half_selected", "state_change"):
            assert outcome.measures[name].value == pytest.approx(known.measures[name].value, rel=1e-3, abs=0), name
        assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
        ours, theirs = (float(one.dataset.p_selector.max()) for one in (known, outcome))
        assert theirs == pytest.approx(ours, rel=0.02, abs=0)


def test_a_one_sided_selector_stands_the_way_that_is_asked_for(tmp_path: Path) -> None:
    text = MODULE.format(name="diode_like", ports="a, b").replace("(1 + V(a, b)*V(a, b))", "(1 + tanh(V(a, b)/0.1))")
    forth, back = (
        run_study(_study(foreign_selector(_file(tmp_path, text), terminals=order))).measures["energy_selected_cell"]
        for order in ("a b", "b a")
    )
    assert forth.value > 2 * back.value


def test_a_study_carries_the_file(tmp_path: Path) -> None:
    source = tmp_path / "from"
    source.mkdir()
    _file(source, '`include "in.inc"\n')
    _file(source, OWN, "in.inc")
    (source / "s.toml").write_text(
        '[array]\nrows = 2\ncols = 2\n[selector]\nverilog_a = "my_selector.va"\nparameters = {v_th = "0.3 V"}\n'
        '[[program]]\ndo = "read"\n'
    )
    study = load_study(source / "s.toml")
    first = write_study(study, tmp_path / "one")
    Source.of(source / "s.toml").write(tmp_path / "two", "simulate")
    for file in (first, tmp_path / "two" / "study.toml"):
        assert load_study(file).crossbar == study.crossbar
        assert [path.name for path in (file.parent / "study-inputs").iterdir()] == ["my_selector.va"]
    assert identity(load_study(first)) == identity(study)
    assert dict(load_study(first, ["selector.parameters.v_th=0.2"]).crossbar.selector.parameters) == {"v_th": 0.2}
    _file(source, OWN.replace("g_off = 1e-11", "g_off = 1e-12"), "in.inc")
    assert identity(load_study(source / "s.toml")) != identity(study)


def test_decks_of_every_form_that_takes_verilog_a_name_the_module(tmp_path: Path) -> None:
    study = _study(foreign_selector(_file(tmp_path), parameters={"v_th": 0.3}))
    for name in dialect_names():
        form = {"ngspice": "osdi", "vacask": "osdi"}.get(name, "veriloga")
        if name in ("xyce", "ltspice", "neospice"):
            with pytest.raises(RequestError, match=rf"a netlist for {name} cannot express the Verilog-A selector"):
                crossbar_deck(study.crossbar, study.schedule(), dialect_name=name, form="subckt").text  # noqa: B018
            continue
        deck = crossbar_deck(study.crossbar, study.schedule(), dialect_name=name, form=form)
        assert "my_switch" in deck.models
        assert deck.source("my_switch") == OWN
        assert "my_switch" in deck.text
        assert "v_th=0.3" in deck.text
    assert "my_switch" in crossbar_subcircuit(study.crossbar).raw_spice


@pytest.mark.parametrize(
    ("text", "values", "reason"),
    [
        (OWN, {"module": "other"}, r"module = 'other' is refused; allowed: one of my_switch, in my_selector\.va"),
        (OWN, {"terminals": "a c"}, r"selector\.terminals = 'a c' is refused; allowed: the two of the module, a b"),
        (OWN, {"parameters": {"v_t": 1}}, r"v_t: the module my_switch of my_selector\.va has no such .* v_th"),
        (OWN, {"parameters": {"v_th": "1 A"}}, r"selector\.parameters\.v_th"),
        (OWN, {"parameters": {"v_th": -1}}, r"selector\.parameters\.v_th = -1\.0 V is refused; allowed: from \("),
        (OWN, {"parameters": 1}, r"selector\.parameters must be a table"),
        (OWN, {"v_th": 1}, r"unknown key 'v_th' in \[selector\]"),
        (MODULE.format(name="m", ports="a, b, c"), {}, r"the module m has 3 terminals \(a, b, c\); a selector has two"),
        (MODULE.format(name="memristor", ports="a, b"), {}, r"module = 'memristor' is refused; .* a simulator"),
        (MODULE.format(name="selector", ports="a, b"), {}, r"module = 'selector' is refused; .* this package"),
        (OWN + MODULE.format(name="m", ports="a, b"), {}, r"has 2 modules: my_switch, m\. Name one of them"),
        ("nothing", {}, r"has no module of Verilog-A"),
        ('`include "../x.va"\n', {}, r"line 1: the include file '\.\./x\.va' leaves the folder"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(tmp_path: Path, text: str, values: dict[str, object], reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        foreign_selector(_file(tmp_path, text), **values)


LATCH = MODULE.replace(
    "analog I(a, b) <+ g*V(a, b)*(1 + V(a, b)*V(a, b));",
    """integer on; real seen, set;
  analog begin
    seen = V(a, b);
    set = 0.3;
    if (seen > set) on = 1; else if (seen < 0.1) on = 0;
    I(a, b) <+ (on ? 100*g : g)*V(a, b);
  end""",
).format(name="latch", ports="a, b")


def test_a_variable_that_should_keep_its_value_is_named(tmp_path: Path) -> None:
    """Between the two voltages it counts on what it was before; assigned in every case it is no memory."""
    with pytest.raises(RequestError, match=r"my_selector\.va, line 6: the variable on is read before it has a value"):
        foreign_selector(_file(tmp_path, LATCH))
    every = LATCH.replace("else if (seen < 0.1) on = 0;", "else on = 0;")
    assert foreign_selector(_file(tmp_path, every)).module == "latch"


def test_what_does_not_compile_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"does not compile|error"):
        foreign_selector(_file(tmp_path, MODULE.format(name="m", ports="a, b").replace("analog", "analogue")))


def test_a_form_refuses(tmp_path: Path) -> None:
    given = foreign_selector(_file(tmp_path))
    with pytest.raises(RequestError, match=r"beside a cell of form subckt: take the form osdi"):
        run_study(_study(given, form="subckt"))

"""What a study says of a user's file and the file does not bear out: exit status 2, and the line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from own_cases import STUDIES
from typer.testing import CliRunner

from pyspice_models import sweep
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.inputs.toml_lines import key_of, line_of

HEAD = "[array]\nrows = 2\ncols = 2\n[[program]]\ndo = 'read'\nrow = 0\n"
GAP, SUB = '[cell]\nverilog_a = "models/gap_cell.va"\n', '[cell]\nsubckt = "models/threshold_cell.sub"\n'
CARD = '[transistor]\nmodel = "models/generic180.lib"\nname = "nfet180"\n'
SELECTOR = '[selector]\nverilog_a = "models/my_selector.va"\n'
AT = HEAD.count("\n")

CASES = {
    "no file": ('[cell]\nverilog_a = "models/none.va"', r"none\.va cannot be read", 2),
    "no module": (GAP + 'module = "other"', r"cell\.module = 'other' is refused; allowed: one of gap_cell", 3),
    "no subcircuit": (SUB + 'module = "other"', r"cell\.module = 'other' is refused; .* threshold_cell", 3),
    "terminal": (GAP + 'terminals = ["top", "x"]', r"cell\.terminals = 'x' is refused; allowed: a port of gap_cell", 3),
    "parameter": (GAP + "r_onn = 3", r"unknown key 'r_onn' in \[cell\]; did you mean 'r_on'\?", 3),
    "declared parameter": (GAP + "[cell.parameters.x]\nspread = 0.1", r"unknown key 'x' in \[cell\.parameters\]", 3),
    "unit": (GAP + 'r_on = "5 V"', r"cell\.r_on = '5 V' is refused; allowed: a number in ohm", 3),
    "range": (GAP + 'r_on = "-5 ohm"', r"cell\.r_on = -5\.0 ohm is refused; allowed: from \(0:inf\) ohm", 3),
    "node": (GAP + 'states.w = { node = "x", initial = "gap0" }', r"w\.node = 'x' is refused; allowed: a node in", 3),
    "end of a scale": (
        GAP + "[cell.states.w]\nnode = 'gap'\ninitial = 'gap0'\none = 7.0",
        r"cell\.states\.w\.one = 7\.0 nm is refused; allowed: from \[0:1\] nm", 6,
    ),
    "changed": (GAP + 'checked = "0123456789abcdef"', r"cell\.checked .* is another one than `ag2s cell check`", 3),
    "section": (CARD + 'section = "xx"', r"generic180\.lib has no section 'xx'; there are: tt, ss, ff, devices", 4),
    "transistor": (CARD + 'section = "tt"\ninstance.zz = 1', r"transistor\.instance\.zz: .* has no parameter zz", 5),
    "no card": (CARD.replace("nfet180", "nfet") + 'section = "tt"', r"transistor\.name = 'nfet' is refused", 3),
    "selector's module": (SELECTOR + 'module = "x"', r"selector\.module = 'x' is refused; allowed: one of my_sel", 3),
    "selector's parameter": (SELECTOR + "parameters.x = 1", r"selector\.parameters\.x: .* it has c, g_high, g_low", 3),
    "selector's range": (SELECTOR + "parameters.v_on = -1", r"v_on = -1\.0 V is refused; allowed: from \(0:inf\) V", 3),
}  # fmt: skip

FILES = {
    "include": (GAP, "gap_cell.va", ("real v, held", '`include "../x.va"\n  real v, held'),
                r"gap_cell\.va, line 24: the include file '\.\./x\.va' leaves the folder models"),
    "name": (GAP, "gap_cell.va", ("module gap_cell", "module memristor"), r"gap_cell\.va, line 6: the module 'memri"),
    "model": (SUB, "threshold_cell.sub", (".subckt", ".model selector d\n.subckt"), r"line 2: the model 'selector'"),
    "function": (SUB, "threshold_cell.sub", (".subckt", ".func soft_bound(a) {a}\n.subckt"), r"line 2: the function"),
    "the array's": (SUB + 'module = "threshold_cell"', "threshold_cell.sub",
                    (".ends", ".ends\n.subckt threshold_cell_cell a b\nr1 a b 1\n.ends"),
                    r"line 9: the subcircuit 'threshold_cell_cell' has the name that the array gives to the cell"),
    "a selector's": (GAP + SELECTOR, "my_selector.va", ("module my_selector", "module GAP_cell"),
                     r"my_selector\.va, line \d+ defines 'gap_cell', and so does gap_cell\.va, line 6"),
    "a transistor's": (SUB + CARD + 'section = "tt"', "generic180.lib",
                       (".lib tt\n", ".subckt threshold_cell a b\nr1 a b 1\n.ends\n.lib tt\n"),
                       r"generic180\.lib defines 'threshold_cell', and so does threshold_cell\.sub, line 2"),
    "taken": (SELECTOR, "my_selector.va", ("module my_selector", "module Selector"), r"Rename the module: my_sel"),
}  # fmt: skip


def refused(folder: Path, text: str) -> str:
    """What the command says."""
    (folder / "s.toml").write_text(HEAD + text + "\n")
    done = CliRunner().invoke(app, ["simulate", "s.toml", "--out", "out"])
    assert done.exit_code == 2, done.output
    assert not (folder / "out").exists()
    return done.output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUDIES / "models", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_a_request_is_refused_with_the_line_of_the_study(case: str, folder: Path) -> None:
    text, reason, line = CASES[case]
    said = refused(folder, text)
    assert re.search(reason, said), said
    assert f"See s.toml, line {AT + line}." in said


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_refused_with_its_line(case: str, folder: Path) -> None:
    text, name, (old, new), reason = FILES[case]
    path = folder / "models" / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    said = refused(folder, text)
    assert re.search(reason, said), said
    assert "See s.toml, line " in said


def test_what_was_set_beside_the_file_has_no_line_and_a_sweep_tells_it_too(folder: Path) -> None:
    (folder / "s.toml").write_text(HEAD + GAP + "r_on = 3\n")
    done = CliRunner().invoke(app, ["simulate", "s.toml", "--set", "cell.r_on=5 V"])
    assert done.exit_code == 2
    assert "See s.toml" not in done.output
    (folder / "s.toml").write_text(HEAD + GAP + "r_onn = 3\n")
    with pytest.raises(RequestError, match="unknown key 'r_onn'") as caught:
        sweep(folder / "s.toml", {"array.rows": [1, 2]}, workers=1)
    assert caught.value.__notes__ == [f"See {folder / 's.toml'}, line {AT + 3}."]


def test_keys_and_their_lines() -> None:
    text = "a = 1\n[cell]\nx.y = 2\n[cell.states.w]\nnode = 1\n[[program]]\ndo = 1\n[[program]]\nrow = 3\n'q r'.s = 1\n"
    found = {key: line_of(text, key) for key in ("a", "cell.x.y", "cell.states.w.node", "cell.none", "program.1.row")}
    assert found == {"a": 1, "cell.x.y": 3, "cell.states.w.node": 5, "cell.none": 2, "program.1.row": 9}
    assert line_of(text, "none.at.all") is None
    messages = {
        "unknown key 'x' in [cell.states.w]; did": "cell.states.w.x", "unknown key 'x'. Known": "x",
        "cell.r_on = 5 is refused": "cell.r_on", "[transistor] needs name": "transistor", "my.va, line 3: no": "my.va",
        "it has none": "",
    }  # fmt: skip
    assert {message: key_of(message) for message in messages} == messages

"""`ag2s cell check`: every miniature of a failure is named, and what is right is accepted."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from check_cases import ACCEPTED, MINIATURES, REFUSED, REMARKED, checked

from pyspice_models.errors import RequestError
from pyspice_models.foreign.check import Checked, check_cell
from pyspice_models.foreign.edits import with_instance_parameters
from pyspice_models.foreign.source import bare, modules_of

ROOT = Path(__file__).parents[2]

FAST_REFUSED = (
    "hidden_state.va", "initial_step.va", "cross.va", "random.va", "attribute_after.va", "range_comma.va",
    "overflow.va",
    "limited.va", "three_terminals.va", "control.sub", "table.sub",
)  # fmt: skip
FAST_REMARKED = ("ic_capacitor.sub", "sdt.sub", "ltspice.sub")
FAST_ACCEPTED = ("ok_two_states.va", "ok_capacitor.sub")


def every(fast: tuple[str, ...], names: Iterable[str]) -> list:
    """All names; those that are not `fast` are slow."""
    return [name if name in fast else pytest.param(name, marks=pytest.mark.slow) for name in names]


def test_every_miniature_has_its_case() -> None:
    cases = {*REFUSED, *REMARKED, *ACCEPTED}
    assert {path.name for path in MINIATURES.iterdir()} == cases
    assert len(ACCEPTED) >= 11
    assert {*FAST_REFUSED, *FAST_REMARKED, *FAST_ACCEPTED} <= cases


@pytest.mark.parametrize("name", every(FAST_REFUSED, REFUSED))
def test_what_fails_is_refused_by_name(name: str) -> None:
    found = checked(name)
    assert found.verdict == "refused"
    assert REFUSED[name] <= set(found.kinds)
    assert not found.table
    for one in found.findings:
        assert one.weight == "fine" or one.advice or one.kind in {"passivity", "edit_integral"}, one


@pytest.mark.parametrize("name", every(FAST_REMARKED, REMARKED))
def test_what_works_with_care_is_remarked(name: str) -> None:
    found = checked(name)
    assert found.verdict == "accepted with remarks", found.findings
    assert set(found.kinds) == REMARKED[name]
    assert_table(found)


@pytest.mark.parametrize("name", every(FAST_ACCEPTED, ACCEPTED))
def test_what_is_right_is_accepted(name: str) -> None:
    found = checked(name)
    assert found.verdict == "accepted", found.findings
    assert_table(found)
    states = tomllib.loads(found.table)["cell"]["states"]
    assert all("initial" in one for one in states.values())
    assert len(states) == (2 if name == "ok_two_states.va" else 1)
    assert found.loops


def assert_table(found: Checked) -> None:
    """It can be read, and names what was checked."""
    table = tomllib.loads(found.table)["cell"]
    assert Path(table[found.form]).name == found.file
    assert table["module"] == found.module
    assert set(table["terminals"]) == set(found.facts["terminals"][:2])  # type: ignore[index]
    for one in table.get("states", {}).values():
        assert one["zero"] != one["one"]


@pytest.mark.slow
def test_the_package_s_own_cell_is_accepted_as_a_foreign_one() -> None:
    checked = check_cell(ROOT / "verilog_a" / "ag2s.va")
    assert checked.verdict == "accepted with remarks"
    assert set(checked.kinds) <= {"ends", "pinched"}
    table = tomllib.loads(checked.table)["cell"]
    assert table["terminals"] == ["te", "be"]
    for node, initial in (("nw", "w0"), ("nx", "x0")):
        assert table["states"][node] == {"node": node, "initial": initial, "holds": "change", "zero": 0, "one": 1}


@pytest.mark.slow
def test_polarity_is_measured() -> None:
    """Negative voltages from p to n set this one."""
    checked = check_cell(MINIATURES / "ok_asymmetric.va")
    assert tomllib.loads(checked.table)["cell"]["terminals"] == ["n", "p"]
    assert all(abs(loop.voltage).max() == pytest.approx(0.8, abs=1e-6) for loop in checked.loops)


def test_the_line_is_told_where_an_include_file_holds_it(tmp_path: Path) -> None:
    (tmp_path / "body.inc").write_text("  analog begin\n    @(cross(V(p, n))) ;\n    I(p, n) <+ 1e-6*V(p, n);\n  end\n")
    (tmp_path / "mine.va").write_text(
        '`include "disciplines.vams"\nmodule mine(p, n);\n inout p, n; electrical p, n;\n'
        '`include "body.inc"\nendmodule\n'
    )
    checked = check_cell(tmp_path / "mine.va")
    assert [(one.kind, one.where) for one in checked.findings] == [("cross", "body.inc, line 2")]


def test_the_compiler_s_own_words_come_with_line_and_advice() -> None:
    (found,) = check_cell(MINIATURES / "reserved_word.va").findings
    assert (found.kind, found.where) == ("compile", "reserved_word.va, line 4")
    assert "module cell(p, n);" in found.text
    assert found.advice == "Choose another name: cell is a word of the language."


def test_instance_parameters_are_added_where_they_are_missing() -> None:
    text = """(* desc="a" *) parameter a = 1;
parameter integer b = 2; // parameter real c
(* type="instance" *) parameter real d = 3; parameter string s = "parameter real e = 1";"""
    edited, added = with_instance_parameters(text)
    assert added == ("a", "b")
    assert edited.count('type="instance"') == 3
    assert '(* type="instance", desc="a" *) parameter a = 1;' in edited


def test_comments_and_texts_hide_nothing() -> None:
    text = 'module a(p); // module b(p);\n/* module c(p);\n*/ $strobe("module d(p); // ");\nmodule e(p);'
    assert modules_of(text) == ("a", "e")
    assert bare(text).count("\n") == text.count("\n")


# ---- bad input


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.txt", "module a(p, n);", "model file = "),
        ("a.va", "no model", "has no module of Verilog-A"),
        ("a.va", "module a(p);\nendmodule\nmodule b(p);\nendmodule", "has 2 modules: a, b"),
        ("a.va", '`include "/etc/passwd"', "a.va, line 1: the include file '/etc/passwd' leaves the folder"),
        ("a.va", '\n`include "../other.va"', "a.va, line 2: the include file '../other.va' leaves the folder"),
        ("a.va", '`include "none.va"', "the include file 'none.va' is not there"),
        ("a.va", '`include "a.va"', "includes itself"),
        ("a.sub", "r1 1 2 1k", "a.sub has no .subckt"),
        ("a.sub", ".subckt a p n\n.ends\n.subckt b p n\n.ends", "has 2 subcircuits: a, b"),
    ],
)
def test_bad_files_are_refused(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RequestError) as caught:
        check_cell(tmp_path / name)
    assert words in str(caught.value)


@pytest.mark.parametrize(("name", "allowed"), [("ok_leak.va", "ok_leak"), ("ok_capacitor.sub", "kept")])
def test_a_module_that_is_not_there_is_refused(name: str, allowed: str) -> None:
    with pytest.raises(RequestError, match=f"= 'other' is refused; allowed: one of {allowed}, in"):
        check_cell(MINIATURES / name, "other")


AG2S = Path(sys.executable).parent / "ag2s"


def test_the_command_leaves_verdict_table_and_picture(tmp_path: Path) -> None:
    done = subprocess.run(
        [AG2S, "cell", "check", MINIATURES / "ok_capacitor.sub", "--json", "--out", tmp_path / "out"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["verdict"] == "accepted"
    assert json.loads((tmp_path / "out" / "check.json").read_text()) == said
    assert (tmp_path / "out" / "cell.toml").read_text() == said["table"]
    assert (tmp_path / "out" / "loop.png").read_bytes().startswith(b"\x89PNG")


def test_the_command_s_exit_status_tells_the_verdict(tmp_path: Path) -> None:
    refused = subprocess.run(
        [AG2S, "cell", "check", MINIATURES / "timer.va"], capture_output=True, text=True, check=False, timeout=300
    )
    assert refused.returncode == 1
    assert "verdict: refused" in refused.stdout
    missing = subprocess.run(
        [AG2S, "cell", "check", tmp_path / "none.va"], capture_output=True, text=True, check=False, timeout=300
    )
    assert missing.returncode == 2
    assert "none.va" in missing.stderr

"""What is wrong with a map of kinds, and what knows one kind alone: refused by name, never read as the first kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kinds_cases import GAP, MODELS, REFERENCE, SUBCIRCUIT, tables
from typer.testing import CliRunner

from pyspice_models import (
    CellParams,
    Crossbar,
    Kind,
    Programming,
    RequestError,
    Study,
    VteamParams,
    Write,
    read_margins,
    study_from,
)
from pyspice_models.cli.main import app

VTEAM = {"model": "vteam"}


@pytest.mark.parametrize(
    ("kinds", "places", "said"),
    [
        ({"v": VTEAM}, {}, r"cells of \[kinds\.v\] stand nowhere: say where in \[array\.kinds\]"),
        ({}, {"v": [[0, 0]]}, r"nothing says what they are: give each a table \[kinds\.NAME\]"),
        ({"v": VTEAM}, {"v": []}, "cells of the kind 'v' stand nowhere"),
        ({"v": VTEAM}, {"w": [[0, 0]]}, r"unknown key 'w' in \[array\.kinds\]\. Known keys: v"),
        ({"v": VTEAM}, {"v": {"cols": [4]}}, r"array\.kinds\.v\.cols = 4 is refused; allowed: 0 to 3"),
        ({"v": VTEAM}, {"v": {"cols": ["end"]}}, r"array\.kinds\.v\.cols = 'end'.*first, middle, last"),
        ({"v": VTEAM}, {"v": {"cols": []}}, r"array\.kinds\.v\.cols names no line"),
        ({"v": VTEAM}, {"v": {"cols": [1, 1]}}, "none twice"),
        ({"v": VTEAM}, {"v": {"col": [1]}}, r"'col'"),
        ({"v": VTEAM}, {"v": 3}, r"array\.kinds\.v = 3 is refused; allowed: a list of \[row, col\]"),
        ({"v": VTEAM}, {"v": [[0, 4]]}, r"array\.kinds\.v = \(0, 4\) is refused; allowed: row 0 to 3, col 0 to 3"),
        ({"v": VTEAM}, {"v": [[0, 1], [0, 1]]}, r"array\.kinds\.v names \(0, 1\) twice"),
        ({"v": VTEAM}, {"v": [[0, 0.5]]}, r"a list of \[row, col\]"),
        ({"v": VTEAM}, {"v": {"file": "no.npy"}}, r"no\.npy"),
        ({"v": VTEAM}, {"file": "no.csv"}, r"no\.csv"),
        ({"v": VTEAM}, {"file": "no.csv", "v": [[0, 0]]}, "array.kinds has file and v"),
        ({"v": VTEAM}, 3, r"array\.kinds must be a table"),
        ({"v": 3}, {"v": [[0, 0]]}, r"kinds\.v must be a table"),
        (
            {"v": VTEAM, "u": VTEAM}, {"v": [[0, 1]], "u": {"rows": [0]}},
            r"kinds\.u and array\.kinds\.v both name .*\(0, 1\)",
        ),
        ({"v": VTEAM}, {"v": {"rows": [0, 1, 2, 3]}}, r"no cell of the array is left for \[cell\]"),
        ({"cell": VTEAM}, {"cell": [[0, 0]]}, "name of a kind of cells = 'cell'"),
        ({"V": VTEAM}, {"V": [[0, 0]]}, "name of a kind of cells = 'V'"),
        ({"area": VTEAM}, {"area": [[0, 0]]}, r"'area' is refused; allowed: none of a parameter of \[cell\]"),
        ({"v": {"model": "x"}}, {"v": [[0, 0]]}, r"kinds\.v\.model = 'x'"),
        ({"v": {"model": "vteam", "v_on": "5 ohm"}}, {"v": [[0, 0]]}, r"kinds\.v\.v_on"),
        ({"v": {"model": "vteam", "preset": "x"}}, {"v": [[0, 0]]}, "x"),
        ({"d": REFERENCE | {"terminals": ["a", "b"]}}, {"d": [[0, 0]]}, r"\[kinds\.d\] cell\.terminals = 'a'"),
        ({"d": REFERENCE, "s": SUBCIRCUIT}, {"d": [[0, 0]], "s": [[1, 1]]}, "no form in common .*subckt"),
    ],
)  # fmt: skip
def test_a_kind_that_is_wrong_is_named(kinds: Any, places: Any, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        study_from(tables(kinds, places))


def other_text(name: str, folder: Path, old: str, new: str) -> str:
    """A copy of a model with something else in it."""
    text = (MODELS / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return str(folder / name)


def test_two_modules_of_one_name_are_refused(tmp_path: Path) -> None:
    changed = other_text("reference_cell.va", tmp_path, "10e6", "20e6")
    kinds = {"d": REFERENCE, "e": {"verilog_a": changed}}
    said = r"\[kinds\.d\] and \[kinds\.e\] both bring 'reference_cell', and not the same"
    with pytest.raises(RequestError, match=said):
        study_from(tables(kinds, {"d": [[0, 0]], "e": [[0, 1]]}))
    kinds["e"] = REFERENCE | {"r": "1 kohm"}
    assert study_from(tables(kinds, {"d": [[0, 0]], "e": [[0, 1]]})).crossbar.kinds
    renamed = other_text("reference_cell.va", tmp_path, "module reference_cell", "module vteam")
    kinds = {"d": {"verilog_a": renamed}, "v": VTEAM}
    with pytest.raises(RequestError, match="both bring 'vteam'"):
        study_from(tables(kinds, {"d": [[0, 0]], "v": [[0, 1]]}))
    card = other_text("reference_cell.va", tmp_path, "module reference_cell", "module kind_d")
    with pytest.raises(RequestError, match=r"brings 'kind_d', which netlists call \[kinds.d\]"):
        study_from(tables({"d": {"verilog_a": card}}, {"d": [[0, 0]]}))


def test_two_subcircuits_of_one_name_or_of_two_simulators_are_refused(tmp_path: Path) -> None:
    changed = SUBCIRCUIT | {"subckt": other_text("threshold_cell.sub", tmp_path, "r_off=1meg", "r_off=2meg")}
    with pytest.raises(RequestError, match="both bring 'threshold_cell'"):
        study_from(tables({"a": SUBCIRCUIT, "b": changed}, {"a": [[0, 0]], "b": [[0, 1]]}))
    (tmp_path / "own.sub").write_text(".subckt own p n r=1k\nr1 p n {r}\n.ends\n")
    plain = {"subckt": str(tmp_path / "own.sub")}
    with pytest.raises(RequestError, match="were written for different simulators"):
        study_from(tables({"a": SUBCIRCUIT, "b": plain}, {"a": [[0, 0]], "b": [[0, 1]]}))


def test_states_that_results_have_for_something_else_are_refused() -> None:
    named = GAP | {"states": {"level": GAP["states"]["closed"]}}
    with pytest.raises(RequestError, match="state of the kind 'own' = 'level'"):
        study_from(tables({"own": named}, {"own": [[0, 0]]}))


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (3, "kinds of cells by name"), ({"v": VteamParams()}, r"a Kind: Kind\(cell, cols=\[3\]\)"),
        ({1: Kind(VteamParams(), cols=(3,))}, "name of a kind of cells = 1"),
        ({"v": Kind(VteamParams(), rows=(0,), per_cell={"w0": [[0.5]]})}, r"kinds\.v\.per_cell\.w0\.shape"),
        ({"v": Kind(VteamParams(), rows=(0,), per_cell={"x0": 0.5})}, "x0"),
    ],
)  # fmt: skip
def test_kinds_of_the_wrong_sort_are_refused(kinds: Any, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        Crossbar(4, 4, kinds=kinds)


def test_a_kind_of_the_wrong_sort_is_refused() -> None:
    for made, said in (
        (lambda: Kind(3), "parameters of a cell"),  # type: ignore[arg-type]
        (lambda: Kind(VteamParams(), places=((0, 0),), cols=(1,)), "give one or the other"),
        (lambda: Kind(VteamParams(), places=3), r"a list of \[row, col\]"),  # type: ignore[arg-type]
        (lambda: Kind(VteamParams(), per_cell=3), "parameters by name"),  # type: ignore[arg-type]
    ):
        with pytest.raises(RequestError, match=said):
            made()


KINDS = {"v": Kind(VteamParams(), cols=(3,))}
WHICH = re.escape("knows arrays of one kind of cell alone, and this one has cell (ag2s), v (vteam). Leave [kinds]")


def test_what_knows_one_kind_alone_says_so() -> None:
    bar = Crossbar(4, 4, kinds=KINDS)
    with pytest.raises(RequestError, match=f"write-verify {WHICH}"):
        Programming(Study("a", bar, [Write(0, 0)]), [[0.5] * 4] * 4)
    with pytest.raises(RequestError, match=f"a margin over patterns {WHICH}"):
        read_margins(bar)
    with pytest.raises(RequestError, match=WHICH):
        bar.model  # noqa: B018
    with pytest.raises(RequestError, match="parameter of a cell"):
        bar.values("v_onn")
    assert Crossbar(4, 4, cell=CellParams()).kinds == {}


@pytest.mark.parametrize(
    ("command", "table", "subject"),
    [
        ("write-verify", "[write_verify]\ntarget = [[0.5, 0.5], [0.5, 0.5]]\n", "write-verify"),
        ("learn", "[learning]\n", "a network on crossbars"), ("infer", "[inference]\n", "a network on crossbars"),
        ("assumptions", "", "`ag2s assumptions`"),
        ("characterize --voltage 0.5V --study", "", "`ag2s characterize --study`"),
        ("export --to out --study", "", "a bundle of a study"),
    ],
)  # fmt: skip
def test_commands_refuse_kinds_by_name(command: str, table: str, subject: str, tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(
        "[array]\nrows = 2\ncols = 2\n[kinds.v]\nmodel = 'vteam'\n[array.kinds]\nv = [[0, 0]]\n"
        f"[[program]]\ndo = 'read'\nrow = 0\n{table}"
    )
    done = CliRunner().invoke(app, [*command.split(), str(study)])
    assert done.exit_code == 2, done.output
    assert f"{subject} knows arrays of one kind of cell alone" in done.stderr
    assert "cell (ag2s), v (vteam)" in done.stderr

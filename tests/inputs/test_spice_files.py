"""SPICE files of a user: what they include comes with them, and what would do more than define is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyspice_models.errors import RequestError
from pyspice_models.inputs.spice.reading import read_library

CARD = ".model n1 nmos level=54 vth0=0.4\n"


def _file(folder: Path, text: str, name: str = "a.lib") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_includes_are_inserted_and_sections_stay(tmp_path: Path) -> None:
    _file(
        tmp_path, "* a comment\n.param p=1 ; more\n.subckt n2 d g s b w=1u\n+ l = 1u $ two lines\n.ends\n", "in/sub.inc"
    )
    _file(tmp_path, ".include sub.inc\n.lib x\n.param only=1\n.endl\n", "in/all.inc")
    corners = ".lib tt\n.param q=0\n.lib 'in/all.inc' x\n.endl tt\n.lib ff\n.include \"in/sub.inc\"\n.endl\n"
    path = _file(tmp_path, f"{corners}{CARD}.end\nrubbish")
    library = read_library(path)
    assert library.sections == ("tt", "ff")
    assert library.deck_text("tt") == f".param q=0\n.param only=1\n{CARD.strip()}"
    assert set(library.masters("")) == {"n1"}
    assert library.masters("ff")["n2"].ports == ("d", "g", "s", "b")
    assert library.masters("FF")["n2"].parameters == {"w", "l"}
    again = _file(tmp_path, library.text, "copy.lib")
    assert read_library(again) == library, "a copy needs no other file and says the same"
    assert read_library(again).text == library.text


def test_a_long_statement_comes_back_as_it_was(tmp_path: Path) -> None:
    card = ".model n1 nmos " + " ".join(f"p{n} = 'a + {n}'" for n in range(80))
    library = read_library(_file(tmp_path, card))
    assert max(map(len, library.text.splitlines())) <= 120
    assert library.chosen("")[0].text == card
    assert read_library(_file(tmp_path, library.text)).text == library.text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (".include ../b.lib", r"a\.lib, line 1: '\.include \.\./b\.lib' leads out of the folder of the model file"),
        (f"{CARD}.include /etc/passwd", r"line 2: .* leads out of the folder"),
        (".include link.lib", r"line 1: .* leads out of the folder"),
        (".lib ../b.lib tt", r"line 1: .* leads out of the folder"),
        (".include no.lib", r"line 1: '\.include no\.lib' names a file that is not there"),
        (".include a.lib", r"is 20 files deep: a file includes itself"),
        (".lib a.lib zz\n.lib tt\n.endl", r"line 1: .* names a section that is not there; there are: tt"),
        (".options scale=1e-6", r"line 1: '\.options scale=1e-6' cannot stand in a model file"),
        (".control\nshell rm -rf x\n.endc", r"line 1: '\.control' cannot stand in a model file"),
        (".model a filesource (file=x)", r"line 1: .* is a model of type filesource"),
        ("r1 a b 1k", r"line 1: 'r1 a b 1k' is an element outside of a subcircuit"),
        (".subckt n d g s\na1 d g x\n.ends", r"line 2: 'a1 d g x' is an element A; inside a subcircuit"),
        (".subckt n d g s\nb1 d s i=`id`\n.ends", r"line 2: .* has a backquote, which runs programs"),
        (".param x={agauss(0, 1, 3)}", r"draws at random \(agauss\)"),
        (".param f(x) = {2*x}", r"defines a function by \.param.* Write \.func"),
        (".func sinh(x) {x}", r"redefines sinh, which the cells of the array use"),
        (".subckt n d g s", r"a\.lib ends inside of a subcircuit: it is not complete"),
        (".ends", r"line 1: '\.ends' ends no subcircuit"),
        (".endl", r"line 1: '\.endl' ends no section"),
        (".lib tt\n.lib ss\n.endl", r"line 2: '\.lib ss' begins a section inside of another one"),
        ("+ x=1", r"line 1: continues nothing"),
        (".model n\x07 nmos", r"line 1: characters outside of ASCII stand in comments alone"),
        (".model n", r"line 1: '\.model n' has no type"),
        (".subckt", r"line 1: '\.subckt' has no name"),
    ],
)  # fmt: skip
def test_what_does_more_than_define_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    outside = _file(tmp_path, CARD, "b.lib")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "link.lib").symlink_to(outside)
    with pytest.raises(RequestError, match=reason):
        read_library(_file(tmp_path / "own", text))


def test_files_that_insert_each_other_without_end_are_refused(tmp_path: Path) -> None:
    """Twenty levels of two includes each would be a million copies."""
    for n in range(19):
        _file(tmp_path, f".include {n + 1}.inc\n.include {n + 1}.inc\n.param a{n}={'1' * 500}\n", f"{n}.inc")
    _file(tmp_path, CARD, "19.inc")
    with pytest.raises(RequestError, match="more than 4000000 characters"):
        read_library(tmp_path / "0.inc")

"""`[programming]` of a study file, and a matrix of conductances from a user's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyspice_models.errors import RequestError
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.algorithms.table import Way, Ways, way_table
from pyspice_models.program.compare.request import load_comparison
from pyspice_models.program.file import load_write_verify, programming_tables
from pyspice_models.study.tables.write import write_tables


def tables(**more: Any) -> dict[str, Any]:
    return {
        "study": {"engine": "nodal"}, "array": {"rows": 2, "cols": 3},
        "write_verify": {"pattern": "random", "levels": 4}, **more,
    }  # fmt: skip


def test_without_the_table_it_is_what_it_was() -> None:
    asked = load_write_verify(tables())
    assert asked.way == Way()
    assert "programming" not in programming_tables(asked)
    assert asked.rounds == asked.budget.rounds == 10


def test_options_are_those_of_all_of_the_algorithm_and_of_a_variant() -> None:
    own = {
        "algorithm": "gentle", "reads": 1, "grain": "10 %", "ispp": {"step": "5 mV", "rounds": 7},
        "gentle": {"algorithm": "ispp", "top": "150 mV", "pulses": "rows", "turns": 3},
    }  # fmt: skip
    ways = Ways(own)
    one = ways.way("gentle")
    assert (one.name, one.algorithm.name, one.algorithm.as_dict()["top"]) == ("gentle", "ispp", 0.15)
    assert (one.how.pulses, one.how.turns, one.how.grain, one.how.rounds) == ("rows", 3, 0.1, 0)
    ladder = ways.way("ispp")
    assert (ladder.algorithm.as_dict()["step"], ladder.how.rounds, ladder.how.pulses) == (5e-3, 7, "auto")
    assert load_write_verify(tables(programming=own)).rounds == 60
    assert load_write_verify(tables(programming=own), algorithm="ispp").rounds == 7


def test_what_is_written_asks_for_the_same(tmp_path: Path) -> None:
    own = {"algorithm": "gentle", "gentle": {"algorithm": "pi", "top": "150 mV", "reads": 1}}
    asked = load_write_verify(tables(programming=own))
    again = load_write_verify(write_tables(programming_tables(asked), tmp_path))
    assert again.way == asked.way
    assert way_table(again.way) == way_table(asked.way)
    both = load_comparison(tables(programming=own), names=["width", "gentle", "row"])
    (tmp_path / "b").mkdir()
    same = load_comparison(write_tables(both.tables(), tmp_path / "b"))
    assert [one.way for one in same.asked.values()] == [one.way for one in both.asked.values()]
    assert list(same.asked) == ["width", "gentle", "row"]


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"algorithm": "isp"}, r"programming\.algorithm = 'isp' is refused; .* one of width, .*Did you mean 'ispp'"),
        ({"speed": 1}, r"unknown key 'speed' in \[programming\]"),
        ({"ispp": {"spep": 1}}, r"unknown key 'spep' in \[programming\.ispp\]"),
        ({"ispp": {"start": "0.3 V"}}, r"programming\.ispp\.start = 0\.3 V is refused; allowed: <= 0\.2.*contra"),
        ({"row": {"step": "0.2 V"}}, r"programming\.row\.step = 0\.2 V .*contradict each other"),
        ({"pi": {"proportional": 0, "integral": 0}}, r"programming\.pi\.proportional = 0 V and integral = 0 V"),
        ({"least-energy": {"least": "0.4 V"}}, r"programming\.least-energy\.least = 0\.4 V .*contradict each other"),
        ({"reverify": {"wait": 0}}, r"programming\.reverify\.wait = 0"),
        ({"ispp": 3}, r"programming\.ispp = 3 has to be a table"),
        ({"mine": {"top": 1}}, r"\[programming\.mine\] is no algorithm \(width, .*such as algorithm"),
        ({"../x": {"algorithm": "ispp"}}, r"\[programming\.\.\./x\] is refused as the name of a variant"),
        ({"study-inputs": {"algorithm": "ispp"}}, r"study-inputs\] is refused as the name of a variant"),
        ({"ispp": {"algorithm": "row"}}, r"programming\.ispp\.algorithm = 'row' is refused: ispp is an"),
        ({"compare": ["row", "row"]}, r"programming\.compare = 'row,row' is refused; .* each once"),
        ({"compare": "row"}, r"programming\.compare = 'row' is refused; allowed: a list"),
        ({"grain": 2}, r"programming\.grain = 2"),
        ({"pulses": "columns"}, r"programming\.pulses = 'columns' is refused; allowed: one of auto, cells, rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(own: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        load_write_verify(tables(programming=own))


def test_every_algorithm_says_what_it_does_and_where_it_comes_from() -> None:
    for name, kind in ALGORITHMS.items():
        assert kind.name == name
        assert len(kind.about) > 20
        assert "10." in kind.source or "own" in kind.source, name


# ---- a matrix of one's own

NANO = np.array([[40.0, 50.0, 110.0], [80.0, 160.0, 120.0]])


@pytest.mark.parametrize(
    ("name", "text", "more"),
    [
        ("g.csv", "conductance [nS]\n40,50,110\n80,160,120\n", {}),
        ("g.csv", "# mine\nG [uS],,\n.04,.05,.11\n.08,.16,.12\n", {}),
        ("g.csv", "40 nS,50 nS,0.11 uS\n80 nS,160 nS,120 nS\n", {}),
        ("g.csv", "4e-8,5e-8,1.1e-7\n8e-8,1.6e-7,1.2e-7\n", {}),
        ("g.csv", "40,50,110\n80,160,120\n", {"unit": "nS"}),
        ("g.npy", None, {"unit": "nS"}),
    ],
)
def test_conductances_of_a_file_with_the_unit_where_it_may_stand(
    tmp_path: Path, name: str, text: str | None, more: dict[str, str]
) -> None:  # fmt: skip
    path = tmp_path / name
    if text is None:
        np.save(path, NANO)
    else:
        path.write_text(text)
    asked = load_write_verify(tables(write_verify={"conductances": {"file": str(path)} | more}))
    assert asked.scale.conductances(asked.target) == pytest.approx(NANO * 1e-9, rel=1e-9, abs=0)
    assert not len(asked.levels)
    assert asked.budget.tolerance == 0.02
    four = load_write_verify(tables(write_verify={"conductances": {"file": str(path)} | more, "levels": 4}))
    assert four.scale.conductances(four.levels) == pytest.approx(np.array([40, 80, 120, 160]) * 1e-9, rel=1e-9, abs=0)
    assert four.scale.conductances(four.target[0]) == pytest.approx(np.array([40, 40, 120]) * 1e-9, rel=1e-9, abs=0)
    by_flag = load_comparison(tables(), target=path, unit=more.get("unit", ""))
    # what the study says of levels stays: their number
    assert len(next(iter(by_flag.asked.values())).levels) == 4


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("conductance [nS]\n40,60,100\n80,500,120\n", {}, r"g\.csv\[1, 1\] = 5e-07 S is refused; allowed: >= 1\.9"),
        ("conductance [V]\n40,60,100\n80,160,120\n", {}, r"line 1 = 'conductance \[V\]' is refused|unit"),
        ("conductance\n40,60,100\n80,160,120\n", {}, r"line 1 is a header"),
        ("conductance [nS]\n40,60\n80,160\n", {}, r"2.*2.*2.*3|shape"),
        ("conductance [nS]\n40,60,100\n80,x,120\n", {}, r"line 3, column 2"),
        ("conductance [nS]\n40,60,100\n80,160,120\n", {"unit": "nS"}, r"has a unit of its own: give one of them"),
        ("40,60,100\n80,160,120\n", {"unit": "A"}, r"write_verify\.conductances\.unit = 'A'"),
        ("conductance [nS]\n40,40,40\n40,40,40\n", {"levels": 2}, r"levels = 2 is refused; allowed: none"),
        ("conductance [nS]\n40,60,100\n80,160,120\n", {"pattern": "random"}, r"has conductances and pattern"),
    ],
)  # fmt: skip
def test_a_matrix_that_cannot_be_meant_is_refused(
    tmp_path: Path, text: str, more: dict[str, Any], message: str
) -> None:  # fmt: skip
    path = tmp_path / "g.csv"
    path.write_text(text)
    given = {"file": str(path)} | {key: value for key, value in more.items() if key == "unit"}
    own = {"conductances": given} | {key: value for key, value in more.items() if key != "unit"}
    with pytest.raises(RequestError, match=message):
        load_write_verify(tables(write_verify=own))


def test_an_image_and_a_unit_without_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"x\.png is an image, which has no unit: give it as write_verify\.file"):
        load_write_verify(tables(write_verify={"conductances": {"file": str(tmp_path / "x.png")}}))
    with pytest.raises(RequestError, match="--unit is of the numbers of a file"):
        load_comparison(tables(), unit="nS")
    with pytest.raises(RequestError, match=r"write_verify\.conductances has to be a table"):
        load_write_verify(tables(write_verify={"conductances": "g.csv"}))

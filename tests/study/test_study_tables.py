"""The tables of a study file: parameters per cell, places and programs in files, TOML text, what is written."""

from __future__ import annotations

import json
import math
import shutil
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partialmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from full_study import everything
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Read
from pyspice_models.study import Study, load_study, study_from, write_study
from pyspice_models.study.tables.inputs import INPUTS, STUDY, names_file
from pyspice_models.study.tables.objects import tables_of
from pyspice_models.study.tables.text import format_tables

# ---- parameters per cell in a file


def _tables(**cells: Any) -> dict[str, Any]:
    return {"array": {"rows": 2, "cols": 2, "cells": cells}, "program": [{"do": "read"}]}


def test_parameters_per_cell_are_numbers_rows_or_files(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("0.1,0.2\n0.3,0.4\n")
    np.save(tmp_path / "area.npy", np.full((2, 2), 2e-11))
    tables = _tables(
        w0={"file": "w.csv"}, area={"file": "area.npy"}, thickness="190 nm", r_ion=[[4e7, 5e7], [4e7, 4e7]], v_int=0.31
    )
    found = study_from(tables, folder=tmp_path).crossbar.per_cell
    assert np.array_equal(found["w0"], [[0.1, 0.2], [0.3, 0.4]])
    assert np.array_equal(found["area"], np.full((2, 2), 2e-11))
    assert np.array_equal(found["thickness"], np.full((2, 2), 190e-9))
    assert np.array_equal(found["r_ion"], [[4e7, 5e7], [4e7, 4e7]])
    assert np.array_equal(found["v_int"], np.full((2, 2), 0.31))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"aera": 1e-12}, r"unknown key 'aera' in \[array\.cells\]; did you mean 'area'"),
        ({"t_nom": 300.0}, r"unknown key 't_nom' in \[array\.cells\]"),
        ({"area": "25 um"}, r"array\.cells\.area = '25 um' is refused.*declared in m\^2"),
        ({"area": -1.0}, r"array\.cells\.area = -1\.0 m\^2 is refused; allowed: > 0"),
        ({"w0": [[0.1, 0.2]]}, r"array\.cells\.w0\.shape = \(1, 2\) is refused; allowed: \(2, 2\), rows x columns"),
        ({"w0": [[0.1, 0.2], [0.3, 1.4]]}, r"array\.cells\.w0\[1, 1\] = 1\.4 is refused; allowed: >= 0 and <= 1"),
        ({"w0": {"file": "none.npy"}}, r"the map in .*none\.npy cannot be read"),
        ({"w0": {"flie": "w.npy"}}, r"unknown key 'flie' in \[array\.cells\.w0\]"),
        ({"w0": {}}, r"array\.cells\.w0\.file = None is refused; allowed: text"),
        ({"w0": True}, r"array\.cells\.w0"),
    ],
)  # fmt: skip
def test_parameters_per_cell_that_make_no_sense_are_refused(cells: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=message):
        study_from(_tables(**cells), folder=tmp_path)


def test_states_are_given_once() -> None:
    tables = _tables(w0=0.3)
    tables["array"]["initial"] = {"pattern": "checkerboard"}
    with pytest.raises(RequestError, match=r"array\.cells\.w0 contradicts \[array\.initial\]"):
        study_from(tables)
    tables["array"]["cells"] = 3
    with pytest.raises(RequestError, match=r"array\.cells must be a table"):
        study_from(tables)


def test_conductances_are_those_of_the_cells_that_the_table_makes(tmp_path: Path) -> None:
    """Each cell's level is one of its own window."""
    np.save(tmp_path / "g.npy", np.full((2, 2), 80e-9))
    tables = _tables(area=[[25e-12, 30e-12], [20e-12, 25e-12]])
    tables["array"]["initial"] = {"conductance": "g.npy"}
    bar = study_from(tables, folder=tmp_path).crossbar
    w = bar.values("w0")
    held = bar.equations.conductance(5e-3, w, bar.values("x0"))
    np.testing.assert_allclose(held, 80e-9, rtol=1e-3)
    assert w[0, 1] < w[0, 0] < w[1, 0]


def test_places_of_faults_come_from_a_file(tmp_path: Path) -> None:
    np.save(tmp_path / "on.npy", np.array([[0, 1], [1, 1]]))
    np.save(tmp_path / "half.npy", np.array([[0.5, 1.0]]))
    np.save(tmp_path / "flat.npy", np.array([0, 1]))
    tables = _tables()
    tables["faults"] = {"stuck_on": {"file": "on.npy"}, "stuck_off": [[0, 0]]}
    assert study_from(tables, folder=tmp_path).crossbar.faults.stuck_on == ((0, 1), (1, 1))
    for name, message in (
        ("half.npy", r"faults\.stuck_on|stuck_on"), ("flat.npy", "a list of .row, col."), ("no.npy", "cannot be read"),
    ):  # fmt: skip
        tables["faults"]["stuck_on"] = {"file": name}
        with pytest.raises(RequestError, match=message):
            study_from(tables, folder=tmp_path)


@pytest.mark.parametrize(
    "text", ["[", "[1]", '{"do": "read"}', "[" * 500 + "]" * 500, '[{"do": "read", "voltage": NaN}]']
)
def test_a_program_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(RequestError, match=r"program"):
        study_from({"array": {"rows": 2, "cols": 2}, "program": {"file": "p.json"}}, folder=tmp_path)


# ---- the files


def test_a_file_of_the_users_own_is_never_replaced(tmp_path: Path) -> None:
    study = Study("a", Crossbar(2, 2), [Read()])
    (tmp_path / STUDY).write_text("[array]\nrows = 2\n")
    with pytest.raises(RequestError, match=r"study\.toml is there and was not written by ag2s.*Choose another folder"):
        write_study(study, tmp_path)
    assert (tmp_path / STUDY).read_text() == "[array]\nrows = 2\n"
    (tmp_path / STUDY).unlink()
    (tmp_path / INPUTS).mkdir()
    (tmp_path / INPUTS / "w0.npy").write_text("mine")
    with pytest.raises(RequestError, match=r"study-inputs is there and was not written by ag2s"):
        write_study(study, tmp_path)
    assert (tmp_path / INPUTS / "w0.npy").read_text() == "mine"


def test_a_study_takes_the_place_of_one_that_was_written_here(tmp_path: Path) -> None:
    first = everything()
    write_study(first, tmp_path / "deep" / "folder")
    second = Study("b", Crossbar(2, 2), [Read()])
    path = write_study(second, tmp_path / "deep" / "folder")
    assert load_study(path) == second
    assert [file.name for file in path.parent.iterdir()] == [STUDY], "no file of the first is left"
    # from its own files
    write_study(first, path.parent)
    again = load_study(path)
    assert load_study(write_study(again, path.parent)) == first


def test_a_study_that_was_cut_off_while_it_was_written_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """At whatever moment: what is left is an old study with its files, or none, and the next one finds its place."""
    small, real = Study("b", Crossbar(2, 2), [Read()]), {name: getattr(Path, name) for name in ("rename", "replace")}
    for cut in range(4):
        folder, moves = tmp_path / str(cut), iter(range(10))
        first = everything()
        write_study(first, folder)

        def move(self: Path, target: Path, name: str) -> Path:
            if next(moves) == cut:  # noqa: B023
                raise KeyboardInterrupt
            return real[name](self, target)

        with monkeypatch.context() as patch:
            for name in real:
                patch.setattr(Path, name, partialmethod(move, name=name))
            patch.setattr("pyspice_models.study.tables.write.shutil.rmtree", _only_of(folder / INPUTS))
            with suppress(KeyboardInterrupt):
                write_study(replace(first, title="again"), folder)
        if (folder / STUDY).exists():
            assert load_study(folder / STUDY).title in (first.title, "again")
        assert load_study(write_study(small, folder)) == small
        assert [path.name for path in folder.iterdir()] == [STUDY], cut


def _only_of(folder: Path) -> Callable[..., None]:
    """As of who is killed: what is hidden stays."""

    def remove(path: Path, *, ignore_errors: bool = False) -> None:
        if path == folder:
            _RMTREE(path)

    return remove


_RMTREE = shutil.rmtree


def test_a_study_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match=r"file/study\.toml cannot be written"):
        write_study(everything(), tmp_path / "file")
    before = write_study(Study("b", Crossbar(2, 2), [Read()]), tmp_path / "s").read_text()
    monkeypatch.setattr("pyspice_models.study.tables.write.MOST_TEXT", 100)
    with pytest.raises(RequestError, match="too large for a study file"):
        write_study(everything(), tmp_path / "s")
    assert (tmp_path / "s" / STUDY).read_text() == before
    assert [path.name for path in (tmp_path / "s").iterdir()] == [STUDY]


@given(
    tables=st.dictionaries(
        st.text(min_size=1),
        st.dictionaries(
            st.text(),
            st.recursive(
                st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.dates() | st.datetimes(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                max_leaves=5,
            ),
            max_size=4,
        ),
        max_size=4,
    )
)
def test_tables_are_the_same_after_they_were_text(tables: dict[str, Any]) -> None:
    assert tomllib.loads(format_tables(tables)) == tables


def test_of_numbers_of_other_libraries_the_value_is_written() -> None:
    values = {"a": np.float64(0.1), "b": np.int64(3), "c": np.array([1.5, 2.5]), "d": np.bool_(True), "e": (1, 2)}
    assert tomllib.loads(format_tables({"t": values})) == {
        "t": {"a": 0.1, "b": 3, "c": [1.5, 2.5], "d": True, "e": [1, 2]}
    }
    for wrong in (None, object(), 1j, np.ma.masked):
        with pytest.raises(RequestError, match=r"t\.a = .* is refused"):
            format_tables({"t": {"a": wrong}})
    assert math.isnan(tomllib.loads(format_tables({"t": {"a": math.nan}}))["t"]["a"])
    assert json.dumps(tables_of(Study("a", Crossbar(2, 2), [Read()]))), "without arrays they are plain data"


@pytest.mark.parametrize(
    ("key", "value", "is_one"),
    [
        ("array.initial.file", "a.csv", True), ("array.initial.pattern", "a.csv", False),
        ("cell.preset", "a.toml", True),
        ("cell.preset", "200nm-160C", False), ("program.3.file", "a.png", True), ("array.cells.w0.file", "a.npy", True),
        ("array.cells.w0.variable", "a", False), ("array.initial.file", 3, False), ("write_verify.file", "a.npy", True),
    ],
)  # fmt: skip
def test_which_keys_name_files(key: str, value: object, is_one: bool) -> None:
    assert names_file(key, value) is is_one

"""Results on disk, bit by bit."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import xarray as xr
from would_notice_dataset_cases import COLS, ROWS, SHAPE, data  # noqa: F401

from pyspice_models.errors import RequestError
from pyspice_models.result import write_waves


def test_columns_of_a_table_stand_under_their_names(data: xr.Dataset, tmp_path: Path) -> None:
    write_waves(data, tmp_path / "a" / "waves.CSV", ["w", "i_sense", "weight_left"])
    head, *rows = list(csv.reader((tmp_path / "a" / "waves.CSV").read_text().splitlines()))
    places = [f"w_{r}_{c} [1]" for r in range(ROWS) for c in range(COLS)]
    assert head == ["time [s]", *places, *(f"i_sense_{c} [A]" for c in range(COLS)), "weight_left [s]"]
    table = np.array(rows, dtype=float)
    expected = [data["time"].values[:, None], data["w"].values.reshape(len(table), -1), data["i_sense"].values]
    assert (table == np.concatenate([*expected, data["weight_left"].values[:, None]], axis=1)).all()


def test_a_raw_file_holds_every_moment_in_blocks(
    data: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of time points, so that a large run need not fit into memory twice."""
    monkeypatch.setattr("pyspice_models.result.waves.NUMBERS_AT_ONCE", 7 * 16)
    write_waves(data, tmp_path / "waves.raw", ["v_word", "i_sense", "w"])
    head, _, body = (tmp_path / "waves.raw").read_bytes().partition(b"Binary:\n")
    lines = head.decode("ascii").splitlines()
    count = len(data.time)
    assert lines[:6] == [
        "Title: Ag2S crossbar", "Date: ", "Plotname: Transient Analysis", "Flags: real", "No. Variables: 16",
        f"No. Points: {count}",
    ]  # fmt: skip
    columns = [line.split("\t")[1:] for line in lines[7:]]
    assert columns[0] == ["0", "time", "time"]
    assert columns[1] == ["1", "v_word_0_0", "voltage"]
    assert columns[7] == ["7", "i_sense_0", "current"]
    assert columns[-1] == ["15", "w_1_2", "notype"]
    table = np.frombuffer(body, dtype="<f8").reshape(count, 16)
    assert (table[:, 0] == data["time"].values).all()
    assert (table[:, 6] == data["v_word"].values[:, 1, 2]).all()
    assert (table[:, 9] == data["i_sense"].values[:, 2]).all()
    assert (table[:, 10:] == data["w"].values.reshape(count, -1)).all()
    write_waves(data, tmp_path / "waves.csv", ["w"])
    assert len((tmp_path / "waves.csv").read_text().splitlines()) == 1 + count
    write_waves(data.assign_attrs(title="mine"), tmp_path / "mine.raw", ["w"])
    assert (tmp_path / "mine.raw").read_bytes().startswith(b"Title: mine\n")


def test_a_matlab_file_has_arrays_and_units(data: xr.Dataset, tmp_path: Path) -> None:
    write_waves(data, tmp_path / "waves.mat", ["w", "i_sense"])
    found = scipy.io.loadmat(tmp_path / "waves.mat")
    assert found["time"].shape == (len(data.time), 1)
    assert (found["time"][:, 0] == data["time"].values).all()
    assert (found["w"] == data["w"].values).all()
    assert (found["i_sense"] == data["i_sense"].values).all()
    assert [str(found["units"][name][0, 0][0]) for name in ("time", "w", "i_sense")] == ["s", "1", "A"]


def test_all_waves_are_written_by_default_and_unknown_ones_refused(data: xr.Dataset, tmp_path: Path) -> None:
    write_waves(data.assign(r_word_segment=(("row", "col"), np.ones(SHAPE))), tmp_path / "all.mat")
    found = set(scipy.io.loadmat(tmp_path / "all.mat"))
    assert {str(name) for name, values in data.data_vars.items() if "time" in values.dims} <= found
    assert not {"r_word_segment", "c_plates"} & found, "they have no time"
    with pytest.raises(RequestError, match=r"variable = 'i_none' is refused; allowed: one of .*i_sense"):
        write_waves(data, tmp_path / "none.csv", ["w", "i_none"])
    with pytest.raises(RequestError, match=r"ending of the file of waves = '\.xls' is refused; .*\.csv"):
        write_waves(data, tmp_path / "none.xls")
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match=r"none\.csv cannot be written: .* Choose another file"):
        write_waves(data, tmp_path / "file" / "none.csv")
    assert not list(tmp_path.glob("*.partial"))


def test_a_file_of_waves_takes_the_place_of_another_unless_it_must_not(data: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    write_waves(data, path, ["w"])
    held = path.read_bytes()
    with pytest.raises(RequestError, match=r"w\.csv"):
        write_waves(data, path, ["x"], replace=False)
    assert path.read_bytes() == held
    write_waves(data, path, ["x"])
    assert path.read_bytes() != held

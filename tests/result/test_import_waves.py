"""Conductances from other programs as initial states, and waves for other programs."""

from __future__ import annotations

import csv
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from PIL import Image
from spicelib import RawRead
from typer.testing import CliRunner

from pyspice_models.array import Crossbar
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cli.main import app
from pyspice_models.engine.toolchain.tools import find_ngspice, require
from pyspice_models.errors import RequestError
from pyspice_models.result import load, write_waves
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Study, run_study
from pyspice_models.study.tables.initial import initial_states
from pyspice_models.study.tables.read import study_from

runner = CliRunner()
BARE = Crossbar(2, 3)
LOW, HIGH = (float(Equations(CellParams()).conductance(5e-3, w, 0.0)) for w in (0.0, 1.0))
W = np.array([[0.1, 0.5, 0.9], [0.0, 1.0, 0.25]])
G = LOW + W * (HIGH - LOW)


def _write(path: Path, values: np.ndarray) -> Path:
    if path.suffix == ".csv":
        np.savetxt(path, values, delimiter=",")
    elif path.suffix == ".npy":
        np.save(path, values)
    else:
        scipy.io.savemat(path, {"other": np.zeros(5), "name": "x", "g": values})
    return path


@pytest.mark.parametrize("ending", [".csv", ".npy", ".mat"])
def test_conductances_become_states(ending: str, tmp_path: Path) -> None:
    _write(tmp_path / f"g{ending}", G)
    found = initial_states({"conductance": f"g{ending}"}, BARE, tmp_path)["cell"]
    assert set(found) == {"w0"}
    assert found["w0"] == pytest.approx(W, abs=1e-9)
    _write(tmp_path / f"same{ending}", np.full((2, 3), 1e-7))
    slow, fast = (
        initial_states({"conductance": f"same{ending}", "voltage": volt}, BARE, tmp_path)["cell"]["w0"]
        for volt in ("5 mV", "0.1 V")
    )
    assert (fast < slow).all()  # the path is superlinear: at 0.1 V the same conductance takes less w


def test_a_matrix_of_a_mat_file_is_chosen_by_name_and_may_be_sparse(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "two.mat", {"a": G, "b": scipy.sparse.csc_matrix(G[::-1])})
    found = initial_states({"conductance": "two.mat", "variable": "b"}, BARE, tmp_path)["cell"]
    assert found["w0"] == pytest.approx(W[::-1], abs=1e-9)
    with pytest.raises(RequestError, match=r"2 of its variables \(a, b\) are 2 x 3 matrices: name one as variable"):
        initial_states({"conductance": "two.mat"}, BARE, tmp_path)
    with pytest.raises(RequestError, match="it holds no 'c', but a, b"):
        initial_states({"conductance": "two.mat", "variable": "c"}, BARE, tmp_path)


def test_the_simulator_reads_the_conductances_that_were_given(tmp_path: Path) -> None:
    """To and fro: a matrix in siemens goes in, ngspice's read currents give it back."""
    _write(tmp_path / "g.npy", G)
    ideal = {"resistivity_wl": 0.0, "resistivity_bl": 0.0}
    tables = {
        "array": {"rows": 2, "cols": 3, "initial": {"conductance": "g.npy"}}, "wire": ideal,
        "driver": {"r_driver": 1e-3, "r_sense": 1e-3, "r_contact": 0.0},
        "program": [{"do": "read", "row": row, "voltage": 5e-3, "scheme": "grounded"} for row in (0, 1)],
    }  # fmt: skip
    study = study_from(tables, folder=tmp_path)
    assert study.crossbar.wire == WireParams(**ideal)
    dataset = run_study(study).dataset
    settled = [window.settled for window in study.schedule().windows]
    sensed = dataset["i_sense"].interp(time=settled).values
    assert np.abs(sensed) / 5e-3 == pytest.approx(G, rel=0.005, abs=0)


def test_an_image_is_a_share_of_the_window(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 51, 102], [153, 204, 255]], dtype=np.uint8)).save(tmp_path / "levels.png")
    found = initial_states({"file": "levels.png"}, BARE, tmp_path)["cell"]["w0"]
    assert found == pytest.approx(np.array([[0, 0.2, 0.4], [0.6, 0.8, 1.0]]), abs=1e-12)
    with pytest.raises(RequestError, match="is an image, which has no unit: give it as"):
        initial_states({"conductance": "levels.png"}, BARE, tmp_path)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ((0, 1), -1e-7, r"g\.csv\[0, 1\] = -1e-07 S is refused; allowed: >= 1\.97e-08 and <= 1\.879e-07 S"),
        ((1, 2), 1e-6, r"g\.csv\[1, 2\] = 1e-06 S is refused; allowed: >= 1\.97e-08"),
        ((1, 0), np.nan, r"g\.csv\[1, 0\] = nan S is refused"),
    ],
)
def test_a_conductance_outside_the_window_is_refused_with_its_value(
    place: tuple[int, int], value: float, words: str, tmp_path: Path
) -> None:
    wrong = G.copy()
    wrong[place] = value
    _write(tmp_path / "g.csv", wrong)
    with pytest.raises(RequestError, match=words) as caught:
        initial_states({"conductance": "g.csv"}, BARE, tmp_path)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"conductance": "gone.npy"}, "cannot be read"),
        ({"conductance": "text.mat"}, "cannot be read"),
        ({"conductance": "new.mat"}, "MATLAB 7.3 file; save it in MATLAB with the option '-v7'"),
        ({"conductance": "wide.npy"}, r"shape of .*wide\.npy = \(2, 4\) is refused; allowed: \(2, 3\)"),
        ({"conductance": "complex.npy"}, r"complex\.npy = .* is refused; .* Complex numbers have no place here"),
        ({"conductance": "g.npy", "pattern": "random"}, "has conductance and pattern: give one or the other"),
        ({"conductance": "g.npy", "voltage": "0 V"}, r"array\.initial\.voltage = 0\.0 V is refused"),
        ({"conductance": "g.npy", "voltage": "5 A"}, r"array\.initial\.voltage"),
        ({"pattern": "random", "voltage": "5 mV"}, "has pattern and voltage"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(table: dict[str, object], words: str, tmp_path: Path) -> None:
    np.save(tmp_path / "g.npy", G)
    np.save(tmp_path / "wide.npy", np.full((2, 4), 1e-7))
    np.save(tmp_path / "complex.npy", G * 1j)
    (tmp_path / "text.mat").write_text("no matrix at all\n")
    # the first bytes of a MATLAB 7.3 file
    (tmp_path / "new.mat").write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400))
    with pytest.raises(RequestError, match=words):
        initial_states(table, BARE, tmp_path)


# ---- waves


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("waves") / "run"
    folder.mkdir()
    run_study(Study("waves", Crossbar(2, 3), [Write(0, 1), Read(0)]), folder)
    return folder


def test_waves_as_csv(run: Path, tmp_path: Path) -> None:
    done = runner.invoke(app, ["convert", str(run), "--to", str(tmp_path / "new" / "waves.csv")])
    assert done.exit_code == 0, done.stderr
    dataset = load(run / "result.nc")
    with (tmp_path / "new" / "waves.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][0] == "time [s]"
    assert {"w_0_1 [1]", "i_sense_2 [A]", "v_word_1_2 [V]"} <= set(rows[0])
    values = np.array(rows[1:], dtype=float)
    assert (values[:, 0] == dataset["time"].values).all()
    assert (values[:, rows[0].index("w_0_1 [1]")] == dataset["w"].values[:, 0, 1]).all()
    assert (values[:, rows[0].index("i_sense_2 [A]")] == dataset["i_sense"].values[:, 2]).all()


def test_waves_for_matlab(run: Path, tmp_path: Path) -> None:
    write_waves(load(run / "result.nc"), tmp_path / "waves.mat", ["w", "i_sense"])
    held = scipy.io.loadmat(tmp_path / "waves.mat", simplify_cells=True)
    dataset = load(run / "result.nc")
    assert {name for name in held if not name.startswith("__")} == {"time", "units", "w", "i_sense"}
    assert (held["w"] == dataset["w"].values).all()
    assert (held["time"] == dataset["time"].values).all()
    assert held["units"] == {"time": "s", "w": "1", "i_sense": "A"}


def test_ngspice_and_spicelib_load_the_raw_file(run: Path, tmp_path: Path) -> None:
    done = runner.invoke(
        app, ["convert", str(run / "result.nc"), "--to", str(tmp_path / "waves.raw"), "--variable", "w",
              "--variable", "v_word_source"],
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    w = load(run / "result.nc")["w"].values[:, 0, 1]
    (tmp_path / "load.cir").write_text(
        "load\n.control\nload waves.raw\nlet last=w_0_1[length(w_0_1)-1]\nprint last length(time)\nquit\n.endc\n.end\n"
    )
    command = [require(find_ngspice()), "-n", "-b", "load.cir"]
    words = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60).stdout
    found = dict(re.findall(r"^(last|length\(time\)) = (\S+)", words, re.MULTILINE))
    assert float(found["last"]) == pytest.approx(w[-1], rel=1e-5, abs=0), words
    assert float(found["length(time)"]) == len(w)
    raw = RawRead(tmp_path / "waves.raw", dialect="ngspice")
    assert raw.get_trace("w_0_1").get_wave(0) == pytest.approx(w, rel=1e-12, abs=0)


def test_waves_as_netcdf_hold_what_was_asked_for(run: Path, tmp_path: Path) -> None:
    write_waves(load(run / "result.nc"), tmp_path / "waves.nc", ["w"])
    assert list(load(tmp_path / "waves.nc")) == ["w"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "waves.xls"], "'.xls' is refused; allowed: one of .csv, .mat, .raw, .nc"),
        (["--to", "waves.csv", "--variable", "charge"], "variable = 'charge' is refused; allowed: one of v_word"),
    ],
)
def test_a_wrong_conversion_leaves_nothing(
    run: Path, tmp_path: Path, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = runner.invoke(app, ["convert", str(run), *arguments])
    assert done.exit_code == 2
    assert words in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_is_no_run_is_not_converted(run: Path, tmp_path: Path) -> None:
    done = runner.invoke(app, ["convert", str(tmp_path), "--to", str(tmp_path / "waves.csv")])
    assert (done.exit_code, "holds no finished run" in done.stderr) == (2, True)
    done = runner.invoke(app, ["convert", str(run), "--to", str(run / "result.nc")])
    assert (done.exit_code, "is the run's own result" in done.stderr) == (2, True)
    assert "w" in load(run / "result.nc")

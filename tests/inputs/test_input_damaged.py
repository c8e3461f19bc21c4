"""Damaged files, and files that claim what they do not hold: read or refused, never anything else."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from input_readers import PULSES, READERS, TOML

from pyspice_models.array import Crossbar
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.presets import preset
from pyspice_models.errors import RequestError
from pyspice_models.inputs import arrays
from pyspice_models.inputs.matrix import matrix_from_file
from pyspice_models.result import load, save, waves, write_waves
from pyspice_models.stimulus import Read, Write
from pyspice_models.study import Study, run_study
from pyspice_models.study.states import states_in

W = np.array([[0.1, 0.5, 0.9], [0.2, 0.4, 0.8]])
DAMAGED = Path(__file__).parents[1] / "data" / "damaged"


def _claiming(shape: tuple[int, ...], dtype: str = "<f8", data: bytes = W.tobytes()) -> bytes:
    """A .npy file whose header claims another shape than its data have."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + data


def test_an_archive_that_unpacks_to_more_than_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(arrays, "MOST_MAP", 10_000)
    np.savez_compressed(tmp_path / "much.npz", w0=np.zeros(800), w1=np.zeros(800))
    assert (tmp_path / "much.npz").stat().st_size < 1000
    with pytest.raises(RequestError, match=r"much\.npz cannot be read: its arrays take 13056 bytes, and at most 10000"):
        arrays.every_array_in(tmp_path / "much.npz", "weights")
    monkeypatch.setattr(arrays, "MOST_MAP", 13_056)
    assert set(arrays.every_array_in(tmp_path / "much.npz", "weights")) == {"w0", "w1"}


def test_a_header_of_numpy_is_checked_before_memory_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "m.npy"
    path.write_bytes(_claiming((2, 3)))
    assert (matrix_from_file(path, (2, 3)) == W).all()
    for content, message in (
        (_claiming((9999999, 99999999)), r"shape of .*m\.npy = \(9999999, 99999999\) is refused; allowed: \(2, 3\)"),
        (_claiming((2, 3, 10**12)), r"is refused; allowed: \(2, 3\)"),
        (_claiming((-2, -3)), "is refused"),
        (_claiming((10**30, 10**30)), "is refused"),
        (_claiming((2, 3), "V999999999"), "it is cut off: its header claims 5999999994 bytes, and 48 are there"),
        (_claiming((2, 3), "O"), "it holds Python objects, not numbers"),
        (_claiming((2, 3))[:-8], "it is cut off: its header claims 48 bytes, and 40 are there"),
        (_claiming((2, 3)).replace(b"NUMPY\x01", b"NUMPY\x09"), r"its version 9\.0 is not known"),
    ):
        path.write_bytes(content)
        with pytest.raises(RequestError, match=message):
            matrix_from_file(path, (2, 3))


def test_an_archive_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    def put(x: bytes) -> None:
        with zipfile.ZipFile(tmp_path / "states.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("w.npy", _claiming((2, 3)))
            archive.writestr("x.npy", x)

    put(_claiming((2, 3)))
    assert (states_in(tmp_path, (2, 3), AG2S)["x"] == W).all()
    for content, message in (
        (_claiming((9999999, 9999999)), r"shape of .*states\.npz = \(9999999, 9999999\) is refused"),
        (_claiming((2, 3))[:-1], "it is cut off"),
        (_claiming((2, 3), "<c8"), "Complex numbers have no place here"),
        (_claiming((2, 3), "|b1"), "Yes and no are no numbers"),
    ):
        put(content)
        with pytest.raises(RequestError, match=message):
            states_in(tmp_path, (2, 3), AG2S)
    np.savez(tmp_path / "states.npz", w=W)
    with pytest.raises(RequestError, match="it holds no 'x'"):
        states_in(tmp_path, (2, 3), AG2S)


def test_known_damage_is_refused(tmp_path: Path) -> None:
    """These made tracebacks: zlib.error, a variable of an unknown class, NotImplementedError."""
    for name, message in (("deflate.mat", "it is damaged: Error -3"), ("class.mat", "of an unknown class")):
        with pytest.raises(RequestError, match=f"the map in .*{name} cannot be read: .*{message}"):
            matrix_from_file(DAMAGED / name, (2, 3))
    shutil.copy(DAMAGED / "flags.npz", tmp_path / "states.npz")
    with pytest.raises(RequestError, match=r"states\.npz cannot be read: strong encryption .* It is damaged"):
        states_in(tmp_path, (4, 5), AG2S)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("result")
    run_study(Study("waves", Crossbar(2, 3), [Write(0, 1), Read(0)], engine="nodal"), folder)
    return (folder / "result.nc").read_bytes()


def _mutated(data: bytes, draw: Any) -> bytes:
    """The same with a few bytes changed, put in, left out, or the end cut off."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(changed) - 1, 0)))
        piece = draw(st.binary(min_size=1, max_size=8) | st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"]))
        how = draw(st.sampled_from(["over", "in", "out", "cut"]))
        if how == "over":
            changed[place : place + len(piece)] = piece
        elif how == "in":
            changed[place:place] = piece
        elif how == "out":
            del changed[place : place + len(piece)]
        else:
            del changed[place:]
    return bytes(changed)


def _files(result: bytes, folder: Path) -> dict[str, bytes]:
    import scipy.io
    from PIL import Image

    np.save(folder / "m.npy", W)
    np.savez(folder / "a.npz", w=W, x=W)
    scipy.io.savemat(folder / "m.mat", {"a": W}, do_compression=True)
    scipy.io.savemat(folder / "u.mat", {"a": W, "b": {"c": 1}})
    scipy.io.savemat(folder / "v4.mat", {"a": W}, format="4")
    Image.fromarray((W * 255).astype(np.uint8)).save(folder / "m.png")
    Image.fromarray((W * 255).astype(np.uint8)).save(folder / "m.gif")
    files = {
        "map.npy": ["m.npy"],
        "map.mat": ["m.mat", "u.mat", "v4.mat"],
        "map.png": ["m.png", "m.gif"],
        "run/states.npz": ["a.npz"],
    }
    found = {f"{n} {name}": (folder / one).read_bytes() for name, ones in files.items() for n, one in enumerate(ones)}
    return found | {
        "0 study.toml": TOML,
        "0 data.csv": PULSES.encode(),
        "0 map.csv": b"0.1,0.5,0.9\n0.2,0.4,0.8\n",
        "0 run/result.nc": result,
        "0 preset.toml": (Path(preset.__code__.co_filename).parent / "data" / "ag2s" / "50nm-80C.toml").read_bytes(),
    }


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data: Any, result: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Never anything else: no other exception, no memory for what a header claims, no crash of the process."""
    folder = Path(tmp_path_factory.mktemp("damaged"))
    files = _files(result, folder)
    which = data.draw(st.sampled_from(sorted(files)))
    path = folder / which.partition(" ")[2]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_mutated(files[which], data.draw))
    words = "fine"
    try:
        READERS[which.partition(" ")[2]](path)
    except RequestError as refused:
        words = str(refused)
    assert words.isprintable()
    shutil.rmtree(folder)


def test_a_result_that_claims_more_than_this_machine_has_is_refused(
    result: bytes, tmp_path: Path, monkeypatch: Any
) -> None:
    (tmp_path / "result.nc").write_bytes(result)
    assert "w" in load(tmp_path / "result.nc")
    monkeypatch.setattr("pyspice_models.machine.memory", lambda: 100)
    with pytest.raises(RequestError, match=r"it claims to hold .* bytes, and this machine has 100"):
        load(tmp_path / "result.nc")


# ---- sound files that hold what no run wrote


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.drop_vars("time"), "holds no waves"),
        (lambda data: data.isel(time=0), "holds no waves"),
        (
            lambda data: data.transpose("row", ...),
            r"'\w+' of the dataset is no wave: float64 over row, time",
        ),
        (lambda data: data.assign(w=data["w"].astype(str)), "'w' of the dataset is no wave: <U"),
        (lambda data: data.assign_coords(time=data["time"].astype(str)), "'time' of the dataset is no wave: <U"),
        (lambda data: data.assign(w=data["w"] + 1j), "'w' of the dataset is no wave: complex128"),
        (lambda data: data.rename(w="w" * 32), "has a name that other programs do not read"),
        (lambda data: data.rename(w="w 1"), "'w 1' of the dataset has a name that other programs do not read"),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".mat", ".raw", ".nc"])
def test_what_is_no_wave_is_not_converted(ending: str, change: Any, words: str, result: bytes, tmp_path: Path) -> None:
    (tmp_path / "result.nc").write_bytes(result)
    with pytest.raises(RequestError, match=words):
        write_waves(change(load(tmp_path / "result.nc")), tmp_path / f"waves{ending}")
    assert [path.name for path in tmp_path.iterdir()] == ["result.nc"]


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.drop_dims("time"),
        lambda data: data.drop_vars("w"),
        lambda data: data.isel(time=[]),
        lambda data: data.isel(time=0),
        lambda data: data.assign(x=data["x"].astype(str)),
    ],
)
def test_states_come_from_a_history_of_numbers(change: Any, result: bytes, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "result.nc").write_bytes(result)
    dataset = load(tmp_path / "whole" / "result.nc")
    change(dataset).to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    with pytest.raises(RequestError, match="holds no states w, x: it is not the result of a crossbar's run"):
        states_in(tmp_path, (2, 3), AG2S)


@pytest.mark.parametrize("place", ["", "w", "time"])
def test_what_is_written_in_a_result_has_to_be_text(result: bytes, tmp_path: Path, place: str) -> None:
    path = tmp_path / "result.nc"
    path.write_bytes(result)
    with h5py.File(path, "a") as file:
        (file[place] if place else file).attrs.create("about", b"\xff\xfe", dtype=h5py.string_dtype("utf-8", 2))
    message = r"^the netCDF result \S*result\.nc cannot be read: it holds '\\udcff\\udcfe', which is no UTF-8 text"
    with pytest.raises(RequestError, match=message):
        load(path)


def test_a_text_that_is_a_value_has_to_be_text_too(tmp_path: Path) -> None:
    path = tmp_path / "result.nc"
    xr.Dataset({"failure": ("run", np.array(["", "late"], dtype=object))}).to_netcdf(path, engine="h5netcdf")
    assert load(path)["failure"].values.tolist() == ["", "late"]
    with h5py.File(path, "a") as file:
        file["failure"][1] = b"\xff\xfe"
    with pytest.raises(RequestError, match=r"result\.nc cannot be read: .*0xff.* It is damaged"):
        load(path)


def test_a_variable_without_its_numbers_is_refused_before_memory_is_taken(result: bytes, tmp_path: Path) -> None:
    """HDF5 makes zeros of what a file claims and does not hold; 0.2 GB of it took 3 GB."""
    path = tmp_path / "result.nc"
    path.write_bytes(result)
    with h5py.File(path, "r+") as file:
        rows = len(file["time"])
        del file["i_sense"]
        file.create_dataset("i_sense", shape=(rows, 100_000), dtype="f8", chunks=(8, 8))
    with pytest.raises(RequestError, match=r"'i_sense' claims to hold \S+ bytes, and 0 are in the file"):
        load(path)


def test_zeros_that_are_packed_tightly_are_numbers_that_are_there(tmp_path: Path) -> None:
    dataset = xr.Dataset({"w": (("time", "row"), np.zeros((1000, 3000)))}, {"time": np.arange(1000.0)})
    save(dataset, tmp_path / "result.nc")
    assert (tmp_path / "result.nc").stat().st_size < dataset.nbytes / 100
    assert load(tmp_path / "result.nc").equals(dataset)


@pytest.mark.parametrize("ending", [".csv", ".raw"])
def test_many_waves_are_written_some_moments_at_once(ending: str, tmp_path: Path, monkeypatch: Any) -> None:
    """Memory is for numbers, not for rows: those of a large array are wide."""
    dataset = xr.Dataset(
        {"w": (("time", "row", "col"), np.random.default_rng(1).random((7, 3, 4)))}, {"time": np.arange(7.0)}
    )
    write_waves(dataset, tmp_path / f"whole{ending}")
    monkeypatch.setattr(waves, "NUMBERS_AT_ONCE", 2 * 13)
    write_waves(dataset, tmp_path / f"parts{ending}")
    assert [part.shape for part in waves.parts_of_waves(dataset)] == [(2, 13), (2, 13), (2, 13), (1, 13)]
    assert (tmp_path / f"parts{ending}").read_bytes() == (tmp_path / f"whole{ending}").read_bytes()

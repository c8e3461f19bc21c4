"""Damaged files, and files that claim what they do not hold: read or refused, never anything else."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from input_readers import PULSES, READERS, TOML

from pyspice_models.array import Crossbar
from pyspice_models.bench import Read, Write
from pyspice_models.errors import RequestError
from pyspice_models.params.presets import preset
from pyspice_models.result import load
from pyspice_models.study import Study, run_study
from pyspice_models.study.matrix import matrix_from_file
from pyspice_models.study.states import states_in

W = np.array([[0.1, 0.5, 0.9], [0.2, 0.4, 0.8]])
DAMAGED = Path(__file__).parent / "data" / "damaged"


def _claiming(shape: tuple[int, ...], dtype: str = "<f8", data: bytes = W.tobytes()) -> bytes:
    """A .npy file whose header claims another shape than its data have."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + data


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
    assert (states_in(tmp_path, (2, 3))[1] == W).all()
    for content, message in (
        (_claiming((9999999, 9999999)), r"shape of .*states\.npz = \(9999999, 9999999\) is refused"),
        (_claiming((2, 3))[:-1], "it is cut off"),
        (_claiming((2, 3), "<c8"), "Complex numbers have no place here"),
        (_claiming((2, 3), "|b1"), "Yes and no are no numbers"),
    ):
        put(content)
        with pytest.raises(RequestError, match=message):
            states_in(tmp_path, (2, 3))
    np.savez(tmp_path / "states.npz", w=W)
    with pytest.raises(RequestError, match="it holds no 'x'"):
        states_in(tmp_path, (2, 3))


def test_known_damage_is_refused(tmp_path: Path) -> None:
    """These made tracebacks: zlib.error, a variable of an unknown class, NotImplementedError."""
    for name, message in (("deflate.mat", "it is damaged: Error -3"), ("class.mat", "of an unknown class")):
        with pytest.raises(RequestError, match=f"the map in .*{name} cannot be read: .*{message}"):
            matrix_from_file(DAMAGED / name, (2, 3))
    shutil.copy(DAMAGED / "flags.npz", tmp_path / "states.npz")
    with pytest.raises(RequestError, match=r"states\.npz cannot be read: strong encryption .* It is damaged"):
        states_in(tmp_path, (4, 5))


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
        "0 preset.toml": (Path(preset.__code__.co_filename).parent / "data" / "50nm-80C.toml").read_bytes(),
    }


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    monkeypatch.setattr(os, "sysconf", lambda name: 10)
    with pytest.raises(RequestError, match=r"it claims to hold .* bytes, and this machine has 100"):
        load(tmp_path / "result.nc")

"""Matrices from MATLAB's files: as SciPy writes them, and never a crash over a damaged one."""

from __future__ import annotations

import contextlib
import io
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyspice_models.errors import RequestError
from pyspice_models.inputs import matlab
from pyspice_models.inputs.matrix import matrix_from_file

W = np.array([[0.1, 0.5, 0.9], [0.0, 0.4, 0.8]])


def matrix_in(data: bytes, shape: tuple[int, int], variable: str = "") -> np.ndarray:
    """The matrix of a file with this content."""
    with tempfile.NamedTemporaryFile(suffix=".mat") as file:
        file.write(data)
        file.flush()
        return matlab.matrix_in(Path(file.name), "map in", shape, variable)


def _mat(held: dict[str, Any], **how: Any) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, held, **how)
    return file.getvalue()


@given(
    values=hnp.arrays(
        st.sampled_from(["f8", "f4", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f8", "bool"]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=5),
    ),
    packed=st.booleans(),
)
def test_every_type_of_number_is_read_as_scipy_wrote_it(values: np.ndarray, packed: bool) -> None:
    found = matrix_in(_mat({"a": values}, do_compression=packed), values.shape)
    assert (found.dtype == bool) == (values.dtype == bool)
    np.testing.assert_array_equal(found, values)


@given(
    values=hnp.arrays(
        "f8", hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.sampled_from([0.0, 1.5, -2.0])
    ),
    format=st.sampled_from(["4", "5"]),
    packed=st.booleans(),
)
def test_sparse_matrices_are_written_out(values: np.ndarray, format: str, packed: bool) -> None:
    data = _mat({"s": scipy.sparse.csc_array(values)}, format=format, do_compression=packed and format == "5")
    assert (matrix_in(data, values.shape) == values).all()


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "i2", "u2", "u1"])
def test_version_4(dtype: str) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype)
    data = _mat({"first": np.zeros((4, 4)), "a": values, "t": "text"}, format="4")
    assert (matrix_in(data, (2, 3)) == values).all()
    assert (matrix_in(data, (4, 4)) == 0).all()
    with pytest.raises(RequestError, match=r"shape of .* = \(4, 4\) is refused; allowed: \(2, 3\)"):
        matrix_in(data, (2, 3), "first")
    with pytest.raises(RequestError, match="'t' is not one array of real numbers, but text"):
        matrix_in(data, (2, 3), "t")


def test_the_other_byte_order() -> None:
    """As old workstations wrote it: SciPy writes the machine's own, so the words are turned by hand."""

    def element(kind: int, content: bytes) -> bytes:
        return struct.pack(">II", kind, len(content)) + content + bytes(-len(content) % 8)

    body = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", 2, 3)) + element(1, b"a")
    body += element(9, W.T.astype(">f8").tobytes())
    data = b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + element(14, body)
    assert (matrix_in(data, (2, 3)) == W).all()
    old = struct.pack(">5i", 1000, 2, 3, 0, 2) + b"a\0" + W.T.astype(">f8").tobytes()
    assert (matrix_in(old, (2, 3)) == W).all()


OTHERS = {"c": np.array([[{"x": 1}]]), "s": {"q": W}, "t": "text", "i": W * 1j, "e": np.zeros((0, 3))}
KINDS = {"c": "", "s": "a structure", "t": "text", "i": "of complex numbers"}


@pytest.mark.parametrize("packed", [True, False])
def test_other_variables_do_not_disturb(packed: bool) -> None:
    data = _mat({**OTHERS, "a": W}, do_compression=packed)
    assert (matrix_in(data, (2, 3)) == W).all()
    for name, kind in KINDS.items():
        with pytest.raises(RequestError, match=f"'{name}' is not one array of real numbers, but .*{kind}"):
            matrix_in(data, (2, 3), name)
    with pytest.raises(RequestError, match="it holds no 'z', but a, c, e, i, s, t"):
        matrix_in(data, (2, 3), "z")
    with pytest.raises(RequestError, match=r"0 of its variables \(a, c, e, i, s, t\) are 7 x 7 matrices: name one"):
        matrix_in(data, (7, 7))


def test_a_yes_or_no_matrix_is_one_for_a_pattern_only(tmp_path: Path) -> None:
    (tmp_path / "m.mat").write_bytes(_mat({"a": W > 0.3}))
    assert (matrix_from_file(tmp_path / "m.mat", (2, 3), yes_or_no=True) == (W > 0.3)).all()
    with pytest.raises(RequestError, match="Yes and no are no numbers: give 0 and 1"):
        matrix_from_file(tmp_path / "m.mat", (2, 3))


def test_what_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of this filled all the memory there was, and ended the process."""
    monkeypatch.setattr(matlab, "MOST_MAP", 1_000_000)
    bomb = zlib.compress(struct.pack("<II", 14, 5_000_000) + bytes(5_000_000))
    data = _mat({"a": W})[:128] + struct.pack("<II", 15, len(bomb)) + bomb
    assert len(data) < 6000
    with pytest.raises(RequestError, match="its variables unpack to more than 1000000 bytes, the most that are read"):
        matrix_in(data, (2, 3))
    # of several that are each below the cap, too
    one = zlib.compress(_mat({"a": np.zeros((1, 70_000))})[128:])
    with pytest.raises(RequestError, match="unpack to more than 1000000"):
        matrix_in(_mat({"a": W})[:128] + 2 * (struct.pack("<II", 15, len(one)) + one), (2, 3))


def test_sizes_that_are_not_there() -> None:
    sound = _mat({"a": W})
    place = sound.index(W.T.tobytes())
    for at, word in (
        (place - 4, 0x7FFFFFFF), (place - 8, 0xFF09), (place - 8, 0), (132, 0xFFFFFFFF), (160, 0x7FFFFFFF), (160, 3),
        (144, 0xFFFF),
    ):  # fmt: skip
        damaged = bytearray(sound)
        struct.pack_into("<I", damaged, at, word)
        with contextlib.suppress(RequestError):
            pytest.fail(f"{at}, {word:x}: {matrix_in(bytes(damaged), (2, 3))}")
    sparse = _mat({"s": scipy.sparse.csc_array(W)})
    for at in range(128, len(sparse) - 4, 4):
        damaged = bytearray(sparse)
        struct.pack_into("<I", damaged, at, 0x7FFFFFF0)
        with contextlib.suppress(RequestError):
            assert matrix_in(bytes(damaged), (2, 3)).shape == (2, 3), at


@given(data=st.binary(max_size=400))
def test_bytes_of_any_kind_are_no_crash(data: bytes) -> None:
    for head in (b"", _mat({"a": W})[:128], struct.pack("<5i", 0, 2, 3, 0, 2)):
        try:
            found = matrix_in(head + data, (2, 3))
        except RequestError:
            continue
        assert found.ndim == 2

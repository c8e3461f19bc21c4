"""Images as maps: a pixel is one grey, or the image is refused with the reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from pyspice_models.array import Crossbar
from pyspice_models.errors import RequestError
from pyspice_models.inputs.image import ENDINGS
from pyspice_models.inputs.matrix import IMAGES, matrix_from_file
from pyspice_models.study.tables.initial import initial_states

GREY = np.array([[0, 51, 102], [153, 204, 255]], dtype=np.uint8)
SHARES = GREY / 255


def _read(path: Path) -> np.ndarray:
    return initial_states({"file": path.name}, Crossbar(2, 3), path.parent)["cell"]["w0"]


def _colours(*values: tuple[int, ...]) -> Image.Image:
    return Image.fromarray(np.array(values, dtype=np.uint8).reshape(2, 3, -1))


def _palette(image: Image.Image) -> Image.Image:
    return image.convert("P")


@pytest.mark.parametrize("ending", [".png", ".gif", ".bmp", ".tif", ".tiff"])
def test_grey_of_eight_bits(ending: str, tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / f"m{ending}")
    assert _read(tmp_path / f"m{ending}") == pytest.approx(SHARES, abs=1e-12)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "PA"])
def test_colours_that_are_all_grey_and_opaque(mode: str, tmp_path: Path) -> None:
    """Most programs write grey so."""
    ending = ".tif" if mode == "PA" else ".png"
    Image.fromarray(GREY).convert(mode).save(tmp_path / f"m{ending}")
    assert _read(tmp_path / f"m{ending}") == pytest.approx(SHARES, abs=1e-12)


def test_a_photograph_of_grey_stays_grey(tmp_path: Path) -> None:
    Image.fromarray(np.full((2, 3), 128, dtype=np.uint8)).convert("RGB").save(tmp_path / "m.jpg", quality=95)
    assert _read(tmp_path / "m.jpg") == pytest.approx(np.full((2, 3), 128 / 255), abs=0.01)


def test_black_and_white_sixteen_bits_and_floats(tmp_path: Path) -> None:
    bits = np.array([[True, False, True], [False, True, True]])
    for ending in (".png", ".tif", ".bmp"):
        Image.fromarray(bits).save(tmp_path / f"m{ending}")
        assert (_read(tmp_path / f"m{ending}") == bits).all()
    deep = np.array([[0, 1, 2], [1000, 65534, 65535]], dtype=np.uint16)
    for ending in (".png", ".tif"):
        Image.fromarray(deep).save(tmp_path / f"m{ending}")
        assert _read(tmp_path / f"m{ending}") == pytest.approx(deep / 65535, rel=1e-12, abs=0)
    Image.fromarray(SHARES.astype(np.float32)).save(tmp_path / "m.tif")
    assert (_read(tmp_path / "m.tif") == SHARES.astype(np.float32)).all()


def _save_32_bits(path: Path) -> None:
    Image.fromarray(np.array([[0, 1, 0], [1, 0, 1]], dtype=np.int32)).save(path)


def _save_signed(path: Path) -> None:
    tags = ImageFileDirectory_v2()
    tags[339] = 2  # SampleFormat: signed
    Image.fromarray(np.array([[0, 1, 0], [1, 0, 1]], dtype=np.uint16)).save(path, tiffinfo=tags)


def _save_transparent(path: Path) -> None:
    _colours(*[(0, 0, 0, 255)] * 5, (255, 255, 255, 0)).save(path)


def _save_half_transparent(path: Path) -> None:
    _colours(*[(9, 255)] * 4, (9, 128), (9, 255)).save(path)


def _save_a_transparent_colour(path: Path) -> None:
    Image.fromarray(GREY).save(path, transparency=102)


def _save_a_transparent_entry(path: Path) -> None:
    _palette(Image.fromarray(GREY)).save(path, transparency=0)


def _save_coloured(path: Path) -> None:
    _colours(*[(9, 9, 9)] * 3, (255, 0, 0), *[(9, 9, 9)] * 2).save(path)


def _save_a_coloured_palette(path: Path) -> None:
    _palette(_colours(*[(9, 9, 9)] * 4, (0, 0, 255), (9, 9, 9))).save(path)


def _save_printers_colours(path: Path) -> None:
    Image.new("CMYK", (3, 2)).save(path)


def _save_lab(path: Path) -> None:
    Image.new("LAB", (3, 2)).save(path)


def _save_two(path: Path) -> None:
    Image.fromarray(GREY).save(path, save_all=True, append_images=[Image.fromarray(255 - GREY)])


def _save_turned(path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 3
    Image.fromarray(GREY).save(path, exif=exif)


@pytest.mark.parametrize(
    ("save", "ending", "message"),
    [
        (_save_transparent, ".png", "its pixel in row 1, column 2 is transparent, which is no grey: fill it"),
        (_save_half_transparent, ".png", "its pixel in row 1, column 1 is transparent"),
        (_save_a_transparent_colour, ".png", "its pixel in row 0, column 2 is transparent"),
        (_save_a_transparent_entry, ".png", "is transparent"),
        (_save_a_transparent_entry, ".gif", "is transparent"),
        (_save_32_bits, ".tif", "it has 32 bits a pixel, and which number is white is not known: save it with 8 or 16"),
        (_save_signed, ".tif", "it has 32 bits a pixel|its pixels are of the kind"),
        (
            _save_coloured,
            ".png",
            r"in row 1, column 0 is coloured \(red, green, blue = 255, 0, 0\): save the image as grey",
        ),
        (_save_coloured, ".bmp", "is coloured"),
        (_save_a_coloured_palette, ".png", "in row 1, column 1 is coloured"),
        (_save_a_coloured_palette, ".gif", "in row 1, column 1 is coloured"),
        (_save_printers_colours, ".jpg", "its pixels are of the kind CMYK, not grey"),
        (_save_lab, ".tif", "its pixels are of the kind LAB, not grey"),
        (_save_two, ".gif", "it holds 2 pictures: save the one that is meant alone"),
        (_save_two, ".png", "it holds 2 pictures"),
        (_save_two, ".tif", "it holds 2 pictures"),
        (_save_turned, ".png", r"it is stored turned or mirrored \(EXIF orientation\): save it upright"),
        (_save_turned, ".jpg", "it is stored turned"),
    ],
)
def test_a_pixel_that_may_mean_something_else_is_refused(save: Any, ending: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / f"m{ending}"
    save(path)
    with pytest.raises(RequestError, match=f"the map in .* cannot be read: .*{message}") as refused:
        _read(path)
    assert refused.value.exit_code == 2


def test_colours_of_sixteen_bits_are_refused(tmp_path: Path) -> None:
    """Pillow would halve them without a word; it cannot write them, so the file is made by hand."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + b"\x12\x34" * 9
    (tmp_path / "m.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * 2))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(RequestError, match="it has colours of 16 bits, of which half would be lost"):
        _read(tmp_path / "m.png")


def test_of_an_image_of_another_shape_only_the_header_is_read(tmp_path: Path) -> None:
    """A bomb of a few kilobytes, which unpacks to 25 billion pixels, costs nothing."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "x")
    Image.fromarray(GREY).save(tmp_path / "m.png", pnginfo=info)
    data = bytearray((tmp_path / "m.png").read_bytes())
    import struct
    import zlib

    data[16:24] = struct.pack(">II", 160_000, 160_000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    (tmp_path / "m.png").write_bytes(bytes(data))
    with pytest.raises(RequestError, match=r"m\.png (cannot be read: .*|= \(160000, 160000\) is refused)"):
        matrix_from_file(tmp_path / "m.png", (2, 3))


def test_another_format_behind_the_ending_is_not_opened(tmp_path: Path) -> None:
    """Pillow hands PostScript to an interpreter, whatever the file is called."""
    (tmp_path / "m.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 3 2\n%%EndComments\nshowpage\n")
    with pytest.raises(RequestError, match="cannot be read: cannot identify image file"):
        _read(tmp_path / "m.png")
    assert set(ENDINGS) == IMAGES


def test_pillow_and_matlab_are_not_loaded_without_need() -> None:
    code = (
        "import sys\n"
        "from pyspice_models.cli.main import app\n"
        "from typer.main import get_command\n"
        "list(get_command(app).commands.values())\n"
        "print(sorted({'PIL.Image', 'h5py', 'PySpice', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

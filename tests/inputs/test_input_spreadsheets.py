"""What editors and spreadsheets of other systems write is read, or refused in words that say what to save instead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from input_readers import PULSES, TOML

from pyspice_models.cells.presets import load_preset, preset
from pyspice_models.errors import RequestError
from pyspice_models.inputs.matrix import matrix_from_file
from pyspice_models.inputs.text import read_text
from pyspice_models.lab.fit import read_data
from pyspice_models.study.tables.read import load_study

W = np.array([[0.1, 0.5, 0.9], [0.2, 0.4, 0.8]])
DECODED = [("utf-8-sig", b""), ("utf-16", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-32", b"")]


@pytest.mark.parametrize(("encoding", "mark"), DECODED)
def test_byte_order_marks_are_read(encoding: str, mark: bytes, tmp_path: Path) -> None:
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_bytes(mark + text.encode(encoding))
        return tmp_path / name

    assert load_study(write("s.toml", TOML.decode().replace("\n", "\r\n"))).crossbar.shape == (2, 3)
    assert (matrix_from_file(write("m.csv", "0.1,0.5,0.9\r\n0.2,0.4,0.8\r\n"), (2, 3)) == W).all()
    assert len(read_data(write("d.csv", PULSES)).voltage) == 19
    own = (Path(preset.__code__.co_filename).parent / "data" / "ag2s" / "50nm-80C.toml").read_text(encoding="utf-8")
    assert load_preset(write("p.toml", own)) == preset("50nm-80C")


def test_another_encoding_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(PULSES.replace("[us]", "[µs]").encode("cp1252"))
    with pytest.raises(RequestError, match=r"line 1 is not text in UTF-8. Save it as UTF-8"):
        read_data(tmp_path / "d.csv")
    (tmp_path / "d.csv").write_bytes(b"\xff\xfea")
    with pytest.raises(RequestError, match="is not text in UTF-16-LE"):
        read_text(tmp_path / "d.csv", "data file", 100)


@pytest.mark.parametrize(
    "text",
    [
        "0.1,0.5,0.9\n0.2,0.4,0.8",
        "0.1,0.5,0.9\r\n0.2,0.4,0.8\r\n",
        "\n\n0.1,0.5,0.9\n\n  \n0.2,0.4,0.8\n\n",
        "# a map\n 0.1 , 0.5,\t0.9\n# and on\n0.2,0.4,0.8\n",
        "0.1,0.5,0.9\r0.2,0.4,0.8\r",
        "1e-1,5E-1,.9\n+0.2,0.4,0.80\n",
        '"0.1","0.5","0.9"\n"0.2","0.4","0.8"\n',
        "0.1,0.5,0.9\n0.2,0.4,0.8\n,,\n",
        "10 %,50 %,90 %\n0.2,0.4,0.8\n",
    ],
)
def test_maps_as_they_are_written(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(text.encode())
    assert (matrix_from_file(tmp_path / "m.csv", (2, 3)) == W).all()


COMMAS = "the columns are not separated by commas. Save the file as comma-separated values, with a point"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.1;0.5;0.9\n0.2;0.4;0.8\n", COMMAS),
        ("0,1;0,5;0,9\n0,2;0,4;0,8\n", COMMAS),
        ("0.1\t0.5\t0.9\n", COMMAS),
        ('"0,1";"0,5"\n', COMMAS),
        ('"0,1","0,5","0,9"\n', r"line 1, column 1 = '0,1' is refused"),
        ("a,b,c\n0.1,0.5,0.9\n", r"line 1 is a header \('a'\): a map has none. Delete that line"),
        ("state [1],0.1,0.2\n", r"line 1 is a header \('state \[1\]'\)"),
        ("", "it holds no numbers"),
        ("\n,,\n", "it holds no numbers"),
        ("0.1,0.5\n0.2\n", "line 2 has 1 fields, those before it have 2"),
        ("0.1,x,0.9\n", "line 1 is a header"),
        ("0.1,0.2,0.3\n0.1,x,0.9\n", r"line 2, column 2 = 'x' is refused"),
        ("0.1,,0.9\n", r"line 1, column 2 = '' is refused"),
        ("1_0,0.5,0.9\n", r"line 1, column 1 = '1_0' is refused"),
        ("١,0.5,0.9\n", r"line 1, column 1 = '١' is refused"),
        ("0.1,0.5 V,0.9\n", r"column 2 = '0\.5 V' is refused"),
        ("0.1,1+2j,0.9\n", r"column 2 = '1\+2j' is refused"),
        ("9" * 200_000, "line 1 cannot be taken apart: field larger than field limit"),
        ("0.1,0.5,0.9\n", r"shape of .* = \(1, 3\) is refused; allowed: \(2, 3\)"),
    ],
    ids=range(19),
)
def test_maps_that_are_none_are_refused_in_words(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=message):
        matrix_from_file(tmp_path / "m.csv", (2, 3))


def test_the_fit_uses_the_same_words(tmp_path: Path) -> None:
    for text in (PULSES.replace(",", ";"), PULSES.replace(",", "\t"), PULSES.replace(",", ";").replace(".", ",")):
        (tmp_path / "d.csv").write_text(text)
        with pytest.raises(RequestError, match=COMMAS):
            read_data(tmp_path / "d.csv")
    # a semicolon inside a quoted name separates nothing
    (tmp_path / "d.csv").write_text(PULSES.replace("[nS]\n", '[nS],"note; free"\n', 1).replace("0.3,1,", "0.3,1,", 1))
    with pytest.raises(RequestError, match="line 2 has 4 fields, the header has 5"):
        read_data(tmp_path / "d.csv")
    (tmp_path / "d.csv").write_text(f"{' ' * 100_000}x{PULSES}")
    with pytest.raises(RequestError, match=r"missing column pulse; the header is \['x+pulse'|missing column pulse"):
        read_data(tmp_path / "d.csv")

"""Files of currents: units, spellings, shapes, what was not measured, and what is refused by name."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from deembed_cases import EXAMPLE, KNOWN, UNKNOWN, example, only, readings

from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed import Lines, Noise, Readings, deembed, read_readings, readings_text
from pyspice_models.lab.deembed.readings import BIT, OWN, WORD

ROOT = Path(__file__).resolve().parents[3]
SMALL = """# two word lines, two bit lines
Driven,Voltage (V),Drive [uA],bit 0 [nA],BL1 [uA]
word 0,0.1,61,40000,20
wl1,0.1,44,11700,32.1

bit 0,-0.1,-51.9,,
bit 1,0.1,52,,
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "currents.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_units_spellings_and_empty_fields(tmp_path: Path) -> None:
    read = read_readings(_file(tmp_path, SMALL))
    assert read.shape == (2, 2)
    assert read.current.tolist() == pytest.approx(
        [61e-6, 40e-6, 20e-6, 44e-6, 11.7e-6, 32.1e-6, -51.9e-6, 52e-6], rel=1e-9, abs=0
    )
    assert read.voltage.tolist() == [0.1] * 6 + [-0.1, 0.1]
    assert read.sensed.tolist() == [OWN, 0, 1, OWN, 0, 1, OWN, OWN]
    assert read.side.tolist() == [WORD] * 6 + [BIT] * 2
    assert read_readings(_file(tmp_path, SMALL), shape=(2, 2)).shape == (2, 2)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for made in (readings(), readings(floating=True), _both_ways()):
        again = read_readings(_file(tmp_path, "\n".join(readings_text(made)) + "\n"), floating=made.floating)
        assert again.shape == made.shape
        for one, other in zip(_sorted(again), _sorted(made), strict=True):
            assert one == pytest.approx(other, rel=1e-11, abs=0)


def _both_ways() -> Readings:
    forth = readings()
    through = only(forth, lambda r: r.sensed != OWN)
    back = replace(through, side=np.full_like(through.side, BIT), driven=through.sensed, sensed=through.driven)
    return forth.joined(back)


def _sorted(given: Readings) -> np.ndarray:
    order = np.lexsort((given.sensed, given.driven, given.side))
    return np.stack([given.side, given.driven, given.sensed, given.voltage, given.current])[:, order]


def test_currents_of_other_lines_of_the_driven_side_are_not_used(tmp_path: Path) -> None:
    text = "driven,voltage [V],bit 0 [uA],word 0 [uA],word 1 [uA]\nword 0,0.1,40,,3\nword 1,0.1,41,2,\n"
    read = read_readings(_file(tmp_path, text))
    assert read.ignored == 2
    assert len(read.current) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[nA]", "", "unit of column 'bit 0' = None"),
        ("[nA]", "[u]", "unit of column"),
        ("[nA]", "[mV]", "unit of column"),
        ("(V)", "(A)", "unit of column"),
        ("Driven,", "what,", "'what' is not known"),
        ("Voltage (V),", "", "no column voltage"),
        ("BL1", "bit 0", "two columns bit 0"),
        ("bit 0 [nA]", "bit 2 [nA]", "bit 0 of 3 is nowhere"),
        ("wl1", "word 2", "word 1 of 3 is nowhere"),
        ("wl1", "row 1", "line 4, driven = 'row 1'"),
        ("44,11700,32.1", "44,11700", "line 4 has 4 fields, the header has 5"),
        ("44,11700,32.1", "44,11700,32.1,5", "line 4 has 6 fields"),
        ("11700", "x", "line 4, column bit 0"),
        ("11700", "OVLD", "a saturated reading"),
        ("11700", "9.91e37", "a saturated reading"),
        ("11700", "inf", "a saturated reading"),
        ("wl1,0.1", "wl1,0", "voltage = 0.0 V"),
        ("wl1,0.1", "wl1,1000", "voltage = 1000"),
        ("wl1", "word 4000", "word lines"),
        ("Driven,Voltage (V),Drive [uA],bit 0 [nA],BL1 [uA]\n", "", "unit of column 'word 0'"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SMALL
    path = _file(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(RequestError, match=said) as refused:
        read_readings(path)
    assert "currents.csv" in str(refused.value)


def test_other_shapes_than_asked_and_empty_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="2 x 2 lines, and 1 x 2"):
        read_readings(_file(tmp_path, SMALL), shape=(1, 2))
    with pytest.raises(RequestError, match="word 2 of 3 is nowhere"):
        read_readings(_file(tmp_path, SMALL), shape=(3, 2))
    for text, said in (("", "empty"), (SMALL.splitlines()[1], "no row"), ("1,2\n3,4\n", "not known")):
        with pytest.raises(RequestError, match=said):
            read_readings(_file(tmp_path, text))
    with pytest.raises(RequestError, match="undriven lines float"):
        read_readings(_file(tmp_path, SMALL), floating=True)


def _changed(which: int, to: float, of: Readings | None = None) -> Readings:
    given = of or readings()
    current = given.current.copy()
    current[which] = to
    return replace(given, current=current)


def test_readings_that_contradict_each_other_are_refused_by_name() -> None:
    made = readings()
    through = np.flatnonzero((made.side == WORD) & (made.sensed != OWN))
    place = r"word 0 driven, bit 2"
    with pytest.raises(RequestError, match=f"sign that their voltage contradicts; the first: {place}"):
        deembed(_changed(int(through[2]), -1e-6), KNOWN)
    with pytest.raises(RequestError, match="All have it: turn"):
        deembed(replace(made, current=-made.current), KNOWN)
    with pytest.raises(RequestError, match=f"larger than the lines' ends let through; the worst: {place}"):
        deembed(_changed(int(through[2]), 0.6e-3), KNOWN)
    # milliampere for microampere
    with pytest.raises(RequestError, match="Look at the units"):
        deembed(replace(made, current=1e3 * made.current), KNOWN)
    own = int(np.flatnonzero((made.side == WORD) & (made.sensed == OWN))[1])
    with pytest.raises(RequestError, match=r"word 1 driven takes .* no more than it takes can come out"):
        deembed(_changed(own, made.current[own] * 1e-3), KNOWN)
    floating = readings(floating=True)
    own = int(np.flatnonzero(floating.sensed == OWN)[1])
    with pytest.raises(RequestError, match="no other line is held"):
        deembed(_changed(own, floating.current[own] * 1.2, floating), KNOWN)
    both = _both_ways()
    with pytest.raises(RequestError, match="same in both directions"):
        deembed(replace(both, current=np.where(both.side == BIT, 1e-3, 1.0) * both.current), KNOWN)


def test_saturated_readings_are_refused_by_name_and_may_be_left_out() -> None:
    made = only(readings(), lambda r: r.sensed != OWN)
    top = np.sort(made.current)[-5]
    cut = replace(made, current=np.minimum(made.current, top))
    with pytest.raises(RequestError, match="5 readings are saturated, equal to the largest"):
        deembed(cut, KNOWN)
    with pytest.raises(RequestError, match=r"saturated, at .*the limit of its range"):
        deembed(made, KNOWN, limit=float(top))
    sound = deembed(only(cut, lambda r: r.current < top), KNOWN)
    assert sound.count("no") == 5
    # equal because all is equal, and no accident of an instrument
    alike = replace(made, current=np.full_like(made.current, 1e-6))
    assert deembed(alike, Lines(100.0, 100.0, 0.0, 0.0)).count("yes") == 48


def test_what_the_currents_do_not_determine_is_refused_with_what_to_do() -> None:
    for lost, said in (
        (lambda r: r.sensed != OWN, "no own current of a driven word line.*--word-segment"),
        (lambda r: r.side == WORD, "no own current of a driven bit line"),
        (lambda r: r.sensed == OWN, "no current between a word and a bit line"),
    ):
        with pytest.raises(RequestError, match=said):
            deembed(only(readings(), lost), UNKNOWN)
    with pytest.raises(RequestError, match="cannot be recovered where undriven lines float"):
        deembed(readings(floating=True), UNKNOWN)
    with pytest.raises(RequestError, match="word_segment is not determined"):
        deembed(readings(noise=Noise(0.03, 1e-10)), UNKNOWN, noise=Noise(0.03, 1e-10, stated=True))


def test_lines_that_cannot_be_are_refused() -> None:
    # undriven lines floated, and nobody said so: no noise explains it
    floated = replace(readings(floating=True), floating=False)
    assert "did undriven lines float" in deembed(floated.joined(floated), KNOWN).warnings[0]
    with pytest.raises(RequestError, match=r"passive cells|negative conductance|let through"):
        deembed(readings(), replace(KNOWN, word_end=1000.0))
    for wrong in ({"word_end": 0.0}, {"bit_end": float("nan")}, {"word_segment": -1.0}, {"bit_segment": 1e9}):
        with pytest.raises(RequestError, match=next(iter(wrong))):
            replace(KNOWN, **wrong)
    for relative, floor in ((0.5, 0.0), (0.0, 0.0), (1e-3, -1e-9)):
        with pytest.raises(RequestError, match=r"noise|floor"):
            Noise(relative, floor)


_WRITER = runpy.run_path(str(ROOT / "tests" / "golden" / "write_deembed_data.py"), run_name="write_deembed_data")


def test_the_file_that_ships_is_the_one_that_its_script_writes_and_gives_its_cells(tmp_path: Path) -> None:
    assert EXAMPLE.name == _WRITER["NAME"]
    shipped, made = read_readings(EXAMPLE), read_readings(_file(tmp_path, _WRITER["text"]()))
    assert EXAMPLE.read_text().startswith("# Synthetic, not measured")
    assert shipped.current == pytest.approx(made.current, rel=1e-5, abs=1e-13)
    found, truth = example(), _WRITER["conductances"]()
    off = np.abs(found.conductances - truth) / found.sigma
    assert 0.6 < np.mean(off < 1) < 0.76
    assert np.argwhere(found.determined != "yes").tolist() == [[3, 6], [11, 8]]
    for one, ohms in zip(found.segments, (_WRITER["WORD_SEGMENT"], _WRITER["BIT_SEGMENT"]), strict=True):
        assert one.value == pytest.approx(ohms, abs=3 * (one.sigma or 0))

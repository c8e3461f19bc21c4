"""Lines and ends of a measured array, as options of commands give them."""

from __future__ import annotations

from pathlib import Path

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed import Lines, lines_of
from pyspice_models.study import load_study
from pyspice_models.units import parse


def both_sides(name: str, both: str, word: str, bit: str) -> tuple[float | None, float | None]:
    """A resistance of word and of bit lines [ohm], from an option for both and one for each; None: not said.

    Raises:
        RequestError: said twice, or no resistance.
    """
    if both and word and bit:
        raise RequestError(f"--{name}, --word-{name} and --bit-{name} say the same thing twice: leave one out")
    options = ((f"--word-{name}", word or both), (f"--bit-{name}", bit or both))
    word_value, bit_value = (parse(text, "ohm", name=option) if text else None for option, text in options)
    return word_value, bit_value


def ends_given(word: float | None, bit: float | None) -> tuple[float, float]:
    """Both ends.

    Raises:
        RequestError: one is not known.
    """
    if word is None or bit is None:
        side = "--end" if word is None and bit is None else "--word-end" if word is None else "--bit-end"
        raise RequestError(
            f"{side} is not said: the resistance of all that lies between the instrument's source, or its sense input, "
            'and a line\'s first segment, such as --end "100 ohm" for both sides; or give --study, which has it.'
        )
    return word, bit


def measured_lines(
    study: Path | None, ends: tuple[float | None, float | None], segments: tuple[float | None, float | None],
    *, recover: bool,
) -> tuple[Lines, tuple[int, int] | None]:  # fmt: skip
    """What is known of the lines, and the array's shape if a study says it."""
    if study is None:
        return Lines(*ends_given(*ends), *((None, None) if recover else segments)), None
    if any(value is not None for value in (*ends, *segments)):
        raise RequestError("--study says ends and segments already: give it, or --end and --segment")
    crossbar = load_study(study, []).crossbar
    return lines_of(crossbar, recover=recover), crossbar.shape


def array_of(
    rows: int, cols: int, ends: tuple[float | None, float | None], segments: tuple[float | None, float | None]
) -> Crossbar:  # fmt: skip
    """An array with such lines.

    Raises:
        RequestError: ends or segments that are not said.
    """
    word, bit = ends_given(*ends)
    if None in segments:
        raise RequestError('the resistance of a segment is not said: give --segment "2 ohm", or one for each side')
    wire = WireParams(r_segment_word=segments[0], r_segment_bit=segments[1])
    return Crossbar(rows, cols, wire=wire, driver=DriverParams(r_driver=word, r_sense=bit, r_contact=0.0))

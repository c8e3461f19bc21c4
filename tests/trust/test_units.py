"""Numbers with units: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyspice_models.errors import RequestError
from pyspice_models.units import parse, show

PREFIXES = {"a": -18, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12}
UNITS = ["s", "V", "A", "ohm", "F", "S", "J", "m", "K", "eV", "1/s"]
# with a prefix a magnitude below 1e-300 is refused
numbers = st.one_of(st.just(0.0), st.floats(1e-280, 1e6), st.floats(-1e6, -1e-280)).map(lambda v: float(f"{v:.9g}"))


@given(value=st.floats(allow_nan=False, allow_infinity=False), unit=st.sampled_from(UNITS))
def test_a_number_is_itself(value: float, unit: str) -> None:
    assert parse(value, unit, name="q") == value
    assert parse(repr(value), unit, name="q") == value


@given(
    value=numbers,
    prefix=st.sampled_from(sorted(PREFIXES)),
    unit=st.sampled_from(UNITS),
    space=st.sampled_from(["", " "]),
)
def test_prefix_and_unit_scale(value: float, prefix: str, unit: str, space: str) -> None:
    if unit == "1/s":  # takes no prefix, and needs a space after the number
        prefix, space = "", " "
    text = f"{value!r}{space}{prefix}{unit}"
    assert parse(text, unit, name="q") == pytest.approx(value * 10.0 ** PREFIXES[prefix], rel=1e-14, abs=0)


@given(value=st.floats(1e-17, 1e13), unit=st.sampled_from(["s", "V", "ohm", "J"]))
def test_what_is_shown_can_be_read(value: float, unit: str) -> None:
    assert parse(show(value, unit, digits=9), unit, name="q") == pytest.approx(value, rel=1e-8, abs=0)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("10n", "s", 1e-8), ("25 um^2", "m^2", 25e-12), ("25um²", "m^2", 25e-12), ("1 Meg", "ohm", 1e6),
        ("5 kΩ", "ohm", 5e3), ("300 K", "K", 300.0), ("2 m", "m", 2.0), ("2 mm", "m", 2e-3), ("0.5", "", 0.5),
        ("-.5e-3V", "V", -5e-4), ("1 kK", "K", 1e3),
    ],
)  # fmt: skip
def test_examples(text: str, unit: str, value: float) -> None:
    assert parse(text, unit, name="q") == pytest.approx(value, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("", "s"), ("fast", "s"), ("1 V", "s"), ("1M", "ohm"), ("nan", "s"), ("inf", "s"), ("1e999", "s"),
        ("1 s s", "s"), ("1;quit", "s"), ("1\n2", "s"), ("0x10", "s"), ("1_000", "s"), ("1 %", "V"), ("1u", "m^2"),
        (True, "s"), (None, "s"), ([1.0], "s"), (math.nan, "s"), (math.inf, "s"),
    ],
)  # fmt: skip
def test_refusals_name_the_quantity(text: object, unit: str) -> None:
    with pytest.raises(RequestError, match=r"pulse\.width") as refused:
        parse(text, unit, name="pulse.width")
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)


def test_a_share_may_be_a_percentage() -> None:
    assert parse("0.5 %", "", name="error") == 0.005
    assert parse("12%", "", name="error") == 0.12
